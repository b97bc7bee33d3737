"""The results of describing a run or showing a version, and the lineage graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifactctl.results.runs import PipelineRun
from artifactctl.results.steps import StepRun
from artifactctl.results.versions import ArtifactVersion

if TYPE_CHECKING:
    from artifactctl.results.series import Series
    from artifactctl.results.visualizations import Visualization


@dataclass(frozen=True, slots=True)
class StepUse:
    """A version that a step used or made under `name`; `ref` is `NAME:VERSION`.

    `deleted` is True when the version no longer exists.
    """

    name: str
    ref: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class StepDescription:
    """A step with the versions that it used and made."""

    step: StepRun
    inputs: Sequence[StepUse]
    outputs: Sequence[StepUse]


@dataclass(frozen=True, slots=True)
class RunDescription:
    """A run with its steps, in the order in which they began, and its series by key."""

    run: PipelineRun
    steps: Sequence[StepDescription]
    series: "Mapping[str, Series]"


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a lineage graph: a `version`, a `run`, or a `step` without inputs or outputs.

    `ref` is `NAME:VERSION`, `run:NAME` or `RUN/STEP`; the `type` of a `deleted` version is None.
    """

    id: str
    kind: str
    ref: str
    type: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge from the ID of an input to the ID of what a step of a run made from it.

    `step` is None when the user named the input at registration.
    """

    source: str
    target: str
    step: str | None
    run: str | None
    run_id: str | None


@dataclass(frozen=True, slots=True)
class Lineage:
    """A graph around `root`, the ID of a node.

    The edges in `upstream` lead to the root, those in `downstream` from it.
    """

    root: str
    nodes: tuple[Node, ...]
    upstream: tuple[Edge, ...]
    downstream: tuple[Edge, ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, without duplicates."""
        return tuple(dict.fromkeys((*self.upstream, *self.downstream)))

    def _repr_html_(self) -> str:
        # Imported on first use: only notebooks need it.
        from artifactctl.visuals.notebook import first_rows  # noqa: PLC0415

        refs = {node.id: node.ref for node in self.nodes}
        lines = [
            (
                refs[edge.source],
                "/".join(filter(None, (edge.run, edge.step))),
                refs.get(edge.target),
            )
            for edge in self.edges
        ]
        return first_rows(("from", "by", "to"), lines, f"lineage of {refs[self.root]}")


@dataclass(frozen=True, slots=True)
class Visualizations:
    """The visualizations of a version; `notes` tell why there are not more."""

    version: ArtifactVersion
    items: "Sequence[Visualization]"
    notes: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        # Imported on first use: only notebooks need it.
        from artifactctl.visuals.notebook import paragraph  # noqa: PLC0415

        shown = [paragraph(item.name) + item._repr_html_() for item in self.items]
        return "".join((*shown, *map(paragraph, self.notes)))
