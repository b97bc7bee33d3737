"""The verbs that change tags, metadata and descriptions of runs, and metadata of several things."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.writing import labelling, tagging
from artifactctl.enums import MetadataResourceTypes
from artifactctl.errors import WrongUsageError
from artifactctl.home import Home, repeated
from artifactctl.metadata import plain_metadata
from artifactctl.refs import check_description, parse_ref
from artifactctl.results.runs import PipelineRun
from artifactctl.tags import Tags, whole
from artifactctl.verbs import finding, finding_runs
from artifactctl.verbs.labelling import labels_of, log_metadata


@dataclass(frozen=True, slots=True)
class RunMetadataResource:
    """The owner of metadata: the ID of a run, a step or a version, and which of these it is."""

    id: str | uuid.UUID
    type: MetadataResourceTypes


Resource = RunMetadataResource | tuple[str | uuid.UUID, MetadataResourceTypes | str]


@repeated
def update_run(home: Home, run: str, description: str) -> PipelineRun:
    """Change a run's description, which an empty one removes."""
    text = check_description(description)
    found = find_run(home.catalog, run)
    with home.change() as change:
        change.record(labelling.describe(change.transaction, "run", found.id, text))
    return finding_runs.run(home, found.id)


@repeated
def remove_run_metadata(home: Home, run: str, keys: Sequence[str]) -> PipelineRun:
    """Remove keys of a run's own metadata, all or none; raises `NotFoundError` for another key."""
    found = find_run(home.catalog, run)
    with home.change() as change:
        change.record(labelling.remove_run_metadata(change.transaction, found.id, list(keys)))
    return finding_runs.run(home, found.id)


@repeated
def tag_run(home: Home, run: str, add: Tags | None, remove: Tags | None) -> PipelineRun:
    """Change the tags of a run."""
    labels = labels_of(add, remove)
    found = find_run(home.catalog, run)
    if labels.all or labels.remove:
        with home.change() as change:
            change.record(tagging.declare(change.transaction, whole(add or ())))
            change.record(labelling.change_run_tags(change.transaction, found.id, labels).ids)
    return finding_runs.run(home, found.id)


@repeated
def log_run_metadata(home: Home, run: str, metadata: Mapping[str, object]) -> PipelineRun:
    """Set keys of a run's metadata."""
    checked = plain_metadata(metadata)
    found = find_run(home.catalog, run)
    with home.change() as change:
        change.record(labelling.put_run_metadata(change.transaction, found.id, checked))
    return finding_runs.run(home, found.id)


@repeated
def log_step_metadata(home: Home, step_id: str, metadata: Mapping[str, object]) -> None:
    """Set keys of a step's metadata."""
    checked = plain_metadata(metadata)
    with home.change() as change:
        change.record(labelling.put_step_metadata(change.transaction, step_id, checked))


def log_metadata_of_all(
    home: Home, metadata: Mapping[str, object], resources: Sequence[Resource]
) -> None:
    """Set keys of the metadata of several resources, or of none when one does not exist."""
    checked = plain_metadata(metadata)
    found = [_read(resource) for resource in resources]
    for resource_id, kind in found:
        _check_exists(home, resource_id, kind)
    for resource_id, kind in found:
        if kind is MetadataResourceTypes.ARTIFACT_VERSION:
            log_metadata(home, parse_ref(resource_id), checked)
        elif kind is MetadataResourceTypes.STEP_RUN:
            log_step_metadata(home, resource_id, checked)
        else:
            log_run_metadata(home, resource_id, checked)


def _read(resource: Any) -> tuple[str, MetadataResourceTypes]:
    """Return the ID and the type of a resource; ZenML's own classes are accepted too."""
    resource_id, kind = resource if isinstance(resource, tuple) else (resource.id, resource.type)
    word = str(getattr(kind, "value", kind))
    try:
        return str(resource_id), MetadataResourceTypes(word)
    except ValueError:
        known = ", ".join(MetadataResourceTypes)
        raise WrongUsageError(f"there is no metadata of a {word!r}", hint=f"use {known}") from None


def _check_exists(home: Home, resource_id: str, kind: MetadataResourceTypes) -> None:
    if kind is MetadataResourceTypes.ARTIFACT_VERSION:
        finding.version(home, parse_ref(resource_id))
    elif kind is MetadataResourceTypes.STEP_RUN:
        finding_runs.step(home, resource_id)
    else:
        finding_runs.run(home, resource_id)
