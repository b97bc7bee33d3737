"""A materializer that one step is given serves its outputs, and nobody else's."""

from pathlib import Path
from typing import Annotated, Any

import pytest

from artifactctl import load_artifact, pipeline, save_artifact, step
from artifactctl.client import Client
from artifactctl.materializers import BaseMaterializer


class Upper(BaseMaterializer):
    ASSOCIATED_TYPES = (str,)

    def save(self, data: str) -> None:
        Path(self.uri, "text").write_text(data.upper())

    def load(self, data_type: type[Any]) -> str:  # noqa: ARG002 - as ZenML calls it
        return Path(self.uri, "text").read_text()


class Half(BaseMaterializer):
    """Does not even save."""

    ASSOCIATED_TYPES = (str, dict)


@step(output_materializers=Upper)
def loud() -> Annotated[str, "loud"]:
    return "abc"


@step(output_materializers={"first": Upper})
def mixed() -> tuple[Annotated[str, "first"], Annotated[str, "second"]]:
    return "abc", "abc"


@step
def plain(text: str) -> Annotated[dict[str, str], "plain"]:
    return {"given": text, "own": "abc"}


def test_other_outputs_other_steps_and_programs_keep_their_own(here: Client) -> None:
    @pipeline
    def flow() -> None:
        plain(loud())
        mixed()

    flow()
    save_artifact("hello", "by hand")
    found = {name: load_artifact(name) for name in ("loud", "plain", "first", "second", "by hand")}
    assert found == {
        "loud": "ABC",
        "plain": {"given": "ABC", "own": "abc"},
        "first": "ABC",
        "second": "abc",
        "by hand": "hello",
    }
    assert here.get_artifact_version("loud").materializer == f"{__name__}:Upper"


def test_a_step_loses_no_result_because_a_format_is_too_narrow(here: Client) -> None:
    @step
    def make() -> Annotated[dict[str, Any], "narrow"]:
        return {"add": lambda number: number + 1, "rest": [1, 2]}

    @step
    def use(made: dict[str, Any]) -> Annotated[int, "used"]:
        return made["add"](made["rest"][0])

    @pipeline
    def flow() -> None:
        use(make())

    with pytest.warns(UserWarning, match="'function' is saved as a pickle"):
        flow()
    assert load_artifact("used") == 2
    assert here.get_artifact_version("narrow").run_metadata["pickled"] is True


@pytest.mark.parametrize("text", ["abc", "é"])
def test_one_that_is_given_by_hand_serves_that_save_alone(here: Client, text: str) -> None:
    save_artifact(text, "given", materializer=Upper)
    save_artifact(text, "not given")
    assert load_artifact("given") == text.upper()
    assert load_artifact("not given") == text
