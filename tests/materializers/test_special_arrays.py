"""Arrays that are more than numbers in a row come back: missing texts, masks, records, orders."""

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from artifactctl.errors import InvalidInputError
from artifactctl.materializers import load, save
from artifactctl.materializers.sameness import is_same
from tests.materializers.again import again, contents, pickled_again

TEXT = np.dtypes.StringDType
MISSING = [None, np.nan, float("nan"), pd.NA, "", "missing"]
RECORDS = np.rec.array([(1, 2.0), (3, 4.0)], dtype="i4,f8")


@pytest.mark.parametrize("missing", MISSING, ids=repr)
@given(texts=st.lists(st.none() | st.sampled_from(["None", "nan", "<NA>", "missing", "", "é"])))
def test_a_missing_text_is_not_taken_for_a_text(missing: Any, texts: list[str | None]):
    items = [missing if text is None else text for text in texts]
    array = np.array(items, dtype=TEXT(na_object=missing))
    loaded = again(array)
    assert loaded.dtype == array.dtype
    assert is_same(loaded.tolist(), array.tolist())


def test_texts_that_take_no_numbers_still_take_none():
    loaded = again(np.array([["a"], ["b"]], dtype=TEXT(coerce=False)))
    assert loaded.dtype == TEXT(coerce=False)
    with pytest.raises(ValueError, match="string"):
        loaded[0] = 5


def test_missing_texts_are_no_words(tmp_path: Path):
    facts = save(np.array(["a b", None], dtype=TEXT(na_object=None)), tmp_path).metadata
    assert (facts["unique_words"], facts["total_words"]) == (2, 2)


MASKED = {
    "none": np.ma.array([1, 2]),
    "all false": np.ma.array([1, 2], mask=[False, False]),
    "filled": np.ma.array([1.5, 2.5], mask=[False, True], fill_value=-1),
    "hard": np.ma.array([1, 2], mask=[False, True], hard_mask=True),
    "0-d": np.ma.array(5, mask=True),
    "empty": np.ma.array([], dtype=">f4"),
    "fields": np.ma.array([(1, 2.0)], dtype="i4,f4", mask=[(True, False)]),
    "fortran": np.ma.array(np.asfortranarray(np.ones((2, 3))), mask=np.eye(2, 3) > 0),
    "texts": np.ma.array(["a", "b"], mask=[False, True]),
    "filled texts": np.ma.array(["a", "b"], mask=[False, True], fill_value="gone"),
    "long texts": np.ma.array(["a", None], dtype=TEXT(na_object=None), mask=[True, False]),
    "dates": np.ma.array(np.array(["2020", "NaT"], "M8[D]"), mask=[False, True]),
    "objects": np.ma.array([{"a": 1}, None], dtype=object, mask=[False, True], fill_value="x"),
    "records": np.ma.array(RECORDS.view(np.ndarray), mask=[(True, False), (False, False)]),
}


@pytest.mark.parametrize("name", MASKED)
def test_a_masked_array_comes_back_with_all_that_masks_it(name: str):
    array = MASKED[name]
    before = None if array._fill_value is None else array._fill_value.copy()
    loaded = again(array)
    assert type(loaded) is np.ma.MaskedArray
    assert (loaded.dtype, loaded.shape) == (array.dtype, array.shape)
    assert loaded.dtype.type is array.dtype.type
    assert is_same(loaded.data, array.data)
    assert (loaded.mask is np.ma.nomask) == (array.mask is np.ma.nomask)
    assert is_same(loaded.mask, array.mask)
    assert loaded.hardmask == array.hardmask
    assert is_same(loaded._fill_value, before)
    assert loaded.data.flags.f_contiguous == array.data.flags.f_contiguous


def test_what_is_masked_does_not_count_in_statistics(tmp_path: Path):
    facts = save(np.ma.array([1.0, 2.0, 9999.0], mask=[0, 0, 1]), tmp_path).metadata
    assert (facts["max"], facts["mean"], facts["shape"]) == (2.0, 1.5, [3])


def test_masks_saved_by_earlier_versions_load(tmp_path: Path):
    np.save(tmp_path / "data.npy", [1.0, 2.0])
    np.save(tmp_path / "mask.npy", [False, True])
    np.save(tmp_path / "fill_value.npy", -1.0)
    loaded = load(tmp_path, "numpy", "numpy.ma.MaskedArray", allow_pickle=False)
    assert loaded.mask.tolist() == [False, True]
    assert (loaded.data.tolist(), loaded.fill_value) == ([1.0, 2.0], -1.0)


def test_texts_and_objects_saved_by_earlier_versions_load(tmp_path: Path):
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "data.json").write_text(
        '{"shape": [2], "dtype": "T", "items": ["a", "b"]}'
    )
    loaded = load(tmp_path, "numpy", "numpy.ndarray", allow_pickle=False)
    assert (loaded.dtype, loaded.tolist()) == (TEXT(), ["a", "b"])


KINDS = {
    "matrix": np.arange(4).reshape(2, 2).view(np.matrix),
    "matrix of objects": np.array([[None, "a"]], dtype=object).view(np.matrix),
    "recarray": RECORDS,
    "record": RECORDS[1],
    "records": RECORDS.view(np.ndarray),
    "void": np.zeros(2, dtype=[("a", "i4", (2, 3)), ("b", "U2")])[1],
    "bytes": np.void(b"abc\0"),
    "titles": np.zeros(2, dtype=[(("title", "a"), ">i2")]),
    "holes": np.zeros(2, dtype={"names": ["a"], "formats": ["i4"], "itemsize": 16}),
    "no fields": np.zeros(2, dtype=[]),
    "fortran objects": np.asfortranarray(np.array([[1, "a"], [None, {}]], dtype=object)),
    "fortran fields": np.asfortranarray(np.ones((2, 3), dtype="i4,f4")),
    "swapped": np.ones((2, 3, 4), ">c8").transpose(2, 0, 1),
    "view": np.arange(20)[::-3],
    "broadcast": np.broadcast_to(np.arange(3), (2, 3)),
    "weeks": np.array(["2020-01-02", "NaT"], "M8[25s]"),
    "no unit": np.array([1, 2], "m8"),
    "0-d": np.array("x"),
    "empty": np.zeros((3, 0, 2), ">i2"),
    "no length": np.zeros(3, "U0"),
    "ends in NUL": np.str_("a\0\0"),
    "long double": np.longdouble(1) / 3,
    "signed zero": np.array([-0.0, math.nan, math.inf]),
}


@pytest.mark.parametrize("name", KINDS)
def test_arrays_of_every_kind_come_back(name: str):
    array = KINDS[name]
    loaded = again(array)
    assert is_same(loaded, array)
    assert loaded.dtype == array.dtype
    assert loaded.dtype.type is array.dtype.type
    assert loaded.flags.f_contiguous or not array.flags.f_contiguous
    assert is_same(again([array])[0], array)


@pytest.mark.parametrize(
    "dtype",
    [
        np.dtype("i4", metadata={"unit": "m"}),
        np.dtype("O", metadata={"vlen": str}),
        np.dtype([("a", np.dtype("i4", metadata={"unit": "m"}))]),
        np.dtype({"names": ["b", "a"], "formats": ["i4", "i2"], "offsets": [4, 0]}),
        np.dtype({"names": ["a", "b"], "formats": ["i4", "i2"], "offsets": [0, 2]}),
        np.dtype([("a", object)]),
        np.dtype([("a", np.dtype((np.record, [("b", "i4")])))]),
    ],
    ids=str,
)
def test_types_that_npy_would_change_are_pickled(dtype: np.dtype):
    loaded = pickled_again(np.zeros(2, dtype))
    assert loaded.dtype == dtype
    assert loaded.dtype.metadata == dtype.metadata
    assert loaded.dtype.type is dtype.type


def test_a_mapped_file_is_a_mapped_file_again(tmp_path: Path):
    array = np.memmap(tmp_path / "file", "f4", "w+", shape=(3, 4))
    array[:] = 2
    loaded = again(array)
    assert type(loaded) is np.memmap
    assert np.array_equal(loaded, array)
    loaded[:] = 3
    assert np.array_equal(array, np.full((3, 4), 2))


@given(
    npst.arrays(
        st.sampled_from(["f8", ">i2", "U3", "M8[us]", "c16", "i4,f4", "?"]),
        npst.array_shapes(min_dims=0, min_side=0, max_side=4),
    ),
    st.data(),
)
def test_every_mask_comes_back(array, data):
    mask = data.draw(npst.arrays("?", array.shape))
    masked = np.ma.array(array, mask=mask if array.dtype.names is None else np.ma.nomask)
    loaded = again(masked)
    assert is_same(loaded.data, masked.data)
    assert is_same(loaded.mask, masked.mask)


def test_what_means_something_only_here_is_pickled():
    class Missing:
        pass

    nothing = Missing()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        loaded = pickled_again(np.array(["a", nothing], dtype=TEXT(na_object=nothing)))
    assert type(loaded[1]) is Missing


@pytest.mark.parametrize("name", ["fill_value.npy", "mask.npy"])
def test_hostile_masks_are_clear_errors(name: str, tmp_path: Path):
    saved = save(np.ma.array([1, 2], mask=[True, False], fill_value=3), tmp_path)
    np.save(tmp_path / name, np.zeros((7, 7)))
    with pytest.raises(InvalidInputError):
        load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False)
    assert set(contents(tmp_path)) == {"array.json", "data.npy", "fill_value.npy", "mask.npy"}
