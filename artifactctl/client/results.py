"""What the client's methods return: frozen values with the keys that JSON output has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from artifactctl.catalog import rows
from artifactctl.digests import manifest_key
from artifactctl.settings import without_secrets


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

    @classmethod
    def of(cls, row: rows.Artifact) -> "Artifact":
        """A row of the catalog as users see it."""
        return cls(
            id=row.id,
            name=row.name,
            latest_version_name=row.latest_version_name,
            version_count=row.version_count,
            tags=row.tags,
            has_custom_name=row.has_custom_name,
            created=row.created,
            updated=row.updated,
        )


@dataclass(frozen=True, slots=True)
class ArtifactVersion:
    """One artifact version.

    `uri` is where its manifest is, or the place of linked data; `digest` is None for linked
    remote data, which has `source_checksum` instead; `producer` is the run and the step that made
    it, None for what was registered by hand; `data_deleted` is when its bytes were given up.
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
    producer: Mapping[str, str | None] | None
    data_type: str | None = None
    materializer: str | None = None
    data_deleted: str | None = None

    @property
    def ref(self) -> str:
        """`NAME:VERSION`, which every command takes."""
        return f"{self.artifact}:{self.version}"

    @classmethod
    def of(cls, row: rows.Version, store: str) -> "ArtifactVersion":
        """A row of the catalog as users see it; `store` is the store's URL."""
        producer = {"run": row.producer_name, "step": row.producer_step}
        return cls(
            id=row.id,
            artifact=row.artifact,
            version=row.version,
            type=row.type,
            tags=row.tags,
            metadata=row.metadata,
            kind=row.kind,
            uri=without_secrets(row.link or f"{store}/{manifest_key(row.manifest)}"),
            size_bytes=row.size_bytes,
            file_count=row.file_count,
            digest=row.digest,
            source_checksum=row.source_checksum,
            linked=row.link is not None,
            created=row.created,
            updated=row.updated,
            producer=None if row.producer_run is None else producer,
            data_type=row.data_type,
            materializer=row.materializer,
            data_deleted=row.data_deleted,
        )
