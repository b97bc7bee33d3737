"""What a step's materializers see of the step, and the materializers that a program chooses."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest

from artifactctl import get_step_context, load_artifact, pipeline, save_artifact, step
from artifactctl.client import Client, fileio
from artifactctl.errors import NotFoundError
from artifactctl.materializers import BaseMaterializer
from artifactctl.materializers.materializer_registry import materializer_registry
from artifactctl.materializers.registry import id_of, materializer_named, registered_for

FOLDERS: dict[str, str] = {}


class Noted:
    def __init__(self, text: str) -> None:
        self.text = text


class NotedMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES = (Noted,)

    def save(self, data: Noted) -> None:
        with self.get_temporary_directory(delete_at_exit=False) as folder:
            FOLDERS["save"] = folder
        with self.get_temporary_directory(delete_at_exit=True) as folder:
            FOLDERS["at once"] = folder
        here = get_step_context()
        with fileio.open(os.path.join(self.uri, "data"), "w") as file:
            file.write(f"{data.text} saved in {here.pipeline.name}/{here.step_name}")

    def load(self, _data_type: type) -> Noted:
        with self.get_temporary_directory(delete_at_exit=False) as folder:
            FOLDERS["load"] = folder
        with open(os.path.join(self.uri, "data")) as file:
            return Noted(f"{file.read()}, loaded in {get_step_context().step_name}")


@step(enable_cache=False)
def make() -> Noted:
    return Noted("x")


@step(enable_cache=False)
def use(noted: Noted) -> Annotated[str, "said"]:
    assert not os.path.exists(FOLDERS["save"])
    assert not os.path.exists(FOLDERS["at once"])
    assert os.path.isdir(FOLDERS["load"])
    return noted.text


@pipeline
def noting() -> None:
    use(make())


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_materializer_knows_the_step_and_has_folders_for_it(here: Client, jobs: int) -> None:
    run = noting.with_options(jobs=jobs)()
    assert run.steps["use"].output.load() == "x saved in noting/make, loaded in use"
    assert not os.path.exists(FOLDERS["load"])
    # What a materializer loads for an input is no further input.
    assert list(run.steps["use"].inputs) == ["noted"]


def test_outside_of_a_step_a_temporary_folder_stays(work: Path) -> None:
    materializer = NotedMaterializer(str(work))
    with materializer.get_temporary_directory(delete_at_exit=False) as folder:
        pass
    assert os.path.isdir(folder)
    os.rmdir(folder)


class UpperMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES = (str,)

    def save(self, data: Any) -> None:
        with open(os.path.join(self.uri, "text"), "w") as file:
            file.write(str(data).upper())

    def load(self, _data_type: type) -> str:
        with open(os.path.join(self.uri, "text")) as file:
            return file.read()


@pytest.fixture
def registry() -> Iterator[Any]:
    from artifactctl.materializers import registry as module

    before = dict(module._registered)
    yield materializer_registry
    module._registered.clear()
    module._registered.update(before)


def test_a_built_in_type_gets_another_materializer_only_on_demand(
    here: Client, registry: Any
) -> None:
    save_artifact("abc", "text")
    registry.register_materializer_type(str, UpperMaterializer)
    save_artifact("abc", "text")
    assert load_artifact("text") == "abc"
    assert id_of(registry[str]) == "json"
    registry.register_and_overwrite_type(str, UpperMaterializer)
    save_artifact("abc", "text")
    assert load_artifact("text") == "ABC"
    assert registry[str] is UpperMaterializer

    @step
    def say() -> Annotated[str, "said"]:
        return "hello"

    @pipeline
    def saying() -> None:
        say()

    assert saying().steps["say"].output.load() == "HELLO"
    assert registry.is_registered(str)
    assert not registry.is_registered(type("Unknown", (), {}))
    assert id_of(registry[type("Unknown", (), {})]) == "cloudpickle"
    assert registered_for(Noted) is NotedMaterializer


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("zenml.materializers.built_in_materializer.BuiltInMaterializer", "json"),
        ("zenml.materializers.built_in_materializer:BytesMaterializer", "bytes"),
        (
            "zenml.integrations.pandas.materializers.pandas_materializer.PandasMaterializer",
            "pandas",
        ),
        ("artifactctl.zenml.materializers.BuiltInContainerMaterializer", "container"),
        ("zenml.materializers.cloudpickle_materializer.CloudpickleMaterializer", "cloudpickle"),
    ],
)
def test_a_class_of_zenml_names_ours(said: str, ours: str) -> None:
    assert id_of(materializer_named(said)) == ours


def test_a_file_names_materializers_by_the_paths_of_their_classes(here: Client, work: Path) -> None:
    @step(enable_cache=False)
    def say() -> Annotated[str, "said"]:
        return "hello"

    @pipeline
    def saying() -> None:
        say()

    def said(source: str) -> object:
        path = work / "run.yaml"
        path.write_text(f"steps: {{say: {{outputs: {{said: {{materializer_source: {source}}}}}}}}}")
        return saying.with_options(config_path=path)().steps["say"].output

    assert said(f"{__name__}.UpperMaterializer").load() == "HELLO"
    found = said("zenml.materializers.built_in_materializer.BuiltInMaterializer")
    assert (found.load(), found.materializer) == ("hello", "json")
    with pytest.raises(NotFoundError, match=r"materializer 'no.such.Class' is not known"):
        said("no.such.Class")
