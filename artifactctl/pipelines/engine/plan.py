"""The plan of a run, made before anything runs: which steps run and which the cache serves."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from artifactctl.catalog.reading.finding import check_free
from artifactctl.errors import ConflictError, concerning
from artifactctl.pipelines.engine.cache import find_served
from artifactctl.pipelines.engine.reports import StepPlan
from artifactctl.pipelines.engine.work import Inputs, Results, Step, Work
from artifactctl.pipelines.naming import check_run_name, fill
from artifactctl.pipelines.secrets import without
from artifactctl.results.versions import ArtifactVersion

if TYPE_CHECKING:
    from artifactctl.client import Client

_RUN_NAME = "{pipeline}-{date}-{time}"


class Forecast(Enum):
    """Whether a step will run, as far as that can be known."""

    REUSED = auto()
    SURE_TO_RUN = auto()
    UNKNOWN = auto()
    """It reads outputs that another step still has to make."""


@dataclass(frozen=True)
class Expectation:
    """The forecast for a step, with its reason; `served` are its outputs from the cache."""

    forecast: Forecast
    reason: str
    inputs: Inputs | None = None
    served: Mapping[str, ArtifactVersion] | None = None


def run_name(template: str | None, pipeline: str, substitutions: Mapping[str, str]) -> str:
    """The name of a run; raises `InvalidInputError` for an invalid one."""
    known = {"pipeline": pipeline, **substitutions}
    return check_run_name(fill(template or _RUN_NAME, known))


def expect_steps(client: "Client", works: Iterable[Work]) -> dict[str, Expectation]:
    """For each step, whether the cache will serve it; a step comes after those it reads."""
    found: dict[str, Expectation] = {}
    for work in works:
        found[work.step.name] = _expect(client, work, found)
    return found


def _expect(client: "Client", work: Work, before: Mapping[str, Expectation]) -> Expectation:
    step, made = work.step, _served(before)
    if not step.may_be_cached:
        return Expectation(Forecast.SURE_TO_RUN, "the cache is off")
    unknown = [name for name in step.reads if name not in made]
    if unknown:
        return Expectation(Forecast.UNKNOWN, f"depends on what {', '.join(unknown)} makes")
    if not step.is_complete:
        return Expectation(Forecast.SURE_TO_RUN, "an input is missing")
    inputs = work.inputs(made)
    key = work.key(inputs)
    assert key is not None  # only the command of `exec` has no key, and it is not planned
    found = find_served(client, key, step.expected, step.expires_after)
    if found is None:
        return Expectation(Forecast.SURE_TO_RUN, work.difference(key), inputs)
    return Expectation(Forecast.REUSED, "nothing has changed", inputs, found.versions)


def plan_steps(
    client: "Client", works: Collection[Work], secrets: Collection[str]
) -> list[StepPlan]:
    """The plan of each step, for display, without secrets."""
    expected = expect_steps(client, works)
    made = _served(expected)
    return [_step_plan(work, expected[work.step.name], made, secrets) for work in works]


def _step_plan(
    work: Work, expected: Expectation, made: Results, secrets: Collection[str]
) -> StepPlan:
    step = work.step
    outputs = {
        output.key: ":".join(filter(None, (output.artifact, output.version)))
        for output in step.expected
    }
    served = {key: version.ref for key, version in (expected.served or {}).items()}
    return StepPlan(
        step.name,
        "run" if expected.served is None else "cached",
        expected.reason,
        work.shown_inputs(expected.inputs, made),
        {**outputs, **served},
        without(work.shown_command(), secrets),
    )


def _served(expected: Mapping[str, Expectation]) -> Results:
    return {name: one.served for name, one in expected.items() if one.served is not None}


def check_versions(client: "Client", step: Step) -> None:
    """Raise `ConflictError` if a version that a step would make exists or has existed."""
    for key, error in taken_versions(client, step).items():
        setting = f"steps.{step.name}.outputs.{key}.version"
        error.hint += f"; a YAML file can set {setting} for a single run"
        with concerning(f"output {key!r} of step {step.name!r}"):
            raise error


def taken_versions(client: "Client", step: Step) -> dict[str, ConflictError]:
    """The conflicts of the versions that a step would make with existing ones, by output's key."""
    found: dict[str, ConflictError] = {}
    for output in step.expected:
        try:
            if output.version is not None:
                check_free(client.catalog, output.artifact, output.version)
        except ConflictError as error:
            found[output.key] = error
    return found
