"""What is known of a plan before anything runs: what it would do, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl.catalog.finding import check_free
from artifactctl.client import running
from artifactctl.client.results import ArtifactVersion
from artifactctl.errors import (
    ArtifactctlError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
)
from artifactctl.pipelines.commands.keys import FileDigests, key_of
from artifactctl.pipelines.commands.plan import CommandPlan, CommandStep
from artifactctl.pipelines.commands.publishing import reused_versions
from artifactctl.pipelines.reports import Action, StepPlan
from artifactctl.pipelines.secrets import without

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

    Raises `NotFoundError`, `InvalidInputError` or `ConflictError` as all mistakes are; when they
    are of several kinds, `InvalidInputError`.
    """
    problems: list[tuple[str, ArtifactctlError]] = []
    known = _look_up(client, plan, problems)
    problems += _missing_files(plan)
    taken = _taken(client, plan)
    if taken and not problems:
        expected = expect(client, plan, known, digests)
        problems += [
            (place, error) for step, place, error in taken if _must_run(client, step, expected)
        ]
    _raise(plan, problems)
    return known


def expect(
    client: "Client", plan: CommandPlan, known: Known, digests: FileDigests
) -> dict[str, Expectation]:
    """For each step, whether the cache will serve it, as far as that can be known."""
    found: dict[str, Expectation] = {}
    for step in plan.steps:
        found[step.name] = _expect(client, plan, step, known, found, digests)
    return found


def plan_steps(client: "Client", plan: CommandPlan, known: Known) -> list[StepPlan]:
    """What would be done with each step, for people."""
    expected = expect(client, plan, known, FileDigests())
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
    unknown = [need for need in step.needs if before[need].served is None]
    if unknown:
        return Expectation(f"depends on what {', '.join(unknown)} makes", is_certain=False)
    made = {name: (before[one.step].served or {})[one.key] for name, one in step.made.items()}
    inputs = {name: {**made, **known[step.name]}[name] for name in step.config.inputs}
    key, parts = key_of(plan, step, inputs, digests)
    found = running.find_cached(client, key)
    if found is None:
        return Expectation(_difference(client, plan, step, parts))
    served = reused_versions(client, step, found[1])
    return Expectation("nothing has changed", served)


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


def _look_up(
    client: "Client", plan: CommandPlan, problems: list[tuple[str, ArtifactctlError]]
) -> Known:
    known: dict[str, dict[str, ArtifactVersion]] = {}
    for step in plan.steps:
        known[step.name] = {}
        for name, ref in step.config.inputs.items():
            if name in step.made:
                continue
            try:
                version = client.find_artifact_version(ref)
                if version.data_deleted is not None:
                    raise NotFoundError(f"the data of {version.ref} was deleted")
                known[step.name][name] = version
            except (NotFoundError, InvalidInputError) as error:
                problems.append((_said(plan, error, "steps", step.name, "inputs", name), error))
    return known


def _missing_files(plan: CommandPlan) -> list[tuple[str, ArtifactctlError]]:
    """Files to be registered that are not there, and that no command can write before."""
    problems: list[tuple[str, ArtifactctlError]] = []
    for step in plan.steps:
        if step.config.command is not None:
            break
        for output in step.outputs:
            is_url = output.config.link and "://" in output.path
            if not is_url and not Path(output.path).exists():
                error = NotFoundError(f"{output.config.path!r} does not exist")
                keys = ("steps", step.name, "outputs", output.key, "path")
                problems.append((_said(plan, error, *keys), error))
    return problems


def _taken(client: "Client", plan: CommandPlan) -> list[tuple[CommandStep, str, ArtifactctlError]]:
    """Steps with a version that exists, or has existed."""
    found: list[tuple[CommandStep, str, ArtifactctlError]] = []
    for step in plan.steps:
        for output in step.outputs:
            expected = output.expected
            try:
                if expected.version is not None:
                    check_free(client.catalog, expected.artifact, expected.version)
            except ConflictError as error:
                keys = ("steps", step.name, "outputs", output.key, "version")
                found.append((step, _said(plan, error, *keys), error))
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


def _said(plan: CommandPlan, error: ArtifactctlError, *keys: str) -> str:
    hint = f"; {error.hint}" if error.hint else ""
    text = f"{plan.place(*keys)}{'.'.join(keys)}: {error.message}{hint}"
    return str(without(text, plan.secrets))


def _raise(plan: CommandPlan, problems: Sequence[tuple[str, ArtifactctlError]]) -> None:
    if not problems:
        return
    kinds = {type(error) for _, error in problems}
    details = [text for text, _ in problems]
    several = "1 mistake" if len(details) == 1 else f"{len(details)} mistakes"
    source = plan.config.path or plan.pipeline
    kind = kinds.pop() if len(kinds) == 1 else InvalidInputError
    raise kind(f"{source} has {several}", details=details)
