"""A run with everything that is known of it: its steps, and the versions that these touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.reading.runs import versions_of_run
from artifactctl.results.recorded import PipelineRun, StepRun

if TYPE_CHECKING:
    from artifactctl.client.tracking import Tracker


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


def describe_run(client: "Tracker", text: str) -> RunDescription:
    """The run of that name, ID or start of an ID."""
    with client.catalog.snapshot():
        row = find_run(client.catalog, text)
        uses = versions_of_run(client.catalog, row.id)
    run = client.run_of(row)

    def of(step: StepRun, direction: str) -> tuple[StepUse, ...]:
        return tuple(StepUse(*use) for use in uses.get((step.id, direction), ()))

    steps = [
        StepDescription(step, of(step, "input"), of(step, "output")) for step in run.steps.values()
    ]
    return RunDescription(run, tuple(steps))
