"""What a run did or would do, and how the caller hears of it meanwhile."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from artifactctl.enums import RunStatus

Action = Literal["run", "cached"]


@dataclass(frozen=True, slots=True)
class StepReport:
    """How a step ended; `outputs` are references by the output's key."""

    name: str
    status: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    duration_s: float | None = None
    exit_code: int | None = None
    attempts: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended, with its steps in the order in which they ended."""

    id: str
    name: str
    pipeline: str
    status: str
    steps: Sequence[StepReport]


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What a run would do with a step, and why; `outputs` without a version count up."""

    name: str
    action: Action
    reason: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    command: str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run would do."""

    pipeline: str
    name: str
    steps: Sequence[StepPlan]


def _ignore(*_: object) -> None:
    """The default: nothing is heard."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How a caller hears of a run under way; `line` is called from several threads.

    `opened` gets the run's ID and name, `began` a step's name, `line` that name, or nothing
    between steps, and a line that was printed, `ended` how a step ended, `closed` how the run did,
    `note` what a person should know.
    """

    opened: Callable[[str, str], None] = _ignore
    began: Callable[[str], None] = _ignore
    line: Callable[[str, str], None] = _ignore
    ended: Callable[[StepReport], None] = _ignore
    closed: Callable[[RunStatus], None] = _ignore
    note: Callable[[str], None] = _ignore
