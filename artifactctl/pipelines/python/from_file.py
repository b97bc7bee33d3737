"""Runs and plans of a Python pipeline that a run file names."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl.errors import ArtifactctlError
from artifactctl.pipelines.engine.environment import environment_of
from artifactctl.pipelines.engine.output import printing_to
from artifactctl.pipelines.engine.plan import Forecast, expect_steps, plan_steps, taken_versions
from artifactctl.pipelines.engine.reports import RunPlan, Watch
from artifactctl.pipelines.files import RunConfig
from artifactctl.pipelines.files.report import Report
from artifactctl.pipelines.ordering import selected
from artifactctl.pipelines.python.calling import Functions
from artifactctl.pipelines.python.composing import Invocation
from artifactctl.pipelines.python.definitions import PipelineDefinition
from artifactctl.pipelines.python.fitting import Misfit, pipeline_misfits, reduced, step_misfits
from artifactctl.pipelines.python.importing import import_pipeline
from artifactctl.pipelines.python.plan import Plan, make_plan
from artifactctl.pipelines.python.running import compose_pipeline, details_of, execute_plan
from artifactctl.pipelines.python.work import FunctionWork, works_of
from artifactctl.pipelines.secrets import worth_hiding

if TYPE_CHECKING:
    from artifactctl.client import Client


@dataclass(frozen=True)
class PythonRun:
    """A Python pipeline and its plan; the mistakes of its file are in `report`."""

    client: "Client"
    pipeline: PipelineDefinition[...]
    plan: Plan
    report: Report

    def execute(self, details: Mapping[str, object], watch: Watch) -> None:
        """Run the pipeline; raises `StepFailedError` when a step fails."""
        self._check()
        facts = {**details_of(self.pipeline), **details}
        execute_plan(self.client, self.plan, facts, watch, wraps_errors=True)

    def forecast(self) -> RunPlan:
        """The plan of the run, for display."""
        plan, works = self.plan, self._check()
        return RunPlan(plan.pipeline, plan.run_name, plan_steps(self.client, works, plan.secrets))

    def _check(self) -> list[FunctionWork]:
        """Raise all mistakes, among them versions that exist and that a step would make again."""
        works = works_of(Functions(self.client, self.plan))
        if any(output.version is not None for work in works for output in work.step.expected):
            expected = expect_steps(self.client, works)
            for work in works:
                name = work.step.name
                if expected[name].forecast is Forecast.SURE_TO_RUN:
                    for key, error in taken_versions(self.client, work.step).items():
                        keys = ("steps", name, "outputs", key, "version")
                        self.report.add_error(keys, error)
        self.report.raise_mistakes()
        return works


@contextmanager
def _at_home(client: "Client", folder: Path) -> Iterator[None]:
    """Set the environment to the client's home, and the working directory to `folder`."""
    # The code of the pipeline reads files beside it, and finds the home by the environment, also
    # in programs that it starts.
    before, here = dict(os.environ), Path.cwd()
    os.environ.update(environment_of(client))
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def planned(
    client: "Client",
    config: RunConfig,
    folder: Path,
    watch: Watch,
    *,
    only: Sequence[str] = (),
    use_cache: bool = True,
    jobs: int | None = None,
) -> Iterator[PythonRun]:
    """A composed and planned pipeline, which can be run during the block.

    Output of its code goes to `watch`. `jobs` overrides the pipeline's own number. Mistakes that
    prevent the composition are raised here, all others by the methods of the run.
    """
    show = partial(watch.line, "")
    with _at_home(client, folder), printing_to(show, worth_hiding(config.secrets)):
        found, plan, report = _plan(config, folder, only, jobs)
        if not use_cache:
            plan = replace(plan, steps=[replace(s, may_be_cached=False) for s in plan.steps])
        yield PythonRun(client, found, plan, report)


def _plan(
    config: RunConfig, folder: Path, only: Sequence[str], jobs: int | None
) -> tuple[PipelineDefinition[...], Plan, Report]:
    """The pipeline, the plan of the steps of `only` and of those they need, and all mistakes."""
    report = config.report.further()
    imported = _imported(config, folder, report)
    asked = replace(imported, direct=imported.direct.over({"jobs": jobs}, "a pipeline"))
    found = _fitted(asked, config, report)
    calls = _composed(found, report)
    needed = {call.id: sorted(call.upstream_steps) for call in calls}
    chosen = selected(list(needed), needed, only)
    plan = _planned(found, calls, report)
    steps = [step for step in plan.steps if step.name in chosen]
    return found, replace(plan, steps=steps), report


def _imported(config: RunConfig, folder: Path, report: Report) -> PipelineDefinition[...]:
    assert config.pipeline is not None
    try:
        return import_pipeline(config.pipeline, folder)
    except ArtifactctlError as error:
        report.add_error(("pipeline",), error)
        report.raise_mistakes()
        raise


def _fitted(
    found: PipelineDefinition[...], config: RunConfig, report: Report
) -> PipelineDefinition[...]:
    """The pipeline without its wrong parameters; raises the mistakes if it lacks a needed one."""
    misfits = pipeline_misfits(found, config.parameters, {})
    _note(misfits, report)
    wrong = {misfit.keys[1] for misfit in misfits}
    fitted = replace(found, config=reduced(config, parameters=wrong))
    given = fitted.options.parameters
    for name in found.needed:
        if name not in given:
            keys = ("parameters", name)
            if keys not in report.doubtful:
                place = report.at(keys) or report.at(("pipeline",))
                report.add(place, keys, f"pipeline {found.name!r} needs it")
            report.raise_mistakes()
    return fitted


def _composed(found: PipelineDefinition[...], report: Report) -> list[Invocation]:
    try:
        return compose_pipeline(found, (), {})
    except ArtifactctlError as error:
        if report.mistakes:
            report.add_error(("pipeline",), error)
            report.raise_mistakes()
        raise
    except (Exception, SystemExit) as error:  # raised by the pipeline's own function
        problem = report.hidden(f"its function failed: {type(error).__name__}: {error}")
        report.add(report.at(("pipeline",)), ("pipeline",), problem)
        report.raise_mistakes()
        raise


def _planned(found: PipelineDefinition[...], calls: Sequence[Invocation], report: Report) -> Plan:
    """The plan of the steps that have no mistake."""
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
