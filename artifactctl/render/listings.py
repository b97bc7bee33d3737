"""The listings of tags, pipelines and runs with their columns, and the listing of given fields."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from artifactctl.catalog.reading import fields as reading
from artifactctl.json_text import JsonObject
from artifactctl.render.columns import ARTIFACTS, NOBODYS, VERSIONS, Listing
from artifactctl.results.pipelines import Pipeline
from artifactctl.results.runs import PipelineRun, series_of_runs
from artifactctl.results.tags import TagDetails

RUN_COLUMNS = ("id", "name", "pipeline", "status", "tags", "started", "duration_s")

TAGS: Listing[TagDetails] = Listing(
    "tag",
    reading.TAGS,
    tuple(field.name for field in fields(TagDetails)),
    ("id", "name", "color", "exclusive", "tagged_count"),
    lambda tag: str(tag.name),
    TagDetails.shown,
)


PIPELINES: Listing[Pipeline] = Listing(
    "pipeline",
    reading.PIPELINES,
    tuple(field.name for field in fields(Pipeline)),
    ("id", "name", "tags", "run_count", "latest_run_status", "created"),
    lambda pipeline: str(pipeline.name),
    Pipeline.shown,
    instead="; 'runs list' has the metadata of runs",
    on_request=("num_runs", "latest_run_user", *NOBODYS),
)


def _shown_of_run(run: PipelineRun, columns: Sequence[str]) -> JsonObject:
    """A run with the metadata of its steps, and with the steps' names and status."""
    shown = run.shown(columns)
    if "metadata" in shown:
        shown["metadata"] = run.all_metadata
    if "steps" in shown:
        steps = run.steps.values()
        shown["steps"] = [{"name": step.name, "status": step.status} for step in steps]
    return shown


RUNS: Listing[PipelineRun] = Listing(
    "run",
    reading.RUNS,
    (
        *("id", "name", "pipeline", "status", "tags", "metadata", "started", "ended", "duration_s"),
        *("git", "environment", "error", "steps", "description"),
    ),
    RUN_COLUMNS,
    lambda run: run.id_text,
    _shown_of_run,
    lambda run: run.all_metadata,
    series=series_of_runs,
    on_request=NOBODYS,
)


def listing_of(listed: reading.Listed) -> Listing[Any]:
    """The listing with these fields."""
    every: tuple[Listing[Any], ...] = (ARTIFACTS, VERSIONS, TAGS, PIPELINES, RUNS)
    return next(listing for listing in every if listing.fields is listed)
