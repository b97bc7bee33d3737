"""Results have the types and the attributes that ZenML's have."""

import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artifactctl import ArtifactType, save_artifact
from artifactctl.client import Client
from artifactctl.enums import ArtifactSaveType, ExecutionStatus, StepRunInputArtifactType
from artifactctl.errors import NoProducerError
from artifactctl.results.runs import PipelineRun
from tests.recorded import Did, record


@pytest.fixture
def here(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("ARTIFACTCTL_HOME", client.settings.home.value)
    yield client
    client.close()


@pytest.fixture
def done(here: Client) -> PipelineRun:
    """A run of `load`, which makes `raw`, and `fit`, which makes `model` from it."""
    load = Did("load", outputs=["raw"])
    return record(here, "nightly", load, Did("fit", inputs={"data": "raw"}, outputs=["model"]))


def test_ids_are_uuids(here: Client, done: PipelineRun) -> None:
    version = here.get_artifact_version("model")
    step = done.steps["fit"]
    found = [
        *(done.id, step.id, step.pipeline_run_id, version.id, version.artifact.id),
        *(version.producer_pipeline_run_id, version.producer_step_run_id),
        *(version.artifact_store_id, here.get_artifact("model").latest_version_id),
        *(done.pipeline.id, here.get_pipeline("training").id, here.active_stack.id),
    ]
    assert {type(item) for item in found} == {uuid.UUID}
    assert step.pipeline_run_id == version.producer_pipeline_run_id == done.id
    assert version.producer_step_run_id == step.id == uuid.UUID(step.id_text)
    assert version.artifact_store_id == here.active_stack.artifact_store.id
    assert done.pipeline.id == here.get_pipeline("training").id
    assert step.output_ids == (("model", version.id),)
    for name in ("id", "pipeline_run_id"):
        assert step.kept(name) == str(getattr(step, name))


def test_a_uuid_is_taken_wherever_a_name_is(here: Client, done: PipelineRun, work: Path) -> None:
    version = here.get_artifact_version(done.steps["load"].output.id)
    assert version.ref == "raw:1"
    assert here.get_artifact(version.artifact.id).name == "raw"
    assert here.get_pipeline_run(done.id) == done
    assert here.get_run_step(done.steps["fit"].id) == done.steps["fit"]
    assert here.load(version.id) == version.load()
    assert here.tag(version.id, ["t"]).version == version
    assert here.log_metadata(version.id, {"a": 1}).metadata["a"] == 1
    assert [one.ref for one in here.list_artifact_versions(id=version.id)] == ["raw:1"]
    assert [one.ref for one in here.list_artifact_versions(artifact=version.artifact.id)] == [
        "raw:1"
    ]
    assert [one.ref for one in here.list_artifact_versions(pipeline_run=done.id)] == [
        "raw:1",
        "model:1",
    ]
    here.download(version.id, work / "out")
    assert here.lineage(version.id).root == version.id_text


def test_a_status_is_a_member_of_zenmls_enumeration(here: Client, done: PipelineRun) -> None:
    step = done.steps["fit"]
    assert done.status is step.status is ExecutionStatus.COMPLETED
    assert (done.status.value, step.status) == ("completed", "completed")
    assert done.status.is_finished
    assert done.status.is_successful
    assert (done.in_progress, done.status_reason) == (False, None)
    cached = record(here, "again", Did("fit", status="cached")).steps["fit"]
    assert cached.status is ExecutionStatus.CACHED
    failed = record(here, "bad", status="failed")
    assert failed.status.is_failed


def test_times_are_those_of_zenml(done: PipelineRun) -> None:
    step = done.steps["fit"]
    for one in (done, step):
        assert isinstance(one.created, datetime)
        assert one.created == one.start_time
        assert one.updated == one.end_time
        assert one.updated - one.created < timedelta(minutes=10)


def test_an_artifact_and_a_pipeline_behind_a_name_are_whole(
    here: Client, done: PipelineRun
) -> None:
    save_artifact(1, "model", tags=["t"])
    version = here.get_artifact_version("model", "1")
    artifact = version.artifact
    assert (artifact, artifact.name) == ("model", "model")
    assert list(artifact.versions) == ["1", "2"]
    assert artifact.versions["1"] == version
    assert (artifact.latest_version_name, artifact.has_custom_name) == ("2", True)
    assert artifact.latest_version_id == artifact.versions["2"].id
    assert done.pipeline.last_run == done
    with pytest.raises(AttributeError, match="nonsense"):
        artifact.nonsense  # noqa: B018
    assert json.dumps([artifact, done.pipeline]) == '["model", "training"]'


def test_a_run_gives_the_versions_of_its_steps(here: Client, done: PipelineRun) -> None:
    assert [version.ref for version in done.artifact_versions] == ["raw:1", "model:1"]
    assert done.produced_artifact_versions == done.artifact_versions


def test_an_input_says_how_the_step_got_it(here: Client, done: PipelineRun) -> None:
    step = done.steps["fit"]
    (given,) = step.inputs["data"]
    assert given.input_type is StepRunInputArtifactType.STEP_OUTPUT
    assert step.inputs["data"].input_type == "step_output"
    assert step.input == here.get_artifact_version("raw")
    assert here.get_artifact_version("raw").input_type is None
    assert step.output.input_type is None
    assert list(step.regular_inputs) == ["data"]


def test_what_was_made_by_hand_has_no_step(here: Client) -> None:
    made = save_artifact(1, "x")
    assert made.save_type is ArtifactSaveType.MANUAL
    assert made.producer_step_run_id is made.producer_pipeline_run_id is None
    for ask in (lambda: made.step, lambda: made.run):
        with pytest.raises(NoProducerError) as caught:
            ask()
        assert isinstance(caught.value, RuntimeError)


def test_the_run_that_made_a_version_may_be_deleted(here: Client, done: PipelineRun) -> None:
    here.delete_pipeline_run(done.id)
    left = here.get_artifact_version("model")
    assert left.producer_pipeline_run_id == done.id
    assert left.producer_step_run_id is None
    with pytest.raises(RuntimeError, match="deleted"):
        left.run  # noqa: B018


@pytest.mark.parametrize(
    ("data", "count"),
    [
        ([1, 2, 3], 3), ((1, 2), 2), ([], 0), (np.zeros((4, 2)), 4), (np.float64(1), None),
        ({"a": 1}, None), ("text", None), (7, None), (b"bytes", None),
    ],
)  # fmt: skip
def test_the_items_of_what_has_items_are_counted(here: Client, data: Any, count: Any) -> None:
    assert save_artifact(data, "x").item_count == count


def test_the_classes_of_a_version_are_named_with_their_parts(here: Client) -> None:
    made = save_artifact(np.zeros(3), "x")
    kind = made.data_type
    assert kind is not None
    assert (kind, kind.module, kind.attribute) == ("numpy.ndarray", "numpy", "ndarray")
    assert kind.import_path == "numpy.ndarray"
    assert made.type is ArtifactType.DATA


def test_a_result_is_dumped_as_values_or_as_json(here: Client, done: PipelineRun) -> None:
    version = here.get_artifact_version("model")
    dumped = version.model_dump()
    assert (dumped["id"], dumped["created"]) == (version.id, version.created)
    plain = version.model_dump(mode="json")
    assert plain == json.loads(json.dumps(version.as_json()))
    assert plain == json.loads(version.model_dump_json())
    whole = done.model_dump()
    assert whole["steps"]["fit"]["id"] == done.steps["fit"].id
    assert json.loads(done.model_dump_json())["steps"]["fit"]["status"] == "completed"


def test_what_has_no_meaning_here_is_there_and_none(here: Client, done: PipelineRun) -> None:
    version = here.get_artifact_version("model")
    for one in (version, here.get_artifact("model"), done, done.steps["fit"]):
        assert one.user is one.user_id is one.project is one.project_id is None
    assert done.stack is done.build is done.schedule is done.model_version is None
    assert done.steps["fit"].model_version is None


def test_details_that_a_step_recorded_are_its_attributes(here: Client) -> None:
    from artifactctl.results.steps import StepRun

    made = record(here, "nightly", Did("load"), Did("fit"))
    fit, load = made.steps["fit"], made.steps["load"]
    assert fit.source_code is fit.docstring is fit.original_step_run_id is None
    assert fit.parent_step_ids == []
    details = {
        "source_code": "def fit(): ...",
        "docstring": "Fit.",
        "upstream": ["load"],
        "cached_from": load.id_text,
        "parameters": {"lr": 0.1},
        "extra": {"a": [1]},
        "substitutions": {"x": "y"},
        "options": {"enable_cache": False},
    }
    from artifactctl.results.asking import altered

    told: StepRun = altered(fit, details=details)
    assert (told.source_code, told.docstring) == ("def fit(): ...", "Fit.")
    assert told.parent_step_ids == [load.id]
    assert told.original_step_run_id == load.id
    assert told.config.parameters == {"lr": 0.1}
    assert (told.config.name, told.config.extra) == ("fit", {"a": [1]})
    assert (told.config.enable_cache, told.config.enable_step_logs) == (False, None)
    assert told.substitutions == told.config.substitutions == {"x": "y"}
