"""What the page on metadata does: values for steps, runs, versions, and the step's context."""

from typing import Annotated, Any

import pytest

from artifactctl.zenml import (
    bulk_log_metadata,
    get_pipeline_context,
    get_step_context,
    log_metadata,
    log_step_metadata,
    pipeline,
    save_artifact,
    step,
)
from artifactctl.zenml.artifacts.artifact_config import ArtifactConfig
from artifactctl.zenml.client import Client
from artifactctl.zenml.metadata.metadata_types import DType, Path, StorageSize, Uri
from artifactctl.zenml.models import ArtifactVersionIdentifier


def test_values_go_to_the_step_that_logs_them_and_later_to_any_step_by_name_or_id(
    here: Client,
) -> None:
    @step
    def train() -> int:
        log_metadata({"scores": {"accuracy": 0.9}})
        return 1

    @pipeline
    def training() -> None:
        train()

    run = training()
    log_metadata({"later": [1, 2]}, step_name="train", run_id_name_or_prefix=str(run.id)[:8])
    log_metadata({"scores": {"recall": 0.8}}, step_id=run.steps["train"].id)
    log_step_metadata({"last": True}, step_name="train", pipeline_name_id_or_prefix="training")
    kept = here.get_pipeline_run(run.name).steps["train"].run_metadata
    assert kept == {"scores": {"accuracy": 0.9, "recall": 0.8}, "later": [1, 2], "last": True}


def test_values_of_a_run_are_logged_within_and_after_it_and_those_of_steps_seen_in_it(
    here: Client,
) -> None:
    @step
    def look() -> None:
        context = get_step_context()
        log_metadata({"commit": "abc"}, run_id_name_or_prefix=context.pipeline_run.id)
        log_metadata({"commit": "of the step", "rows": 3})

    @pipeline
    def looking() -> None:
        look()

    run = looking()
    log_metadata({"hours": 2}, run_id_name_or_prefix=run.name)
    kept = here.get_pipeline_run(run.id, include_full_metadata=True).run_metadata
    assert (kept["commit"], kept["hours"], kept.get("look::rows")) == ("abc", 2, 3)
    assert "look::commit" in kept


def test_values_of_versions_are_logged_by_output_by_name_and_version_or_by_id(
    here: Client,
) -> None:
    @step
    def split() -> tuple[int, Annotated[int, "rest"]]:
        log_metadata({"size": 1}, artifact_name="output_0", infer_artifact=True)
        log_metadata({"size": 2}, artifact_name="rest", infer_artifact=True)
        with pytest.raises(ValueError, match="output"):
            log_metadata({"size": 3}, infer_artifact=True)
        return 1, 2

    @pipeline
    def splitting() -> None:
        split()

    made = splitting().steps["split"].outputs
    assert made["output_0"][0].run_metadata["size"] == 1
    log_metadata({"shift": 0.03}, artifact_name="rest", artifact_version="1")
    log_metadata({"shift": {"x": 1}}, artifact_version_id=made["rest"][0].id)
    kept = here.get_artifact_version("rest", "1").run_metadata
    assert (kept["size"], kept["shift"]) == (2, {"x": 1})  # the newest value, of another kind
    with pytest.raises(ValueError, match="outside of a step"):
        log_metadata({"a": 1})


def test_values_are_logged_for_several_things_at_once(here: Client) -> None:
    given = save_artifact(0.5, "model")

    @step
    def evaluate(model: float) -> tuple[Annotated[float, "report"], Annotated[float, "loss"]]:
        source = get_step_context().inputs["model"].id
        bulk_log_metadata(
            {"slim": model},
            infer_artifacts=True,
            artifact_versions=[ArtifactVersionIdentifier(id=source)],
        )
        return model, model

    @pipeline
    def evaluating() -> None:
        evaluate(Client().get_artifact_version("model"))

    outputs = evaluating().steps["evaluate"].outputs
    found = [given, *(version for made in outputs.values() for version in made)]
    kept = [here.get_artifact_version(version.id).run_metadata["slim"] for version in found]
    assert kept == [0.5, 0.5, 0.5]


def test_special_types_are_read_back_plain_and_dictionaries_are_grouped(here: Client) -> None:
    save_artifact(1, "number", version="first")
    values: dict[str, Any] = {
        "source": Uri("s3://bucket/data.csv"),
        "script": Path("/scripts/make.py"),
        "columns": {"age": DType("int")},
        "size": StorageSize(2500000),
        "card": {"accuracy": 0.9, "names": ("a", "b")},
    }
    log_metadata(values, artifact_name="number", artifact_version="first")
    kept = here.get_artifact_version("number", "first").run_metadata
    assert {key: kept[key].value for key in values} == {
        **values,
        "card": {"accuracy": 0.9, "names": ["a", "b"]},
    }


def test_a_steps_context_tells_the_run_the_step_and_its_parameters(here: Client) -> None:
    found: dict[str, object] = {}

    @step
    def tell(param: int = 1) -> None:
        context = get_step_context()
        found["run"] = (context.pipeline_run.name, context.pipeline_run.id)
        found["step"] = (context.step_run.name, context.step_run.config.parameters)
        found["pipeline"] = context.pipeline.name

    @pipeline
    def telling() -> None:
        tell()

    run = telling()
    assert found == {
        "run": (run.name, run.id),
        "step": ("tell", {"param": 1}),
        "pipeline": "telling",
    }


def test_labels_of_outputs_come_from_annotation_and_context_and_the_next_step_sees_them(
    here: Client,
) -> None:
    @step
    def produce() -> tuple[
        Annotated[
            str, ArtifactConfig(name="named", run_metadata={"from": "config"}, tags=["config"])
        ],
        str,
    ]:
        context = get_step_context()
        context.add_output_metadata({"m": 1}, output_name="named")
        context.add_output_tags(["t1", "t1"], output_name="named")
        return "a", "b"

    @step
    def use(text: str) -> None:
        version = get_step_context().inputs["text"]
        log_metadata({"seen": {**version.run_metadata, "storage_size": None}})

    @pipeline
    def producing() -> None:
        use(produce()[0])

    run = producing()
    assert run.steps["use"].run_metadata["seen"] == {
        "from": "config",
        "m": 1,
        "storage_size": None,
    }
    tags = [tag.name for tag in here.get_artifact_version("named").tags]
    assert tags == ["config", "t1"]


def test_a_pipelines_context_gives_its_extra_values_to_build_steps_from() -> None:
    @step
    def train(kind: str) -> str:
        return kind

    @pipeline(extra={"kinds": ["tree", "forest"]})
    def training() -> None:
        for number, kind in enumerate(get_pipeline_context().extra["kinds"]):
            train(kind, id=f"train_{number}")

    training.prepare()
    calls = {name: dict(call.arguments) for name, call in training.invocations.items()}
    assert calls == {"train_0": {"kind": "tree"}, "train_1": {"kind": "forest"}}
    with pytest.raises(RuntimeError, match="No active"):
        get_pipeline_context()
