"""Artifact versions, and the runs and steps that made and used them.

They share one file because their classes refer to each other in a cycle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from artifactctl import plain_text
from artifactctl.catalog import rows
from artifactctl.digests import digest_of, is_digest, manifest_key
from artifactctl.enums import (
    ArtifactSaveType,
    ArtifactType,
    ExecutionStatus,
    StepRunInputArtifactType,
)
from artifactctl.errors import IntegrityError, NoProducerError, NotFoundError, WrongUsageError
from artifactctl.results.asking import Answerer, Origin, Result, bind
from artifactctl.results.configuration import (
    Configuration,
    configuration_in,
    object_in,
    text_in,
)
from artifactctl.results.values import (
    ArtifactName,
    Converted,
    PipelineName,
    RunMetadata,
    SourceName,
    TagName,
    copied,
    identifier,
    maybe_identifier,
    maybe_moment,
    maybe_source,
    moment,
    status_of,
    with_values,
)
from artifactctl.settings import LOCAL, Settings, file_url, url_in_store, without_secrets

if TYPE_CHECKING:
    from artifactctl.catalog import run_rows
    from artifactctl.results.series import Series
    from artifactctl.results.visualizations import Visualization

Class = type
"""The builtin `type`: `ArtifactVersion` has a field called `type`, which hides it in the class."""

Uses = tuple[tuple[str, UUID], ...]
"""The versions that a step used or made, as pairs of a name and a version's ID."""

_TYPES = {member.value: member for member in ArtifactType}
_SAVE_TYPES = {member.value: member for member in ArtifactSaveType}
_INPUT_TYPES = {member.value: member for member in StepRunInputArtifactType}


class Asking(Result):
    """A result that asks its answerer for versions and runs."""

    @property
    def _answerer(self) -> "Answerer[ArtifactVersion, PipelineRun]":
        # `Origin` is defined below results and types its answerer as `object`.
        return cast("Answerer[ArtifactVersion, PipelineRun]", self._asked)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ArtifactVersion(Asking):
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
            **_named("metadata", self.metadata),
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """Return the further cells of a data frame's row: the producer and the metadata."""
        producer = self.producer or {"run": None, "step": None}
        return {**_named("producer", producer), **_named("metadata", self.metadata)}

    @property
    def name(self) -> str:
        """The artifact's name."""
        return self.artifact.name

    @property
    def run_metadata(self) -> dict[str, Any]:
        """The metadata; its numbers, texts, lists and objects also have the property `.value`."""
        return with_values(self.metadata)

    @property
    def series(self) -> "Mapping[str, Series]":
        """The series of points by key; the points are read on first use."""
        return self._answerer.list_series([self.id_text]).get(self.id_text, {})

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
        """Show the visualizations in a notebook, under a title.

        Raises `NoContextError` (a `RuntimeError`) elsewhere.
        """
        # Imported on first use: only notebooks need it.
        from artifactctl.results import notebooks  # noqa: PLC0415

        notebooks.check_notebook(self.ref)
        notebooks.show(self.visualizations, title)

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


def _uses_of(kept: Iterable[tuple[str, str]]) -> Uses:
    return tuple((name, identifier(version_id)) for name, version_id in kept)


class StepVersions(tuple[ArtifactVersion, ...]):
    """The versions under one name of a step's inputs or outputs.

    Usually there is one; attributes are those of the last version.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not self:
            raise AttributeError(f"a step's versions have no attribute {name!r}")
        return getattr(self[-1], name)


class NamedVersions(Mapping[str, StepVersions]):
    """The inputs or outputs of a step by name; the name of the artifact is accepted too.

    Each version is looked up on access; deleted versions are left out. `types` are the `input_type`
    of inputs.
    """

    def __init__(
        self,
        step: "StepRun",
        uses: Uses,
        types: Mapping[str, StepRunInputArtifactType | None],
    ) -> None:
        self._step = step
        self._types = types
        self._ids: dict[str, list[UUID]] = {}
        for name, version_id in uses:
            self._ids.setdefault(name, []).append(version_id)

    def __getitem__(self, name: str) -> StepVersions:
        if name in self._ids:
            return self._versions(name)
        for versions in self.values():
            if versions and versions.artifact == name:
                return versions
        known = ", ".join(self._ids) or "none"
        raise NotFoundError(f"there is no {name!r} among {known}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __repr__(self) -> str:
        return repr(dict(self))

    def _versions(self, name: str) -> StepVersions:
        return StepVersions(self._found(name))

    def _found(self, name: str) -> Iterator[ArtifactVersion]:
        for version_id in self._ids[name]:
            try:
                found = self._step._answerer.find_artifact_version(version_id)
            except NotFoundError:
                continue  # the version was deleted
            vars(found)["input_type"] = self._types.get(name)
            yield found


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class StepRun(Asking):
    """One step of a run.

    `details` contain its `parameters` and its `error`. `input_ids` and `output_ids` are pairs of a
    name and a version's ID.
    """

    NOUN: ClassVar[str] = "step"
    SHOWN: ClassVar[tuple[str, ...]] = ("step", "status", "started", "duration")
    CELLS: ClassVar[tuple[str, ...]] = ("id", "name", "status", "started", "ended", "duration_s")

    id: Converted[UUID] = Converted(identifier)
    name: str
    pipeline_run_id: Converted[UUID] = Converted(identifier)
    status: Converted[ExecutionStatus] = Converted(status_of)
    started: Converted[datetime | None] = Converted(maybe_moment)
    ended: Converted[datetime | None] = Converted(maybe_moment)
    cache_key: str | None
    metadata: Converted[Mapping[str, Any]] = Converted(copied)
    details: Converted[Mapping[str, Any]] = Converted(copied)
    input_ids: Converted[Uses] = Converted(_uses_of)
    output_ids: Converted[Uses] = Converted(_uses_of)

    model_version = model_version_id = snapshot_id = spec = None
    latest_heartbeat = heartbeat_threshold = None
    """Facts of ZenML that do not exist here."""

    is_retriable = False
    version = 1

    @classmethod
    def of(cls, row: "run_rows.Step", run_id: str, origin: Origin) -> "StepRun":
        """Return a `StepRun` made from a row of the catalog."""
        made = cls(
            id=row.id,
            name=row.name,
            pipeline_run_id=run_id,
            status=row.status,
            started=row.started,
            ended=row.ended,
            cache_key=row.cache_key,
            metadata=row.metadata,
            details=row.details,
            input_ids=cast("Uses", row.inputs),
            output_ids=cast("Uses", row.outputs),
        )
        return bind(made, origin, row)

    def __repr__(self) -> str:
        return plain_text.escape(f"<StepRun {self.name} ({self.status}, {self.id_text})>")

    def facts(self) -> dict[str, Any]:
        """Return the facts that a notebook shows, by name."""
        took = self.duration_s
        return {
            "step": self.name,
            "status": self.status,
            "started": self._time("started"),
            "duration": "" if took is None else plain_text.duration(took),
            "error": _failure(self.error),
            "id": self.id_text,
            **_named("parameters", self.parameters),
            **_named("metadata", self.metadata),
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """Return the further cells of a data frame's row: the metadata."""
        return _named("metadata", self.metadata)

    @property
    def run_metadata(self) -> dict[str, Any]:
        """The metadata; its numbers, texts, lists and objects also have the property `.value`."""
        return with_values(self.metadata)

    @property
    def series(self) -> "Mapping[str, Series]":
        """The series of points by key; the points are read on first use."""
        return self._answerer.list_series([self.id_text]).get(self.id_text, {})

    @property
    def created(self) -> datetime | None:
        """The same as `started`."""
        return self.started

    @property
    def updated(self) -> datetime | None:
        """The time of the last event: the end, or else the beginning."""
        return self.ended or self.started

    @property
    def start_time(self) -> datetime | None:
        """The time at which the step began; None when it was not recorded."""
        return self.started

    @property
    def end_time(self) -> datetime | None:
        """The time at which the step ended; None while it runs."""
        return self.ended

    @property
    def duration_s(self) -> float | None:
        """The duration in seconds; None while the step runs."""
        return _seconds(self)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The arguments of the step that are not versions."""
        return object_in(self._details, "parameters")

    @property
    def config(self) -> Configuration:
        """The configuration of the step."""
        return configuration_in(self._details, self.name)

    @property
    def substitutions(self) -> Mapping[str, Any]:
        """The values of placeholders in names, from the step and the pipeline."""
        return object_in(self._details, "substitutions")

    @property
    def source_code(self) -> str | None:
        """The source code of the step's function, shortened when it is very long."""
        return text_in(self._details, "source_code")

    @property
    def docstring(self) -> str | None:
        """The docstring of the step's function, shortened when it is very long."""
        return text_in(self._details, "docstring")

    @property
    def code_hash(self) -> str | None:
        """The digest of the step's code."""
        return text_in(self._details, "code_hash")

    @property
    def original_step_run_id(self) -> UUID | None:
        """The ID of the step whose outputs a cached step reuses; None for any other step."""
        return maybe_identifier(text_in(self._details, "cached_from"))

    @property
    def parent_step_ids(self) -> list[UUID]:
        """The IDs of the steps that this one came after, by their inputs or by `after=`."""
        names = self._details.get("upstream")
        steps = self.run.steps if isinstance(names, list) and names else {}
        return [steps[name].id for name in names or () if name in steps]

    @property
    def cache_expires_at(self) -> datetime | None:
        """The time after which its outputs are not reused; None when they always are."""
        after = self._details.get("cache_expires_after")
        if self.ended is None or not isinstance(after, int | float):
            return None
        return self.ended + timedelta(seconds=after)

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The `type`, `message` and `traceback` of the step's error; None when it has none."""
        return object_in(self._details, "error") or None

    @property
    def exception_info(self) -> Mapping[str, Any] | None:
        """The same as `error`."""
        return self.error

    @property
    def _details(self) -> Mapping[str, Any]:
        """The details without a copy."""
        details: Mapping[str, Any] = self.kept("details")
        return details

    @property
    def run(self) -> "PipelineRun":
        """The run that the step belongs to."""
        return self._answerer.get_pipeline_run(self.pipeline_run_id)

    @property
    def inputs(self) -> NamedVersions:
        """The versions that the step used, by the name of the input."""
        said = self._details.get("input_types")
        # Older steps do not say it; newer ones do for their arguments, and not for what they load.
        words = said if isinstance(said, dict) else {}
        other = "step_output" if said is None else "manual"
        types = {name: _INPUT_TYPES.get(words.get(name, other)) for name, _ in self.input_ids}
        return NamedVersions(self, self.input_ids, types)

    @property
    def outputs(self) -> NamedVersions:
        """The versions that the step made, by the name of the output."""
        return NamedVersions(self, self.output_ids, {})

    @property
    def input(self) -> ArtifactVersion:
        """The only input.

        Raises `WrongUsageError` (a `ValueError`) when there is not exactly one.
        """
        return self._only(self.inputs, "input")

    @property
    def output(self) -> ArtifactVersion:
        """The only output.

        Raises `WrongUsageError` (a `ValueError`) when there is not exactly one.
        """
        return self._only(self.outputs, "output")

    @property
    def regular_inputs(self) -> dict[str, StepVersions]:
        """The inputs that are arguments of the step, without those that it loaded itself."""
        manual = StepRunInputArtifactType.MANUAL
        found = ((name, versions) for name, versions in self.inputs.items() if versions)
        return {name: versions for name, versions in found if versions.input_type != manual}

    @property
    def regular_outputs(self) -> dict[str, ArtifactVersion]:
        """The outputs that the step returned, without those that it saved itself."""
        made = ArtifactSaveType.STEP_OUTPUT
        found = ((name, versions) for name, versions in self.outputs.items() if versions)
        return {name: versions[-1] for name, versions in found if versions.save_type == made}

    @property
    def log_collection(self) -> tuple[str, ...]:
        """The digest of the step's log; empty when nothing was printed, or logs are switched off.

        `log()` gives the text.
        """
        digest = None if self._row is None else self._row.log
        return () if digest is None else (digest,)

    def log(self) -> str:
        """Return the text that the step printed and logged.

        Raises `IntegrityError` for a damaged log.
        """
        digest = None if self._row is None else self._row.log
        if digest is None:
            return ""
        with self._answerer.store.open(digest) as stream:
            content = stream.read()
        if digest_of(content) != digest:
            raise IntegrityError(f"the log of step {self.name!r} is damaged")
        return content.decode("utf-8", "replace")

    def _only(self, found: NamedVersions, word: str) -> ArtifactVersion:
        if len(found) != 1:
            known = ", ".join(found) or "none"
            raise WrongUsageError(
                f"step {self.name!r} has not one {word}, it has {known}",
                hint=f"choose one of its .{word}s",
            )
        ((name, versions),) = found.items()
        if not versions:
            raise NotFoundError(f"{word} {name!r} of step {self.name!r} was deleted")
        return versions[-1]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class PipelineRun(Asking):
    """One execution of a pipeline with its steps by name.

    `metadata` is the run's own; `details` contain `git`, `environment` and an `error`.
    """

    NOUN: ClassVar[str] = "run"
    SHOWN: ClassVar[tuple[str, ...]] = ("run", "pipeline", "status", "tags", "started", "duration")
    CELLS: ClassVar[tuple[str, ...]] = (
        *("id", "name", "pipeline", "status", "tags", "started", "ended", "duration_s"),
        "description",
    )

    id: Converted[UUID] = Converted(identifier)
    name: str
    pipeline: PipelineName
    status: Converted[ExecutionStatus] = Converted(status_of)
    started: Converted[datetime] = Converted(moment)
    ended: Converted[datetime | None] = Converted(maybe_moment)
    tags: tuple[TagName, ...]
    metadata: Converted[Mapping[str, Any]] = Converted(copied)
    details: Converted[Mapping[str, Any]] = Converted(copied)
    steps: Converted[Mapping[str, StepRun]] = Converted(dict)
    description: str | None = None

    stack = build = schedule = code_reference = model_version = snapshot = source_snapshot = None
    trigger_info = trigger_execution = template_id = orchestrator_run_id = code_path = None
    """Facts of ZenML that do not exist here."""

    @classmethod
    def of(cls, row: "run_rows.Run", origin: Origin) -> "PipelineRun":
        """Return a `PipelineRun` made from a row of the catalog."""
        made = cls(
            id=row.id,
            name=row.name,
            pipeline=PipelineName(row.pipeline, None, origin),
            status=row.status,
            started=row.started,
            ended=row.ended,
            tags=tuple(TagName.of(tag, origin) for tag in row.tags),
            metadata=row.metadata,
            details=row.details,
            steps={step.name: StepRun.of(step, row.id, origin) for step in row.steps},
            description=row.description,
        )
        return bind(made, origin)

    def __repr__(self) -> str:
        steps = plain_text.count(len(self.steps), "step")
        said = f"{self.status}, {steps}, {self.id_text}"
        return plain_text.escape(f"<PipelineRun {self.name} ({said})>")

    @property
    def run_metadata(self) -> dict[str, Any]:
        """The same as `all_metadata`.

        Numbers, texts, lists and objects also have the property `.value`.
        """
        steps = {name: step.run_metadata for name, step in self.steps.items()}
        return RunMetadata(with_values(self.metadata), steps)

    @property
    def all_metadata(self) -> dict[str, Any]:
        """The metadata of the run and of its steps; a key that occurs twice is `step::key`."""
        steps = {name: step.metadata for name, step in self.steps.items()}
        return RunMetadata(self.metadata, steps)

    @property
    def series(self) -> "Mapping[str, Series]":
        """The series of the run and of its steps, by the keys of `all_metadata`."""
        return series_of_runs([self])[0]

    def facts(self) -> dict[str, Any]:
        """Return the facts that a notebook shows, by name."""
        took = self.duration_s
        return {
            "run": self.name,
            "pipeline": self.pipeline,
            "status": self.status,
            "tags": self.tags,
            "started": self._time("started"),
            "duration": "" if took is None else plain_text.duration(took),
            "error": _failure(self.error),
            "steps": tuple(f"{name}: {step.status}" for name, step in self.steps.items()),
            "id": self.id_text,
            **_named("metadata", self.all_metadata),
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """Return the further cells of a data frame's row: the metadata of run and steps."""
        return _named("metadata", self.all_metadata)

    @property
    def artifact_versions(self) -> list[ArtifactVersion]:
        """The outputs of all steps, those of cached ones too."""
        return [one for step in self.steps.values() for one in _versions_in(step.outputs)]

    @property
    def produced_artifact_versions(self) -> list[ArtifactVersion]:
        """The outputs of the steps that this run executed."""
        steps = [step for step in self.steps.values() if step.status == "completed"]
        return [one for step in steps for one in _versions_in(step.outputs)]

    @property
    def index(self) -> int:
        """The place of this run among all runs of its pipeline, deleted ones included, from 1."""
        return self._answerer.index_of_run(self.id)

    @property
    def in_progress(self) -> bool:
        """Whether the run is running."""
        return self.status == "running"

    @property
    def status_reason(self) -> str | None:
        """The type and message of the run's error; None when it has none."""
        return _failure(self.error) or None

    @property
    def created(self) -> datetime:
        """The same as `started`."""
        return self.started

    @property
    def updated(self) -> datetime:
        """The time of the last event: the end, or else the beginning."""
        return self.ended or self.started

    @property
    def start_time(self) -> datetime:
        """The time at which the run began."""
        return self.started

    @property
    def end_time(self) -> datetime | None:
        """The time at which the run ended; None while it runs."""
        return self.ended

    @property
    def duration_s(self) -> float | None:
        """The duration in seconds; None while the run is running."""
        return _seconds(self)

    @property
    def config(self) -> Configuration:
        """The configuration of the run."""
        return configuration_in(self.kept("details"), self.pipeline.name)

    @property
    def git(self) -> Mapping[str, Any]:
        """The `commit`, the `branch` and whether it was `dirty`; empty outside of a repository."""
        return object_in(self.kept("details"), "git")

    @property
    def environment(self) -> Mapping[str, Any]:
        """The Python version, the platform and the user of the run."""
        return object_in(self.kept("details"), "environment")

    @property
    def client_environment(self) -> Mapping[str, Any]:
        """The same as `environment`."""
        return self.environment

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The `type`, `message` and `traceback` of the run's error; None when it has none."""
        return object_in(self.kept("details"), "error") or None


def _seconds(done: StepRun | PipelineRun) -> float | None:
    """Return the duration in seconds; None for a run or step that has not ended or is damaged."""
    try:
        begin, end = done.started, done.ended
    except IntegrityError:
        return None
    return None if begin is None or end is None else (end - begin).total_seconds()


def _versions_in(outputs: NamedVersions) -> list[ArtifactVersion]:
    return [version for versions in outputs.values() for version in versions]


def _named(group: str, values: Mapping[str, object]) -> dict[str, object]:
    return {f"{group}.{key}": value for key, value in values.items()}


def _failure(error: Mapping[str, object] | None) -> str:
    """Return the type and message of an error, without the traceback."""
    return "" if error is None else f"{error.get('type', 'error')}: {error.get('message', '')}"


def series_of_versions(versions: Sequence[ArtifactVersion]) -> list[Mapping[str, "Series"]]:
    """Return the series of each version by key, with one question for all of them."""
    ids = [version.id_text for version in versions]
    found = versions[0]._answerer.list_series(ids) if versions else {}
    return [found.get(version_id, {}) for version_id in ids]


def series_of_runs(runs: Sequence[PipelineRun]) -> list[Mapping[str, "Series"]]:
    """Return the series of each run and of its steps, by the keys of its `all_metadata`."""
    # Imported on first use: most listings show no series.
    from artifactctl.results.series import merged  # noqa: PLC0415

    steps = [step.id_text for run in runs for step in run.steps.values()]
    found = runs[0]._answerer.list_series([run.id_text for run in runs] + steps) if runs else {}
    return [
        merged(
            found.get(run.id_text, {}),
            {name: found.get(step.id_text, {}) for name, step in run.steps.items()},
            run.all_metadata,
        )
        for run in runs
    ]
