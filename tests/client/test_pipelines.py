"""Pipelines and steps as they are listed and found from Python."""

import pytest

from artifactctl import bulk_log_metadata, log_artifact_metadata, log_step_metadata, pipeline, step
from artifactctl.client import Client
from artifactctl.client.identifiers import (
    ArtifactVersionIdentifier,
    PipelineRunIdentifier,
    StepRunIdentifier,
)
from artifactctl.errors import AmbiguousError, NotFoundError, WrongUsageError
from tests.pipelines.conftest import here as here


@step
def first() -> int:
    return 1


@step(enable_cache=False)
def second(number: int) -> int:
    return number


@pipeline
def training_one() -> None:
    second(first())


@pipeline
def training_two() -> None:
    first()


def test_pipelines_are_listed_found_and_deleted(here: Client) -> None:
    training_two()
    for number in range(1, 4):
        training_one()
        model = training_one.model
        assert len(model.get_runs()) == model.num_runs == number
        assert model.runs[0] == model.get_runs()[0] == model.last_run == model.last_successful_run
    assert [one.name for one in here.list_pipelines()] == ["training_two", "training_one"]
    assert here.list_pipelines(sort_by="name")[0].name == "training_one"
    assert here.list_pipelines(name="training_one").total == 1
    assert here.list_pipelines(name="contains:two", size=1).items[0].name == "training_two"
    assert here.list_pipelines(name="none").items == ()
    assert [run.name for run in model.get_runs(page=2, size=2)] == [model.runs[2].name]
    assert here.get_pipeline("training_o").name == "training_one"
    with pytest.raises(AmbiguousError, match=r"training_one.*training_two"):
        here.get_pipeline("train")
    assert [run.index for run in model.runs] == [3, 2, 1]
    for part in ("training_o", model.id_text[:8]):  # only what is named whole is deleted
        with pytest.raises(NotFoundError):
            here.delete_pipeline(part)
    assert len(here.delete_pipeline("training_one")) == 3
    assert [one.name for one in here.list_pipelines()] == ["training_two"]
    with pytest.raises(NotFoundError):
        here.get_pipeline("training_one")
    assert here.list_artifact_versions(artifact="training_one::second::output").total == 3


def test_steps_of_all_runs_are_listed(here: Client) -> None:
    run, other = training_one(), training_one()
    assert [one.name for one in here.list_run_steps()] == ["first", "second"] * 2
    of_run = here.list_run_steps(pipeline_run_id=run.id)
    assert [one.id for one in of_run] == [one.id for one in run.steps.values()]
    (cached,) = here.list_run_steps(status="cached")
    assert cached == other.steps["first"]
    assert cached.run == other
    assert here.list_run_steps(name="second", size=1, page=2).total == 2


def test_metadata_goes_to_several_things_at_once(here: Client) -> None:
    run, other = training_one(), training_one()
    bulk_log_metadata(
        {"a": 1},
        pipeline_runs=[PipelineRunIdentifier(id=run.id), PipelineRunIdentifier(name=other.name)],
        step_runs=[
            StepRunIdentifier(id=run.steps["first"].id),
            StepRunIdentifier(name="second", run=PipelineRunIdentifier(name=other.name)),
        ],
        artifact_versions=[
            ArtifactVersionIdentifier(name="training_one::second::output", version="2")
        ],
    )
    runs = [here.get_pipeline_run(one.name) for one in (run, other)]
    assert [one.metadata for one in runs] == [{"a": 1}, {"a": 1}]
    found = [{name: one.metadata for name, one in r.steps.items()} for r in runs]
    assert found == [{"first": {"a": 1}, "second": {}}, {"first": {}, "second": {"a": 1}}]
    versions = here.list_artifact_versions(artifact="training_one::second::output")
    assert sorted((v.version, v.metadata.get("a")) for v in versions) == [("1", None), ("2", 1)]
    for wrong in ({}, {"a": 1}):
        with pytest.raises(WrongUsageError, match=r"bulk_log_metadata\(\)"):
            bulk_log_metadata(wrong)
    with pytest.raises(ValueError, match="inside of a step"):
        bulk_log_metadata({"a": 1}, infer_artifacts=True)


def test_older_functions_log_metadata_too(here: Client) -> None:
    @step(enable_cache=False)
    def logging() -> int:
        log_step_metadata({"inside": 1})
        bulk_log_metadata({"inferred": 2}, infer_artifacts=True)
        return 1

    @pipeline
    def log_pipeline() -> None:
        logging()

    log_pipeline()
    log_step_metadata({"outside": 3}, "logging", "log_pipeline")
    log_artifact_metadata(
        artifact_name="log_pipeline::logging::output", version=None, metadata={"late": 4}
    )
    found = log_pipeline.model.last_run.steps["logging"]
    assert found.metadata == {"inside": 1, "outside": 3}
    assert {k: found.output.metadata[k] for k in ("inferred", "late")} == {"inferred": 2, "late": 4}
    with pytest.raises(ValueError, match="which step"):
        log_step_metadata({"a": 1})
