"""The verbs that change what is said of runs and steps: tags, metadata."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from artifactctl import upkeep
from artifactctl.catalog import running
from artifactctl.catalog.labelling import Labels
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.client.records import write_records
from artifactctl.metadata import plain_metadata
from artifactctl.results.recorded import PipelineRun

if TYPE_CHECKING:
    from artifactctl.client import Client


def tag_run(client: "Client", run: str, labels: Labels) -> PipelineRun:
    """Change the tags of a run, and the records of all runs that this changed."""
    found = find_run(client.catalog, run)
    if labels.all or labels.remove:
        recorded = upkeep.mend_records(client.catalog, client.store)
        changed = running.change_run_tags(client.catalog, found.id, labels, recorded)
        write_records(client, changed.ids)
    return client.get_pipeline_run(found.id)


def log_run_metadata(client: "Client", run: str, metadata: Mapping[str, Any]) -> PipelineRun:
    """Set keys of a run's metadata."""
    checked = plain_metadata(metadata)
    found = find_run(client.catalog, run)
    recorded = upkeep.mend_records(client.catalog, client.store)
    changed = running.put_run_metadata(client.catalog, found.id, checked, recorded)
    write_records(client, changed)
    return client.get_pipeline_run(found.id)


def log_step_metadata(client: "Client", step_id: str, metadata: Mapping[str, Any]) -> None:
    """Set keys of a step's metadata."""
    checked = plain_metadata(metadata)
    recorded = upkeep.mend_records(client.catalog, client.store)
    changed = running.put_step_metadata(client.catalog, step_id, checked, recorded)
    write_records(client, changed)
