"""Commands on artifacts: `artifact list`, `artifact describe`."""

from typing import Annotated

import typer

from artifactctl.cli import options
from artifactctl.cli.session import session_of


def list_artifacts(
    context: typer.Context,
    name: options.Filter = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", "--tags", metavar="FILTER", help="A label, or isnull: for none."),
    ] = None,
    page: options.Page = 1,
    size: options.Size = 20,
    sort_by: options.SortBy = "",
    columns: options.Columns = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """List artifacts, newest first.

    Example: artifactctl artifact list --name startswith:iris --sort-by name
    """
    session = session_of(context)
    found = session.client.list_artifacts(
        page=page, size=size, sort_by=sort_by, name=name or (), tag=tag or ()
    )
    session.print_page(found, "ARTIFACTS", columns, output, quiet=quiet)


def describe_artifact(
    context: typer.Context,
    name: options.Name,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Show everything known of one artifact.

    Example: artifactctl artifact describe iris_dataset
    """
    session = session_of(context)
    found = session.client.get_artifact(name)
    session.print_object(found, output, identifier=found.name, quiet=quiet)
