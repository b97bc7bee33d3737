"""Pydantic models come back as objects of their class, validated."""

from pathlib import Path
from typing import Any

import numpy as np
import pydantic
import pytest

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.materializers import load, save
from tests.materializers.again import again, contents


class Layer(pydantic.BaseModel):
    width: int = 1


class Wide(Layer):
    extra: str = "x"


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True, extra="allow")

    rate: float = pydantic.Field(alias="learning-rate")
    layer: Layer = Layer()
    weights: Any = None


@pytest.mark.parametrize(
    "model",
    [
        Model(**{"learning-rate": 0.1}),
        Model(**{"learning-rate": float("inf")}),
        Model(**{"learning-rate": 0.1}, layer=Wide(extra="kept"), more=[1, (2,)]),
    ],
    ids=str,
)
def test_models_come_back_equal(model):
    loaded = again(model)
    assert loaded == model
    assert type(loaded.layer) is type(model.layer)
    assert again([model, {"m": model}]) == [model, {"m": model}]


def test_a_plain_model_is_its_own_json(tmp_path: Path):
    saved = save(Layer(width=3), tmp_path)
    assert contents(tmp_path) == {"model.json": b'{"width":3}'}
    assert saved.metadata["schema"]["properties"]["width"]["type"] == "integer"


def test_arrays_in_a_model_come_back():
    loaded = again(Model(**{"learning-rate": 1}, weights=np.arange(3)))
    assert loaded.weights.tolist() == [0, 1, 2]


def test_data_that_the_class_does_not_take_is_an_error_that_names_it(tmp_path: Path):
    saved = save(Layer(), tmp_path)
    (tmp_path / "model.json").write_text('{"width": "wide"}')
    with pytest.raises(InvalidInputError, match=r"Layer.*width"):
        load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False)


def test_a_class_that_is_not_imported_or_no_model_is_an_error(tmp_path: Path):
    save(Layer(width=2), tmp_path)
    with pytest.raises(NotFoundError, match=r"gone\.Layer"):
        load(tmp_path, "pydantic", "gone.Layer", allow_pickle=False)
    with pytest.raises(InvalidInputError, match="no pydantic model"):
        load(tmp_path, "pydantic", "pathlib.Path", allow_pickle=False)
    assert load(tmp_path, "pydantic", "gone.Layer", allow_pickle=False, wanted=Wide) == Wide(
        width=2
    )
