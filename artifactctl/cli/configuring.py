"""The commands `config list`, `get`, `set` and `unset`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl.cli import options
from artifactctl.cli.session import Session, session_of
from artifactctl.enums import OutputFormat

if TYPE_CHECKING:
    from artifactctl.results.maintenance import Configuring

Key = Annotated[
    str,
    typer.Argument(metavar="SETTING", help="catalog, store, output, timeout or cache_size."),
]


def list_settings(
    context: typer.Context,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Show all settings and where each value comes from.

    A flag overrides an environment variable, which overrides HOME/config.yaml. Secrets are hidden.

    Example: artifactctl config list -o json
    """
    session = session_of(context)
    found = session.client.list_config()
    if quiet:
        session.print_data(item.key for item in found)
    elif session.format_of(output).is_document:
        session.print_object({"items": [asdict(item) for item in found]}, output)
    else:
        rows = [asdict(item) for item in found]
        session.print_rows(["key", "value", "source"], rows, output)


def get_setting(
    context: typer.Context,
    key: Key,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Print the value of a setting that is in force.

    Example: artifactctl config get store
    """
    session = session_of(context)
    found = session.client.get_config(key)
    if quiet or session.format_of(output) is OutputFormat.TABLE:
        session.print_data([found.value or ""])
    else:
        session.print_object(asdict(found), output)


def set_setting(
    context: typer.Context,
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="What it is from now on.")],
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Write a setting into HOME/config.yaml.

    Comments and other settings in it stay. Nothing is moved: another catalog or store begins empty.

    Example: artifactctl config set output json
    """
    session = session_of(context)
    done = session.client.set_config(key, value)
    done_what = f"Set {key}" if done.is_changed else f"{key} was that already"
    _print(session, done, output, done_what, quiet=quiet)


def unset_setting(
    context: typer.Context,
    key: Key,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Remove a setting from HOME/config.yaml.

    Example: artifactctl config unset output
    """
    session = session_of(context)
    done = session.client.unset_config(key)
    done_what = f"Unset {key}" if done.is_changed else f"{key} was not set"
    _print(session, done, output, done_what, quiet=quiet)


def _print(
    session: Session,
    done: "Configuring",
    output: OutputFormat | None,
    summary: str,
    *,
    quiet: bool,
) -> None:
    session.note(*done.notes)
    facts = {**asdict(done.setting), "changed": done.is_changed}
    session.print_object(facts, output, identifier=done.setting.key, quiet=quiet, summary=summary)
