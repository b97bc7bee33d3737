"""Inputs that are versions: uploaded ones, and those that a step takes without loading them."""

from typing import Annotated
from uuid import UUID

import pytest

from artifactctl import ExternalArtifact, get_step_context, pipeline, save_artifact, step
from artifactctl.client import Client
from artifactctl.pipelines.python.input_artifacts import UnmaterializedArtifact


@step
def take(value: int) -> Annotated[int, "taken"]:
    return value


def test_an_external_artifact_is_uploaded_once(here: Client) -> None:
    external = ExternalArtifact(42)
    with pytest.raises(RuntimeError, match="not uploaded"):
        external.get_artifact_version_id()
    found = external.upload_by_value()
    assert isinstance(found, UUID)
    assert external.get_artifact_version_id() == found == external.id
    assert external.value is None
    version = here.get_artifact_version(found)
    assert (version.load(), version.save_type) == (42, "external")

    @pipeline
    def taking() -> None:
        take(external)

    run = taking()
    assert run.steps["take"].output.load() == 42
    assert str(run.steps["take"].inputs["value"][0].id) == str(found)


def test_a_version_is_taken_without_being_loaded(here: Client) -> None:
    save_artifact([1, 2], "numbers", user_metadata={"source": "hand"})

    @step(enable_cache=False)
    def inspect(data: UnmaterializedArtifact) -> str:
        assert isinstance(data, UnmaterializedArtifact)
        assert data.load() == [1, 2]
        return f"{data.name} {data.version} {data.run_metadata['source']} {data.uri[:5]}"

    @pipeline
    def inspecting() -> None:
        inspect(Client().get_artifact_version("numbers"))

    step_run = inspecting().steps["inspect"]
    assert step_run.output.load() == "numbers 1 hand file:"
    assert [name for name in step_run.inputs if name == "data"] == ["data"]


def test_an_output_has_a_folder_in_the_store_for_files_of_the_step(here: Client) -> None:
    @step(enable_cache=False)
    def writing() -> Annotated[str, "path"]:
        context = get_step_context()
        folder = context.get_output_artifact_uri()
        store = Client().active_stack.artifact_store
        with store.open(f"{folder}/own.txt", "w") as file:
            file.write("own")
        context.add_output_metadata({"a": 1})
        context.add_output_tags(["x", "y"], "path")
        context.remove_output_tags("y")
        assert context.get_output_metadata() == {"a": 1}
        assert context.get_output_tags("path") == ["x"]
        with pytest.raises(KeyError):
            context.get_output_artifact_uri("other")
        return folder

    @pipeline
    def one() -> None:
        writing()

    found = one().steps["writing"].output
    here.collect_garbage(grace_s=0)
    with open(f"{found.load()}/own.txt") as file:
        assert file.read() == "own"
    assert found.tags == ("x",)
