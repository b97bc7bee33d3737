"""The values of runs, steps and pipelines: frozen dataclasses without SQL, as in `rows`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.rows import ELSEWHERE, JOINED, NewVersion

if TYPE_CHECKING:
    from artifactctl.series import Points


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run; `inputs` and `outputs` are pairs of a name and a version's ID.

    Deleted versions are left out. `log` is the digest of the step's output; times are RFC 3339 in
    UTC, or None where unknown.
    """

    seq: int
    id: str
    name: str
    status: str
    started: str | None
    ended: str | None
    cache_key: str | None
    log: str | None
    log_bytes: int | None
    details: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict, metadata=ELSEWHERE)
    inputs: tuple[tuple[str, str], ...] = field(default=(), metadata=ELSEWHERE)
    outputs: tuple[tuple[str, str], ...] = field(default=(), metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True)
class RunContent:
    """The columns of a run that the caller provides."""

    id: str
    name: str
    pipeline: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(RunContent):
    """An execution of a pipeline, with its steps in the order in which they began."""

    seq: int
    status: str
    started: str
    ended: str | None
    revision: int
    description: str | None = None
    tags: tuple[str, ...] = field(default=(), metadata=ELSEWHERE)
    metadata: Mapping[str, Any] = field(default_factory=dict, metadata=ELSEWHERE)
    steps: tuple[Step, ...] = field(default=(), metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline with runs; `seq` is that of the first one, `created` the time when it began.

    `updated` is the time of the latest run's last event.
    """

    seq: int
    name: str = field(metadata=JOINED)
    created: str = field(metadata=JOINED)
    updated: str = field(metadata=JOINED)
    latest_run_id: str = field(metadata=JOINED)
    latest_run_status: str = field(metadata=JOINED)
    run_count: int = field(metadata=JOINED)
    id: str = field(default="", metadata=ELSEWHERE)
    tags: tuple[str, ...] = field(default=(), metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True)
class NewRun(RunContent):
    """A run to begin; `exclusive_tags` are removed from all other runs of the pipeline."""

    tags: Sequence[str] = ()
    exclusive_tags: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step to begin; `inputs` are pairs of a name and a version's ID.

    A step with the same `cache_key` can reuse this step's outputs; with None, no step can.
    """

    id: str
    run_id: str
    name: str
    details: Mapping[str, Any] = field(default_factory=dict)
    cache_key: str | None = None
    inputs: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class StepEnd:
    """The end of a step; `id` is the step's ID.

    `details` are merged into those of the step. `inputs` are further inputs, as pairs of a name and
    a version's ID. `outputs` are pairs of an output's name and the version to add. `reused` are
    pairs of an output's name and the ID of an existing version, which gets the `reused_tags`.
    `copied_from` is the ID of the step that made the reused versions, whose metadata and series are
    copied to this step. `log` is the digest of the step's output, `log_bytes` its size. `series`
    are points of its series by key.
    """

    id: str
    status: str
    details: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    log: str | None = None
    log_bytes: int = 0
    inputs: Sequence[tuple[str, str]] = ()
    outputs: Sequence[tuple[str, NewVersion]] = ()
    reused: Sequence[tuple[str, str]] = ()
    reused_tags: Sequence[str] = ()
    copied_from: str | None = None
    series: Mapping[str, "Points"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormerStep:
    """An earlier step to reuse; `outputs` are pairs of a name and a version's ID.

    `ended` is RFC 3339 in UTC, or None where unknown.
    """

    id: str
    ended: str | None
    details: Mapping[str, Any]
    outputs: Sequence[tuple[str, str]]
