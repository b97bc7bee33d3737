"""The command `lineage`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.browser import show_page
from artifactctl.cli.session import Session, session_of, stdout
from artifactctl.enums import GraphFormat, OutputFormat
from artifactctl.errors import WrongUsageError
from artifactctl.plain_text import is_unicode

if TYPE_CHECKING:
    from artifactctl.results.descriptions import Lineage

GraphOutput = Annotated[
    GraphFormat | None,
    options.output("table, mermaid, dot, json, yaml, csv or tsv"),
]


def lineage(
    context: typer.Context,
    ref: options.ReferenceOrRun,
    upstream: Annotated[
        bool, typer.Option("--upstream", help="Only what it was made from.")
    ] = False,
    downstream: Annotated[
        bool, typer.Option("--downstream", help="Only what was made from it.")
    ] = False,
    depth: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Stop after N versions.", show_default="all"),
    ] = None,
    version: options.VersionBeside = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one page with the graph.")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    output: GraphOutput = None,
    quiet: Annotated[bool, options.quiet("the versions, one a line")] = False,
) -> None:
    """Show what a version or run was made from, and what from it.

    Example: artifactctl lineage iris_model@prod --upstream

    Example: artifactctl lineage run:nightly -o mermaid

    Example: artifactctl lineage iris_model@prod --html lineage.html --open
    """
    if open_page and html is None:
        raise WrongUsageError("--open has no page to open", hint="add --html FILE")
    session = session_of(context)
    found = session.client.lineage(
        ref,
        version,
        upstream=upstream or not downstream,
        downstream=downstream or not upstream,
        depth=depth,
    )
    shown = doors.lineage
    if html is not None:
        _write_page(session, found, html, is_shown=open_page)
    if quiet:
        session.print_data(shown.refs(found))
    elif output in (GraphFormat.MERMAID, GraphFormat.DOT):
        is_dot = output is GraphFormat.DOT
        session.print_data(shown.dot(found) if is_dot else shown.mermaid(found))
    elif html is not None and output is None:
        return
    else:
        _print(session, found, None if output is None else OutputFormat(output.value))


def _write_page(session: Session, found: "Lineage", html: Path, *, is_shown: bool) -> None:
    done = session.client.lineage_page(found, html)
    session.note(*done.notes)
    session.say(f"Wrote {html}")
    if is_shown:
        show_page(session, Path(done.path).as_uri())


def _print(session: Session, found: "Lineage", output: OutputFormat | None) -> None:
    shown, output = doors.lineage, session.format_of(output)
    if output.is_document:
        session.print_object(shown.as_json(found), output)
    elif output is not OutputFormat.TABLE:
        session.print_rows(shown.COLUMNS, shown.rows(found), output)
    else:
        session.print_lines(shown.lines(found, is_unicode=is_unicode(stdout())))
        if not found.edges:
            session.say("No lineage is recorded for it.")
