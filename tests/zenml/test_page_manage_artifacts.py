"""What the page on managing artifacts does: names, versions, labels, inputs from elsewhere."""

import os
import zipfile
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from sklearn.base import ClassifierMixin
from sklearn.svm import SVC

from artifactctl.zenml import (
    ArtifactConfig,
    ExternalArtifact,
    add_tags,
    load_artifact,
    log_artifact_metadata,
    log_metadata,
    pipeline,
    register_artifact,
    save_artifact,
    step,
)
from artifactctl.zenml.client import Client
from artifactctl.zenml.enums import ArtifactSaveType, ArtifactType
from artifactctl.zenml.exceptions import EntityExistsError

FLOWERS = pd.DataFrame({"length": [5.1, 4.9, 6.2], "width": [3.5, 3.0, 2.9]})


class Oracle:
    """An object of a class that no materializer knows."""


def test_an_output_has_the_name_of_its_annotation_or_of_pipeline_step_and_output(
    here: Client,
) -> None:
    @step
    def grow() -> Annotated[pd.DataFrame, "flowers"]:
        return FLOWERS

    @step
    def count() -> tuple[int, str]:
        return 3, "three"

    @step
    def total() -> int:
        return 3

    @pipeline
    def gardening() -> None:
        grow()
        count()
        total()

    gardening()
    names = [artifact.name for artifact in here.list_artifacts(sort_by="name")]
    of_steps = ["count::output_0", "count::output_1", "total::output"]
    assert names == ["flowers", *(f"gardening::{name}" for name in of_steps)]


def test_versions_count_up_and_one_of_ones_own_can_be_made_once(here: Client) -> None:
    @step(enable_cache=False)
    def grow() -> Annotated[pd.DataFrame, ArtifactConfig(name="flowers", version="raw_2023")]:
        return FLOWERS

    @pipeline
    def gardening() -> None:
        grow()

    for expected in ("1", "2"):
        assert save_artifact(FLOWERS, "flowers").version == expected
    gardening()
    with pytest.raises(EntityExistsError, match=r"raw_2023.*flowers"):
        gardening()
    assert [one.version for one in here.list_artifact_versions(artifact="flowers")] == [
        "1",
        "2",
        "raw_2023",
    ]
    assert here.get_artifact_version("flowers").version == "raw_2023"


def test_a_version_of_ones_own_for_one_run_is_set_in_a_file(here: Client, tmp_path: Path) -> None:
    @step(enable_cache=False)
    def grow() -> Annotated[pd.DataFrame, "flowers"]:
        return FLOWERS

    @pipeline
    def gardening() -> None:
        grow()

    file = tmp_path / "release.yaml"
    file.write_text("steps: {grow: {outputs: {flowers: {artifact_config: {version: spring}}}}}")
    gardening()
    gardening.with_options(config_path=str(file))()
    gardening()
    versions = [one.version for one in here.list_artifact_versions(artifact="flowers")]
    assert versions == ["1", "spring", "2"]
    with pytest.raises(
        EntityExistsError, match=r"YAML file can set steps\.grow\.outputs\.flowers\.version"
    ):
        gardening.with_options(config_path=str(file))()


def test_labels_given_in_a_step_go_to_the_step_and_the_run_or_to_its_output(here: Client) -> None:
    @step
    def whole() -> str:
        log_metadata({"key": "value"})
        add_tags(tags=["of_run"])
        return "text"

    @step
    def output() -> Annotated[str, "text"]:
        log_metadata({"key": "value"}, infer_artifact=True)
        add_tags(tags=["of_output"], infer_artifact=True)
        log_artifact_metadata({"older": True})
        return "text"

    @pipeline
    def labelling() -> None:
        whole()
        output()

    run = labelling()
    version = run.steps["output"].output
    assert run.steps["whole"].run_metadata == {"key": "value"}
    assert [tag.name for tag in run.tags] == ["of_run"]
    assert version.run_metadata["key"] == "value"
    assert version.run_metadata["older"] is True
    assert [tag.name for tag in here.get_artifact_version("text").tags] == ["of_output"]


def test_a_type_is_the_materializers_unless_it_is_given(here: Client) -> None:
    @step
    def train() -> Annotated[Any, ArtifactConfig(name="oracle", artifact_type=ArtifactType.MODEL)]:
        return {"answer": 42}

    @pipeline
    def training() -> None:
        train()

    training()
    save_artifact([1], "list", artifact_type=ArtifactType.DATA_ANALYSIS)
    save_artifact(SVC(), "model")
    types = {one.artifact.name: one.type for one in here.list_artifact_versions()}
    assert types == {
        "oracle": ArtifactType.MODEL,
        "list": ArtifactType.DATA_ANALYSIS,
        "model": ArtifactType.MODEL,
    }
    assert [one.name for one in here.list_artifact_versions(type="DataAnalysisArtifact")] == [
        "list"
    ]


def test_data_from_elsewhere_is_an_external_artifact_which_makes_its_step_run(
    here: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    @step
    def show(data: np.ndarray) -> None:
        print(int(data.sum()))

    @pipeline
    def showing() -> None:
        show(data=ExternalArtifact(value=np.array([1, 2])))

    for _ in range(2):
        run = showing()
        assert str(run.steps["show"].status) == "completed"
    assert capsys.readouterr().out == "3\n3\n"
    assert run.steps["show"].input.save_type is ArtifactSaveType.EXTERNAL


def test_versions_of_other_pipelines_are_looked_up_when_the_step_runs(here: Client) -> None:
    first = save_artifact(FLOWERS, "flowers", version="raw_2023")
    save_artifact(FLOWERS[:1], "flowers")
    found: list[int] = []

    @step
    def train(data: pd.DataFrame) -> None:
        found.append(len(data))

    def looking(*which: Any) -> None:
        @pipeline
        def training() -> None:
            train(data=Client().get_artifact_version(*which))

        training()

    for which in ((UUID(str(first.id)),), ("flowers",), ("flowers", "raw_2023")):
        looking(*which)
    assert found == [3, 1]
    steps = here.get_pipeline("training").last_run.steps
    assert str(steps["train"].status) == "cached"  # the same version as by its ID
    assert steps["train"].inputs["data"][0].id == first.id


def test_files_are_downloaded_as_a_zip_that_is_not_replaced_by_accident(
    here: Client, tmp_path: Path
) -> None:
    version = save_artifact((np.arange(9000), {"a": [np.ones(2)]}), "nested")
    target = tmp_path / "deep" / "files.zip"
    version.download_files(str(target))
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert sum(info.file_size for info in archive.infolist()) == version.size_bytes
    with pytest.raises(FileExistsError):
        version.download_files(str(target))
    version.download_files(str(target), overwrite=True)
    with pytest.raises(ValueError, match=r"\.zip"):
        version.download_files(str(tmp_path / "files.tar"))


def test_what_is_saved_outside_of_a_run_is_loaded_by_its_name(here: Client) -> None:
    save_artifact(np.array([0, 1]), "predictions")
    save_artifact(np.array([1, 1]), "predictions", user_metadata={"source": "api"}, tags=["live"])
    assert load_artifact("predictions").tolist() == [1, 1]
    assert load_artifact("predictions", version="1").tolist() == [0, 1]
    assert here.get_artifact("predictions").load().tolist() == [1, 1]
    assert here.get_artifact_version("predictions").run_metadata["source"].value == "api"
    with pytest.raises(KeyError):
        load_artifact("nothing")


def test_existing_files_are_linked_where_they_are_and_loaded_as_a_path(here: Client) -> None:
    folder = os.path.join(here.active_stack.artifact_store.path, "checkpoints")
    os.makedirs(folder)
    Path(folder, "epoch-1.ckpt").write_text("weights")
    made = register_artifact(folder, name="all_checkpoints")
    loaded = here.get_artifact_version("all_checkpoints").load()
    assert isinstance(loaded, Path)
    assert [path.name for path in loaded.iterdir()] == ["epoch-1.ckpt"]
    assert (made.uri, made.save_type) == (folder, ArtifactSaveType.PREEXISTING)
    assert made.run_metadata == {}


def test_tables_and_arrays_tell_their_shape_and_size(here: Client) -> None:
    table = save_artifact(FLOWERS, "flowers").run_metadata
    assert table["shape"].value == table["shape"] == [3, 2]
    assert table["storage_size"].value > 0
    assert table["mean"]["width"] == pytest.approx(3.1333, abs=1e-3)
    array = save_artifact(np.ones((2, 5)), "ones").run_metadata
    assert (array["shape"], array["mean"], array["max"]) == ([2, 5], 1.0, 1.0)


@step
def digits() -> Annotated[
    tuple[np.ndarray, np.ndarray], ArtifactConfig(name="digits", tags=["images"])
]:
    return np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])


@step
def finetune(
    model: ClassifierMixin, dataset: tuple[np.ndarray, np.ndarray]
) -> Annotated[ClassifierMixin, ArtifactConfig(name="classifier", tags=["trained"])]:
    model.fit(*dataset)
    log_metadata({"accuracy": float(model.score(*dataset))}, infer_artifact=True)
    return model


@pipeline
def finetuning(dataset_version: str | None = None) -> None:
    client = Client()
    dataset = (
        client.get_artifact_version("digits", dataset_version) if dataset_version else digits()
    )
    finetune(client.get_artifact_version("classifier"), dataset)


def whole_page(version: str | None) -> list[int]:
    """The script at the end of the page: save a model, train it twice, and use the newest one."""
    save_artifact(SVC(gamma=0.1), "classifier", version=version, tags=["untrained"])
    finetuning()
    finetuning(dataset_version="1")
    found: list[int] = load_artifact("classifier").predict([[3.0]]).tolist()
    return found


def test_the_whole_page_is_one_script_that_runs_once_as_it_is(here: Client) -> None:
    assert whole_page("1") == [1]
    versions = here.list_artifact_versions(artifact="classifier", tags=["trained"])
    assert [(one.version, one.run_metadata["accuracy"]) for one in versions] == [
        ("2", 1.0),
        ("3", 1.0),
    ]
    assert [tag.name for tag in here.get_artifact_version("digits").tags] == ["images"]
    with pytest.raises(EntityExistsError, match="give another version, or none to count up"):
        whole_page("1")


def test_the_script_runs_again_and_again_without_its_version_and_without_the_cache(
    here: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "finetune", finetune.with_options(enable_cache=False))
    for _ in range(3):
        assert whole_page(None) == [1]
    assert here.list_artifact_versions(artifact="classifier").total == 9
    assert here.list_artifact_versions(artifact="digits").total == 1
