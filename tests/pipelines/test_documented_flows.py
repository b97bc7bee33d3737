"""What ZenML's page on managing artifacts shows, with only the import lines changed."""

import os
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from artifactctl import (
    ArtifactConfig,
    ExternalArtifact,
    get_step_context,
    load_artifact,
    log_artifact_metadata,
    log_metadata,
    pipeline,
    register_artifact,
    save_artifact,
    step,
)
from artifactctl.client import Client
from artifactctl.enums import ArtifactType

pytestmark = pytest.mark.usefixtures("here")

Dataset = tuple[np.ndarray, np.ndarray]


@step
def load_dataset() -> Annotated[
    Dataset, ArtifactConfig(name="my_dataset", tags=["digits", "computer vision"])
]:
    digits = load_digits()
    return digits.images.reshape((len(digits.images), -1)), digits.target


@step
def finetune(
    model: ClassifierMixin, dataset: Dataset
) -> Annotated[
    ClassifierMixin,
    ArtifactConfig(name="my_model", artifact_type=ArtifactType.MODEL, tags=["SVC", "trained"]),
]:
    model.fit(dataset[0], dataset[1])
    log_artifact_metadata(metadata={"accuracy": float(model.score(dataset[0], dataset[1]))})
    return model


@pipeline
def finetuning(dataset_version: str | None = None, model_version: str | None = None) -> None:
    client = Client()
    if dataset_version:
        dataset = client.get_artifact_version(
            name_id_or_prefix="my_dataset", version=dataset_version
        )
    else:
        dataset = load_dataset()
    model = client.get_artifact_version(name_id_or_prefix="my_model", version=model_version)
    finetune(model=model, dataset=dataset)


def test_a_model_is_finetuned_on_an_older_dataset_and_then_used() -> None:
    save_artifact(SVC(gamma=0.001), name="my_model", version="1", tags=["SVC", "untrained"])
    finetuning()
    finetuning(dataset_version="1")
    latest, data = load_artifact("my_model"), load_artifact("my_dataset", version="1")
    assert latest.score(*data) > 0.9
    versions = Client().list_artifact_versions(name="my_model", sort_by="created")
    assert [version.version for version in versions] == ["1", "2", "3"]
    assert versions[1].type == "ModelArtifact"
    assert versions[1].run_metadata["accuracy"].value > 0.9
    assert set(versions[1].tags) == {"SVC", "trained"}


@pipeline
def finetuning_of_a_given_dataset(version: str) -> None:
    finetune(
        model=Client().get_artifact_version("my_model", "1"),
        dataset=Client().get_artifact_version("my_dataset", version),
    )


def test_the_same_again_is_served_by_the_cache() -> None:
    save_artifact(SVC(gamma=0.001), name="my_model", version="1")
    finetuning()
    first = finetuning_of_a_given_dataset("1")
    again = finetuning_of_a_given_dataset("1")
    assert again.steps["finetune"].status == "cached"
    assert again.steps["finetune"].output.id == first.steps["finetune"].output.id


@step
def versioned() -> Annotated[
    pd.DataFrame, ArtifactConfig(name="iris_dataset", version="raw_2023", run_metadata={"a": 1})
]:
    get_step_context().add_output_tags(["raw"])
    get_step_context().add_output_metadata({"b": [1, 2]}, output_name="iris_dataset")
    return pd.DataFrame({"a": [1.0, 2.0, 3.0]})


@pipeline(enable_cache=False)
def loading() -> None:
    versioned()


def test_a_custom_version_is_made_once_and_the_second_time_refused_before_the_step() -> None:
    loading()
    found = Client().get_artifact_version("iris_dataset", "raw_2023")
    assert found.run_metadata["shape"].value == [3, 1]
    assert (found.run_metadata["a"], found.run_metadata["b"]) == (1, [1, 2])
    assert found.tags == ("raw",)
    with pytest.raises(Exception, match="raw_2023"):
        loading()
    assert Client().get_artifact("iris_dataset").version_count == 1


def test_a_version_that_exists_is_no_harm_to_a_step_that_the_cache_serves() -> None:
    cached = loading.with_options(enable_cache=True)
    cached()
    assert cached().steps["versioned"].status == "cached"


@step
def print_data(data: np.ndarray) -> None:
    print("sum", data.sum())


@pipeline
def printing(data: np.ndarray) -> None:
    print_data(data=ExternalArtifact(value=data))


def test_a_value_from_outside_is_an_input_and_switches_the_cache_off() -> None:
    printing(np.array([1, 2, 3]))
    run = printing(np.array([1, 2, 3]))
    assert run.steps["print_data"].status == "completed"
    assert run.steps["print_data"].log() == "sum 6\n"
    (given,) = run.steps["print_data"].inputs["data"]
    assert given.load().tolist() == [1, 2, 3]


def test_an_output_without_a_name_has_that_of_its_pipeline_and_step() -> None:
    @step
    def trainer() -> int:
        return 3

    @pipeline
    def training() -> None:
        trainer()

    training()
    assert load_artifact("training::trainer::output") == 3
    assert not Client().get_artifact("training::trainer::output").has_custom_name


def test_an_output_of_an_earlier_run_is_an_input_of_the_next() -> None:
    @step
    def make() -> Annotated[int, "number"]:
        return 41

    @step
    def add(number: int) -> Annotated[int, "next"]:
        return number + 1

    @pipeline
    def first() -> None:
        make()

    @pipeline
    def second() -> None:
        add(first.model.last_run.steps["make"].outputs["number"])

    first()
    second()
    assert load_artifact("next") == 42


def test_checkpoints_that_a_training_loop_wrote_are_linked_in_place() -> None:
    folder = os.path.join(Client().active_stack.artifact_store.path, uuid4().hex)
    for epoch in range(3):
        path = Path(folder, "checkpoints", f"epoch={epoch}.ckpt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([epoch]) * 1000)
    register_artifact(folder, name="all_my_model_checkpoints")
    loaded = load_artifact("all_my_model_checkpoints")
    assert isinstance(loaded, Path)
    assert sorted(path.name for path in loaded.rglob("*.ckpt")) == [
        f"epoch={epoch}.ckpt" for epoch in range(3)
    ]
    assert str(loaded) == folder


def test_files_of_a_version_are_downloaded_as_a_zip(work: Path) -> None:
    save_artifact((np.zeros(3), {"a": np.ones(2)}), "nested")
    Client().get_artifact_version("nested").download_files("nested.zip")
    assert (work / "nested.zip").read_bytes()[:2] == b"PK"
    with pytest.raises(FileExistsError):
        Client().get_artifact_version("nested").download_files("nested.zip")
    with pytest.raises(ValueError, match="zip"):
        Client().get_artifact_version("nested").download_files("nested.tar")


def test_metadata_goes_to_the_step_to_its_output_and_to_a_version_by_name() -> None:
    @step
    def trainer() -> Annotated[int, "score"]:
        log_metadata({"lr": 0.1})
        log_metadata({"loss": np.float32(0.5)}, infer_artifact=True)
        return 1

    @pipeline
    def training() -> None:
        trainer()

    run = training()
    assert run.steps["trainer"].run_metadata["lr"] == 0.1
    assert run.run_metadata["lr"] == 0.1
    log_metadata({"later": True}, artifact_name="score", artifact_version="1")
    metadata = Client().get_artifact_version("score").run_metadata
    assert (metadata["loss"], metadata["later"]) == (0.5, True)
