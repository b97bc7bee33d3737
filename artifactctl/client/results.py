"""What the client's methods return: frozen values with the keys that JSON output has."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from artifactctl.catalog import rows
from artifactctl.client.bound import Bound, bind
from artifactctl.client.values import ArtifactName, Name, with_values
from artifactctl.digests import is_digest, manifest_key
from artifactctl.enums import ArtifactSaveType, ArtifactType
from artifactctl.errors import NotFoundError
from artifactctl.settings import LOCAL, Settings, file_url, without_secrets

if TYPE_CHECKING:
    from artifactctl.client import Client
    from artifactctl.client.runs import PipelineRun, StepRun

Class = type
"""A version has a `type` of its own."""

_TYPES = {member.value: member for member in ArtifactType}
_SAVE_TYPES = {member.value: member for member in ArtifactSaveType}


@dataclass(frozen=True, slots=True)
class Artifact(Bound):
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
    def of(cls, row: rows.Artifact, settings: Settings) -> "Artifact":
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
        return bind(made, settings)

    @property
    def versions(self) -> "Versions":
        """Its versions by what they are called, newest first; each is looked up when asked for."""
        return Versions(self._client, self.name)

    @property
    def latest_version_id(self) -> str | None:
        """The ID of its latest version, if it has any."""
        try:
            return self._client.find_artifact_version(self.name).id
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
        latest = self._client.find_artifact_version(self.name)
        return latest.load(
            allow_pickle=allow_pickle,
            materializer=materializer,
            wanted=wanted,
            disable_cache=disable_cache,
        )

    def get_hydrated_version(self) -> "Artifact":
        """Itself: nothing is left out here that would have to be asked for again."""
        return self


@dataclass(frozen=True, slots=True)
class ArtifactVersion(Bound):
    """One artifact version.

    `uri` is the place of linked data, of local one as a plain path, or else the URL of its
    manifest; `digest` is None for linked
    remote data, which has `source_checksum` instead; `producer` is the run and the step that made
    it, None for what was registered by hand; `data_deleted` is when its bytes were given up.
    """

    id: str
    artifact: ArtifactName
    version: str
    type: ArtifactType
    tags: tuple[Name, ...]
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

    @classmethod
    def of(cls, row: rows.Version, settings: Settings) -> "ArtifactVersion":
        """A row of the catalog as users see it."""
        producer = {"run": row.producer_name, "step": row.producer_step}
        made = cls(
            id=row.id,
            artifact=ArtifactName(row.artifact, row.artifact_id),
            version=row.version,
            # A row may be damaged, and is shown all the same.
            type=_TYPES.get(row.type, cast("ArtifactType", row.type)),
            tags=tuple(map(Name, row.tags)),
            metadata=row.metadata,
            kind=row.kind,
            uri=_place_of(row, settings),
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
        return bind(made, settings, row)

    def __repr__(self) -> str:
        return f"<ArtifactVersion {self.ref} ({self.type}, {self.id})>"

    @property
    def ref(self) -> str:
        """`NAME:VERSION`, which every command takes."""
        return f"{self.artifact}:{self.version}"

    @property
    def url(self) -> str:
        """The same place as `uri`, always as a URL: what a path has that no URL can is escaped."""
        return file_url(self.uri) if self.uri.startswith("/") else self.uri

    def as_shown(self) -> dict[str, Any]:
        """Its fields as output has them: the place is a URL."""
        return {**asdict(self), "uri": self.url}

    @property
    def name(self) -> str:
        """The artifact's name."""
        return self.artifact.name

    @property
    def run_metadata(self) -> dict[str, Any]:
        """The metadata; its numbers, texts, lists and objects also answer `.value`."""
        return with_values(self.metadata)

    @property
    def content_hash(self) -> str | None:
        """The same as `digest`."""
        return self.digest

    @property
    def save_type(self) -> ArtifactSaveType:
        """How it came to be."""
        said = getattr(self._row, "save_type", None)
        if said in _SAVE_TYPES:
            return _SAVE_TYPES[said]
        if self.producer is not None:
            return ArtifactSaveType.STEP_OUTPUT
        return ArtifactSaveType.PREEXISTING if self.linked else ArtifactSaveType.MANUAL

    @property
    def producer_pipeline_run_id(self) -> str | None:
        """The ID of the run that made it, also when that run was deleted; None: no run did."""
        return cast("str | None", self._row.producer_run)

    @property
    def producer_step_run_id(self) -> str | None:
        """The ID of the step that made it, None when there is none, or none any more."""
        try:
            return self.step.id
        except NotFoundError:
            return None

    @property
    def run(self) -> "PipelineRun":
        """The run that made it; raises `NotFoundError` when none did, or when it was deleted."""
        run_id = self.producer_pipeline_run_id
        if run_id is None:
            raise NotFoundError(f"{self.ref} was made by no run")
        return self._client.get_pipeline_run(run_id)

    @property
    def step(self) -> "StepRun":
        """The step that made it; raises `NotFoundError` likewise."""
        steps = self.run.steps
        name = (self.producer or {}).get("step")
        if name is None or name not in steps:
            raise NotFoundError(f"{self.ref} was made by no step")
        return steps[name]

    def load(
        self,
        *,
        allow_pickle: bool = False,
        materializer: Any = None,
        wanted: Class | None = None,
        disable_cache: bool = False,  # noqa: ARG002 (nothing is ever kept in memory)
    ) -> Any:
        """The Python object that it keeps.

        `materializer` reads it in place of the one that saved it; `wanted` is the class that the
        object must be of. What may run code while it is loaded raises `UnsafeError` unless
        `allow_pickle`; bytes that are not what was saved raise `IntegrityError`.
        """
        return self._client.load(
            self.id, allow_pickle=allow_pickle, materializer=materializer, wanted=wanted
        )

    def download_files(self, path: str | Path, overwrite: bool = False) -> None:
        """Write its files into a zip file, each byte verified.

        Raises `InvalidInputError` (a `ValueError`) for a path that does not end in `.zip`, and
        `PathTakenError` (a `FileExistsError`) when something is there, unless `overwrite`.
        """
        self._client.download_zip(self.id, path, overwrite=overwrite)

    def get_hydrated_version(self) -> "ArtifactVersion":
        """Itself: nothing is left out here that would have to be asked for again."""
        return self


def _place_of(row: rows.Version, settings: Settings) -> str:
    """Where linked data or a version's manifest is; of a damaged row what it says instead."""
    if row.link is not None:
        path = row.link.removeprefix(LOCAL)
        return path if path.startswith("/") else without_secrets(row.link)
    if not is_digest(row.manifest):
        return row.manifest
    root = settings.store.value.removeprefix(LOCAL)
    return f"{file_url(root)}/{manifest_key(row.manifest)}"


class Versions(Mapping[str, ArtifactVersion]):
    """The versions of an artifact by what they are called, looked up when they are asked for."""

    def __init__(self, client: "Client", name: str) -> None:
        self._client = client
        self._name = name

    def __getitem__(self, version: str | int) -> ArtifactVersion:
        return self._client.find_artifact_version(self._name, str(version))

    def __iter__(self) -> Iterator[str]:
        return (version.version for version in self._all())

    def __len__(self) -> int:
        return self._client.list_artifact_versions(artifact=f"equals:{self._name}", size=1).total

    def __repr__(self) -> str:
        return f"<versions of {self._name!r}: {', '.join(self)}>"

    def _all(self) -> Iterator[ArtifactVersion]:
        return iter(self._client.list_artifact_versions(artifact=f"equals:{self._name}", size=0))
