"""The command `artifact version visualize`."""

import base64
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.browser import show_page
from artifactctl.cli.session import Session, session_of, stdout
from artifactctl.enums import OutputFormat, VisualizationType
from artifactctl.own_data import check_not_own_data

if TYPE_CHECKING:
    from artifactctl.results.descriptions import Visualizations
    from artifactctl.results.visualizations import Visualization

_MOST_BYTES = 1 << 20  # of a content that is printed as JSON


def visualize(
    context: typer.Context,
    ref: options.Reference,
    version: options.VersionBeside = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one page that needs no network.")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    scripts: Annotated[
        bool,
        typer.Option(
            "--scripts", help="Let HTML run its scripts, in a frame that reaches nothing else."
        ),
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Show what a version holds: rows, pictures, texts, parameters.

    Rows and statistics of tables, parameters of models: what its materializer drew when it was
    saved, or else what can be made of its data now.

    Example: artifactctl artifact version visualize iris_dataset --open
    """
    session = session_of(context)
    found = session.client.visualize(ref, version)
    session.note(*found.notes)
    if html is not None or open_page:
        _write_page(session, found, html, is_shown=open_page, scripts=scripts)
    elif quiet:
        session.print_data(item.name for item in found.items)
    else:
        _print(session, found, output)


def _print(session: Session, found: "Visualizations", output: OutputFormat | None) -> None:
    output = session.format_of(output)
    if output is OutputFormat.TABLE:
        for item in found.items:
            doors.visualizations.print_visualization(item, stdout())
    elif output.is_document:
        shown = {"artifact": str(found.version.artifact), "version": found.version.version}
        items = [{**_facts(item), "value": _value(item)} for item in found.items]
        session.print_object({**shown, "visualizations": items}, output)
    else:
        columns = ["name", "type", "size_bytes", "uri"]
        session.print_rows(columns, list(map(_facts, found.items)), output)


def _facts(item: "Visualization") -> dict[str, Any]:
    names = ("name", "type", "size_bytes", "digest", "uri")
    return {name: getattr(item, name) for name in names}


def _value(item: "Visualization") -> str | None:
    """The text, an image in Base64, or None for one that is too large to print."""
    if item.size_bytes > _MOST_BYTES:
        return None
    content = item.content()
    if item.type is VisualizationType.IMAGE:
        return base64.b64encode(content).decode()
    return content.decode("utf-8", "replace")


def _write_page(
    session: Session, found: "Visualizations", html: Path | None, *, is_shown: bool, scripts: bool
) -> None:
    if html is None:
        # It is not removed: the browser reads it after this program has ended.
        html = Path(tempfile.mkdtemp(prefix="artifactctl-page-"), "visualizations.html")
    check_not_own_data(html, session.client.home.own_paths())
    doors.visualizations.write_page(found, html, scripts=scripts)
    session.say(f"Wrote {html}")
    if is_shown:
        show_page(session, html.resolve().as_uri())
