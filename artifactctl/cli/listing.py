"""The commands that list: `artifact list`, `artifact version list` and `runs list`.

Their filters are the fields of the listed items (see `catalog.reading.fields`).
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from artifactctl.catalog.reading.fields import (
    ARTIFACTS,
    RUNS,
    TAGS,
    VERSIONS,
    Field,
    Listed,
)
from artifactctl.cli import doors
from artifactctl.cli.options import Paging
from artifactctl.cli.session import session_of

Command = Callable[..., None]


def _listing(listed: Listed) -> Callable[[Command], Command]:
    """Return a decorator that adds an option per field, passed as `**filters`, and a `Paging`."""
    filters = [_filter(field) for field in listed.fields if field.help]
    common = [_common(item, listed) for item in inspect.signature(Paging).parameters.values()]

    def give(command: Command) -> Command:
        @wraps(command)
        def run(context: typer.Context, **given: Any) -> None:
            paging = Paging(**{item.name: given.pop(item.name) for item in common})
            command(context, paging, **given)

        context = inspect.signature(command).parameters["context"]
        # Typer reads `__signature__`, and completion reads `__annotations__`.
        vars(run)["__signature__"] = inspect.Signature([context, *filters, *common])
        run.__annotations__ = {item.name: item.annotation for item in (context, *filters, *common)}
        return run

    return give


def _filter(field: Field) -> inspect.Parameter:
    """Return the option for a field, with the field in its annotation for completion."""
    metavar = None if field.is_switch else field.metavar
    # Without an explicit name Typer adds a `--no-` flag to a switch.
    flags = field.flags or (f"--{field.name.replace('_', '-')}",)
    option = typer.Option(*flags, metavar=metavar, help=field.help)
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=False if field.is_switch else None,
        annotation=Annotated[bool if field.is_switch else list[str] | None, option, field],
    )


def _common(item: inspect.Parameter, listed: Listed) -> inspect.Parameter:
    """Return an option of all listings; that of `sort_by` has the fields in its annotation."""
    is_order = item.name == "sort_by"
    annotation = Annotated[item.annotation, listed] if is_order else item.annotation
    return item.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


@_listing(ARTIFACTS)
def list_artifacts(context: typer.Context, paging: Paging, **filters: Any) -> None:
    """List artifacts, newest first.

    Example: artifactctl artifact list --name startswith:iris --sort-by name
    """
    session = session_of(context)
    found = session.client.list_artifacts(**paging.asked(session.format_of(None)), **filters)
    session.print_page(found, doors.render.ARTIFACTS, paging)


@_listing(VERSIONS)
def list_versions(context: typer.Context, paging: Paging, **filters: Any) -> None:
    """List artifact versions, newest first.

    Every filter is VALUE or OPERATOR:VALUE; the operators are equals, notequals, contains,
    notcontains, startswith, endswith, oneof, notoneof, isnull, isnotnull, gt, gte, lt, lte, in.

    Example: artifactctl artifact version list --tag prod --metadata accuracy=gt:0.9
    """
    session = session_of(context)
    found = session.client.list_artifact_versions(
        **paging.asked(session.format_of(None)), **filters
    )
    session.print_page(found, doors.render.VERSIONS, paging)


@_listing(RUNS)
def list_runs(context: typer.Context, paging: Paging, **filters: Any) -> None:
    """List runs, newest first.

    Example: artifactctl runs list --pipeline training --status failed --started gte:7d
    """
    session = session_of(context)
    found = session.client.list_pipeline_runs(**paging.asked(session.format_of(None)), **filters)
    session.print_page(found, doors.render.RUNS, paging)


@_listing(TAGS)
def list_tags(context: typer.Context, paging: Paging, **filters: Any) -> None:
    """List tags, newest first, with the number of artifacts, versions, runs and pipelines each.

    Example: artifactctl tags list --exclusive true --sort-by desc:tagged_count
    """
    session = session_of(context)
    found = session.client.list_tags(**paging.asked(session.format_of(None)), **filters)
    session.print_page(found, doors.render.TAGS, paging)
