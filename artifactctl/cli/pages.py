"""The command `page`."""

from pathlib import Path
from typing import Annotated

import typer

from artifactctl import plain_text
from artifactctl.cli import options
from artifactctl.cli.browser import show_page
from artifactctl.cli.session import session_of


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

    Artifacts, versions, runs, tags, metadata, lineage and previews, to search, sort and compare.
    The file needs no network and no server, and can be sent to others.

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
