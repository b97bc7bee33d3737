"""Code that catches ZenML's errors, by its names or by Python's, catches ours."""

from typing import Annotated

import pytest

from artifactctl.zenml import ArtifactConfig, get_step_context, pipeline, save_artifact, step
from artifactctl.zenml.client import Client
from artifactctl.zenml.exceptions import (
    EntityExistsError,
    MaterializerInterfaceError,
    StepInterfaceError,
    ValidationError,
    ZenKeyError,
)
from artifactctl.zenml.materializers import BaseMaterializer

pytestmark = pytest.mark.usefixtures("here")


def test_a_version_that_exists_is_an_entity_that_exists() -> None:
    save_artifact(1, "number", version="raw")
    with pytest.raises(EntityExistsError, match="'raw' of 'number' exists already"):
        save_artifact(2, "number", version="raw")


def test_a_name_that_is_taken_is_an_entity_that_exists() -> None:
    save_artifact(1, "one")
    save_artifact(1, "two")
    with pytest.raises(EntityExistsError, match="'two' exists already"):
        Client().update_artifact("one", new_name="two")


def test_what_does_not_exist_is_a_key_error() -> None:
    for ask in (Client().get_artifact, Client().get_artifact_version, Client().get_pipeline_run):
        with pytest.raises(KeyError):
            ask("nowhere")
        with pytest.raises(ZenKeyError):
            ask("nowhere")


def test_a_version_that_no_run_made_has_a_runtime_error_for_its_step_and_run() -> None:
    made = save_artifact(1, "number")
    with pytest.raises(RuntimeError):
        _ = made.run
    with pytest.raises(RuntimeError):
        _ = made.step


def test_a_version_that_is_in_use_is_not_deleted_but_a_value_error() -> None:
    @step
    def make() -> Annotated[int, "made"]:
        return 1

    @pipeline(enable_cache=False)
    def making() -> None:
        make()

    making()
    with pytest.raises(ValueError, match="was made by step 'make'"):
        Client().delete_artifact_version("made")


def test_a_filter_that_cannot_be_is_a_validation_error() -> None:
    with pytest.raises(ValidationError):
        Client().list_artifact_versions(created="yesterday")


def test_a_context_outside_of_a_step_is_a_runtime_error() -> None:
    with pytest.raises(RuntimeError, match="inside of a step"):
        get_step_context()


def test_a_missing_placeholder_is_a_key_error() -> None:
    @step
    def make() -> Annotated[int, ArtifactConfig(name="of_{nobody}")]:
        return 1

    @pipeline(enable_cache=False)
    def making() -> None:
        make()

    with pytest.raises(KeyError, match="nobody"):
        making()


def test_a_missing_configuration_is_a_file_that_is_not_found() -> None:
    @step
    def make() -> int:
        return 1

    @pipeline
    def making() -> None:
        make()

    with pytest.raises(FileNotFoundError):
        making.with_options(config_path="nowhere.yaml")()


def test_a_step_that_is_called_wrongly_or_returns_something_else_breaks_its_interface() -> None:
    @step
    def add(one: int, other: int) -> int:
        return "text" if one else other  # type: ignore[return-value]

    @pipeline(enable_cache=False)
    def adding(one: int) -> None:
        add(one=one, other=2)

    @pipeline(enable_cache=False)
    def calling() -> None:
        add(one=1)

    for call in (lambda: adding(one=1), calling, lambda: adding(one="much")):
        with pytest.raises(StepInterfaceError):
            call()


def test_a_materializer_for_no_type_breaks_its_interface() -> None:
    with pytest.raises(MaterializerInterfaceError):

        class _Nothing(BaseMaterializer):
            pass
