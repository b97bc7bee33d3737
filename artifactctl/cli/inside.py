"""Commands that look inside of a version: `ls` and `cat`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl import plain_text
from artifactctl.cli import doors, options
from artifactctl.cli.session import Session, session_of, stdout
from artifactctl.enums import OutputFormat
from artifactctl.errors import WrongUsageError

if TYPE_CHECKING:
    from artifactctl.results.files import Contents

Place = Annotated[
    str,
    typer.Argument(
        metavar="REF[/PATH]", help="NAME, NAME:VERSION, NAME@TAG or an ID, and a path in it."
    ),
]


def ls(
    context: typer.Context,
    place: Place,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-R", help="List all files at any depth.")
    ] = False,
    tree: Annotated[bool, typer.Option("--tree", help="Draw all files as a tree.")] = False,
    version: options.VersionBeside = None,
    output: options.Output = None,
    quiet: Annotated[bool, options.quiet("paths, one a line")] = False,
) -> None:
    """List the files of a version, or of a folder in it.

    As with 'ls', a folder is one line, with the size of all that is below it and the time of the
    newest file; -R lists every file instead. Nothing is downloaded: only the list is read.

    Example: artifactctl ls iris_model

    Example: artifactctl ls iris_model@prod/out --tree
    """
    session = session_of(context)
    output = session.format_of(output)
    found = session.client.list_files(place, version=version, recursive=recursive or tree)
    session.note(*found.notes)
    if quiet:
        session.print_data(item.path for item in found.items)
    elif tree and output is OutputFormat.TABLE:
        is_unicode = plain_text.is_unicode(stdout())
        session.print_lines(doors.render_files.tree(found, is_unicode=is_unicode))
        session.say(doors.render_files.total(found))
    else:
        _print_items(session, found, output)


def _print_items(session: Session, found: "Contents", output: OutputFormat) -> None:
    rows = [item.as_json() for item in found.items]
    if output.is_document:
        about = {"artifact": str(found.version.artifact), "version": found.version.version}
        sums = {"size_bytes": found.size_bytes, "file_count": found.file_count}
        session.print_object({**about, "path": found.path, **sums, "items": rows}, output)
    elif output is OutputFormat.TABLE:
        session.print_rows(doors.render_files.COLUMNS, rows, output)
        session.say(doors.render_files.total(found))
    else:
        session.print_rows(doors.render_files.ALL_COLUMNS, rows, output)


def cat(
    context: typer.Context,
    place: Place,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Write bytes to a terminal as they are.")
    ] = False,
    no_cache: options.NoCache = False,
    version: options.VersionBeside = None,
) -> None:
    """Write one file of a version to standard output.

    Every byte is verified: up to 32 MiB before the first one is written. The end of a bigger file
    is written when all of it is verified, and left out otherwise, with exit code 8. On a terminal
    control characters of a text are shown as escapes, and other data is refused.

    Example: artifactctl cat iris_dataset:1

    Example: artifactctl cat iris_model@prod/model.json
    """
    session = session_of(context)
    session.cache = not no_cache
    pieces = session.client.stream_file(place, version=version)
    if stdout().isatty() and not force:
        session.print_texts(doors.texts.for_terminal(_texts_only(place, pieces)))
    else:
        session.print_bytes(pieces)


def _texts_only(place: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces; raises `WrongUsageError` when the first one is not text."""
    for at, piece in enumerate(pieces):
        if not at and not doors.media.is_text(piece[: doors.media.HEAD_BYTES]):
            raise WrongUsageError(
                f"{place} is no text, and could confuse the terminal",
                hint="send it to a file or a pipe, or add --force",
            )
        yield piece
