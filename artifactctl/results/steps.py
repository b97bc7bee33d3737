"""Steps of runs as users see them, with the versions that they used and made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import UUID

from artifactctl import plain_text
from artifactctl.digests import digest_of
from artifactctl.enums import ArtifactSaveType, ExecutionStatus, StepRunInputArtifactType
from artifactctl.errors import IntegrityError, NotFoundError, WrongUsageError
from artifactctl.results.asking import Origin, bind
from artifactctl.results.configuration import Configuration, configuration_in, object_in, text_in
from artifactctl.results.pages import columns_of
from artifactctl.results.step_versions import NamedVersions, StepVersions, Uses, uses_of
from artifactctl.results.values import (
    Converted,
    copied,
    identifier,
    maybe_identifier,
    maybe_moment,
    status_of,
)
from artifactctl.results.versions import ArtifactVersion, Measured

if TYPE_CHECKING:
    from artifactctl.catalog import run_rows
    from artifactctl.results.runs import PipelineRun

_INPUT_TYPES = {member.value: member for member in StepRunInputArtifactType}


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class StepRun(Measured):
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
    input_ids: Converted[Uses] = Converted(uses_of)
    output_ids: Converted[Uses] = Converted(uses_of)

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
            "error": failure_of(self.error),
            "id": self.id_text,
            **columns_of("parameters", self.parameters),
            **columns_of("metadata", self.metadata),
        }

    @property
    def other_cells(self) -> dict[str, Any]:
        """Return the further cells of a data frame's row: the metadata."""
        return columns_of("metadata", self.metadata)

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
        return seconds_of(self)

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
                f"step {self.name!r} does not have exactly one {word}: it has {known}",
                hint=f"choose one of its .{word}s",
            )
        ((name, versions),) = found.items()
        if not versions:
            raise NotFoundError(f"{word} {name!r} of step {self.name!r} was deleted")
        return versions[-1]


def seconds_of(done: "StepRun | PipelineRun") -> float | None:
    """Return the duration in seconds; None for a run or step that has not ended or is damaged."""
    try:
        begin, end = done.started, done.ended
    except IntegrityError:
        return None
    return None if begin is None or end is None else (end - begin).total_seconds()


def failure_of(error: Mapping[str, object] | None) -> str:
    """Return the type and message of an error, without the traceback."""
    return "" if error is None else f"{error.get('type', 'error')}: {error.get('message', '')}"
