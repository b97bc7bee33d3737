"""`Artifact` and `Versions`: an artifact as users see it, and the versions under its name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from artifactctl import plain_text
from artifactctl.catalog import rows
from artifactctl.errors import NotFoundError
from artifactctl.results.asking import Origin, bind
from artifactctl.results.names import TagName
from artifactctl.results.pages import Page
from artifactctl.results.values import Converted, identifier, moment
from artifactctl.results.versions import ArtifactVersion, Asking


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Artifact(Asking):
    """An artifact: a name with the versions stored under it."""

    NOUN: ClassVar[str] = "artifact"
    SHOWN: ClassVar[tuple[str, ...]] = ("artifact", "latest", "versions", "tags", "updated")
    CELLS: ClassVar[tuple[str, ...]] = (
        *("id", "name", "latest_version_name", "version_count", "tags", "has_custom_name"),
        *("created", "updated", "description"),
    )

    id: Converted[UUID] = Converted(identifier)
    name: str
    latest_version_name: str | None
    version_count: int
    tags: tuple[TagName, ...]
    has_custom_name: bool
    created: Converted[datetime] = Converted(moment)
    updated: Converted[datetime] = Converted(moment)
    description: str | None = None

    @classmethod
    def of(cls, row: rows.Artifact, origin: Origin) -> "Artifact":
        """Return an `Artifact` made from a row of the catalog."""
        made = cls(
            id=row.id,
            name=row.name,
            latest_version_name=row.latest_version_name,
            version_count=row.version_count,
            tags=tuple(TagName.of(tag, origin) for tag in row.tags),
            has_custom_name=row.has_custom_name,
            created=row.created,
            updated=row.updated,
            description=row.description,
        )
        return bind(made, origin)

    def __repr__(self) -> str:
        versions = plain_text.count(self.version_count, "version")
        return plain_text.escape(f"<Artifact {self.name} ({versions}, {self.id_text})>")

    def facts(self) -> dict[str, Any]:
        """Return the facts that a notebook shows, by name."""
        return {
            "artifact": self.name,
            "latest": self.latest_version_name,
            "versions": self.version_count,
            "tags": self.tags,
            "updated": self._time("updated"),
            "created": self._time("created"),
            "id": self.id_text,
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """Return the further cells of a data frame's row; an artifact has none."""
        return {}

    @property
    def versions(self) -> "Versions":
        """The versions of this artifact, oldest first; each one is looked up on access."""
        return Versions(self)

    @property
    def latest_version_id(self) -> UUID | None:
        """The ID of the latest version, or None when the artifact has no versions."""
        try:
            return self._answerer.find_artifact_version(self.name).id
        except NotFoundError:
            return None

    def load(
        self,
        *,
        allow_pickle: bool = False,
        materializer: object = None,
        wanted: type | None = None,
        disable_cache: bool = False,
    ) -> Any:
        """Return the Python object of the latest version; see `ArtifactVersion.load`."""
        latest = self._answerer.find_artifact_version(self.name)
        return latest.load(
            allow_pickle=allow_pickle,
            materializer=materializer,
            wanted=wanted,
            disable_cache=disable_cache,
        )


class Versions(Mapping[str, ArtifactVersion]):
    """The versions of an artifact by version name, oldest first; each is looked up on access."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact

    def __getitem__(self, version: str | int) -> ArtifactVersion:
        artifact = self._artifact
        return artifact._answerer.find_artifact_version(artifact.name, str(version))

    def __iter__(self) -> Iterator[str]:
        return (version.version for version in self._listed(0))

    def __len__(self) -> int:
        return self._listed(1).total

    def __repr__(self) -> str:
        return f"<versions of {self._artifact.name!r}: {', '.join(self)}>"

    def _listed(self, size: int) -> Page[ArtifactVersion]:
        artifact = self._artifact
        named = f"equals:{artifact.name}"
        return artifact._answerer.list_artifact_versions(artifact=named, size=size)
