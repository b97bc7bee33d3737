"""What the client's methods return: frozen values with the keys that JSON output has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Artifact:
    """A name and what is kept under it; times are RFC 3339, UTC."""

    id: str
    name: str
    latest_version_name: str | None
    version_count: int
    tags: tuple[str, ...]
    has_custom_name: bool
    created: str
    updated: str


@dataclass(frozen=True, slots=True)
class ArtifactVersion:
    """One artifact version.

    `uri` is where its manifest is, or the place of linked data; `digest` is None for linked
    remote data, which has `source_checksum` instead; `producer` is None for what was registered
    by hand.
    """

    id: str
    artifact: str
    version: str
    type: str
    tags: tuple[str, ...]
    metadata: Mapping[str, Any]
    kind: str
    uri: str
    size_bytes: int
    file_count: int
    digest: str | None
    source_checksum: str | None
    linked: bool
    created: str
    updated: str
    producer: Mapping[str, str] | None

    @property
    def ref(self) -> str:
        """`NAME:VERSION`, which every command takes."""
        return f"{self.artifact}:{self.version}"
