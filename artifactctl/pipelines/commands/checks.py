"""What is known of a plan before anything runs: what it would do, and what is wrong with it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifactctl import transfer
from artifactctl.catalog.reading.finding import check_free
from artifactctl.errors import (
    ArtifactctlError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnsafeError,
)
from artifactctl.own_data import is_own_data
from artifactctl.pipelines.commands.keys import FileDigests, key_of
from artifactctl.pipelines.commands.plan import CommandPlan, CommandStep
from artifactctl.pipelines.engine.cache import find_served
from artifactctl.pipelines.engine.reports import Action, StepPlan
from artifactctl.pipelines.files.report import Keys
from artifactctl.pipelines.secrets import without
from artifactctl.refs import parse_ref
from artifactctl.results.recorded import ArtifactVersion

if TYPE_CHECKING:
    from artifactctl.client import Client

Known = Mapping[str, Mapping[str, ArtifactVersion]]
"""Versions of the catalog that are inputs: by step, then by the input's name."""

_SEARCHED_RUNS = 20


@dataclass(frozen=True)
class Expectation:
    """What is expected of a step: `served` are the versions that the cache has for it.

    `is_certain` is whether nothing that runs before can change that.
    """

    reason: str
    served: Mapping[str, ArtifactVersion] | None = None
    is_certain: bool = True


def check_plan(client: "Client", plan: CommandPlan, digests: FileDigests) -> Known:
    """Look up the inputs that are in the catalog; raise all that is wrong at once.

    Steps with a mistake in the file are left out. Raises `NotFoundError`, `InvalidInputError`,
    `UnsafeError` or `ConflictError` as all mistakes are; when they are of several kinds,
    `InvalidInputError`.
    """
    known = _look_up(client, plan)
    _check_not_own(client, plan)
    lacking = _check_files(plan)
    taken = [found for found in _taken(client, plan) if found[0].name not in lacking]
    expected = expect(client, plan, known, digests) if taken else {}
    for step, keys, error in taken:
        if _must_run(client, step, expected):
            why = f"{error.message}, and {step.name} has to run ({expected[step.name].reason})"
            plan.report.add_error(keys, ConflictError(why, hint=error.hint))
    plan.report.raise_mistakes()
    return known


def expect(
    client: "Client", plan: CommandPlan, known: Known, digests: FileDigests
) -> dict[str, Expectation]:
    """For each step, whether the cache will serve it, as far as that can be known."""
    found: dict[str, Expectation] = {}
    for step in plan.steps:
        if step.is_sound:
            found[step.name] = _expect(client, plan, step, known, found, digests)
    return found


def plan_steps(
    client: "Client", plan: CommandPlan, known: Known, digests: FileDigests
) -> list[StepPlan]:
    """What would be done with each step, for people."""
    expected = expect(client, plan, known, digests)
    return [_step_plan(plan, step, known, expected) for step in plan.steps]


def _step_plan(
    plan: CommandPlan, step: CommandStep, known: Known, everything: Mapping[str, Expectation]
) -> StepPlan:
    expected = everything[step.name]
    found = dict(known[step.name])
    for name, one in step.made.items():
        if (version := (everything[one.step].served or {}).get(one.key)) is not None:
            found[name] = version
    inputs = {
        name: found[name].ref if name in found else ref for name, ref in step.config.inputs.items()
    }
    outputs = {
        output.key: ":".join(filter(None, (output.expected.artifact, output.expected.version)))
        for output in step.outputs
    }
    served = {key: version.ref for key, version in (expected.served or {}).items()}
    action: Action = "run" if expected.served is None else "cached"
    command = without(step.config.command, plan.secrets)
    return StepPlan(step.name, action, expected.reason, inputs, {**outputs, **served}, command)


def _expect(
    client: "Client",
    plan: CommandPlan,
    step: CommandStep,
    known: Known,
    before: Mapping[str, Expectation],
    digests: FileDigests,
) -> Expectation:
    if not step.may_be_cached:
        return Expectation("the cache is off")
    unknown = [n for n in step.needs if n not in before or before[n].served is None]
    if not unknown and known[step.name].keys() | step.made.keys() < step.config.inputs.keys():
        return Expectation("an input is missing")
    if unknown:
        return Expectation(f"depends on what {', '.join(unknown)} makes", is_certain=False)
    made = {name: (before[one.step].served or {})[one.key] for name, one in step.made.items()}
    inputs = {name: {**made, **known[step.name]}[name] for name in step.config.inputs}
    key, parts = key_of(plan, step, inputs, digests)
    found = find_served(client, key, step.expected)
    if found is None:
        return Expectation(_difference(client, plan, step, parts))
    return Expectation("nothing has changed", found.versions)


def _difference(
    client: "Client", plan: CommandPlan, step: CommandStep, parts: Mapping[str, str]
) -> str:
    """What is other than when the step ran last."""
    runs = client.list_pipeline_runs(pipeline=f"equals:{plan.pipeline}", size=_SEARCHED_RUNS)
    for run in runs.items:
        before = run.steps.get(step.name)
        if before is None or not before.details.get("cache_parts"):
            continue
        if before.status == "failed":
            return "it failed before"
        changed = [name for name in parts if parts[name] != before.details["cache_parts"].get(name)]
        return f"changed: {', '.join(changed)}" if changed else "earlier outputs are gone"
    return "it has not run before"


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
    for keys, problem in problems:
        plan.report.add_error(keys, problem)
    return known


def _version(client: "Client", ref: str) -> ArtifactVersion:
    version = client.find_artifact_version(ref)
    if version.data_deleted is not None:
        raise NotFoundError(f"the data of {version.ref} was deleted")
    return version


def _check_not_own(client: "Client", plan: CommandPlan) -> None:
    """Note outputs that would be written over the home's own data."""
    paths = client.home.own_paths()
    for step in plan.steps:
        for output in step.outputs:
            # Beside its own data, a home may have a folder that is linked in place.
            own = transfer.own_data(*paths) if output.config.link else paths
            if any(is_own_data(os.path.realpath(path), own) for path in output.written):
                said = f"{output.config.path!r} is among artifactctl's own data"
                keys = ("steps", step.name, "outputs", output.key, "path")
                plan.report.add_error(keys, UnsafeError(said, hint="name another path"))


def _check_files(plan: CommandPlan) -> set[str]:
    """Note files to be registered that are not there, and that no command can write before.

    Returns the steps that lack one: what they would register is not known.
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
    return lacking


def _may_write(step: CommandStep, plan: CommandPlan) -> bool:
    """Whether it has a command, or what may be meant as one."""
    keys = ("steps", step.name)
    return step.config.command is not None or bool(
        plan.report.doubtful & {("steps",), keys, (*keys, "command")}
    )


def _taken(client: "Client", plan: CommandPlan) -> list[tuple[CommandStep, Keys, ConflictError]]:
    """Steps with a version that exists, or has existed."""
    found: list[tuple[CommandStep, Keys, ConflictError]] = []
    for step in plan.steps:
        for output in step.outputs:
            expected = output.expected
            try:
                if expected.version is not None:
                    check_free(client.catalog, expected.artifact, expected.version)
            except ConflictError as error:
                keys = ("steps", step.name, "outputs", output.key, "version")
                found.append((step, keys, error))
    return found


def _must_run(client: "Client", step: CommandStep, expected: Mapping[str, Expectation]) -> bool:
    """Whether the cache cannot serve a step; where that is unknown, it tells who made what is."""
    expectation = expected[step.name]
    if expectation.is_certain:
        return expectation.served is None
    for output in step.outputs:
        try:
            version = client.find_artifact_version(
                output.expected.artifact, output.expected.version
            )
        except NotFoundError:
            return True
        if (version.producer or {}).get("step") != step.name:
            return True
    return False
