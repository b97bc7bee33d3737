"""Runs recorded through the client, as pipelines record them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from artifactctl.client import Client
from artifactctl.context import StepScope
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.results.runs import PipelineRun
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs import recording
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.recording import Outcome
from artifactctl.verbs.saving import NewObject


@dataclass(frozen=True)
class Did:
    """What a step did: what it took by name, what it made by artifact, what it printed.

    `reused` are versions that serve as its outputs, by the name of the output.
    """

    name: str = "fit"
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    log: str = ""
    status: str = "completed"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    reused: Mapping[str, str] = field(default_factory=dict)


def record(
    client: Client,
    name: str = "nightly",
    *steps: Did,
    pipeline: str = "training",
    status: str | None = "completed",
    **said: Any,
) -> PipelineRun:
    """Record a run; `status` None leaves it running."""
    said = {"metadata": {}, "details": {}, **said}
    with recording.begin_run(client.home, pipeline, name, **said) as began:
        for step in steps:
            _record_step(client, began, step)
        if status is not None:
            recording.end_run(client.home, began.id, RunStatus(status), {})
    return client.get_pipeline_run(began.id)


def make(client: Client, name: str, **arguments: Any) -> ArtifactVersion:
    """Register one more version."""
    with open("made", "w") as file:
        file.write(f"{name} {len(client.list_artifact_versions(size=0))}")
    return client.register(name, "made", **arguments).version


def _record_step(client: Client, run: recording.OpenRun, step: Did) -> None:
    def ids(refs: Mapping[str, str]) -> list[tuple[str, str]]:
        return [(name, client.find_artifact_version(ref).id_text) for name, ref in refs.items()]

    step_id = recording.begin_step(
        client.home,
        run,
        step.name,
        details={"parameters": dict(step.parameters), **step.details},
        cache_key=None,
        inputs=ids(step.inputs),
    )
    home = client.settings.home.value
    scope = StepScope(home, run.id, run.name, run.pipeline, step_id, step.name)
    log = run.folder / f"{step_id}.log"
    log.write_bytes(step.log.encode())
    done = Outcome(
        StepStatus(step.status),
        metadata=step.metadata,
        log=log,
        outputs=[(name, NewObject(name, VersionSpec(name))) for name in step.outputs],
        reused=ids(step.reused),
    )
    recording.end_step(client.home, scope, done)
