"""Finding and listing runs, steps and pipelines."""

from artifactctl.catalog import rows
from artifactctl.catalog.reading import finding_runs, listing
from artifactctl.errors import AmbiguousError, NotFoundError
from artifactctl.home import Home
from artifactctl.results.pages import Page
from artifactctl.results.pipelines import Pipeline, pipeline_called
from artifactctl.results.recorded import PipelineRun, StepRun


def run(home: Home, text: str) -> PipelineRun:
    """Return the newest run with that name, or the one with that ID or prefix of an ID."""
    return PipelineRun.of(finding_runs.find_run(home.catalog, text), home.origin)


def list_runs(home: Home, asked: rows.Listing) -> Page[PipelineRun]:
    """Return one page of runs."""
    found = listing.list_runs(home.catalog, asked, lambda row: PipelineRun.of(row, home.origin))
    return Page.of(found, PipelineRun)


def step(home: Home, step_id: str) -> StepRun:
    """Return the step with that ID."""
    found = PipelineRun.of(finding_runs.find_run_of_step(home.catalog, step_id), home.origin)
    return next(one for one in found.steps.values() if one.id_text == step_id)


def pipeline(home: Home, name: str) -> Pipeline:
    """Return the pipeline with that name or ID, or the only one whose name starts so.

    Raises `NotFoundError` when none has runs, `AmbiguousError` when several names start so.
    """
    name = finding_runs.pipeline_with_id(home.catalog, name) or name
    known = finding_runs.pipelines_from(home.catalog, name)
    if name not in known and len(known) > 1:
        raise AmbiguousError(
            f"{name!r} is the start of several pipelines: {', '.join(known)}",
            hint="give more of the name",
        )
    if not known:
        raise NotFoundError(f"no pipeline {name!r} has run", hint="see 'artifactctl runs list'")
    return pipeline_called(known[0], home.origin)


def list_pipelines(home: Home, asked: rows.Listing) -> Page[Pipeline]:
    """Return one page of pipelines that have runs."""
    found = listing.list_pipelines(
        home.catalog, asked, lambda row: pipeline_called(row.pipeline, home.origin)
    )
    return Page.of(found, Pipeline)


def list_steps(home: Home, asked: rows.Listing) -> Page[StepRun]:
    """Return one page of steps."""
    found = listing.list_steps(
        home.catalog, asked, lambda run, step: StepRun.of(step, run.id, home.origin)
    )
    return Page.of(found, StepRun)
