"""Listing runs, their steps and their pipelines, page by page."""

from artifactctl.catalog import rows
from artifactctl.catalog.reading import listing_runs
from artifactctl.home import Home
from artifactctl.results.pages import Page
from artifactctl.results.pipelines import Pipeline
from artifactctl.results.runs import PipelineRun
from artifactctl.results.steps import StepRun


def list_runs(home: Home, asked: rows.Listing) -> Page[PipelineRun]:
    """Return one page of runs."""
    found = listing_runs.list_runs(
        home.catalog, asked, lambda row: PipelineRun.of(row, home.origin)
    )
    return Page.of(found, PipelineRun)


def list_steps(home: Home, asked: rows.Listing) -> Page[StepRun]:
    """Return one page of steps."""
    found = listing_runs.list_steps(
        home.catalog, asked, lambda run, step: StepRun.of(step, run.id, home.origin)
    )
    return Page.of(found, StepRun)


def list_pipelines(home: Home, asked: rows.Listing) -> Page[Pipeline]:
    """Return one page of pipelines that have runs."""
    found = listing_runs.list_pipelines(
        home.catalog, asked, lambda row: Pipeline.of(row, home.origin)
    )
    return Page.of(found, Pipeline)
