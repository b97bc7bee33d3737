"""Artifact versions, and the runs and steps that made and used them: each leads to the others.

They stand in one file because they refer to each other in a circle.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, cast

from artifactctl import plain_text
from artifactctl.catalog import rows
from artifactctl.digests import digest_of, is_digest, manifest_key
from artifactctl.enums import ArtifactSaveType, ArtifactType
from artifactctl.errors import IntegrityError, NotFoundError, WrongUsageError
from artifactctl.results.asking import Answerer, Origin, Result, bind
from artifactctl.results.values import (
    ArtifactName,
    Converted,
    Name,
    RunMetadata,
    copied,
    maybe_moment,
    moment,
    with_values,
)
from artifactctl.settings import LOCAL, Settings, file_url, without_secrets

Class = type
"""A version has a `type` of its own."""

Uses = tuple[tuple[str, str], ...]
"""Versions that a step took or gave: pairs of a name and a version's ID."""

_TYPES = {member.value: member for member in ArtifactType}
_SAVE_TYPES = {member.value: member for member in ArtifactSaveType}


class Asking(Result):
    """A result that asks for versions and runs."""

    @property
    def _answerer(self) -> "Answerer[ArtifactVersion, PipelineRun]":
        # A home hands the origin through, and knows of no results.
        return cast("Answerer[ArtifactVersion, PipelineRun]", self._asked)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ArtifactVersion(Asking):
    """One artifact version.

    `uri` is where linked data lies (a plain path when it is local), else the URL of the manifest;
    `digest` is None for linked remote data, which has `source_checksum` instead; `producer` is the
    run and the step that made it, None for what was registered by hand; `data_deleted` is when its
    bytes were deleted.
    """

    NOUN: ClassVar[str] = "artifact version"
    SHOWN: ClassVar[tuple[str, ...]] = ("version", "type", "tags", "size", "created")
    CELLS: ClassVar[tuple[str, ...]] = (
        *("id", "artifact", "version", "type", "tags", "kind", "uri", "size_bytes", "file_count"),
        *("digest", "source_checksum", "linked", "created", "updated", "data_type"),
        *("materializer", "data_deleted"),
    )

    id: str
    artifact: ArtifactName
    version: str
    type: ArtifactType
    tags: tuple[Name, ...]
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
    data_type: str | None = None
    materializer: str | None = None
    data_deleted: Converted[datetime | None] = Converted(maybe_moment)

    @classmethod
    def of(cls, row: rows.Version, origin: Origin) -> "ArtifactVersion":
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
        )
        return bind(made, origin, row)

    def __repr__(self) -> str:
        size = plain_text.size(self.size_bytes)
        return plain_text.escape(f"<ArtifactVersion {self.ref} ({self.type}, {size}, {self.id})>")

    @property
    def ref(self) -> str:
        """`NAME:VERSION`, which every command takes."""
        return f"{self.artifact}:{self.version}"

    @property
    def url(self) -> str:
        """The same place as `uri`, always as a URL: what a path has that no URL can is escaped."""
        return file_url(self.uri) if self.uri.startswith("/") else self.uri

    def shown(self, names: Iterable[str]) -> dict[str, Any]:
        """Fields and properties as output has them, by name: the place is a URL."""
        shown = super().shown(names)
        if "uri" in shown:
            shown["uri"] = self.url
        return shown

    def facts(self) -> dict[str, Any]:
        """What a notebook shows of it, by name."""
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
            "id": self.id,
            **_named("metadata", self.metadata),
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """What else a data frame has of it: its producer and its metadata."""
        producer = self.producer or {"run": None, "step": None}
        return {**_named("producer", producer), **_named("metadata", self.metadata)}

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
        return self._answerer.get_pipeline_run(run_id)

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
        return self._answerer.load(
            self.id, allow_pickle=allow_pickle, materializer=materializer, wanted=wanted
        )

    def download_files(self, path: str | Path, overwrite: bool = False) -> None:
        """Write its files into a zip file, each byte verified.

        Raises `InvalidInputError` (a `ValueError`) for a path that does not end in `.zip`, and
        `PathTakenError` (a `FileExistsError`) when something is there, unless `overwrite`.
        """
        self._answerer.download_zip(self.id, path, overwrite=overwrite)


def _place_of(row: rows.Version, settings: Settings) -> str:
    """Where linked data or a version's manifest is; of a damaged row what it says instead."""
    if row.link is not None:
        path = row.link.removeprefix(LOCAL)
        return path if path.startswith("/") else without_secrets(row.link)
    if not is_digest(row.manifest):
        return row.manifest
    root = settings.store.value.removeprefix(LOCAL)
    return f"{file_url(root)}/{manifest_key(row.manifest)}"


class StepVersions(tuple[ArtifactVersion, ...]):
    """The versions under one name of a step's inputs or outputs.

    Usually it is one; what a version has, this has too, of the last one.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not self:
            raise AttributeError(f"a step's versions have no attribute {name!r}")
        return getattr(self[-1], name)


class NamedVersions(Mapping[str, StepVersions]):
    """What a step took or gave, by name; also found by the name of the artifact.

    Versions that were deleted are left out. They are looked up when they are asked for.
    """

    def __init__(self, step: "StepRun", uses: Uses) -> None:
        self._step = step
        self._ids: dict[str, list[str]] = {}
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
        return StepVersions(self._found(self._ids[name]))

    def _found(self, version_ids: list[str]) -> Iterator[ArtifactVersion]:
        for version_id in version_ids:
            try:
                yield self._step._answerer.find_artifact_version(version_id)
            except NotFoundError:
                continue  # deleted since


@dataclass(frozen=True)
class Configuration:
    """What code and files say of a run or a step: `extra` for its code, `settings` for the record.

    `parameters` are what a step was called with.
    """

    extra: Mapping[str, Any]
    settings: Mapping[str, Any]
    parameters: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class StepRun(Asking):
    """One step of a run.

    `details` say more: its `parameters`, its `error`. `input_ids` and `output_ids` are pairs of a
    name and a version's ID.
    """

    id: str
    name: str
    pipeline_run_id: str
    status: str
    started: Converted[datetime | None] = Converted(maybe_moment)
    ended: Converted[datetime | None] = Converted(maybe_moment)
    cache_key: str | None
    metadata: Converted[Mapping[str, Any]] = Converted(copied)
    details: Converted[Mapping[str, Any]] = Converted(copied)
    input_ids: Uses
    output_ids: Uses

    @classmethod
    def of(cls, row: rows.Step, run_id: str, origin: Origin) -> "StepRun":
        """A row of the catalog as users see it."""
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
            input_ids=row.inputs,
            output_ids=row.outputs,
        )
        return bind(made, origin, row)

    def __repr__(self) -> str:
        return plain_text.escape(f"<StepRun {self.name} ({self.status}, {self.id})>")

    def facts(self) -> dict[str, Any]:
        """What a notebook shows of it, by name."""
        took = self.duration_s
        return {
            "step": self.name,
            "status": self.status,
            "started": self._time("started"),
            "duration": "" if took is None else plain_text.duration(took),
            "error": _failure(self.error),
            "id": self.id,
            **_named("parameters", self.parameters),
            **_named("metadata", self.metadata),
        }

    @property
    def run_metadata(self) -> dict[str, Any]:
        """The metadata; its numbers, texts, lists and objects also answer `.value`."""
        return with_values(self.metadata)

    @property
    def start_time(self) -> datetime | None:
        """When it began, where that was noted."""
        return self.started

    @property
    def end_time(self) -> datetime | None:
        """When it ended, if it has."""
        return self.ended

    @property
    def duration_s(self) -> float | None:
        """How many seconds it took, once it has ended."""
        return _seconds(self)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it was called with, besides versions."""
        return _said(self, "parameters")

    @property
    def config(self) -> Configuration:
        """What code and files said of it."""
        return _configuration(self)

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The `type`, `message` and `traceback` of what made it fail, if it did."""
        return _said(self, "error") or None

    @property
    def run(self) -> "PipelineRun":
        """The run that it is a step of."""
        return self._answerer.get_pipeline_run(self.pipeline_run_id)

    @property
    def inputs(self) -> NamedVersions:
        """The versions that it took, by the name of the input."""
        return NamedVersions(self, self.input_ids)

    @property
    def outputs(self) -> NamedVersions:
        """The versions that it gave, by the name of the output."""
        return NamedVersions(self, self.output_ids)

    @property
    def input(self) -> ArtifactVersion:
        """Its only input; raises `WrongUsageError` (a `ValueError`) when there are several."""
        return self._only(self.inputs, "input")

    @property
    def output(self) -> ArtifactVersion:
        """Its only output; raises `WrongUsageError` (a `ValueError`) when there are several."""
        return self._only(self.outputs, "output")

    def log(self) -> str:
        """What it printed and logged; raises `IntegrityError` when that was damaged."""
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

    `metadata` is the run's own; `details` say more: `git`, `environment`, an `error`.
    """

    NOUN: ClassVar[str] = "run"
    SHOWN: ClassVar[tuple[str, ...]] = ("run", "pipeline", "status", "tags", "started", "duration")
    CELLS: ClassVar[tuple[str, ...]] = (
        *("id", "name", "pipeline", "status", "tags", "started", "ended", "duration_s"),
    )

    id: str
    name: str
    pipeline: Name
    status: str
    started: Converted[datetime] = Converted(moment)
    ended: Converted[datetime | None] = Converted(maybe_moment)
    tags: tuple[Name, ...]
    metadata: Converted[Mapping[str, Any]] = Converted(copied)
    details: Converted[Mapping[str, Any]] = Converted(copied)
    steps: Converted[Mapping[str, StepRun]] = Converted(dict)

    @classmethod
    def of(cls, row: rows.Run, origin: Origin) -> "PipelineRun":
        """A row of the catalog as users see it."""
        made = cls(
            id=row.id,
            name=row.name,
            pipeline=Name(row.pipeline),
            status=row.status,
            started=row.started,
            ended=row.ended,
            tags=tuple(map(Name, row.tags)),
            metadata=row.metadata,
            details=row.details,
            steps={step.name: StepRun.of(step, row.id, origin) for step in row.steps},
        )
        return bind(made, origin)

    def __repr__(self) -> str:
        steps = plain_text.count(len(self.steps), "step")
        return plain_text.escape(f"<PipelineRun {self.name} ({self.status}, {steps}, {self.id})>")

    @property
    def run_metadata(self) -> dict[str, Any]:
        """As `all_metadata`; numbers, texts, lists and objects also answer `.value`."""
        steps = {name: step.run_metadata for name, step in self.steps.items()}
        return RunMetadata(with_values(self.metadata), steps)

    @property
    def all_metadata(self) -> dict[str, Any]:
        """Its metadata and that of its steps, as `step::key` where two clash."""
        steps = {name: step.metadata for name, step in self.steps.items()}
        return RunMetadata(self.metadata, steps)

    def facts(self) -> dict[str, Any]:
        """What a notebook shows of it, by name."""
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
            "id": self.id,
            **_named("metadata", self.all_metadata),
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """What else a data frame has of it: its metadata and that of its steps."""
        return _named("metadata", self.all_metadata)

    @property
    def start_time(self) -> datetime:
        """When it began."""
        return self.started

    @property
    def end_time(self) -> datetime | None:
        """When it ended, if it has."""
        return self.ended

    @property
    def duration_s(self) -> float | None:
        """How many seconds it took, once it has ended."""
        return _seconds(self)

    @property
    def config(self) -> Configuration:
        """What code and files said of it."""
        return _configuration(self)

    @property
    def git(self) -> Mapping[str, Any]:
        """The `commit`, the `branch`, and whether it was `dirty`; empty outside of a repository."""
        return _said(self, "git")

    @property
    def environment(self) -> Mapping[str, Any]:
        """The Python, the platform and the user that it ran with."""
        return _said(self, "environment")

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The `type`, `message` and `traceback` of what made it fail, if it did."""
        return _said(self, "error") or None


def _seconds(done: StepRun | PipelineRun) -> float | None:
    """How long it took; None for what has not ended, and for a damaged row."""
    try:
        begin, end = done.started, done.ended
    except IntegrityError:
        return None
    return None if begin is None or end is None else (end - begin).total_seconds()


def _configuration(done: StepRun | PipelineRun) -> Configuration:
    return Configuration(*(_said(done, key) for key in ("extra", "settings", "parameters")))


def _said(done: StepRun | PipelineRun, key: str) -> dict[str, Any]:
    """The object that details have under a key; empty without one, and for what is none."""
    value = vars(done)["details"].get(key)
    found: dict[str, Any] = copied(value) if isinstance(value, Mapping) else {}
    return found


def _named(group: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{group}.{key}": value for key, value in values.items()}


def _failure(error: Mapping[str, Any] | None) -> str:
    """What made a run or a step fail, without the traceback."""
    return "" if error is None else f"{error.get('type', 'error')}: {error.get('message', '')}"
