"""The commands `page` and `ui`."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from artifactctl import plain_text
from artifactctl.cli import options
from artifactctl.cli.browser import show_page
from artifactctl.cli.session import flush, session_of


def page(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The HTML file to write.")],
    artifact: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this artifact; may be repeated."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Write the catalog as one page to look around in.

    Artifacts, versions, runs, tags, metadata, curves, lineage and previews, to search, sort and
    compare. The file needs no network and no server, and can be sent to others.

    Example: artifactctl page catalog.html --open

    Example: artifactctl page iris.html --artifact iris_dataset --artifact iris_model
    """
    session = session_of(context)
    done = session.client.page(file, artifact or ())
    session.note(*done.notes)
    held = ", ".join(
        plain_text.count(number, noun)
        for number, noun in (
            (done.artifacts, "artifact"),
            (done.versions, "version"),
            (done.runs, "run"),
        )
    )
    summary = f"Wrote {file}: {held} in {plain_text.size(done.size_bytes)}"
    session.print_object(done, output, identifier=done.path, quiet=quiet, summary=summary)
    if open_page:
        show_page(session, Path(done.path).as_uri())


def ui(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="The port.", show_default="any")
    ] = 0,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Show the page in a browser.")
    ] = True,
) -> None:
    """Look around in the living catalog in a browser.

    The page of 'artifactctl page', served on this machine only, read as one scrolls and following
    changes, such as the curves of a run that goes on. It changes nothing. Ctrl-C stops it.

    Example: artifactctl ui

    Example: artifactctl ui --port 8765 --no-open
    """
    session = session_of(context)
    session.client.catalog.exists()  # a home that cannot be read is refused before it is served
    served = session.client.ui(port)
    session.print_data([served.url])
    flush()
    if open_page:
        show_page(session, served.url)
    with suppress(KeyboardInterrupt):
        served.serve()
