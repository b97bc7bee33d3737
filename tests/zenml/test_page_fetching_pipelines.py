"""What the page on fetching runs does: from pipelines to runs, steps, versions, and back."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import pytest

from artifactctl.zenml import get_step_context, log_metadata, pipeline, save_artifact, step
from artifactctl.zenml.client import Client
from artifactctl.zenml.enums import ExecutionStatus
from artifactctl.zenml.models import PipelineRunResponse


@step
def load() -> Annotated[list[int], "numbers"]:
    log_metadata({"rows": 3})
    return [1, 2, 3]


@step
def train(numbers: list[int], rate: float = 0.5) -> Annotated[float, "mean"]:
    if rate < 0:
        raise ValueError("the rate is negative")
    return rate * sum(numbers)


@pipeline(enable_cache=False, extra={"note": "x"})
def training(rate: float = 0.5) -> None:
    train(load(), rate=rate)


def test_a_pipeline_has_its_runs_the_last_one_first(here: Client) -> None:
    first, second = training(), training(rate=0.25)
    with pytest.raises(ValueError, match="negative"):
        training(rate=-1)
    found = here.get_pipeline("training")
    assert [run.id for run in found.runs[1:]] == [second.id, first.id]
    assert found.last_run.status is ExecutionStatus.FAILED
    assert found.last_successful_run.id == second.id == training.model.last_successful_run.id
    assert [run.name for run in here.list_pipeline_runs(size=1)] == [found.last_run.name]
    for which in (second.id, str(second.id), second.name, str(second.id)[:8]):
        assert here.get_pipeline_run(which).id == second.id
    assert isinstance(here.get_pipeline_run(second.name), PipelineRunResponse)


def test_a_run_tells_its_status_times_configuration_and_steps(here: Client) -> None:
    before = datetime.now(UTC)
    with pytest.warns(UserWarning, match="'settings'"):
        configured = training.with_options(settings={"docker": {"image": "none"}})
    run = configured()
    assert before <= run.created <= run.steps["load"].start_time <= run.end_time
    assert isinstance(run.id, UUID)
    assert (run.status, run.status.value) == ("completed", "completed")
    assert run.config.settings == {"docker": {"image": "none"}}
    assert run.config.extra == {"note": "x"}
    assert run.run_metadata["rows"].value == 3
    assert "orchestrator_url" not in run.run_metadata
    assert list(run.steps) == ["load", "train"]


def test_a_step_tells_its_parameters_inputs_and_outputs(here: Client) -> None:
    run = training(rate=0.25)
    made = here.get_pipeline_run(run.id).steps["train"]
    assert made.config.parameters == {"rate": 0.25}
    assert made.run_metadata == {}
    assert list(made.outputs) == ["mean"]
    assert made.output.load() == made.outputs["mean"][0].load() == 1.5
    assert made.input.load() == made.inputs["numbers"][0].load() == [1, 2, 3]
    assert made.output.run_metadata["storage_size"].value > 0
    assert (made.output.version, str(made.output.type)) == ("1", "DataArtifact")
    assert here.get_artifact_version("mean").run.id == run.id


def test_an_artifact_has_its_versions_by_their_names(here: Client) -> None:
    made = [
        save_artifact(number, "numbers", version=name) for number, name in ((1, None), (2, "b"))
    ]
    artifact = here.get_artifact("numbers")
    assert list(artifact.versions) == ["1", "b"]
    assert artifact.versions["b"].load() == 2
    for output in (
        here.get_artifact_version("numbers", "b"),
        here.get_artifact_version(str(made[1].id)),
        here.get_artifact_version(made[1].id),
    ):
        assert output == made[1]


def test_a_step_finds_the_run_before_its_own(here: Client) -> None:
    found: list[object] = []

    @step
    def evaluate(score: float) -> float:
        current = Client().get_pipeline_run(get_step_context().pipeline_run.name)
        runs = current.pipeline.runs
        found.append(runs[0].id == current.id)
        if len(runs) > 1 and "evaluate" in runs[1].steps:
            found.append(runs[1].steps["evaluate"].output.load())
        return score

    @pipeline
    def evaluating(score: float) -> None:
        evaluate(score)

    evaluating(0.5)
    evaluating(0.75)
    assert found == [True, True, 0.5]
