"""Artifact versions as users see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from artifactctl import plain_text
from artifactctl.catalog import rows
from artifactctl.digests import is_digest, manifest_key
from artifactctl.enums import ArtifactSaveType, ArtifactType, StepRunInputArtifactType
from artifactctl.errors import NoProducerError, NotFoundError
from artifactctl.results.asking import Answerer, Origin, Result, bind
from artifactctl.results.names import ArtifactName, SourceName, TagName, maybe_source
from artifactctl.results.pages import columns_of
from artifactctl.results.values import (
    Converted,
    copied,
    identifier,
    maybe_moment,
    moment,
    with_values,
)
from artifactctl.settings import Settings
from artifactctl.url_text import LOCAL, file_url, url_in_store, without_secrets

if TYPE_CHECKING:
    from artifactctl.results.runs import PipelineRun
    from artifactctl.results.series import Series
    from artifactctl.results.steps import StepRun
    from artifactctl.results.visualizations import Visualization

Class = type
"""The builtin `type`: `ArtifactVersion` has a field called `type`, which hides it in the class."""

_TYPES = {member.value: member for member in ArtifactType}
_SAVE_TYPES = {member.value: member for member in ArtifactSaveType}


class Asking(Result):
    """A result that asks its answerer for versions and runs."""

    @property
    def _answerer(self) -> "Answerer[ArtifactVersion, PipelineRun]":
        # `Origin` is defined below results and types its answerer as `object`.
        return cast("Answerer[ArtifactVersion, PipelineRun]", self._asked)


class Measured(Asking):
    """A result with metadata and series of its own."""

    metadata: Converted[Mapping[str, Any]]

    @property
    def run_metadata(self) -> dict[str, Any]:
        """The metadata; its numbers, texts, lists and objects also have the property `.value`."""
        return with_values(self.metadata)

    @property
    def series(self) -> "Mapping[str, Series]":
        """The series of points by key; the points are read on first use."""
        return self._answerer.list_series([self.id_text]).get(self.id_text, {})


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ArtifactVersion(Measured):
    """One artifact version.

    `uri` is the address of linked data (a plain path when it is local), else the URL of the
    manifest; `digest` is None for linked remote data, which has `source_checksum` instead;
    `producer` names the run and the step that made the version, and is None when it was registered
    by hand; `data_deleted` is the time at which its bytes were deleted.
    """

    NOUN: ClassVar[str] = "artifact version"
    SHOWN: ClassVar[tuple[str, ...]] = ("version", "type", "tags", "size", "created")
    CELLS: ClassVar[tuple[str, ...]] = (
        *("id", "artifact", "version", "type", "tags", "kind", "uri", "size_bytes", "file_count"),
        *("digest", "source_checksum", "linked", "created", "updated", "data_type"),
        *("materializer", "data_deleted", "description"),
    )

    id: Converted[UUID] = Converted(identifier)
    artifact: ArtifactName
    version: str
    type: ArtifactType
    tags: tuple[TagName, ...]
    metadata: Converted[Mapping[str, Any]] = Converted(copied)
    kind: str
    uri: str
    size_bytes: int
    file_count: int
    digest: str | None
    source_checksum: str | None
    linked: bool
    created: Converted[datetime] = Converted(moment)
    updated: Converted[datetime] = Converted(moment)
    producer: Converted[Mapping[str, str | None] | None] = Converted(copied)
    data_type: Converted[SourceName | None] = Converted(maybe_source)
    materializer: Converted[SourceName | None] = Converted(maybe_source)
    data_deleted: Converted[datetime | None] = Converted(maybe_moment)
    description: str | None = None

    input_type: ClassVar[StepRunInputArtifactType | None] = None
    """How a step got it, for a version from `StepRun.inputs`; else None."""

    @classmethod
    def of(cls, row: rows.Version, origin: Origin) -> "ArtifactVersion":
        """Return an `ArtifactVersion` made from a row of the catalog."""
        producer = {"run": row.producer_name, "step": row.producer_step}
        made = cls(
            id=row.id,
            artifact=ArtifactName(row.artifact, row.artifact_id, origin),
            version=row.version,
            # A damaged row is shown too, with the type that it contains.
            type=_TYPES.get(row.type, cast("ArtifactType", row.type)),
            tags=tuple(TagName.of(tag, origin) for tag in row.tags),
            metadata=row.metadata,
            kind=row.kind,
            uri=_place_of(row, origin.settings),
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
            description=row.description,
        )
        return bind(made, origin, row)

    def __repr__(self) -> str:
        size = plain_text.size(self.size_bytes)
        said = f"{self.ref} ({self.type}, {size}, {self.id_text})"
        return plain_text.escape(f"<ArtifactVersion {said}>")

    @property
    def ref(self) -> str:
        """The reference `NAME:VERSION`, which every command accepts."""
        return f"{self.artifact}:{self.version}"

    @property
    def url(self) -> str:
        """The address in `uri`, always as a URL: a path is escaped."""
        return file_url(self.uri) if self.uri.startswith("/") else self.uri

    def shown(self, names: Iterable[str]) -> dict[str, Any]:
        """Return fields in the catalog's form, and properties, by name; `uri` is always a URL."""
        shown = super().shown(names)
        if "uri" in shown:
            shown["uri"] = self.url
        return shown

    def facts(self) -> dict[str, Any]:
        """Return the facts that a notebook shows, by name."""
        run, step = (self.producer or {}).get("run"), (self.producer or {}).get("step")
        return {
            "version": self.ref,
            "type": self.type,
            "tags": self.tags,
            "size": plain_text.size(self.size_bytes),
            "created": self._time("created"),
            "files": self.file_count,
            "made by": "/".join(filter(None, (run, step))),
            "place": self.url,
            "id": self.id_text,
            **columns_of("metadata", self.metadata),
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """Return the further cells of a data frame's row: the producer and the metadata."""
        producer = self.producer or {"run": None, "step": None}
        return {**columns_of("producer", producer), **columns_of("metadata", self.metadata)}

    @property
    def name(self) -> str:
        """The artifact's name."""
        return self.artifact.name

    @property
    def content_hash(self) -> str | None:
        """The same as `digest`."""
        return self.digest

    @property
    def save_type(self) -> ArtifactSaveType:
        """How the version was made: by a step, by hand, or from existing data."""
        said = getattr(self._row, "save_type", None)
        if said in _SAVE_TYPES:
            return _SAVE_TYPES[said]
        if self.producer is not None:
            return ArtifactSaveType.STEP_OUTPUT
        return ArtifactSaveType.PREEXISTING if self.linked else ArtifactSaveType.MANUAL

    @property
    def artifact_store_id(self) -> UUID | None:
        """The ID of the artifact store, derived from its URL."""
        return None if self._origin is None else store_id(self._origin.settings.store.value)

    @property
    def item_count(self) -> int | None:
        """The number of items of a list or a tuple, of rows of a frame or an array; else None.

        A materializer of the user gives it by its `get_item_count`.
        """
        shape = self.metadata.get("shape")
        found = shape[0] if isinstance(shape, list) and shape else self.metadata.get("length")
        is_counted = bool(shape) or self.data_type in ("builtins.list", "builtins.tuple")
        count = self.metadata.get("item_count", found if is_counted else None)
        return count if isinstance(count, int) else None

    @property
    def producer_pipeline_run_id(self) -> UUID | None:
        """The ID of the run that made it, even when that run was deleted; None when no run did."""
        found = None if self._row is None else self._row.producer_run
        return None if found is None else identifier(found)

    @property
    def producer_step_run_id(self) -> UUID | None:
        """The ID of the step that made it; None when no step did, or when its run was deleted."""
        try:
            return self.step.id
        except NotFoundError:
            return None

    @property
    def run(self) -> "PipelineRun":
        """The run that made it.

        Raises `NoProducerError` (a `RuntimeError`) when no run did, or when the run was deleted.
        """
        run_id = self.producer_pipeline_run_id
        if run_id is None:
            raise NoProducerError(f"{self.ref} was made by no run")
        try:
            return self._answerer.get_pipeline_run(run_id)
        except NotFoundError:
            raise NoProducerError(f"the run that made {self.ref} was deleted") from None

    @property
    def step(self) -> "StepRun":
        """The step that made it.

        Raises `NoProducerError` (a `RuntimeError`) when no step did, or when its run was deleted.
        """
        steps = self.run.steps
        name = (self.producer or {}).get("step")
        if name is None or name not in steps:
            raise NoProducerError(f"{self.ref} was made by no step")
        return steps[name]

    def load(
        self,
        *,
        allow_pickle: bool = False,
        materializer: object = None,
        wanted: Class | None = None,
        disable_cache: bool = False,  # noqa: ARG002 (nothing is ever kept in memory)
    ) -> Any:
        """Return the Python object of this version.

        `materializer` replaces the one that saved the object; `wanted` is the class that the object
        must have. Data that may run code while it is loaded raises `UnsafeError` unless
        `allow_pickle` is True; bytes that differ from the saved ones raise `IntegrityError`.
        """
        return self._answerer.load(
            self.id, allow_pickle=allow_pickle, materializer=materializer, wanted=wanted
        )

    def open(
        self,
        path: str | None = None,
        mode: str = "rb",
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
        *,
        verify: bool = True,
    ) -> IO[Any]:
        """Open one file of this version to read it from anywhere; see `Client.open`.

        `path` may be left out when the version is a single file. All of the file is verified first,
        unless `verify` is False.
        """
        opened: IO[Any] = self._answerer.open(
            self.id, path or "", mode, encoding, errors, newline, verify=verify
        )
        return opened

    @property
    def visualizations(self) -> list["Visualization"]:
        """What shows this version: as it was saved with it, else made from its data now.

        Empty for data that nothing shows, and for a version that was saved without visualizations.
        """
        held = vars(self)
        if "_shown" not in held:
            held["_shown"] = list(self._answerer.visualize(str(self.id)).items)
        return list(held["_shown"])

    def visualize(self, title: str | None = None) -> None:
        """Show the visualizations in a notebook, under a title; elsewhere print what is text.

        Pictures, tables, JSON and Markdown are shown as such, and HTML in a frame in which no
        script runs. Where there is nothing to show, the facts are shown.
        """
        # Imported on first use: only this needs it.
        from artifactctl.results import notebooks  # noqa: PLC0415

        found = self.visualizations
        notebooks.show(found or [self], title or self.ref, self.ref)

    def download_files(self, path: str | Path, overwrite: bool = False) -> None:
        """Write the files of this version into a zip file; every byte is verified.

        Raises `InvalidInputError` (a `ValueError`) for a path that does not end in `.zip`, and
        `PathTakenError` (a `FileExistsError`) when the path exists, unless `overwrite` is True.
        """
        self._answerer.download_zip(self.id, path, overwrite=overwrite)


def store_id(url: str) -> UUID:
    """Return the ID of the artifact store with this URL, the same in every process."""
    return uuid5(NAMESPACE_URL, url)


def _place_of(row: rows.Version, settings: Settings) -> str:
    """Return the path or URL of linked data, else the URL of the manifest.

    For a damaged row it is the text in the row's manifest column.
    """
    if row.link is not None:
        path = row.link.removeprefix(LOCAL)
        return path if path.startswith("/") else without_secrets(row.link)
    if not is_digest(row.manifest):
        return row.manifest
    return url_in_store(settings.store.value, manifest_key(row.manifest))


def series_of_versions(versions: Sequence[ArtifactVersion]) -> list[Mapping[str, "Series"]]:
    """Return the series of each version by key, with one question for all of them."""
    ids = [version.id_text for version in versions]
    found = versions[0]._answerer.list_series(ids) if versions else {}
    return [found.get(version_id, {}) for version_id in ids]


@dataclass(frozen=True, slots=True)
class Tagging:
    """A version with its tags after the change; `notes` are for the user."""

    version: ArtifactVersion
    notes: tuple[str, ...] = ()
