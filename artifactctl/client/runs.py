"""Runs of pipelines, their steps, and what these took and gave, as the client returns them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from artifactctl.catalog import rows
from artifactctl.catalog.cells import is_time
from artifactctl.client.bound import Bound, bind
from artifactctl.client.linked import Linked, StepVersions, Uses
from artifactctl.client.results import ArtifactVersion
from artifactctl.client.values import Name, RunMetadata, with_values
from artifactctl.digests import digest_of
from artifactctl.errors import IntegrityError, NotFoundError, WrongUsageError
from artifactctl.settings import Settings

__all__ = ["Pipeline", "PipelineRun", "StepRun", "StepVersions", "pipeline_called"]


@dataclass(frozen=True, slots=True)
class RunConfiguration:
    """What code and files said of a run: `extra` for its code, `settings` for the record."""

    extra: Mapping[str, Any]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepConfiguration:
    """The same for a step, and the parameters that it was called with."""

    parameters: Mapping[str, Any]
    extra: Mapping[str, Any]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepRun(Bound):
    """One step of a run; times are RFC 3339, UTC.

    `details` say more: its `parameters`, its `error`. `input_ids` and `output_ids` are pairs of a
    name and a version's ID.
    """

    id: str
    name: str
    pipeline_run_id: str
    status: str
    started: str | None
    ended: str | None
    cache_key: str | None
    metadata: Mapping[str, Any]
    details: Mapping[str, Any]
    input_ids: Uses
    output_ids: Uses

    @classmethod
    def of(cls, row: rows.Step, run_id: str, settings: Settings) -> "StepRun":
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
        return bind(made, settings, row)

    def __repr__(self) -> str:
        return f"<StepRun {self.name} ({self.status}, {self.id})>"

    @property
    def run_metadata(self) -> dict[str, Any]:
        """The metadata; its numbers, texts, lists and objects also answer `.value`."""
        return with_values(self.metadata)

    @property
    def start_time(self) -> datetime | None:
        """When it began, where that was noted."""
        return None if self.started is None else _need_moment(self.started)

    @property
    def end_time(self) -> datetime | None:
        """When it ended, if it has."""
        return None if self.ended is None else _need_moment(self.ended)

    @property
    def duration_s(self) -> float | None:
        """How many seconds it took, once it has ended."""
        return _seconds(self.started, self.ended)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it was called with, besides versions."""
        return _said(self.details, "parameters")

    @property
    def config(self) -> StepConfiguration:
        """What code and files said of it."""
        said = (_said(self.details, key) for key in ("parameters", "extra", "settings"))
        return StepConfiguration(*said)

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The `type`, `message` and `traceback` of what made it fail, if it did."""
        return _said(self.details, "error") or None

    @property
    def run(self) -> "PipelineRun":
        """The run that it is a step of."""
        return self._client.get_pipeline_run(self.pipeline_run_id)

    @property
    def inputs(self) -> Linked:
        """The versions that it took, by the name of the input."""
        return Linked(self._client, self.input_ids)

    @property
    def outputs(self) -> Linked:
        """The versions that it gave, by the name of the output."""
        return Linked(self._client, self.output_ids)

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
        with self._client.store.open(digest) as stream:
            content = stream.read()
        if digest_of(content) != digest:
            raise IntegrityError(f"the log of step {self.name!r} is damaged")
        return content.decode("utf-8", "replace")

    def _only(self, found: Linked, word: str) -> ArtifactVersion:
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


@dataclass(frozen=True, slots=True)
class PipelineRun(Bound):
    """One execution of a pipeline with its steps by name; times are RFC 3339, UTC.

    `metadata` is the run's own; `details` say more: `git`, `environment`, an `error`.
    """

    id: str
    name: str
    pipeline: Name
    status: str
    started: str
    ended: str | None
    tags: tuple[Name, ...]
    metadata: Mapping[str, Any]
    details: Mapping[str, Any]
    steps: Mapping[str, StepRun]

    @classmethod
    def of(cls, row: rows.Run, settings: Settings) -> "PipelineRun":
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
            steps={step.name: StepRun.of(step, row.id, settings) for step in row.steps},
        )
        return bind(made, settings)

    def __repr__(self) -> str:
        steps = ", ".join(f"{name}: {step.status}" for name, step in self.steps.items())
        return f"<PipelineRun {self.name} ({self.status}, {self.id}; {steps or 'no steps'})>"

    @property
    def run_metadata(self) -> dict[str, Any]:
        """Its metadata and that of its steps, as `step::key` where two clash."""
        steps = {name: step.run_metadata for name, step in self.steps.items()}
        return RunMetadata(with_values(self.metadata), steps)

    @property
    def start_time(self) -> datetime:
        """When it began."""
        return _need_moment(self.started)

    @property
    def end_time(self) -> datetime | None:
        """When it ended, if it has."""
        return None if self.ended is None else _need_moment(self.ended)

    @property
    def duration_s(self) -> float | None:
        """How many seconds it took, once it has ended."""
        return _seconds(self.started, self.ended)

    @property
    def config(self) -> RunConfiguration:
        """What code and files said of it."""
        return RunConfiguration(_said(self.details, "extra"), _said(self.details, "settings"))

    @property
    def git(self) -> Mapping[str, Any]:
        """The `commit`, the `branch`, and whether it was `dirty`; empty outside of a repository."""
        return _said(self.details, "git")

    @property
    def environment(self) -> Mapping[str, Any]:
        """The Python, the platform and the user that it ran with."""
        return _said(self.details, "environment")

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The `type`, `message` and `traceback` of what made it fail, if it did."""
        return _said(self.details, "error") or None

    def get_hydrated_version(self) -> "PipelineRun":
        """Itself: nothing is left out here that would have to be asked for again."""
        return self


@dataclass(frozen=True, slots=True)
class Pipeline(Bound):
    """A pipeline that has run."""

    name: str

    @property
    def runs(self) -> list[PipelineRun]:
        """Its runs, newest first."""
        return list(self._client.list_pipeline_runs(pipeline=f"equals:{self.name}", size=0))

    @property
    def last_run(self) -> PipelineRun:
        """The run that began last."""
        return self._newest()

    @property
    def last_successful_run(self) -> PipelineRun:
        """The one that began last of those completed; raises `NotFoundError` without any."""
        return self._newest("completed")

    def _newest(self, status: str | None = None) -> PipelineRun:
        found = self._client.list_pipeline_runs(
            pipeline=f"equals:{self.name}", status=status, size=1
        )
        if not found.items:
            raise NotFoundError(
                f"pipeline {self.name!r} has no {status or ''} run".replace("  ", " ")
            )
        return found[0]


def pipeline_called(name: str, settings: Settings) -> Pipeline:
    """The pipeline of that name in the home with these settings."""
    return bind(Pipeline(name), settings)


def _seconds(started: str | None, ended: str | None) -> float | None:
    begin, end = _moment(started), _moment(ended)
    return None if begin is None or end is None else (end - begin).total_seconds()


def _moment(text: str | None) -> datetime | None:
    """The time of a row, as far as it is one."""
    return None if text is None or not is_time(text) else datetime.fromisoformat(text)


def _need_moment(text: str) -> datetime:
    moment = _moment(text)
    if moment is None:
        raise IntegrityError(f"{text!r} in the catalog is not a time: its row was changed")
    return moment


def _said(details: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object that details have under a key; empty without one, and for what is none."""
    value = details.get(key)
    return dict(value) if isinstance(value, Mapping) else {}
