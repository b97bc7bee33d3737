"""Artifacts as users hold them: a name, and the versions kept under it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from artifactctl.catalog import rows
from artifactctl.errors import NotFoundError
from artifactctl.results.asking import Answerer, Origin, bind
from artifactctl.results.recorded import ArtifactVersion, Asking, PipelineRun
from artifactctl.results.values import Name


@dataclass(frozen=True, slots=True)
class Artifact(Asking):
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
    def of(cls, row: rows.Artifact, origin: Origin) -> "Artifact":
        """A row of the catalog as users see it."""
        made = cls(
            id=row.id,
            name=row.name,
            latest_version_name=row.latest_version_name,
            version_count=row.version_count,
            tags=tuple(map(Name, row.tags)),
            has_custom_name=row.has_custom_name,
            created=row.created,
            updated=row.updated,
        )
        return bind(made, origin)

    @property
    def versions(self) -> "Versions":
        """Its versions by what they are called, newest first; each is looked up when asked for."""
        return Versions(self._answerer, self.name)

    @property
    def latest_version_id(self) -> str | None:
        """The ID of its latest version, if it has any."""
        try:
            return self._answerer.find_artifact_version(self.name).id
        except NotFoundError:
            return None

    def load(
        self,
        *,
        allow_pickle: bool = False,
        materializer: Any = None,
        wanted: type | None = None,
        disable_cache: bool = False,
    ) -> Any:
        """The Python object that its latest version keeps; see `ArtifactVersion.load`."""
        latest = self._answerer.find_artifact_version(self.name)
        return latest.load(
            allow_pickle=allow_pickle,
            materializer=materializer,
            wanted=wanted,
            disable_cache=disable_cache,
        )

    def get_hydrated_version(self) -> "Artifact":
        """Itself: nothing is left out here that would have to be asked for again."""
        return self


class Versions(Mapping[str, ArtifactVersion]):
    """The versions of an artifact by what they are called, looked up when they are asked for."""

    def __init__(self, answerer: Answerer[ArtifactVersion, PipelineRun], name: str) -> None:
        self._answerer = answerer
        self._name = name

    def __getitem__(self, version: str | int) -> ArtifactVersion:
        return self._answerer.find_artifact_version(self._name, str(version))

    def __iter__(self) -> Iterator[str]:
        return (version.version for version in self._all())

    def __len__(self) -> int:
        return self._answerer.list_artifact_versions(artifact=f"equals:{self._name}", size=1).total

    def __repr__(self) -> str:
        return f"<versions of {self._name!r}: {', '.join(self)}>"

    def _all(self) -> Iterator[ArtifactVersion]:
        return iter(self._answerer.list_artifact_versions(artifact=f"equals:{self._name}", size=0))
