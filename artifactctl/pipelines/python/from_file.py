"""A file that names a pipeline of Python: planned and executed as if it were called."""

import inspect
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.reading.finding import check_free
from artifactctl.errors import ArtifactctlError, ConflictError, StepFailedError
from artifactctl.pipelines.engine.cache import find_served
from artifactctl.pipelines.engine.environment import environment_of
from artifactctl.pipelines.engine.printed import Lines
from artifactctl.pipelines.engine.reports import Action, StepPlan, Watch
from artifactctl.pipelines.files import RunConfig
from artifactctl.pipelines.files.report import Report
from artifactctl.pipelines.ordering import selected
from artifactctl.pipelines.python.composing import Invocation, handles_in
from artifactctl.pipelines.python.executing import execute
from artifactctl.pipelines.python.external import ExternalArtifact
from artifactctl.pipelines.python.fitting import (
    Misfit,
    pipeline_misfits,
    reduced,
    step_misfits,
)
from artifactctl.pipelines.python.importing import import_pipeline
from artifactctl.pipelines.python.inputs import resolve, versions_in
from artifactctl.pipelines.python.keys import cache_key
from artifactctl.pipelines.python.pipeline import Pipeline
from artifactctl.pipelines.python.plan import Plan, PlannedStep, make_plan
from artifactctl.pipelines.secrets import without
from artifactctl.results.recorded import ArtifactVersion

if TYPE_CHECKING:
    from artifactctl.client import Client

_Served = Mapping[str, Mapping[str, ArtifactVersion]]


@dataclass(frozen=True)
class PythonRun:
    """A pipeline of Python and what calling it would run; mistakes of its file are in `report`."""

    pipeline: Pipeline[Any]
    plan: Plan
    report: Report


@contextmanager
def at_home(client: "Client", folder: Path) -> Iterator[None]:
    """Have code that looks for a home find the client's, and files relative to `folder`."""
    before, here = dict(os.environ), Path.cwd()
    os.environ.update(environment_of(client))
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


def plan_python(
    config: RunConfig, folder: Path, only: Sequence[str], *, use_cache: bool
) -> PythonRun:
    """Import the pipeline and have its function put the steps together.

    Raises the file's mistakes when that cannot be done; `check_versions` raises others.
    """
    report = config.report.further()
    found = _fitted(_imported(config, folder, report), config, report)
    calls = _composed(found, report)
    needed = {call.id: sorted(call.upstream) for call in calls}
    chosen = selected(list(needed), needed, only)
    plan = _planned(found, calls, report)
    steps = [
        step if use_cache else replace(step, may_be_cached=False)
        for step in plan.steps
        if step.name in chosen
    ]
    return PythonRun(found, replace(plan, steps=steps), report)


def _imported(config: RunConfig, folder: Path, report: Report) -> Pipeline[Any]:
    assert config.pipeline is not None
    try:
        return import_pipeline(config.pipeline, folder)
    except ArtifactctlError as error:
        report.add_error(("pipeline",), error)
        report.raise_mistakes()
        raise


def _fitted(found: Pipeline[Any], config: RunConfig, report: Report) -> Pipeline[Any]:
    """The pipeline with what is right of its parameters; raises when it lacks some."""
    misfits = pipeline_misfits(found, config.parameters, {})
    _note(misfits, report)
    wrong = {misfit.keys[1] for misfit in misfits}
    fitted = replace(found, config=reduced(config, parameters=wrong))
    for name, parameter in inspect.signature(found.entrypoint).parameters.items():
        is_variadic = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if is_variadic or parameter.default is not parameter.empty:
            continue
        if name not in fitted.options.parameters:
            keys = ("parameters", name)
            if keys not in report.doubtful:
                place = report.at(keys) or report.at(("pipeline",))
                report.add(place, keys, f"pipeline {found.name!r} needs it")
            report.raise_mistakes()
    return fitted


def _composed(found: Pipeline[Any], report: Report) -> list[Invocation]:
    try:
        return found.composed()
    except ArtifactctlError as error:
        if report.mistakes:
            report.add_error(("pipeline",), error)
            report.raise_mistakes()
        raise
    except (Exception, SystemExit) as error:  # of the pipeline's own function
        said = report.hidden(f"cannot be put together: {type(error).__name__}: {error}")
        report.add(report.at(("pipeline",)), ("pipeline",), said)
        report.raise_mistakes()
        raise


def _planned(found: Pipeline[Any], calls: Sequence[Invocation], report: Report) -> Plan:
    """The plan of the steps with which nothing is wrong."""
    assert found.config is not None
    misfits = step_misfits(found.name, calls, found.config)
    _note(misfits, report)
    faulty = report.faulty_steps
    sound = [call for call in calls if call.id not in faulty]
    config = reduced(found.config, steps=faulty)
    try:
        return make_plan(found.name, found.options, sound, config, datetime.now(UTC))
    except ArtifactctlError as error:
        if report.mistakes:
            report.add_error((), error)
            report.raise_mistakes()
        raise


def _note(misfits: Sequence[Misfit], report: Report) -> None:
    for keys, problem, _, kind in misfits:
        report.add(report.at(keys), keys, report.hidden(problem), kind)


def run_python(
    client: "Client", run: PythonRun, details: Mapping[str, Any], lines: Lines, watch: Watch
) -> None:
    """Execute it, while `lines` takes what is printed. Raises `StepFailedError` as a step fails."""
    check_versions(client, run)

    def began(name: str) -> None:
        lines.begin(name)
        watch.began(name)

    try:
        facts = {**run.pipeline.details(), **details}
        execute(client, run.plan, facts, replace(watch, began=began), wraps_errors=True)
    except StepFailedError as error:
        message = without(error.message, run.plan.secrets)
        raise StepFailedError(message, details=[message, *lines.tail]) from error


def plan_python_steps(client: "Client", plan: Plan) -> list[StepPlan]:
    """What would be done with each step, for people."""
    served: dict[str, Mapping[str, ArtifactVersion]] = {}
    return [_step_plan(client, plan, step, served) for step in plan.steps]


def _step_plan(
    client: "Client",
    plan: Plan,
    step: PlannedStep,
    served: dict[str, Mapping[str, ArtifactVersion]],
) -> StepPlan:
    reason, reused, inputs = _expect(client, step, served)
    outputs = {o.key: ":".join(filter(None, (o.artifact, o.version))) for o in step.expected}
    if reused is not None:
        served[step.name] = reused
        outputs |= {key: version.ref for key, version in reused.items()}
    action: Action = "run" if reused is None else "cached"
    own = step.invocation.step.entrypoint
    command = without(f"{own.__module__}:{own.__qualname__}", plan.secrets)
    return StepPlan(step.name, action, reason, inputs, outputs, command)


def _expect(
    client: "Client", step: PlannedStep, served: _Served
) -> tuple[str, Mapping[str, ArtifactVersion] | None, Mapping[str, str]]:
    """Why a step would run or not, the versions that would serve, and its inputs."""
    handles = [handle for value in step.arguments.values() for handle in handles_in(value)]
    unknown = sorted({h.invocation_id for h in handles} - served.keys())
    if unknown or not step.may_be_cached:
        reason = f"depends on what {', '.join(unknown)} makes" if unknown else "the cache is off"
        return reason, None, {h.output_name: h.invocation_id for h in handles}
    arguments = resolve(step.name, step.arguments, served, client, _no_externals)
    inputs = {name: version.ref for name, version in versions_in(arguments)}
    key = cache_key(step, arguments)
    found = find_served(client, key, step.expected, step.cache_policy.expires_after)
    if found is None:
        return "its code, parameters or inputs are new", None, inputs
    return "nothing has changed", found.versions, inputs


def _no_externals(name: str, _external: ExternalArtifact) -> ArtifactVersion:
    raise AssertionError(f"{name}: what comes from outside is never cached")


def check_versions(client: "Client", run: PythonRun) -> None:
    """Raise all mistakes; one is a version that exists of a step that is sure to run."""
    plan = run.plan
    if any(output.version is not None for step in plan.steps for output in step.expected):
        expected = {step.name: step for step in plan_python_steps(client, plan)}
        for step in plan.steps:
            found = expected[step.name]
            if found.action != "cached" and not found.reason.startswith("depends"):
                _check_free(client, step, run.report)
    run.report.raise_mistakes()


def _check_free(client: "Client", step: PlannedStep, report: Report) -> None:
    for output in step.expected:
        try:
            if output.version is not None:
                check_free(client.catalog, output.artifact, output.version)
        except ConflictError as error:
            report.add_error(("steps", step.name, "outputs", output.key, "version"), error)
