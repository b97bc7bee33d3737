"""What the page on artifacts does beyond the one on managing them: inputs, types, placeholders."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from artifactctl.zenml import pipeline, register_artifact, save_artifact, step
from artifactctl.zenml.client import Client

pytestmark = pytest.mark.usefixtures("here")


def test_artifacts_are_made_by_steps_and_parameters_given_to_them() -> None:
    @step
    def create() -> pd.DataFrame:
        return pd.DataFrame({"one": [1, 2], "other": [3, 4]})

    @step
    def multiply(table: pd.DataFrame, by: float) -> pd.DataFrame:
        return table.assign(product=table.one * table.other * by)

    @pipeline
    def multiplying() -> None:
        multiply(table=create(), by=0.5)

    run = Client().get_pipeline_run(multiplying().id)
    made = run.steps["multiply"]
    assert made.outputs["output"].load()["product"].tolist() == [1.5, 4.0]
    assert made.config.parameters == {"by": 0.5}
    assert [version.step.name for version in made.inputs["table"]] == ["create"]


def test_a_tuple_annotation_splits_a_result_into_named_or_numbered_outputs() -> None:
    @step
    def halves(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return data[:1], data[1:]

    @step
    def named(
        data: np.ndarray,
    ) -> tuple[Annotated[np.ndarray, "train"], Annotated[np.ndarray, "test"]]:
        return data[:1], data[1:]

    @step
    def start() -> np.ndarray:
        return np.array([1, 2, 3])

    @pipeline
    def splitting() -> None:
        data = start()
        halves(data)
        named(data)

    steps = splitting().steps
    assert list(steps["halves"].outputs) == ["output_0", "output_1"]
    assert steps["named"].outputs["test"][0].load().tolist() == [2, 3]


def test_a_placeholder_is_filled_by_each_call_of_a_step() -> None:
    @step
    def extract(source: str) -> Annotated[str, "{kind}_data"]:
        return source

    @pipeline
    def extracting() -> None:
        for kind in ("train", "test"):
            extract.with_options(substitutions={"kind": kind})(source=f"from {kind}")

    steps = extracting().steps
    assert [name for made in steps.values() for name in made.outputs] == ["train_data", "test_data"]
    assert Client().get_artifact_version("test_data").load() == "from test"


def test_a_model_is_kept_by_its_librarys_own_materializer_and_used_by_another_pipeline() -> None:
    @step
    def train() -> Annotated[LinearRegression, "line"]:
        return LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])

    @step
    def use(data: list[list[float]], model: Any) -> list[float]:
        return [float(number) for number in model.predict(data)]

    @pipeline
    def training() -> None:
        train()

    @pipeline
    def inference() -> None:
        use(data=[[2.0]], model=Client().get_artifact_version("line"))

    made = training().steps["train"].output
    assert (str(made.materializer), made.data_type.attribute) == ("sklearn", "LinearRegression")
    assert inference().steps["use"].output.load() == pytest.approx([5.0])


def test_the_second_run_reuses_what_has_not_changed() -> None:
    @step
    def create() -> int:
        return 1

    @step
    def add(number: int, other: int) -> int:
        return number + other

    @pipeline
    def adding(other: int) -> None:
        add(create(), other)

    adding(1)
    run = adding(2)
    assert {name: made.status.value for name, made in run.steps.items()} == {
        "create": "cached",
        "add": "completed",
    }


def test_one_file_is_linked_as_well_as_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights")
    register_artifact(folder_or_file_uri=str(file), name="model_file")
    loaded = Client().get_artifact_version("model_file").load()
    assert isinstance(loaded, Path)
    assert (loaded.name, loaded.read_bytes()) == ("model.bin", b"weights")


def test_an_earlier_version_is_looked_up_within_a_step() -> None:
    save_artifact(0.8, "best_score")

    @step
    def improve(score: float) -> float:
        return score - Client().get_artifact_version("best_score").load()

    @pipeline
    def improving() -> None:
        improve(0.9)

    made = improving().steps["improve"]
    assert made.output.load() == pytest.approx(0.1)
    assert made.inputs["best_score"][0].input_type.value == "manual"
