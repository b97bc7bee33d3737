"""The commands that list: `artifact list`, `artifact version list` and `runs list`.

Their filters are the fields of what they list (see `catalog.reading.fields`).
"""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from artifactctl.catalog.reading.fields import ARTIFACTS, RUNS, VERSIONS, Field, Listed
from artifactctl.cli import options
from artifactctl.cli.session import session_of

Command = Callable[..., None]


def _filtered_by(listed: Listed) -> Callable[[Command], Command]:
    """Give a command an option for each field; it gets them as `**filters`."""

    def give(command: Command) -> Command:
        signature = inspect.signature(command)
        context, *own, _ = signature.parameters.values()
        filters = [_parameter(field) for field in listed.fields if field.help]
        # Completion finds there what may be sorted by.
        own = [
            item.replace(annotation=Annotated[item.annotation, listed])
            if item.name == "sort_by"
            else item
            for item in own
        ]
        # Typer reads the one, completion the other.
        vars(command)["__signature__"] = signature.replace(parameters=[context, *filters, *own])
        command.__annotations__ |= {item.name: item.annotation for item in (*filters, *own)}
        return command

    return give


def _parameter(field: Field) -> inspect.Parameter:
    """The option of a field, which completion finds in the annotation."""
    metavar = None if field.is_switch else field.metavar
    # Named, since a switch would else get a `--no-` of its own.
    flags = field.flags or (f"--{field.name.replace('_', '-')}",)
    option = typer.Option(*flags, metavar=metavar, help=field.help)
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=False if field.is_switch else None,
        annotation=Annotated[bool if field.is_switch else list[str] | None, option, field],
    )


@_filtered_by(ARTIFACTS)
def list_artifacts(
    context: typer.Context,
    *,
    logical_operator: options.LogicalOperator = "and",
    page: options.Page = 1,
    size: options.Size = 20,
    sort_by: options.SortBy = None,
    columns: options.Columns = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
    **filters: Any,
) -> None:
    """List artifacts, newest first.

    Example: artifactctl artifact list --name startswith:iris --sort-by name
    """
    session = session_of(context)
    found = session.client.list_artifacts(
        page=page, size=size, sort_by=sort_by or (), logical_operator=logical_operator, **filters
    )
    session.print_page(found, "ARTIFACTS", columns, output, quiet=quiet)


@_filtered_by(VERSIONS)
def list_versions(
    context: typer.Context,
    *,
    logical_operator: options.LogicalOperator = "and",
    page: options.Page = 1,
    size: options.Size = 20,
    sort_by: options.SortBy = None,
    columns: options.Columns = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
    **filters: Any,
) -> None:
    """List artifact versions, newest first.

    Every filter is VALUE or OPERATOR:VALUE; the operators are equals, notequals, contains,
    notcontains, startswith, endswith, oneof, notoneof, isnull, isnotnull, gt, gte, lt, lte, in.

    Example: artifactctl artifact version list --tag prod --metadata accuracy=gt:0.9
    """
    session = session_of(context)
    found = session.client.list_artifact_versions(
        page=page, size=size, sort_by=sort_by or (), logical_operator=logical_operator, **filters
    )
    session.print_page(found, "VERSIONS", columns, output, quiet=quiet)


@_filtered_by(RUNS)
def list_runs(
    context: typer.Context,
    *,
    logical_operator: options.LogicalOperator = "and",
    page: options.Page = 1,
    size: options.Size = 20,
    sort_by: options.SortBy = None,
    columns: options.Columns = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
    **filters: Any,
) -> None:
    """List runs, newest first.

    Example: artifactctl runs list --pipeline training --status failed --started gte:7d
    """
    session = session_of(context)
    found = session.client.list_pipeline_runs(
        page=page, size=size, sort_by=sort_by or (), logical_operator=logical_operator, **filters
    )
    session.print_page(found, "RUNS", columns, output, quiet=quiet)
