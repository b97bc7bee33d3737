"""What goes wrong with an input or output says which, of which step, and what to do."""

import threading
from pathlib import Path
from typing import Annotated, Any

import pytest

from artifactctl import ArtifactConfig, ExternalArtifact, get_step_context, pipeline, step
from artifactctl.client import Client
from artifactctl.errors import (
    ArtifactctlError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
)
from artifactctl.materializers import BaseMaterializer


class Odd: ...


class BadSave(BaseMaterializer):
    ASSOCIATED_TYPES = (Odd,)

    def save(self, data: Odd) -> None:  # noqa: ARG002 - as ZenML calls it
        raise LookupError("no luck")


class BadLoad(BaseMaterializer):
    ASSOCIATED_TYPES = (bytearray,)

    def save(self, data: Any) -> None:
        Path(self.uri, "x").write_text(str(data))

    def load(self, data_type: type[Any]) -> Any:  # noqa: ARG002 - as ZenML calls it
        raise LookupError("no luck")


class Nothing(BaseMaterializer):
    ASSOCIATED_TYPES = (bytearray,)


def lock() -> tuple[Annotated[int, "fine"], Annotated[object, "wrong"]]:
    return 1, {"a": [threading.Lock()]}


def odd() -> tuple[Annotated[int, "fine"], Annotated[Odd, "wrong"]]:
    return 1, Odd()


def tagged() -> tuple[Annotated[int, "fine"], Annotated[int, "wrong"]]:
    get_step_context().add_output_tags("a,b", "wrong")
    return 1, 2


def plain() -> tuple[Annotated[int, "fine"], Annotated[int, "wrong"]]:
    return 1, 2


@pytest.mark.parametrize(
    ("function", "options", "said"),
    [
        (lock, {}, "cannot be pickled"),
        (odd, {}, "could not be saved: LookupError: no luck"),
        (tagged, {}, "'a,b'"),
        (plain, {"output_materializers": {"wrong": Nothing}}, "does not define save()"),
    ],
)
def test_an_output_that_cannot_be_kept_is_named(
    here: Client, function: Any, options: dict[str, Any], said: str
) -> None:
    whole = step(enable_cache=False, **options)(function)

    @pipeline(name="failing")
    def run() -> None:
        whole()

    with pytest.raises(ArtifactctlError) as caught:
        run()
    text = str(caught.value)
    assert f"output 'wrong' of step '{function.__name__}'" in text
    assert said in text
    assert caught.value.hint in text
    failed = here.get_pipeline("failing").last_run.steps[function.__name__]
    assert failed.error["message"] == text
    assert here.list_artifact_versions().total == 0


def test_a_materializer_that_is_not_known_is_an_error_before_anything_runs(here: Client) -> None:
    whole = step(output_materializers={"wrong": "no:Such"})(plain)
    with pytest.raises(NotFoundError, match=r"output 'wrong' of step 'plain': .* 'no:Such' is not"):
        whole()
    assert here.list_pipeline_runs().total == 0


def test_names_and_versions_that_cannot_be_are_those_of_an_output(here: Client) -> None:
    @step
    def bad() -> tuple[Annotated[int, "fine"], Annotated[int, "a/b"]]:
        return 1, 2

    @step
    def unfilled() -> Annotated[int, "x_{stage}"]:
        return 1

    @step(enable_cache=False)
    def taken() -> Annotated[int, ArtifactConfig(name="x", version="v1")]:
        return 1

    for one, output in ((bad, "a/b"), (unfilled, "x_{stage}")):
        with pytest.raises(InvalidInputError, match=f"output {output!r} of step {one.name!r}"):
            one()
    taken()
    with pytest.raises(ConflictError, match="output 'x' of step 'taken': version 'v1'"):
        taken()


@step
def take(x: Any, y: Any = None) -> None: ...


@step(output_materializers=BadLoad, enable_cache=False)
def unloadable() -> Annotated[int, "unloadable"]:
    return 1


def test_an_input_that_cannot_be_had_is_named(here: Client) -> None:
    @pipeline
    def gone() -> None:
        take(1, here.get_artifact_version("gone"))

    @pipeline
    def outside() -> None:
        take(1, ExternalArtifact(threading.Lock()))

    @pipeline
    def loading() -> None:
        take(1, unloadable())

    with pytest.raises(NotFoundError, match=r"input 'y' of step 'take': .*'gone'"):
        gone()
    with pytest.raises(InvalidInputError, match=r"input 'y' of step 'take': .*pickled"):
        outside()
    with pytest.raises(InvalidInputError, match="input 'y' of step 'take' could not be loaded"):
        loading()
