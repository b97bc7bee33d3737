"""Checks of a plan before anything runs: inputs, output paths and version names."""

import os
from typing import TYPE_CHECKING

from artifactctl import transfer
from artifactctl.errors import (
    ArtifactctlError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnsafeError,
)
from artifactctl.own_data import is_own_data
from artifactctl.pipelines.commands.keys import FileDigests
from artifactctl.pipelines.commands.plan import CommandPlan, CommandStep
from artifactctl.pipelines.commands.work import Commands, Known, works_of
from artifactctl.pipelines.engine.plan import (
    Expectation,
    Forecast,
    expect_steps,
    taken_versions,
)
from artifactctl.pipelines.engine.work import Step
from artifactctl.pipelines.files.report import Keys
from artifactctl.refs import parse_ref
from artifactctl.results.versions import ArtifactVersion

if TYPE_CHECKING:
    from artifactctl.client import Client


def check_plan(client: "Client", plan: CommandPlan, digests: FileDigests) -> Commands:
    """Look up the inputs from the catalog and raise all mistakes at once.

    Steps with a mistake in the file are left out. Raises `NotFoundError`, `InvalidInputError`,
    `UnsafeError` or `ConflictError` when all mistakes are of that kind, else `InvalidInputError`.
    """
    checked = Commands(client, plan, _look_up(client, plan), digests)
    works = works_of(checked)
    _check_not_own(client, plan)
    lacking = _check_files(plan)
    taken = [
        (work.step, found)
        for work in works
        if work.step.name not in lacking and (found := taken_versions(client, work.step))
    ]
    # Only if needed: it hashes the files of every step.
    expected = expect_steps(client, works) if taken else {}
    for step, errors in taken:
        if not _must_run(client, step, expected[step.name]):
            continue
        for key, error in errors.items():
            why = f"{error.message}, and {step.name} has to run ({expected[step.name].reason})"
            keys = ("steps", step.name, "outputs", key, "version")
            plan.report.add_error(keys, ConflictError(why, hint=error.hint))
    plan.report.raise_mistakes()
    return checked


def _look_up(client: "Client", plan: CommandPlan) -> Known:
    known: dict[str, dict[str, ArtifactVersion]] = {}
    problems: list[tuple[Keys, ArtifactctlError]] = []
    for step in plan.steps:
        known[step.name] = {}
        for name, ref in step.config.inputs.items():
            if name in step.made or not step.is_sound:
                continue
            try:
                known[step.name][name] = _version(client, ref)
            except (NotFoundError, InvalidInputError) as error:
                if not plan.report.may_name(parse_ref(ref).name):
                    problems.append((("steps", step.name, "inputs", name), error))
    # Not earlier: `may_name` asks which steps have mistakes, and would take these for some.
    for keys, problem in problems:
        plan.report.add_error(keys, problem)
    return known


def _version(client: "Client", ref: str) -> ArtifactVersion:
    version = client.find_artifact_version(ref)
    if version.data_deleted is not None:
        raise NotFoundError(f"the data of {version.ref} was deleted")
    return version


def _check_not_own(client: "Client", plan: CommandPlan) -> None:
    """Report outputs that would be written into the home's own data."""
    paths = client.home.own_paths()
    for step in plan.steps:
        for output in step.outputs:
            # A home's folder may contain, beside its own data, a folder that is linked in place.
            own = transfer.own_data(*paths) if output.config.link else paths
            if any(is_own_data(os.path.realpath(path), own) for path in output.written):
                message = f"{output.config.path!r} is among artifactctl's own data"
                keys = ("steps", step.name, "outputs", output.key, "path")
                plan.report.add_error(keys, UnsafeError(message, hint="name another path"))
        if step.metrics and is_own_data(os.path.realpath(step.metrics), paths):
            message = f"{step.config.metrics!r} is among artifactctl's own data"
            problem = UnsafeError(message, hint="name another path")
            plan.report.add_error(("steps", step.name, "metrics"), problem)


def _check_files(plan: CommandPlan) -> set[str]:
    """Report missing files of steps without a command, when no earlier command can write them.

    Returns the steps with a missing file, whose outputs cannot be known.
    """
    lacking: set[str] = set()
    for step in plan.steps:
        if _may_write(step, plan):
            break
        for output in step.outputs:
            is_url = output.config.link and "://" in output.path
            if not is_url and not os.path.exists(output.path):
                error = NotFoundError(f"{output.config.path!r} does not exist")
                keys = ("steps", step.name, "outputs", output.key, "path")
                plan.report.add_error(keys, error)
                lacking.add(step.name)
        if step.metrics and not os.path.exists(step.metrics):
            error = NotFoundError(f"{step.config.metrics!r} does not exist")
            plan.report.add_error(("steps", step.name, "metrics"), error)
            lacking.add(step.name)
    return lacking


def _may_write(step: CommandStep, plan: CommandPlan) -> bool:
    """Whether a step has a command, or a faulty key that may be meant as one."""
    keys = ("steps", step.name)
    return step.config.command is not None or bool(
        plan.report.doubtful & {("steps",), keys, (*keys, "command")}
    )


def _must_run(client: "Client", step: Step, expectation: Expectation) -> bool:
    """Whether the cache cannot serve a step.

    While that is unknown, the step must run unless steps of its name have made all its versions.
    """
    if expectation.forecast is not Forecast.UNKNOWN:
        return expectation.forecast is Forecast.SURE_TO_RUN
    for output in step.expected:
        try:
            version = client.find_artifact_version(output.artifact, output.version)
        except NotFoundError:
            return True
        if (version.producer or {}).get("step") != step.name:
            return True
    return False
