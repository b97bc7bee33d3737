"""Listing artifacts, versions, runs, steps, pipelines and tags, page by page."""

from artifactctl.catalog import rows
from artifactctl.catalog.reading import listing
from artifactctl.home import Home
from artifactctl.results.artifacts import Artifact
from artifactctl.results.pages import Page
from artifactctl.results.pipelines import Pipeline
from artifactctl.results.runs import PipelineRun
from artifactctl.results.steps import StepRun
from artifactctl.results.tags import TagDetails
from artifactctl.results.versions import ArtifactVersion


def list_artifacts(home: Home, asked: rows.Listing) -> Page[Artifact]:
    """Return one page of artifacts."""
    found = listing.list_artifacts(home.catalog, asked, lambda row: Artifact.of(row, home.origin))
    return Page.of(found, Artifact)


def list_versions(home: Home, asked: rows.Listing) -> Page[ArtifactVersion]:
    """Return one page of versions."""
    found = listing.list_versions(
        home.catalog, asked, lambda row: ArtifactVersion.of(row, home.origin)
    )
    return Page.of(found, ArtifactVersion)


def list_runs(home: Home, asked: rows.Listing) -> Page[PipelineRun]:
    """Return one page of runs."""
    found = listing.list_runs(home.catalog, asked, lambda row: PipelineRun.of(row, home.origin))
    return Page.of(found, PipelineRun)


def list_steps(home: Home, asked: rows.Listing) -> Page[StepRun]:
    """Return one page of steps."""
    found = listing.list_steps(
        home.catalog, asked, lambda run, step: StepRun.of(step, run.id, home.origin)
    )
    return Page.of(found, StepRun)


def list_pipelines(home: Home, asked: rows.Listing) -> Page[Pipeline]:
    """Return one page of pipelines that have runs."""
    found = listing.list_pipelines(home.catalog, asked, lambda row: Pipeline.of(row, home.origin))
    return Page.of(found, Pipeline)


def list_tags(home: Home, asked: rows.Listing) -> Page[TagDetails]:
    """Return one page of tags."""
    found = listing.list_tags(home.catalog, asked, lambda row: TagDetails.of(row, home.origin))
    return Page.of(found, TagDetails)
