"""The verbs that change what is said of runs and steps: tags, metadata."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.writing import labelling
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.metadata import plain_metadata
from artifactctl.results.recorded import PipelineRun

if TYPE_CHECKING:
    from artifactctl.client import Client


def tag_run(client: "Client", run: str, labels: Labels) -> PipelineRun:
    """Change the tags of a run, and the records of all runs that this changed."""
    found = find_run(client.catalog, run)
    if labels.all or labels.remove:
        with client.home.change() as change:
            change.record(labelling.change_run_tags(change.transaction, found.id, labels).ids)
    return client.get_pipeline_run(found.id)


def log_run_metadata(client: "Client", run: str, metadata: Mapping[str, Any]) -> PipelineRun:
    """Set keys of a run's metadata."""
    checked = plain_metadata(metadata)
    found = find_run(client.catalog, run)
    with client.home.change() as change:
        change.record(labelling.put_run_metadata(change.transaction, found.id, checked))
    return client.get_pipeline_run(found.id)


def log_step_metadata(client: "Client", step_id: str, metadata: Mapping[str, Any]) -> None:
    """Set keys of a step's metadata."""
    checked = plain_metadata(metadata)
    with client.home.change() as change:
        change.record(labelling.put_step_metadata(change.transaction, step_id, checked))
