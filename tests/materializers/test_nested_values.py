"""Whatever values are nested in each other come back the same, whichever format holds each."""

import collections
import dataclasses
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pydantic
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from artifactctl.materializers.sameness import is_same
from tests.materializers.again import again
from tests.materializers.frames import objects
from tests.materializers.test_class_fields import (
    Counting,
    Flags,
    Frozen,
    Items,
    Level,
    Number,
    Plain,
    Row,
    Slotted,
    Text,
    with_more,
)
from tests.materializers.test_json_values import KEYS, SCALARS
from tests.materializers.test_pydantic_models import Page, Private, Root, Scaled, Strict


class Open(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")

    any: Any = None
    _own: Any = None


def _open(any: Any, own: Any, more: Any) -> Open:  # noqa: A002 - as the field is called
    model = Open(any=any, more=more)
    model._own = own
    model.any = own  # assigned, which no validator sees
    return model


def _image(mode: str, number: int) -> Image.Image:
    image = Image.new(mode, (2, 2), number)
    image.info["number"] = number
    return image


# NumPy's own pickle loses the order of the bytes of dates.
DTYPES = npst.scalar_dtypes().filter(lambda dtype: dtype.kind not in "mM" or dtype.isnative)
LEAVES = (
    SCALARS
    | npst.arrays(DTYPES, npst.array_shapes(min_dims=0, min_side=0, max_side=3))
    | st.lists(st.none() | st.text()).map(lambda items: np.array(items, np.dtypes.StringDType(
        na_object=None)))
    | st.lists(st.booleans()).map(lambda mask: np.ma.array(np.arange(len(mask)), mask=mask))
    | st.fractions()
    | st.sampled_from([Level.LOW, Flags.A | Flags.B, Flags(0), len, Path, pd.NA, pd.NaT, ...])
    | st.builds(Text, st.text())
    | st.builds(Number, st.integers())
    | st.builds(Scaled, percent=st.floats(allow_nan=False))
    | st.builds(Strict, above=st.integers(min_value=1))
    | st.builds(Root, st.lists(st.integers()))
    | st.builds(Counting, st.integers())
    | st.builds(_image, st.sampled_from(["L", "F", "P"]), st.just(0))
)  # fmt: skip


def _around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.lists(inner).map(Items)
        | st.lists(inner).map(objects)
        | st.lists(inner).map(lambda items: collections.deque(items, 5))
        | st.dictionaries(KEYS, inner)
        | st.dictionaries(st.text("$a"), inner).map(collections.OrderedDict)
        | st.dictionaries(KEYS, inner).map(lambda items: collections.defaultdict(list, items))
        | st.builds(Plain, inner)
        | st.builds(Frozen, inner)
        | st.builds(Row, inner, inner)
        | st.builds(lambda held: with_more(Slotted(held), b=1), inner)
        | st.builds(lambda held: with_more(Plain(1), extra=held), inner)
        | st.builds(_open, inner, inner, inner)
        | st.builds(lambda held: with_more(Private(), _state=held), inner)
        | st.builds(lambda held: Page[Any](items=[held]), inner)
    )


@given(st.recursive(LEAVES, _around, max_leaves=8).filter(lambda it: not isinstance(it, Path)))
def test_every_value_comes_back_the_same_whatever_holds_it(value: Any):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some are pickled, in part or as a whole
        assert is_same(again(value, allow_pickle=True), value)


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.builds(Frozen, inner)))
def test_what_needs_no_pickle_has_none(value: Any):
    held = dataclasses.asdict(Frozen(value))
    assert is_same(again(held), held)
