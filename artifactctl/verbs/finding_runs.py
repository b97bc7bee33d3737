"""Finding runs, steps and pipelines."""

from artifactctl.catalog.reading import finding_runs, pipelines
from artifactctl.home import Home
from artifactctl.results.pipelines import Pipeline
from artifactctl.results.runs import PipelineRun
from artifactctl.results.steps import StepRun


def run(home: Home, text: str) -> PipelineRun:
    """Return the newest run with that name, or the one with that ID or prefix of an ID."""
    return PipelineRun.of(finding_runs.find_run(home.catalog, text), home.origin)


def step(home: Home, step_id: str) -> StepRun:
    """Return the step with that ID."""
    found = PipelineRun.of(finding_runs.find_run_of_step(home.catalog, step_id), home.origin)
    return next(one for one in found.steps.values() if one.id_text == step_id)


def index(home: Home, run_id: str) -> int:
    """Return the place of a run among all runs of its pipeline, deleted ones included, from 1."""
    return pipelines.run_index(home.catalog, run_id)


def pipeline(home: Home, text: str, *, by_start: bool = False) -> Pipeline:
    """Return the pipeline with that name or ID; `by_start`: or whose name or ID alone starts so.

    Raises `NotFoundError` when none has runs, `AmbiguousError` when several start so.
    """
    found = pipelines.find_pipeline(home.catalog, text, by_start=by_start)
    return Pipeline.of(found, home.origin)
