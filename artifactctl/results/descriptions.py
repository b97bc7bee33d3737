"""What describing a run gives, and the graph of what was made from what."""

from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.results.recorded import PipelineRun, StepRun


@dataclass(frozen=True, slots=True)
class StepUse:
    """A version that a step took or gave under a `name`: `NAME:VERSION`, perhaps deleted since."""

    name: str
    ref: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class StepDescription:
    """A step with the versions that it took and gave."""

    step: StepRun
    inputs: Sequence[StepUse]
    outputs: Sequence[StepUse]


@dataclass(frozen=True, slots=True)
class RunDescription:
    """A run with its steps in the order in which they began."""

    run: PipelineRun
    steps: Sequence[StepDescription]


@dataclass(frozen=True, slots=True)
class Node:
    """A `version`, a `run`, or a `step` that used nothing or made nothing.

    `ref` is `NAME:VERSION`, `run:NAME` or `RUN/STEP`; of a version that is `deleted` the `type` is
    not known.
    """

    id: str
    kind: str
    ref: str
    type: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """From the ID of what was used to the ID of what was made, by a step of a run.

    Without a step, whoever registered the version has said so.
    """

    source: str
    target: str
    step: str | None
    run: str | None
    run_id: str | None


@dataclass(frozen=True, slots=True)
class Lineage:
    """A graph around `root`, the ID of a node: `upstream` leads to it, `downstream` from it."""

    root: str
    nodes: tuple[Node, ...]
    upstream: tuple[Edge, ...]
    downstream: tuple[Edge, ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, each once."""
        return tuple(dict.fromkeys((*self.upstream, *self.downstream)))
