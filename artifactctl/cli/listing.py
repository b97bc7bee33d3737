"""The commands that list: `artifact list`, `artifact version list`, `runs list` and others.

Their filters are the fields of the listed items (see `catalog.reading.fields`).
"""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from artifactctl.catalog.reading.fields import (
    ARTIFACTS,
    PIPELINES,
    RUNS,
    TAGS,
    VERSIONS,
    Field,
    Listed,
)
from artifactctl.cli import doors
from artifactctl.cli.options import Command, Paging, options_of, set_parameters
from artifactctl.cli.session import Session, session_of
from artifactctl.enums import OutputFormat

if TYPE_CHECKING:
    from artifactctl.render.columns import Listing
    from artifactctl.results.pages import Listed as Item
    from artifactctl.results.pages import Page

T = TypeVar("T", bound="Item")

# ZenML's filters on what does not exist here, and what there is instead.
_NOT_HERE = {
    "user": "there are no users",
    "latest_run_user": "there are no users",
    "project": "there are no projects: a home is one",
    "artifact_store_id": "all versions are in one artifact store",
    "model": "there is no model control plane: a model is an artifact",
    "model_version_id": "there is no model control plane: a model is an artifact",
}

_OF_VERSIONS = ("user", "project", "artifact_store_id", "model", "model_version_id")


def _listing(listed: Listed, *not_here: str) -> Callable[[Command], Command]:
    """Return a decorator that adds an option per field, passed as `**filters`, and a `Paging`.

    The filters `not_here` are accepted with a note, and filter nothing.
    """
    filters = [_filter(field) for field in listed.fields if field.help]
    ignored = [_ignored(name) for name in not_here]
    common = [_with_fields(item, listed) for item in options_of(Paging)]

    def give(command: Command) -> Command:
        @wraps(command)
        def run(context: typer.Context, **given: Any) -> None:
            paging = Paging(**{item.name: given.pop(item.name) for item in common})
            for item in ignored:
                if given.pop(item.name) is not None:
                    flag = f"--{item.name.replace('_', '-')}"
                    session_of(context).say(f"{flag} filters nothing: {_NOT_HERE[item.name]}.")
            command(context, paging, **given)

        context = inspect.signature(command).parameters["context"]
        set_parameters(run, [context, *filters, *ignored, *common])
        return run

    return give


def _filter(field: Field) -> inspect.Parameter:
    """Return the option for a field, with the field in its annotation for completion."""
    metavar = None if field.is_switch else field.metavar
    # Without an explicit name Typer adds a `--no-` flag to a switch.
    flags = field.flags or (f"--{field.name.replace('_', '-')}",)
    option = typer.Option(*flags, metavar=metavar, help=field.help, rich_help_panel="Filters")
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=False if field.is_switch else None,
        annotation=Annotated[bool if field.is_switch else list[str] | None, option, field],
    )


def _ignored(name: str) -> inspect.Parameter:
    """Return the hidden option for one of ZenML's filters on what does not exist here."""
    flag = f"--{name.replace('_', '-')}"
    option = typer.Option(flag, metavar="FILTER", help="As in ZenML.", hidden=True)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[list[str] | None, option],
    )


def _with_fields(item: inspect.Parameter, listed: Listed) -> inspect.Parameter:
    """Return an option of all listings; those that name fields have them in their annotations."""
    if item.name not in ("sort_by", "columns"):
        return item
    return item.replace(annotation=Annotated[item.annotation, listed])


def _print(
    session: Session,
    found: "Page[T]",
    listing: "Listing[T]",
    paging: Paging,
    filters: Mapping[str, Any],
) -> None:
    """Print a page; below an empty table stands what to do about it."""
    session.print_page(found, listing, paging)
    is_table = not paging.quiet and session.format_of(paging.output) is OutputFormat.TABLE
    if found.total == 0 and is_table:
        session.say(*doors.advice.for_empty(session.client, listing.noun, listing.fields, filters))


@_listing(ARTIFACTS, "user", "project")
def list_artifacts(context: typer.Context, paging: Paging, **filters: Any) -> None:
    """List artifacts, newest first.

    Example: artifactctl artifact list --name startswith:iris --sort-by name
    """
    session = session_of(context)
    found = session.client.list_artifacts(**paging.asked(session.format_of(None)), **filters)
    _print(session, found, doors.columns.ARTIFACTS, paging, filters)


@_listing(VERSIONS, *_OF_VERSIONS)
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
    _print(session, found, doors.columns.VERSIONS, paging, filters)


@_listing(RUNS, "user", "project", "model", "model_version_id")
def list_runs(context: typer.Context, paging: Paging, **filters: Any) -> None:
    """List runs, newest first.

    Example: artifactctl runs list --pipeline training --status failed --started gte:7d
    """
    session = session_of(context)
    found = session.client.list_pipeline_runs(**paging.asked(session.format_of(None)), **filters)
    _print(session, found, doors.listings.RUNS, paging, filters)


@_listing(PIPELINES, "user", "project", "latest_run_user")
def list_pipelines(context: typer.Context, paging: Paging, **filters: Any) -> None:
    """List pipelines that have runs, newest first.

    Example: artifactctl pipeline list --latest-run-status failed
    """
    session = session_of(context)
    found = session.client.list_pipelines(**paging.asked(session.format_of(None)), **filters)
    session.print_page(found, doors.listings.PIPELINES, paging)


@_listing(TAGS, "user")
def list_tags(context: typer.Context, paging: Paging, **filters: Any) -> None:
    """List tags, newest first.

    With each is the number of artifacts, versions, runs and pipelines that have it.

    Example: artifactctl tags list --exclusive true --sort-by desc:tagged_count
    """
    session = session_of(context)
    found = session.client.list_tags(**paging.asked(session.format_of(None)), **filters)
    _print(session, found, doors.listings.TAGS, paging, filters)
