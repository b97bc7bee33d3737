"""The command `sql`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.session import Session, out_for, session_of
from artifactctl.enums import OutputFormat
from artifactctl.errors import InvalidInputError, WrongUsageError

if TYPE_CHECKING:
    from artifactctl.results.answers import Answer

_MOST_BYTES = 4_000_000  # of a query on standard input
_MOST_IN_TABLE = 1_000


def sql(
    context: typer.Context,
    query: Annotated[
        str | None,
        typer.Argument(metavar="[QUERY]", help="One SELECT; - reads it from standard input."),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A value for :NAME in it; may be repeated."),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="List the views and their columns.")
    ] = False,
    most: Annotated[
        int | None,
        typer.Option(
            "-n",
            metavar="N",
            min=0,
            help="At most N rows; 0 for all.",
            show_default="1000, in a table",
        ),
    ] = None,
    output: options.Output = None,
    quiet: Annotated[bool, options.quiet("the first column, one a line")] = False,
) -> None:
    """Ask the catalog a question in SQL, which only reads.

    Without a QUERY it lists the views that can be asked. After --timeout SECONDS a query ends.

    Example: artifactctl sql "SELECT name, size_bytes FROM artifacts ORDER BY 2 DESC"

    Example: artifactctl sql "SELECT ref FROM tags WHERE tag = :tag" --param tag=prod -q
    """
    session = session_of(context)
    if query is None or schema:
        if query is not None:
            raise WrongUsageError("--schema goes with no query", hint="leave one of them out")
        _print_views(session, output, quiet=quiet)
        return
    text = _from_stdin() if query == "-" else query
    output = session.format_of(output)
    if most is None:
        most = _MOST_IN_TABLE if output is OutputFormat.TABLE and not quiet else 0
    found = session.client.sql(text, doors.metadata.parse_pairs(param or ()), limit=most)
    if quiet:
        session.print_data(doors.answers.first_cells(found))
    else:
        _print(session, found, output)
    if found.is_more:
        session.say(f"There are more rows than {most:,}; -n 0 shows all.")


def _print(session: Session, found: "Answer", output: OutputFormat) -> None:
    left_out = doors.answers.print_answer(found, output, out_for(output), is_wide=session.is_wide)
    if output is OutputFormat.TABLE:
        session.say_left_out(left_out)
        if not found:
            session.say("No rows.")


def _print_views(session: Session, output: OutputFormat | None, *, quiet: bool) -> None:
    shown, views = doors.answers, session.client.views()
    output = session.format_of(output)
    if quiet:
        session.print_data(view.name for view in views)
    elif output is OutputFormat.TABLE:
        session.print_lines(shown.lines_of_views(views))
    elif output.is_document:
        session.print_object({"views": [shown.as_json(view) for view in views]}, output)
    else:
        session.print_rows(shown.COLUMNS, shown.rows_of_views(views), output)


def _from_stdin() -> str:
    if sys.stdin is None:
        raise InvalidInputError("there is no standard input to read the query from")
    content = sys.stdin.buffer.read(_MOST_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInputError("the query on standard input is not UTF-8 text") from None
