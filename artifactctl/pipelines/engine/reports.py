"""Reports and plans of runs, and the callbacks for runs under way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from artifactctl.enums import RunStatus

Action = Literal["run", "cached"]


@dataclass(frozen=True, slots=True)
class StepReport:
    """The end of a step; `outputs` are references to versions by the output's key."""

    name: str
    status: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    duration_s: float | None = None
    exit_code: int | None = None
    attempts: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """The end of a run, with its steps in the order in which they ended."""

    id: str
    name: str
    pipeline: str
    status: str
    steps: Sequence[StepReport]


@dataclass(frozen=True, slots=True)
class StepPlan:
    """The plan of a step: the action and its reason; `outputs` without a version count up."""

    name: str
    action: Action
    reason: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    command: str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The plan of a run."""

    pipeline: str
    name: str
    steps: Sequence[StepPlan]


def _ignore(*_: object) -> None:
    """The default callback: do nothing."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The callbacks of a run under way; `line` is called from several threads.

    `opened` gets the run's ID and name, `began` a step's name, `line` that name (empty between
    steps) and a printed line, `ended` the end of a step, `left` the names of the steps that did not
    begin before the run ended, `closed` the status of the run, `note` a message for the user.
    """

    opened: Callable[[str, str], None] = _ignore
    began: Callable[[str], None] = _ignore
    line: Callable[[str, str], None] = _ignore
    ended: Callable[[StepReport], None] = _ignore
    left: Callable[[Sequence[str]], None] = _ignore
    closed: Callable[[RunStatus], None] = _ignore
    note: Callable[[str], None] = _ignore
