"""Functions that set metadata and tags of versions, artifacts, steps and runs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from artifactctl import client as clients
from artifactctl.errors import NoContextError, WrongUsageError
from artifactctl.pipelines.python.step_context import find_step_context
from artifactctl.pipelines.python.targets import (
    Id,
    Target,
    ref_of,
    run_in,
    several_targets,
    step_id_of,
    step_in,
    target_of,
    version_in,
)
from artifactctl.tags import Tag, Tags, names_of

if TYPE_CHECKING:
    from artifactctl.verbs.points import Steps


def log_metadata(
    metadata: Mapping[str, Any],
    step_id: Id = None,
    step_name: str | None = None,
    run_id_name_or_prefix: Id = None,
    artifact_version_id: Id = None,
    artifact_name: str | None = None,
    artifact_version: str | int | None = None,
    infer_artifact: bool = False,
    *,
    step: "Steps | None" = None,
) -> None:
    """Set metadata keys; objects are merged into existing ones.

    Without a target the metadata is the running step's; with `infer_artifact`, that of its output
    (the one with the name `artifact_name` if there are several). Outside of a step the target must
    be given: a version by ID or by name and version (default: the latest), a run, or a step of a
    run. Raises `WrongUsageError` (a `ValueError`) when no target or more than one is given.

    With `step`, a whole number, each value is a point of the key's series at that step, and the
    metadata value is that at the last step; with several steps, each key has a sequence of as many
    values. The points of the running step are written once a second and when the step ends.
    """
    target = target_of(
        step_id, step_name, run_id_name_or_prefix, artifact_version_id, artifact_name,
        artifact_version, infer_artifact=infer_artifact,
    )  # fmt: skip
    if target is None:
        here = find_step_context()
        if here is None:
            raise NoContextError(
                "log_metadata() does not know what the metadata is for",
                hint="outside of a step give artifact_name, artifact_version_id or"
                " run_id_name_or_prefix",
            )
        if step is not None:
            here.points.add(metadata, step)
            return
        target = Target(step_id=here.scope.step_id)
    _log(target, metadata, step)


def log_artifact_metadata(
    metadata: Mapping[str, Any],
    artifact_name: str | None = None,
    artifact_version: str | int | None = None,
    *,
    version: str | int | None = None,
) -> None:
    """Set metadata keys of an artifact version; `version` is another name of `artifact_version`.

    In a step, without a version, these are the keys of the step's output. With a name that is not
    an output, or outside of a step, they are the keys of that artifact's latest version.
    """
    here, artifact_version = find_step_context(), artifact_version or version
    is_output = here is not None and (artifact_name is None or artifact_name in here.additions)
    if here is not None and is_output and artifact_version is None:
        _log(Target(output=(here, artifact_name)), metadata)
        return
    if artifact_name is None:
        raise NoContextError(
            "log_artifact_metadata() does not know which artifact is meant",
            hint="outside of a step give artifact_name",
        )
    _log(Target(version=ref_of(artifact_name, artifact_version)), metadata)


def log_step_metadata(
    metadata: Mapping[str, Any],
    step_name: str | None = None,
    pipeline_name_id_or_prefix: Id = None,
    run_id: Id = None,
) -> None:
    """Set metadata keys of the running step, or of a step by name.

    Outside of a step, the step is that of the run `run_id`, or of the pipeline's last run.
    """
    here = find_step_context()
    if step_name is None and here is not None:
        _log(Target(step_id=here.scope.step_id), metadata)
        return
    if step_name is None:
        raise NoContextError(
            "log_step_metadata() does not know which step is meant",
            hint="outside of a step give step_name and run_id, or the pipeline",
        )
    if run_id is None and pipeline_name_id_or_prefix is not None:
        pipeline = clients.current().get_pipeline(str(pipeline_name_id_or_prefix))
        run_id = pipeline.last_run.id
    if run_id is None and here is not None:
        run_id = here.scope.run_id
    _log(Target(step_id=step_id_of(step_name, run_id)), metadata)


def bulk_log_metadata(
    metadata: Mapping[str, Any],
    pipeline_runs: Sequence[Any] | None = None,
    step_runs: Sequence[Any] | None = None,
    artifact_versions: Sequence[Any] | None = None,
    infer_artifacts: bool = False,
) -> None:
    """Set metadata keys of several runs, steps and versions.

    Each is given by an object with an `id`, or with names: `PipelineRunIdentifier`,
    `StepRunIdentifier` and `ArtifactVersionIdentifier`. With `infer_artifacts`, all outputs of the
    running step get it too.
    """
    if not metadata:
        raise WrongUsageError("bulk_log_metadata() has no metadata", hint="give a mapping")
    targets = [
        *(Target(run=run_in(run)) for run in pipeline_runs or ()),
        *(Target(step_id=step_in(step)) for step in step_runs or ()),
        *(Target(version=version_in(version)) for version in artifact_versions or ()),
    ]
    here = find_step_context()
    if infer_artifacts and here is None:
        raise NoContextError("infer_artifacts=True works inside of a step with outputs")
    if infer_artifacts and here is not None:
        targets += [Target(output=(here, name)) for name in here.additions]
    if not targets:
        raise WrongUsageError(
            "bulk_log_metadata() does not know what the metadata is for",
            hint="give pipeline_runs, step_runs or artifact_versions",
        )
    for target in targets:
        _log(target, metadata)


def add_tags(
    tags: Tags,
    pipeline: Id = None,
    run: Id = None,
    artifact: Id = None,
    artifact_version_id: Id = None,
    artifact_name: str | None = None,
    artifact_version: str | int | None = None,
    infer_artifact: bool | None = None,
) -> None:
    """Add tags to a run, a pipeline, an artifact (`artifact`) or an artifact version.

    In a step without a target, the run gets them; with `infer_artifact`, the step's output.
    """
    several = [tags] if isinstance(tags, str | Tag) else list(tags)
    clients.current().check_tags(several)
    target = target_of(
        None, None, run, artifact_version_id, artifact_name, artifact_version,
        infer_artifact=bool(infer_artifact),
    )  # fmt: skip
    _change_tags(several, (), "add_tags", pipeline, artifact, target)


def remove_tags(
    tags: Tags,
    pipeline: Id = None,
    run: Id = None,
    artifact: Id = None,
    artifact_version_id: Id = None,
    artifact_name: str | None = None,
    artifact_version: str | int | None = None,
    infer_artifact: bool | None = None,
) -> None:
    """Remove tags from the target that `add_tags` has for the same arguments.

    Tags that the target does not have are ignored.
    """
    target = target_of(
        None, None, run, artifact_version_id, artifact_name, artifact_version,
        infer_artifact=bool(infer_artifact),
    )  # fmt: skip
    _change_tags((), names_of(tags), "remove_tags", pipeline, artifact, target)


def _log(target: Target, metadata: Mapping[str, Any], step: "Steps | None" = None) -> None:
    client = clients.current()
    if target.output is not None:
        if step is not None:
            raise WrongUsageError(
                "an output that is not made yet has no series",
                hint="leave out infer_artifact: the series is then the step's",
            )
        here, name = target.output
        here.add_output_metadata(metadata, name)
    elif target.version is not None:
        client.log_metadata(target.version, metadata, step=step)
    elif target.step_id is not None:
        client.log_step_metadata(target.step_id, metadata, step=step)
    else:
        assert target.run is not None
        client.log_run_metadata(target.run, metadata, step=step)


def _change_tags(
    add: Sequence[str | Tag],
    remove: Sequence[str],
    verb: str,
    pipeline: Id,
    artifact: Id,
    target: Target | None,
) -> None:
    client, here = clients.current(), find_step_context()
    if pipeline is not None:
        if target is not None or artifact is not None:
            raise several_targets()
        client.tag_pipeline(str(pipeline), add, remove)
    elif artifact is not None:
        if target is not None:
            raise several_targets()
        client.update_artifact(str(artifact), add_tags=add, remove_tags=remove)
    elif target is not None and target.version is not None:
        client.tag(target.version, add, remove)
    elif target is not None and target.output is not None:
        step, name = target.output
        step.add_output_tags(add, name)
        step.remove_output_tags(remove, name)
    elif target is not None and target.run is not None:
        client.tag_run(target.run, add, remove)
    elif here is not None:
        client.tag_run(here.scope.run_id, add, remove)
    else:
        raise NoContextError(
            f"{verb}() does not know what the tags are for",
            hint="outside of a step give run, artifact, artifact_name or artifact_version_id",
        )
