"""What a step returns is what its annotations promise, or the step has failed."""

from abc import ABC
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from artifactctl import pipeline, step
from artifactctl.client import Client
from artifactctl.errors import InvalidInputError
from artifactctl.materializers import BaseMaterializer


def returning(annotation: Any, value: Any, **options: Any) -> Callable[[], Any]:
    """A pipeline of one step `made` that promises one thing and returns another."""

    def made() -> Any:
        return value

    made.__annotations__["return"] = annotation
    whole = step(enable_cache=False, **options)(made)

    @pipeline(name="returning")
    def run() -> None:
        whole()

    return run


def test_a_result_of_another_type_fails_the_step_and_publishes_nothing(here: Client) -> None:
    with pytest.raises(InvalidInputError) as caught:
        returning(Annotated[int, "answer"], "forty-two")()
    text = str(caught.value)
    assert all(word in text for word in ("step 'made'", "output 'answer'", "int", "str"))
    assert caught.value.hint in text
    run = here.get_pipeline("returning").last_run
    assert (run.status, run.steps["made"].status) == ("failed", "failed")
    assert "output 'answer' must be int" in run.steps["made"].error["message"]
    assert "output 'answer' must be int" in run.steps["made"].log()
    assert here.list_artifact_versions().total == 0


def test_all_outputs_of_other_types_are_named(here: Client) -> None:
    promised = tuple[Annotated[int, "one"], Annotated[str, "two"], Annotated[float, "three"]]
    with pytest.raises(InvalidInputError) as caught:
        returning(promised, ("x", "x", 1))()
    text = str(caught.value)
    assert "output 'one' must be int, not str" in text
    assert "output 'three' must be float, not int" in text
    assert "'two'" not in text
    assert here.list_artifact_versions().total == 0


def test_a_promise_of_none_is_kept_or_said(here: Client) -> None:
    with pytest.raises(
        InvalidInputError, match=r"'made' is annotated with None and returned .* int"
    ):
        returning(None, 5)()
    assert returning(None, None)().steps["made"].outputs == {}


def test_tables_and_arrays_are_told_apart(here: Client) -> None:
    frame, array = pd.DataFrame({"a": [1]}), np.array([1.0])
    for annotation, value in ((pd.DataFrame, frame), (npt.NDArray[np.float64], array)):
        assert returning(annotation, value)().status == "completed"
    for annotation, value in ((pd.DataFrame, array), (np.ndarray, [1.0]), (int, np.int64(1))):
        with pytest.raises(InvalidInputError, match="output 'output' must be"):
            returning(annotation, value)()


class Animal:
    def __init__(self, name: str) -> None:
        self.name = name


class Cat(Animal): ...


class AnimalMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES = (Animal,)

    def save(self, data: Animal) -> None:
        Path(self.uri, "name").write_text(data.name)

    def load(self, data_type: type[Any]) -> Animal:
        return data_type(Path(self.uri, "name").read_text())


class CatMaterializer(AnimalMaterializer):
    ASSOCIATED_TYPES = (Cat,)


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (Animal, Cat("Tom"), "AnimalMaterializer"),
        (Animal | None, Cat("Tom"), "AnimalMaterializer"),
        (Animal | Cat, Cat("Tom"), "CatMaterializer"),
        (Cat, Cat("Tom"), "CatMaterializer"),
        (Any, Cat("Tom"), "CatMaterializer"),
        (object, Cat("Tom"), "CatMaterializer"),
        (int | Animal, 3, None),
    ],
)
def test_the_declared_type_says_which_materializer(
    here: Client, annotation: Any, value: Any, expected: str | None
) -> None:
    made = returning(annotation, value)().steps["made"].output
    assert made.materializer == (f"{__name__}:{expected}" if expected else "json")


def test_a_class_that_is_only_registered_as_the_declared_one_is_saved_as_that(here: Client) -> None:
    class Named(ABC):
        name: str

    class NamedMaterializer(AnimalMaterializer):
        ASSOCIATED_TYPES = (Named,)

    class Stranger:
        def __init__(self, name: str) -> None:
            self.name = name

    Named.register(Stranger)
    made = returning(Named, Stranger("Tom"))().steps["made"].output
    assert made.materializer.endswith(NamedMaterializer.__qualname__)
    assert made.load().name == "Tom"
