"""`artifact list` and `artifact version list`."""

from typing import Annotated

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.session import session_of

Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", "--tags", metavar="FILTER", help="A label, or isnull: for none."),
]
Moment = Annotated[
    list[str] | None,
    typer.Option(metavar="FILTER", help="2026-01-31, gte:7d, in:2026-01-01,2026-02-01."),
]
MetadataFilter = Annotated[
    list[str] | None,
    typer.Option(
        "--metadata", "--run-metadata", metavar="KEY=FILTER", help="accuracy=gt:0.9, lr=0.1."
    ),
]
HasCustomName = Annotated[list[str] | None, typer.Option(metavar="FILTER", help="true or false.")]


@options.listing
def list_artifacts(
    context: typer.Context,
    name: options.Filter = None,
    tag: Tags = None,
    created: Moment = None,
    updated: Moment = None,
    has_custom_name: HasCustomName = None,
    *,
    listing: options.Listing,
) -> None:
    """List artifacts, newest first.

    Example: artifactctl artifact list --name startswith:iris --sort-by name
    """
    session = session_of(context)
    found = session.client.list_artifacts(
        name=name,
        tag=tag,
        created=created,
        updated=updated,
        has_custom_name=has_custom_name,
        **listing.asked,
    )
    session.print_page(found, doors.render.ARTIFACTS, listing)


@options.listing
def list_versions(
    context: typer.Context,
    artifact: options.Filter = None,
    name: Annotated[
        list[str] | None, typer.Option(metavar="FILTER", help="The same as --artifact.")
    ] = None,
    version: options.Filter = None,
    version_number: Annotated[
        list[str] | None,
        typer.Option(metavar="FILTER", help="3, gt:10, isnull: for custom versions."),
    ] = None,
    artifact_type: Annotated[
        list[str] | None, typer.Option("--type", metavar="FILTER", help="data, model, …")
    ] = None,
    tag: Tags = None,
    metadata: MetadataFilter = None,
    created: Moment = None,
    updated: Moment = None,
    size_bytes: Annotated[
        list[str] | None, typer.Option(metavar="FILTER", help="gt:10MB, in:1000,2000.")
    ] = None,
    data_type: options.Filter = None,
    materializer: options.Filter = None,
    uri: options.Filter = None,
    pipeline_run: Annotated[
        list[str] | None,
        typer.Option(metavar="FILTER", help="The name or ID of the run that made it."),
    ] = None,
    pipeline: Annotated[
        list[str] | None, typer.Option(metavar="FILTER", help="The pipeline of that run.")
    ] = None,
    step: Annotated[
        list[str] | None, typer.Option(metavar="FILTER", help="The step that made it.")
    ] = None,
    has_custom_name: HasCustomName = None,
    only_unused: Annotated[
        bool, typer.Option("--only-unused", help="Only what no run made or used.")
    ] = False,
    *,
    listing: options.Listing,
) -> None:
    """List artifact versions, newest first.

    Every filter is VALUE or OPERATOR:VALUE; the operators are equals, notequals, contains,
    notcontains, startswith, endswith, oneof, notoneof, isnull, isnotnull, gt, gte, lt, lte, in.

    Example: artifactctl artifact version list --tag prod --metadata accuracy=gt:0.9
    """
    session = session_of(context)
    found = session.client.list_artifact_versions(
        artifact=artifact,
        name=name,
        version=version,
        version_number=version_number,
        type=artifact_type,
        tag=tag,
        metadata=metadata,
        created=created,
        updated=updated,
        size_bytes=size_bytes,
        data_type=data_type,
        materializer=materializer,
        uri=uri,
        pipeline_run=pipeline_run,
        pipeline=pipeline,
        step=step,
        has_custom_name=has_custom_name,
        only_unused=only_unused,
        **listing.asked,
    )
    session.print_page(found, doors.render.VERSIONS, listing)
