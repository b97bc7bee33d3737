"""The command `diff`."""

from typing import Annotated

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.session import session_of
from artifactctl.enums import OutputFormat


def diff(
    context: typer.Context,
    ref: options.Reference,
    other: Annotated[str, typer.Argument(metavar="REF", help="What to compare it with.")],
    all_files: options.AllFiles = False,
    exit_code: options.ExitCode = False,
    output: options.Output = None,
    quiet: Annotated[bool, options.quiet("the paths that differ, one a line")] = False,
) -> None:
    """Show what changed from one version to another.

    Files are compared by their content, tables by rows and columns; metadata and tags too.

    Example: artifactctl diff iris_dataset:1 iris_dataset
    """
    session = session_of(context)
    with session.progress(f"Comparing {ref} and {other}") as progress:
        found = session.client.diff(ref, other, progress=progress)
    session.note(*found.notes)
    output = session.format_of(output)
    if quiet:
        session.print_data(doors.difference.paths(found))
    elif output.is_document:
        session.print_object(doors.difference.as_json(found), output)
    elif output is not OutputFormat.TABLE:
        session.print_rows(doors.difference.COLUMNS, doors.difference.rows(found), output)
    elif found.is_empty:
        session.say("No differences.")
    else:
        most = options.MOST_FILES if session.is_on_terminal and not all_files else None
        session.print_lines(doors.difference.lines(found, most))
    if exit_code and not found.is_empty:
        raise typer.Exit(1)
