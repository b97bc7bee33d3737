"""Runs of pipelines as users see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from artifactctl import plain_text
from artifactctl.enums import ExecutionStatus
from artifactctl.results.asking import Origin, bind
from artifactctl.results.configuration import Configuration, configuration_in, object_in
from artifactctl.results.names import PipelineName, TagName
from artifactctl.results.pages import columns_of
from artifactctl.results.step_versions import versions_in
from artifactctl.results.steps import StepRun, failure_of, seconds_of
from artifactctl.results.values import (
    Converted,
    RunMetadata,
    copied,
    identifier,
    maybe_moment,
    moment,
    status_of,
    with_values,
)
from artifactctl.results.versions import ArtifactVersion, Asking

if TYPE_CHECKING:
    from artifactctl.catalog import run_rows
    from artifactctl.results.series import Series


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
            "error": failure_of(self.error),
            "steps": tuple(f"{name}: {step.status}" for name, step in self.steps.items()),
            "id": self.id_text,
            **columns_of("metadata", self.all_metadata),
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """Return the further cells of a data frame's row: the metadata of run and steps."""
        return columns_of("metadata", self.all_metadata)

    @property
    def artifact_versions(self) -> list[ArtifactVersion]:
        """The outputs of all steps, those of cached ones too."""
        return [one for step in self.steps.values() for one in versions_in(step.outputs)]

    @property
    def produced_artifact_versions(self) -> list[ArtifactVersion]:
        """The outputs of the steps that this run executed."""
        steps = [step for step in self.steps.values() if step.status == "completed"]
        return [one for step in steps for one in versions_in(step.outputs)]

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
        return failure_of(self.error) or None

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
        return seconds_of(self)

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
