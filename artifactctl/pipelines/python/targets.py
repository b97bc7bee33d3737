"""The targets of `log_metadata`, `add_tags` and the like, from ZenML's many keyword arguments."""

from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from artifactctl import client as clients
from artifactctl.errors import NoContextError, WrongUsageError
from artifactctl.pipelines.python.step_context import StepContext, find_step_context

Id: TypeAlias = str | UUID | None
"""An ID, or for a run and a pipeline a name."""


@dataclass(frozen=True)
class Target:
    """The target of labels: a version, an output of the step, a step or a run."""

    version: str | None = None
    output: tuple[StepContext, str | None] | None = None
    step_id: str | None = None
    run: str | None = None


def target_of(
    step_id: Id,
    step_name: str | None,
    run: Id,
    version_id: Id,
    artifact_name: str | None,
    artifact_version: str | int | None,
    *,
    infer_artifact: bool,
) -> Target | None:
    """The target of the arguments; None when there are none."""
    given = [step_id or step_name, run and not step_name, version_id, artifact_name]
    if sum(map(bool, given)) > 1 or (infer_artifact and (artifact_version or version_id)):
        raise several_targets()
    if infer_artifact:
        here = find_step_context()
        if here is None:
            raise NoContextError("infer_artifact=True works inside of a step with outputs")
        return Target(output=(here, artifact_name))
    if version_id is not None:
        return Target(version=str(version_id))
    if artifact_name is not None:
        return Target(version=ref_of(artifact_name, artifact_version))
    if step_id is not None:
        return Target(step_id=str(step_id))
    if step_name is not None:
        return Target(step_id=step_id_of(step_name, run))
    return None if run is None else Target(run=str(run))


def step_id_of(step_name: str, run: Id) -> str:
    """The ID of a step of a run; raises `WrongUsageError` without a run."""
    if run is None:
        raise WrongUsageError("step_name alone does not say of which run", hint="give the run, too")
    found = clients.current().get_pipeline_run(str(run))
    return str(found.steps[step_name].id)


def run_in(run: Any) -> str:
    """The run that an ID, or an object with an `id`, `name` or `prefix`, stands for."""
    found = run if isinstance(run, str | UUID) else _first(run, "id", "name", "prefix")
    return str(found)


def step_in(step: Any) -> str:
    """The ID of the step that an ID, an object with an `id`, or one with `name` and `run` means."""
    if isinstance(step, str | UUID) or getattr(step, "id", None):
        return str(getattr(step, "id", None) or step)
    return step_id_of(step.name, run_in(step.run))


def version_in(version: Any) -> str:
    """The version that an ID, an object with an `id`, or one with `name` and `version` means."""
    if isinstance(version, str | UUID) or getattr(version, "id", None):
        return str(getattr(version, "id", None) or version)
    return ref_of(version.name, version.version)


def _first(value: Any, *names: str) -> object:
    return next((found for name in names if (found := getattr(value, name, None))), None)


def ref_of(name: str, version: str | int | None) -> str:
    """The reference to a version of an artifact, by default the latest."""
    return name if version is None else f"{name}:{version}"


def several_targets() -> WrongUsageError:
    """The error for arguments that name more than one target."""
    return WrongUsageError("several targets are given, and one is needed", hint="name one")
