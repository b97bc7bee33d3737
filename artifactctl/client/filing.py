"""Files that a step has written become versions, together with the step's end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.reading.finding import find_latest
from artifactctl.client.publishing import Stored
from artifactctl.client.registering import facts_of, take_files
from artifactctl.enums import ArtifactType
from artifactctl.results.reports import SILENT
from artifactctl.tags import Tags

if TYPE_CHECKING:
    from artifactctl.client import Client


@dataclass(frozen=True, slots=True)
class NewFiles:
    """A file or folder, and what the version that it becomes is to be called and to say.

    `type` None is data; with `link` the data stays where it is, which may be a URL. The `metadata`
    wins over what the format tells.
    """

    path: str
    name: str
    version: str | None = None
    type: ArtifactType | None = None
    tags: Tags = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    link: bool = False
    has_custom_name: bool = True
    save_type: str = "step_output"


def store(client: "Client", new: NewFiles) -> Stored:
    """Have files with their manifest in the store."""
    latest = find_latest(client.catalog, new.name)
    manifest, notes = take_files(client, [new.path], {"link": new.link}, latest, SILENT)
    digest = client.store.put_manifest(manifest.to_bytes())
    return Stored(manifest, digest, ArtifactType.DATA, facts_of(manifest, [new.path]), notes=notes)
