"""Metadata for several things at once, as ZenML's client takes it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from artifactctl.enums import MetadataResourceTypes
from artifactctl.errors import WrongUsageError
from artifactctl.metadata import plain_metadata

if TYPE_CHECKING:
    from artifactctl.client import Client


@dataclass(frozen=True, slots=True)
class RunMetadataResource:
    """What metadata is for: an ID, and whether that is a run's, a step's or a version's."""

    id: str | uuid.UUID
    type: MetadataResourceTypes


Resource = RunMetadataResource | tuple[str | uuid.UUID, MetadataResourceTypes | str]


def create_run_metadata(
    client: "Client", metadata: Mapping[str, Any], resources: Sequence[Resource]
) -> None:
    """Set keys of the metadata of all these; of none when one of them does not exist."""
    checked = plain_metadata(metadata)
    found = [_read(resource) for resource in resources]
    for resource_id, kind in found:
        _check_exists(client, resource_id, kind)
    for resource_id, kind in found:
        if kind is MetadataResourceTypes.ARTIFACT_VERSION:
            client.log_metadata(resource_id, checked)
        elif kind is MetadataResourceTypes.STEP_RUN:
            client.log_step_metadata(resource_id, checked)
        else:
            client.log_run_metadata(resource_id, checked)


def _read(resource: Any) -> tuple[str, MetadataResourceTypes]:
    """The ID and the type of a resource; ZenML's own, too."""
    resource_id, kind = resource if isinstance(resource, tuple) else (resource.id, resource.type)
    word = str(getattr(kind, "value", kind))
    try:
        return str(resource_id), MetadataResourceTypes(word)
    except ValueError:
        known = ", ".join(MetadataResourceTypes)
        raise WrongUsageError(f"there is no metadata of a {word!r}", hint=f"use {known}") from None


def _check_exists(client: "Client", resource_id: str, kind: MetadataResourceTypes) -> None:
    if kind is MetadataResourceTypes.ARTIFACT_VERSION:
        client.find_artifact_version(resource_id)
    elif kind is MetadataResourceTypes.STEP_RUN:
        client.get_run_step(resource_id)
    else:
        client.get_pipeline_run(resource_id)
