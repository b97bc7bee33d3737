"""The tree of commands.

A command is imported and made when it is asked for: all of them would take longer than a listing.
"""

from functools import partial
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.main import get_command, get_group

from artifactctl._version import __version__
from artifactctl.cli.arguments import underscores_to_dashes
from artifactctl.cli.command_tree import Child, Children
from artifactctl.cli.nodes import Command, Group
from artifactctl.enums import Shell

Commands = dict[str, Child]
"""The commands of a group by name."""

_SETTINGS = {
    "help_option_names": ["-h", "--help"],
    "token_normalize_func": underscores_to_dashes,
}
_GROUP: Any = {
    "cls": Group,
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": _SETTINGS,
}


def tree() -> Any:
    """Return the root of Typer's tree; Typer exports no type for its nodes."""
    root: Any = get_command(_root)
    root.commands = Children(app)
    return root


def _make_command(name: str, place: str, guide: str, *, is_hidden: bool) -> Any:
    module, _, function = place.partition(":")
    program = typer.Typer(
        add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    program.command(name, cls=Command, epilog=guide, hidden=is_hidden)(
        getattr(import_module(f"artifactctl.cli.{module}"), function)
    )
    return get_command(program)


def _summary(place: str) -> str:
    """Return what a command does, in a line, without importing the command."""
    from artifactctl.cli.summaries import SUMMARIES  # noqa: PLC0415 (only help and a Tab need it)

    return SUMMARIES[place]


def _make_group(name: str, text: str, guide: str, commands: Commands, *, is_hidden: bool) -> Any:
    group: Any = get_group(
        typer.Typer(name=name, help=text, epilog=guide, hidden=is_hidden, **_GROUP)
    )
    group.commands = Children(commands)
    return group


def _add(
    group: Commands, name: str, place: str, guide: str, panel: str = "", *, is_hidden: bool = False
) -> None:
    """Add the command `MODULE:FUNCTION` to a group.

    `guide` is the one to read on, `panel` the command's heading on the group's page.
    """
    make = partial(_make_command, name, place, guide, is_hidden=is_hidden)
    group[name] = Child(make, partial(_summary, place), panel, is_hidden)


def _add_group(
    group: Commands,
    name: str,
    text: str,
    guide: str,
    panel: str = "",
    *,
    commands: Commands | None = None,
    is_hidden: bool = False,
) -> Commands:
    """Add a group to a group; return its commands, by default none yet."""
    children: Commands = {} if commands is None else commands
    make = partial(_make_group, name, text, guide, children, is_hidden=is_hidden)
    group[name] = Child(make, lambda: text, panel, is_hidden)
    return children


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"artifactctl {__version__}")
        raise typer.Exit


def _install_completion(shell: Shell | None) -> None:
    if shell is not None:
        # Imported on first use: only these two flags need it.
        from artifactctl.cli.completion.installing import install  # noqa: PLC0415

        shell, path = install(shell)
        typer.echo(f"Installed completion for {shell} in {path}; open a new {shell} to use it.")
        raise typer.Exit


def _show_completion(shell: Shell | None) -> None:
    if shell is not None:
        from artifactctl.cli.completion.installing import script_of  # noqa: PLC0415 (as above)

        typer.echo(script_of(shell), nl=False)
        raise typer.Exit


def _start(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
    install_completion: Annotated[
        Shell | None,
        typer.Option(
            metavar="[SHELL]",
            rich_help_panel="Completion",
            callback=_install_completion,
            is_eager=True,
            help="Install completion for bash, zsh, fish; by default for this shell.",
        ),
    ] = None,
    show_completion: Annotated[
        Shell | None,
        typer.Option(
            metavar="[SHELL]",
            rich_help_panel="Completion",
            callback=_show_completion,
            is_eager=True,
            help="Print the script that --install-completion installs.",
        ),
    ] = None,
) -> None:
    """Name, version, tag, find and download ML artifacts."""
    del show_version, install_completion, show_completion  # their callbacks have handled them


_root = typer.Typer(
    help="""Name, version, tag, find and download ML artifacts.

    Example: artifactctl register iris_dataset iris.csv --tag raw

    Example: artifactctl artifact version list --artifact iris_dataset

    Example: artifactctl download iris_dataset@raw copy.csv
    """,
    epilog="concepts",
    callback=_start,
    **_GROUP,
)

app: Commands = {}
_FILES, _LABELS = "Files", "Versions and tags"
_RUNS, _KEEPING, _SETTING_UP = "Runs and comparison", "Keeping", "Setting up"
_MOVING = "Moving"
_LOOKING = "Looking around"
_OF_RUNS = "Runs of pipelines: their steps, logs, inputs and outputs."

_add(app, "register", "versions:register", "files", _FILES)
_add(app, "download", "versions:download", "files", _FILES)
_add(app, "ls", "inside:ls", "files", _FILES)
_add(app, "cat", "inside:cat", "files", _FILES)
_add(app, "show", "showing:show", "files", _FILES)
_add(app, "diff", "diff:diff", "files", _FILES)
_add(app, "tag", "labels:tag", "concepts", _LABELS)
_add(app, "run", "running:run", "runs", _RUNS)
_add(app, "exec", "running:execute", "runs", _RUNS)
_add(app, "compare", "compare:compare", "compare", _RUNS)
_add(app, "lineage", "lineage:lineage", "lineage", _RUNS)
_add(app, "find", "searching:find", "looking", _LOOKING)
_add(app, "log", "history:log", "looking", _LOOKING)
_add(app, "sql", "asking:sql", "looking", _LOOKING)
_add(app, "usage", "measuring:usage", "looking", _LOOKING)
_add(app, "page", "pages:page", "pages", _LOOKING)
_add(app, "ui", "pages:ui", "pages", _LOOKING)
_add(app, "verify", "home:verify", "recovery", _KEEPING)
_add(app, "restore", "history:restore", "retention", _KEEPING)
_add(app, "gc", "removal:gc", "retention", _KEEPING)
_add(app, "push", "moving:push", "moving", _MOVING)
_add(app, "pull", "moving:pull", "moving", _MOVING)
_add(app, "copy", "moving:copy", "moving", _MOVING)
_add(app, "export", "moving:export", "moving", _MOVING)
_add(app, "import", "moving:import_", "moving", _MOVING)
_add(app, "init", "home:init", "environment", _SETTING_UP)
_add(app, "info", "home:info", "environment", _SETTING_UP)
_add(app, "trust", "home:trust", "security", _SETTING_UP)
_add(app, "help", "guides:help_", "concepts", _SETTING_UP)
artifact = _add_group(
    app, "artifact", "Artifacts and their versions, as in ZenML.", "listing", _LABELS
)
all_tags = _add_group(
    app, "tags", "Tags themselves: list, make, rename, protect, delete them.", "concepts", _LABELS
)
metadata = _add_group(app, "metadata", "Metadata of versions and runs.", "concepts", _LABELS)
all_runs = _add_group(app, "runs", _OF_RUNS, "runs", _RUNS)
pipeline = _add_group(app, "pipeline", "Pipelines and their runs, as in ZenML.", "runs", _RUNS)
whole_catalog = _add_group(
    app, "catalog", "The catalog: back it up, restore it, rebuild it.", "recovery", _KEEPING
)
config = _add_group(
    app, "config", "Settings: show them, and change config.yaml.", "environment", _SETTING_UP
)
# 'artifact prune' under ZenML's other name.
pruning = _add_group(
    app, "prune", "Delete what nothing refers to, as in ZenML.", "retention", is_hidden=True
)

_add(artifact, "list", "listing:list_artifacts", "listing")
_add(artifact, "describe", "versions:describe_artifact", "listing")
_add(artifact, "update", "labels:update_artifact", "concepts")
_add(artifact, "delete", "removal:delete_artifact", "retention")
_add(artifact, "prune", "removal:prune", "retention")
_add(artifact, "register", "versions:register", "files")
_add(artifact, "tag", "labels:tag", "concepts")
_add(artifact, "download", "versions:download", "files")
version = _add_group(artifact, "version", "Versions of artifacts.", "listing")
_add(pruning, "artifacts", "removal:prune", "retention")
_add(version, "list", "listing:list_versions", "listing")
_add(version, "describe", "versions:describe_version", "listing")
_add(version, "update", "labels:update_version", "concepts")
_add(version, "visualize", "visualizing:visualize", "visualizations")
_add(version, "delete", "removal:delete_versions", "retention")
_add(metadata, "log", "labels:log_metadata", "concepts")
_add(metadata, "list", "metadata:list_metadata", "concepts")
_add(metadata, "remove", "labels:remove_metadata", "concepts")
_add(all_runs, "list", "listing:list_runs", "listing")
_add(all_runs, "describe", "runs:describe_run", "runs")
_add(all_runs, "update", "runs:update_run", "concepts")
_add(all_runs, "logs", "runs:print_logs", "runs")
_add(all_runs, "delete", "runs:delete_runs", "retention")
_add(pipeline, "list", "listing:list_pipelines", "listing")
_add(pipeline, "delete", "runs:delete_pipeline", "retention")
_add_group(pipeline, "runs", _OF_RUNS, "runs", commands=all_runs)
_add(all_tags, "list", "listing:list_tags", "listing")
_add(all_tags, "create", "tags:create_tag", "concepts")
_add(all_tags, "register", "tags:create_tag", "concepts", is_hidden=True)
_add(all_tags, "update", "tags:update_tag", "concepts")
_add(all_tags, "delete", "tags:delete_tag", "concepts")
_add(all_tags, "protect", "tags:protect_tag", "concepts")
_add(whole_catalog, "backup", "catalog:backup", "recovery")
_add(whole_catalog, "restore", "catalog:restore", "recovery")
_add(whole_catalog, "rebuild", "catalog:rebuild", "recovery")
_add(whole_catalog, "copy", "catalog:copy", "moving")
_add(whole_catalog, "schema", "catalog:schema", "recovery")
_add(config, "list", "configuring:list_settings", "environment")
_add(config, "get", "configuring:get_setting", "environment")
_add(config, "set", "configuring:set_setting", "environment")
_add(config, "unset", "configuring:unset_setting", "environment")
