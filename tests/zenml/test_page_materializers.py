"""What the page on materializers does: types of one's own, for a step, for all, and none at all."""

import json
import os
from collections.abc import Iterator
from typing import Annotated, Any

import pytest

from artifactctl.materializers import registry
from artifactctl.zenml import load_artifact, pipeline, save_artifact, step
from artifactctl.zenml.artifacts.unmaterialized_artifact import UnmaterializedArtifact
from artifactctl.zenml.client import Client
from artifactctl.zenml.enums import ArtifactType, VisualizationType
from artifactctl.zenml.materializers.base_materializer import BaseMaterializer
from artifactctl.zenml.materializers.materializer_registry import materializer_registry

pytestmark = pytest.mark.usefixtures("here")


class Record:
    def __init__(self, name: str) -> None:
        self.name = name


class RecordMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES = (Record,)
    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def _file(self, name: str) -> str:
        return os.path.join(self.uri, name)

    def save(self, data: Record) -> None:
        with self.artifact_store.open(self._file("data.json"), "w") as file:
            json.dump({"name": data.name}, file)

    def load(self, data_type: type[Any]) -> Record:  # noqa: ARG002
        with self.artifact_store.open(self._file("data.json"), "r") as file:
            return Record(**json.load(file))

    def save_visualizations(self, data: Record) -> dict[str, VisualizationType]:
        with self.artifact_store.open(self._file("shown.html"), "w") as file:
            file.write(f"<h1>{data.name}</h1>")
        return {self._file("shown.html"): VisualizationType.HTML}

    def extract_metadata(self, data: Record) -> dict[str, Any]:
        return {"letters": len(data.name)}


class Shouting(BaseMaterializer):
    """For a type that has a materializer: it is used only where it is named."""

    ASSOCIATED_TYPES = (str,)

    def save(self, data: str) -> None:
        with open(os.path.join(self.uri, "text"), "w") as file:
            file.write(data.upper())

    def load(self, data_type: type[Any]) -> str:
        with open(os.path.join(self.uri, "text")) as file:
            return str(data_type(file.read()))


@pytest.fixture
def registered() -> Iterator[None]:
    before = dict(registry._registered)
    yield
    registry._registered.clear()
    registry._registered.update(before)


def test_an_object_is_saved_shown_and_told_of_by_its_own_materializer() -> None:
    @step(output_materializers=RecordMaterializer)
    def create() -> Annotated[Record, "record"]:
        return Record("emma")

    @step
    def use(record: Record) -> str:
        return record.name

    @pipeline
    def recording() -> None:
        use(create())

    run = recording()
    assert run.steps["use"].output.load() == "emma"
    made = Client().get_artifact_version("record")
    assert (made.type, made.run_metadata["letters"]) == (ArtifactType.DATA, 4)
    assert [(item.type.value, item.value) for item in made.visualizations] == [
        ("html", "<h1>emma</h1>")
    ]


def test_each_output_may_have_a_materializer_which_no_other_step_gets() -> None:
    @step(output_materializers={"loud": Shouting})
    def both() -> tuple[Annotated[str, "loud"], Annotated[str, "quiet"]]:
        return "text", "text"

    @pipeline
    def talking() -> None:
        both()

    talking()
    save_artifact("text", "saved")
    found = [load_artifact(name) for name in ("loud", "quiet", "saved")]
    assert found == ["TEXT", "text", "text"]


def test_one_is_registered_for_a_type_in_the_whole_program(registered: None) -> None:
    assert materializer_registry.is_registered(str)
    materializer_registry.register_materializer_type(str, Shouting)
    assert materializer_registry[str] is not Shouting
    materializer_registry.register_and_overwrite_type(key=str, type_=Shouting)
    assert materializer_registry[str] is Shouting
    save_artifact("text", "saved")
    assert load_artifact("saved") == "TEXT"


def test_a_step_may_take_the_version_instead_of_the_object() -> None:
    found: list[Any] = []

    @step
    def make() -> tuple[Annotated[dict[str, str], "facts"], Annotated[list[str], "names"]]:
        return {"some": "data"}, []

    @step
    def look(facts: UnmaterializedArtifact, names: list[str]) -> None:
        found.extend([facts, names])

    @pipeline
    def looking() -> None:
        look(*make())

    looking()
    version, names = found
    assert names == []
    assert (version.artifact.name, version.load()) == ("facts", {"some": "data"})
    assert version.uri == Client().get_artifact_version("facts").uri


def test_files_may_be_prepared_in_a_temporary_folder() -> None:
    materializer = RecordMaterializer("nowhere")
    with materializer.get_temporary_directory(delete_at_exit=True) as folder:
        assert os.listdir(folder) == []
    assert not os.path.exists(folder)
