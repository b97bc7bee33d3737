"""The interface between the engine and the work of a step, which is a function or a command."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from artifactctl.context import StepScope
from artifactctl.errors import StepFailedError
from artifactctl.pipelines.engine.cache import Key
from artifactctl.pipelines.engine.outputs import Expected
from artifactctl.pipelines.engine.step_log import StepLog
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs.recording import Measured, OpenRun
from artifactctl.verbs.registering import NewFiles
from artifactctl.verbs.saving import NewObject

GRACE_S = 5.0
"""The seconds that processes and threads of steps have to end after they are asked to."""

Results = Mapping[str, Mapping[str, ArtifactVersion]]
"""The versions that steps have made or reused, by step and output's key."""

NewOutputs = Sequence[tuple[str, NewObject | NewFiles]]
"""The new versions of a step, each with the output's name."""


@dataclass(frozen=True)
class Step:
    """A step before it runs.

    It begins when the steps of `needs` have ended; `reads` are those whose outputs it takes.
    `may_be_cached` tells whether it may reuse earlier outputs, not older than `expires_after`
    seconds. No other step may write the paths of `writes` at the same time. A step that is not
    complete lacks an input and cannot run. What it prints is kept if `keeps_log`.
    """

    name: str
    expected: Sequence[Expected] = ()
    needs: frozenset[str] = frozenset()
    reads: tuple[str, ...] = ()
    may_be_cached: bool = True
    expires_after: float | None = None
    writes: Sequence[str] = ()
    is_complete: bool = True
    keeps_log: bool = True
    substitutions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Inputs:
    """The arguments of a step; `versions` are the versions among them, by input's name."""

    arguments: Mapping[str, Any]
    versions: Sequence[tuple[str, ArtifactVersion]]

    @property
    def ids(self) -> list[tuple[str, str]]:
        """The IDs of the versions, by input's name."""
        return [(name, version.id_text) for name, version in self.versions]


@dataclass(frozen=True)
class Task:
    """A step under way.

    `own` are the IDs of versions that its run has made. `locks` are open file descriptors that its
    processes have to keep open. `note` shows a message to the user, `failure` makes the error of a
    failed step from a reason.
    """

    run: OpenRun
    scope: StepScope
    inputs: Inputs
    log: StepLog
    own: frozenset[str]
    locks: Sequence[int]
    note: Callable[[str], None]
    failure: Callable[[str], StepFailedError]


@dataclass(frozen=True)
class Ran:
    """The result of executing a step.

    `outputs` is called in the engine's own thread and raises the errors of the step. `facts` are
    recorded and reported however the step ends: `exit_code`, `attempts`, `duration_s` (seconds).
    `measured` gives what the step measured, in the same way as `outputs`. `publishing` is the
    context in which the outputs are saved.
    """

    outputs: Callable[[], NewOutputs]
    facts: Mapping[str, Any] = field(default_factory=dict)
    measured: Callable[[], Measured] = Measured
    publishing: Callable[[], AbstractContextManager[object]] = nullcontext


class Work(Protocol):
    """The work of one step."""

    @property
    def step(self) -> Step:
        """The step in the form that the engine uses."""

    def inputs(self, made: Results) -> Inputs:
        """The arguments of the step; `made` are the outputs of the steps it needs."""

    def key(self, inputs: Inputs) -> Key | None:
        """The step's cache key; None when no other step may reuse its outputs."""

    def details(self, inputs: Inputs) -> Mapping[str, object]:
        """The details that are recorded when the step begins."""

    def start(self, task: Task) -> Callable[[], Ran]:
        """Prepare the step in the engine's thread; the result is called in the step's thread."""

    def failed(self, task: Task, error: BaseException) -> None:
        """React to the failure of the step, after it is recorded."""

    def shown_command(self) -> str | Sequence[str] | None:
        """The command or function, for display."""

    def shown_inputs(self, inputs: Inputs | None, made: Results) -> Mapping[str, str]:
        """The inputs, for display; `inputs` is None when they are not known before the run."""

    def difference(self, key: Key) -> str:
        """The reason why the cache has no outputs for the step, for display."""


class Crew(Protocol):
    """The processes that execute the steps of one run."""

    def stop(self) -> None:
        """Ask all processes to end, and kill those that have not ended after some seconds."""

    def kill(self) -> None:
        """Kill all processes at once."""

    def close(self) -> None:
        """Release the resources of the crew at the end of the run."""
