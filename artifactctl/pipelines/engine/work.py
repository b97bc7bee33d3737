"""What the engine asks of the work of a step: of a function of Python as of a command."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from artifactctl.context import StepScope
from artifactctl.errors import StepFailedError
from artifactctl.pipelines.engine.cache import Key
from artifactctl.pipelines.engine.output import StepLog
from artifactctl.pipelines.engine.outputs import Expected
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.verbs.recording import OpenRun
from artifactctl.verbs.registering import NewFiles
from artifactctl.verbs.saving import NewObject

GRACE_S = 5.0
"""How long what executes steps may take to end once it is asked to."""

Results = Mapping[str, Mapping[str, ArtifactVersion]]
"""The versions that steps have made or reused: by step, then by the output's key."""

NewOutputs = Sequence[tuple[str, NewObject | NewFiles]]
"""What is to become versions, by the output's name."""


@dataclass(frozen=True)
class Step:
    """A step before it runs.

    It begins when the steps of `needs` have ended; `reads` are those whose outputs it takes.
    `may_be_cached` is whether it may reuse what an earlier one made, not older than
    `expires_after` seconds. `writes` are paths that no other step may write meanwhile. Of a step
    that is not complete an input is missing: it cannot run.
    """

    name: str
    expected: Sequence[Expected] = ()
    needs: frozenset[str] = frozenset()
    reads: tuple[str, ...] = ()
    may_be_cached: bool = True
    expires_after: float | None = None
    writes: Sequence[str] = ()
    is_complete: bool = True
    substitutions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Inputs:
    """What a step is executed with; `versions` are those among its arguments, by input's name."""

    arguments: Mapping[str, Any]
    versions: Sequence[tuple[str, ArtifactVersion]]

    @property
    def ids(self) -> list[tuple[str, str]]:
        """The IDs of the versions, by input's name."""
        return [(name, version.id) for name, version in self.versions]


@dataclass(frozen=True)
class Task:
    """A step under way.

    `own` are IDs of versions that its run has made. `locks` are descriptors of open files that
    have to last as long as what it executes. `tell` says something to a person, `failure` makes
    the error of a step that failed for a reason.
    """

    run: OpenRun
    scope: StepScope
    inputs: Inputs
    log: StepLog
    own: frozenset[str]
    locks: Sequence[int]
    tell: Callable[[str], None]
    failure: Callable[[str], StepFailedError]


@dataclass(frozen=True)
class Ran:
    """What executing a step came to.

    `outputs` is called in the engine's own thread; it raises what is wrong. `facts` are recorded
    and reported however the step ends: `exit_code`, `attempts`, `duration_s`.
    """

    outputs: Callable[[], NewOutputs]
    facts: Mapping[str, Any] = field(default_factory=dict)


class Work(Protocol):
    """The work of one step."""

    @property
    def step(self) -> Step:
        """The step as the engine knows it."""

    def inputs(self, made: Results) -> Inputs:
        """What it is executed with, now that the steps it needs have made their outputs."""

    def key(self, inputs: Inputs) -> Key | None:
        """What it has in common with steps that do the same; None when none may reuse it."""

    def details(self, inputs: Inputs) -> Mapping[str, object]:
        """What is recorded of it when it begins."""

    def start(self, task: Task) -> Callable[[], Ran]:
        """Prepare it in the engine's own thread; what this gives is called in the step's thread."""

    def failed(self, error: BaseException) -> None:
        """It has failed, which is recorded by now."""

    def shown_command(self) -> str | Sequence[str] | None:
        """What it executes, for people."""

    def shown_inputs(self, inputs: Inputs | None, made: Results) -> Mapping[str, str]:
        """Its inputs, for people; without `inputs`, which are not known before the run."""

    def difference(self, key: Key) -> str:
        """Why no earlier step serves, for people."""


class Crew(Protocol):
    """The processes that execute the steps of one run."""

    def stop(self) -> None:
        """Ask all of them to end, and wait for some time."""

    def kill(self) -> None:
        """End all of them at once."""

    def close(self) -> None:
        """The run is over."""
