"""Pydantic models come back as what they were: no validator runs again."""

import functools
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, Optional, TypeVar

import numpy as np
import pydantic
import pytest

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.materializers import load, save
from artifactctl.materializers.sameness import is_same
from tests.materializers.again import again, contents, pickled_again


class Layer(pydantic.BaseModel):
    width: int = 1


class Wide(Layer):
    extra: str = "x"


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True, extra="allow")

    rate: float = pydantic.Field(alias="learning-rate")
    layer: Layer = Layer()
    weights: Any = None


class Scaled(pydantic.BaseModel):
    percent: float

    @pydantic.field_validator("percent")
    @classmethod
    def to_fraction(cls, value):
        return value / 100


class Later(pydantic.BaseModel):
    a: int = 1

    def model_post_init(self, context):
        self.a += 1


class Private(pydantic.BaseModel):
    a: int = 1
    _state: int = pydantic.PrivateAttr(default=0)
    _unset: Any


class Frozen(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True)

    items: tuple[Any, ...] = ()


class Computed(pydantic.BaseModel):
    width: int = 2

    @pydantic.computed_field
    @functools.cached_property
    def area(self) -> int:
        return self.width**2


class Root(pydantic.RootModel[list[int]]):
    pass


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", validate_assignment=True)

    above: int = pydantic.Field(gt=0)
    left_out: Any = pydantic.Field(None, exclude=True, validation_alias="other")


class Own(pydantic.BaseModel):
    a: int = 1

    def __getstate__(self):
        return super().__getstate__()


@pydantic.dataclasses.dataclass
class Checked:
    a: int

    @pydantic.field_validator("a")
    @classmethod
    def one_more(cls, value):
        return value + 1


T = TypeVar("T")


class Page(pydantic.BaseModel, Generic[T]):
    items: list[T] = []


def assigned(model, **values):
    for name, value in values.items():
        setattr(model, name, value)
    return model


MODELS = {
    "a validator that changes": Scaled(percent=50),
    "what follows a validation": Later(),
    "assigned": assigned(Layer(), width=None),
    "assigned a type of its own": assigned(Layer(), width=Wide()),
    "private": assigned(Private(), _state=9),
    "private and unset": Private(a=2),
    "frozen": Frozen(items=(1, b"x", {2})),
    "root": Root([1, 2]),
    "constrained": Strict(above=1, other=(1, 2)),
    "computed": Computed(width=3),
    "nested": Frozen(items=(Layer(), [Wide(width=3)], Scaled(percent=1), Checked(1))),
    "a dataclass": Checked(1),
    "of a type": Page[int](items=[1]),
    "of a model": Page[Layer](items=[Layer()]),
    "of a list": Page[list[int]](items=[[1]]),
    "of one or none": Page[Optional[int]](items=[None]),  # noqa: UP045 - another class than int | None
    "of a union": Page[int | None](items=[None]),
    "of one of a type": Page[Page[str]](items=[Page[str](items=["a"])]),
    "of nothing": Page(items=[1]),
    "plain types": Frozen(items=(datetime(2020, 1, 1, tzinfo=UTC), Decimal("1.0"), Path("x"))),
}


def state(model):
    return model.__getstate__() if isinstance(model, pydantic.BaseModel) else model


@pytest.mark.parametrize("name", MODELS)
def test_every_model_comes_back_as_it_was(name: str):
    model = MODELS[name]
    before = state(model)
    loaded = again(model)
    assert type(loaded) is type(model)
    assert is_same(state(loaded), before)
    assert is_same(state(again([model])[0]), before)


class Places(pydantic.BaseModel):
    site: pydantic.HttpUrl = "https://é.example/a b?c#d"
    any: pydantic.AnyUrl = "s3://bucket/key"
    catalog: pydantic.PostgresDsn = "postgresql://u:p@h1:1,h2:2/db"
    address: pydantic.IPvAnyAddress = "::1"
    pattern: re.Pattern = re.compile("a+", re.IGNORECASE)

    model_config = pydantic.ConfigDict(validate_default=True)


def test_addresses_need_no_pickle():
    assert is_same(state(again(Places())), state(Places()))


@pytest.mark.parametrize("name", ["ImportString", "networks", "os", 5, "ImportUrl"])
def test_no_other_type_of_pydantics_is_taken_for_a_url(name, tmp_path: Path):
    (tmp_path / "data.json").write_text(json.dumps({"$url": [name, "os.system"]}))
    with pytest.raises(InvalidInputError):
        load(tmp_path, "container", "builtins.dict", allow_pickle=False)


def test_a_cached_property_is_kept_as_it_was():
    model = Computed(width=3)
    assert model.area == 9
    model.width = 4
    assert again(model).area == 9


def test_a_value_that_its_type_forbids_comes_back_as_it_is():
    model = Strict(above=1)
    model.__dict__["above"] = -1
    assert again(model).above == -1


def test_what_was_given_is_told_apart_from_defaults():
    assert again(Layer(width=1)).model_fields_set == {"width"}
    assert again(Layer()).model_fields_set == set()


@pytest.mark.parametrize(
    "model",
    [
        Own(),
        pydantic.create_model("Made", a=(int, 1))(),
        pydantic.RootModel[Any](pydantic.create_model("Made", a=(int, 1))()),
        Page[pydantic.create_model("Made", a=(int, 1))](),
    ],
    ids=lambda model: type(model).__name__,
)
def test_what_is_more_than_fields_or_of_no_known_class_is_pickled(model):
    assert pickled_again(model).model_dump() == model.model_dump()


def test_a_model_that_was_made_without_its_fields_is_pickled():
    loaded = pickled_again(Strict.model_construct(), "no value for its field 'above'")
    assert not hasattr(loaded, "above")


def test_a_model_with_a_part_that_only_a_pickle_holds_is_no_pickle_itself(tmp_path: Path):
    with pytest.warns(UserWarning, match="'function' is saved as a pickle"):
        saved = save(Frozen(items=(3, lambda: 3)), tmp_path)
    assert saved.materializer == "pydantic"
    assert saved.metadata["pickled"] is True


CHANGED = """
import pydantic, pathlib, sys
from artifactctl.materializers import load, save
from artifactctl.materializers.sameness import is_same
class Config(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra={extra!r})
    {fields}
    _since: int = 5
if {saving}: save(Config({values}), pathlib.Path("out"))
else:
    made = load(pathlib.Path("out"), "pydantic", "app.Config", allow_pickle=False)
    print(made, made.__pydantic_extra__, made._since)
"""


@pytest.mark.parametrize(
    ("extra", "shown"),
    [
        ("ignore", "a=1 new=7 None 5"),
        ("allow", "a=1 new=7 gone=2 {'gone': 2} 5"),
        ("forbid", "'gone'"),
    ],
)
def test_a_class_that_has_changed_since_then(extra: str, shown: str, tmp_path: Path):
    (tmp_path / "out").mkdir()

    def run(**words: object) -> str:
        (tmp_path / "app.py").write_text(CHANGED.format(extra=extra, **words))
        done = subprocess.run(
            [sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True
        )
        return done.stdout + done.stderr

    assert run(saving=True, fields="a: int; gone: int", values="a=1, gone=2") == ""
    assert shown in run(saving=False, fields="a: int; new: int = 7", values="")
    assert "a field 'new'" in run(saving=False, fields="gone: int; a: int; new: int", values="")


@pytest.mark.parametrize(
    "words",
    [
        '["subprocess.Popen", ["builtins.int"]]', '"subprocess.Popen"', "[]", "{}", "null",
        '["collections.OrderedDict", ["builtins.int"]]', '["|", []]', '["|", ["gone.Model"]]',
    ],
)  # fmt: skip
def test_hostile_classes_are_clear_errors(words: str, tmp_path: Path):
    (tmp_path / "data.json").write_text(f'{{"$pydantic": [{words}, {{}}]}}')
    with pytest.raises((InvalidInputError, NotFoundError)):
        load(tmp_path, "pydantic", "x.Y", allow_pickle=False)


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"fields": 5, "set": 5, "extra": 5, "private": 5}', "null",
                '{"fields": {}, "set": [[]], "extra": null, "private": {"_x": 1}}'],
)  # fmt: skip
def test_hostile_states_are_clear_errors(content: str, tmp_path: Path):
    (tmp_path / "data.json").write_text(f'{{"$pydantic": ["{__name__}.Strict", {content}]}}')
    with pytest.raises(InvalidInputError):
        load(tmp_path, "pydantic", "x.Y", allow_pickle=False)


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


def test_a_model_is_one_file_of_its_values(tmp_path: Path):
    saved = save(Layer(width=3), tmp_path)
    (text,) = contents(tmp_path).values()
    state = {"fields": {"width": 3}, "set": ["width"], "extra": None, "private": None}
    assert json.loads(text) == {"$pydantic": [f"{__name__}.Layer", state]}
    assert saved.metadata["schema"]["properties"]["width"]["type"] == "integer"


def test_models_saved_by_earlier_versions_load(tmp_path: Path):
    (tmp_path / "model.json").write_text('{"width": 3}')
    assert load(tmp_path, "pydantic", f"{__name__}.Layer", allow_pickle=False) == Layer(width=3)
    (tmp_path / "model.json").unlink()
    (tmp_path / "data.json").write_text(f'{{"$model": ["{__name__}.Layer", {{"width": 4}}]}}')
    assert load(tmp_path, "pydantic", f"{__name__}.Layer", allow_pickle=False) == Layer(width=4)


def test_arrays_in_a_model_come_back():
    loaded = again(Model(**{"learning-rate": 1}, weights=np.arange(3)))
    assert loaded.weights.tolist() == [0, 1, 2]


def test_data_that_the_class_does_not_take_is_an_error_that_names_it(tmp_path: Path):
    saved = save(Layer(), tmp_path)
    (tmp_path / "model.json").write_text('{"width": "wide"}')
    with pytest.raises(InvalidInputError, match=r"Layer.*width"):
        load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False)


def test_a_class_that_is_not_imported_or_no_model_is_an_error(tmp_path: Path):
    (tmp_path / "model.json").write_text('{"width": 2}')
    with pytest.raises(NotFoundError, match=r"gone\.Layer"):
        load(tmp_path, "pydantic", "gone.Layer", allow_pickle=False)
    with pytest.raises(InvalidInputError, match="not a pydantic model"):
        load(tmp_path, "pydantic", "pathlib.Path", allow_pickle=False)
    assert load(tmp_path, "pydantic", "gone.Layer", allow_pickle=False, wanted=Wide) == Wide(
        width=2
    )
