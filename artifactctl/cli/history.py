"""The commands `log` and `restore`: what happened to an artifact, and what can come back."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.session import Session, session_of, stdout
from artifactctl.enums import OutputFormat
from artifactctl.errors import WrongUsageError

if TYPE_CHECKING:
    from artifactctl.results.history import History

_USUAL = 20


def log(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The artifact's name.")
    ] = None,
    size: Annotated[
        int, typer.Option("--number", "-n", metavar="N", min=0, help="How many; 0 is all.")
    ] = _USUAL,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="Show what was deleted, and what can be restored.")
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Show an artifact's history: who made each version, what changed.

    Each version is compared with the one before it: files, metadata (rows and columns among it)
    and tags. The newest comes first, whatever the artifact was called when it was made.

    Example: artifactctl log iris_dataset -n 5

    Example: artifactctl log --deleted
    """
    session = session_of(context)
    if name is not None:
        options.check_bare(name, "artifactctl artifact version describe {}")
    if deleted:
        _print_deleted(session, name, size, output, quiet=quiet)
        return
    if name is None:
        raise WrongUsageError(
            "no artifact is named", hint="give its NAME, or --deleted for what was deleted"
        )
    _print_history(session, session.client.artifact_history(name, size=size), output, quiet=quiet)


def _print_history(
    session: Session, found: "History", output: OutputFormat | None, *, quiet: bool
) -> None:
    output = session.format_of(output)
    if quiet:
        session.print_data(item.version.ref for item in found.items)
    elif output.is_document:
        session.print_object(doors.history.as_json(found), output)
    elif output is not OutputFormat.TABLE:
        session.print_rows(doors.history.COLUMNS, doors.history.rows(found), output)
    else:
        doors.history.print_history(found, stdout(), is_wide=session.is_wide)
        if len(found.items) < found.total:
            session.say(f"The {len(found.items)} newest of {found.total}; -n 0 shows all.")


def _print_deleted(
    session: Session, name: str | None, size: int, output: OutputFormat | None, *, quiet: bool
) -> None:
    found = session.client.list_deleted_versions(name, size=size)
    output = session.format_of(output)
    if quiet:
        session.print_data(item.ref for item in found if item.restorable)
    elif output.is_document:
        session.print_object(doors.history.deleted_as_json(found), output)
    else:
        session.print_rows(doors.history.DELETED_COLUMNS, doors.history.deleted_rows(found), output)
    if output is OutputFormat.TABLE and not quiet:
        some = next((item.ref for item in found if item.restorable), None)
        if not found:
            session.say("Nothing was deleted.")
        elif some is not None:
            session.say(f"'artifactctl restore {shlex.quote(some)}' brings one back.")


def restore(
    context: typer.Context,
    refs: Annotated[
        list[str],
        typer.Argument(metavar="REF...", help="NAME:VERSION, an ID, or a deleted artifact's NAME."),
    ],
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Bring back deleted versions, while their bytes are there.

    They get their numbers, IDs, tags and metadata back, all of them or none. A deleted artifact's
    name brings back what was deleted with it. An exclusive tag that has moved stays where it is.
    'artifactctl log --deleted' shows what there is; 'artifactctl gc' ends it.

    Example: artifactctl restore iris_dataset:2
    """
    session = session_of(context)
    done = session.client.restore(refs)
    session.note(*done.notes)
    names = [version.ref for version in done.versions]
    if quiet:
        session.print_data(names)
        return
    session.print_object({"restored": names}, output, summary=f"Restored {', '.join(names)}")
