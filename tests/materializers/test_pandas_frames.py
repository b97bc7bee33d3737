"""Frames, series and indexes come back equal in values, types, labels and frequencies."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import pandas as pdst

from artifactctl.errors import InvalidInputError
from artifactctl.materializers import load, pandas_files, save
from artifactctl.materializers.pandas_frames import frame_facts
from tests.materializers.again import again, contents

EQUAL = {pd.DataFrame: pd.testing.assert_frame_equal, pd.Series: pd.testing.assert_series_equal}


def check_equal(loaded: Any, value: Any) -> None:
    assert type(loaded) is type(value)
    EQUAL.get(type(value), pd.testing.assert_index_equal)(loaded, value)
    if not isinstance(value, pd.Index):
        assert loaded.attrs == value.attrs


@given(
    st.sampled_from(["i8", "f8", "f4", "M8[ns]", "m8[us]", "?", "u1"]).flatmap(
        lambda name: pdst.indexes(dtype=np.dtype(name))
    )
)
def test_every_index_comes_back_equal(index):
    check_equal(again(index), index)
    frame = pd.DataFrame({"a": range(len(index))}, index=index)
    check_equal(again(frame), frame)


INDEXES = [
    pd.RangeIndex(3), pd.RangeIndex(5, 11, 2, name="r"), pd.Index(["x", "y", "z"], name="n"),
    pd.MultiIndex.from_tuples([(1, "x"), (2, None), (2, "z")], names=["a", 3]),
    pd.date_range("2020", periods=3, tz="Europe/Berlin"),
    pd.date_range("2020", periods=3, freq="MS"),
    pd.to_datetime(["2020", "2019", None]), pd.timedelta_range("1h", periods=3),
    pd.period_range("2020", periods=3, freq="M"), pd.interval_range(0, 3),
    pd.CategoricalIndex(["x", "y", "x"], categories=["y", "x"], ordered=True, name=("a", 1)),
    pd.Index([1, "a", None]), pd.Index([0.5, np.nan, 1]), pd.Index([True, False, True]),
    pd.Index([1, 2, 2], name="a"), pd.Index([b"x", b"y", b"z"]), pd.Index([1, 2, 3], dtype="Int8"),
]  # fmt: skip


@pytest.mark.parametrize("index", INDEXES, ids=repr)
def test_indexes_come_back_alone_as_rows_and_as_columns(index):
    check_equal(again(index), index)
    rows = pd.DataFrame({"a": [1, 2, 3]}, index=index)
    check_equal(again(rows), rows)
    check_equal(again(rows["a"]), rows["a"])
    check_equal(again(pd.DataFrame(index=index)), pd.DataFrame(index=index))
    columns = pd.DataFrame([[1, 2.5, "x"]], columns=index)
    check_equal(again(columns), columns)


COLUMNS = {
    "tz": pd.date_range("2020", periods=2, tz="US/Eastern"),
    "offset": pd.date_range("2020", periods=2, tz="+02:00"),
    "tz in seconds": pd.date_range("2020", periods=2, tz="US/Eastern").as_unit("s"),
    "nullable": pd.array([1, None], dtype="Int8"),
    "flags": pd.array([True, None], dtype="boolean"),
    "floats": pd.array([1.5, None], dtype="Float32"),
    "string": pd.array(["a", None], dtype="string"),
    "arrow": pd.array([1, None], dtype=pd.ArrowDtype(pa.int32())),
    "categories of numbers": pd.Categorical([1, None]),
    "categories of times": pd.Categorical(pd.to_datetime(["2020", None])),
    "categories in order": pd.Categorical(["a", "b"], categories=["b", "a", "z"], ordered=True),
    "periods": pd.period_range("2020", periods=2, freq="M"),
    "intervals": pd.interval_range(0, 2),
    "sparse": pd.arrays.SparseArray([0, 1]),
    "complex": np.array([1j, np.nan]),
    "missing": pd.Series([pd.NA, pd.NaT], dtype=object),
    "none and nan": pd.Series(["a", None], dtype=object),
    "nan": pd.Series(["a", np.nan], dtype=object),
    "three kinds": pd.Series([None, np.nan], dtype=object),
    "decimals": pd.Series([Decimal("1.00"), Decimal("1e5")], dtype=object),
    "lists": pd.Series([[1], []], dtype=object),
    "dicts": pd.Series([{"a": 1}, {"b": (2, 3)}], dtype=object),
    "times": pd.Series([dt.time(1), pd.Timestamp("2020", tz="UTC")], dtype=object),
    "surrogates": pd.Series(["\ud800", "x"], dtype=object),
    "empty text": pd.Series(["", None], dtype=object),
    "large": pd.Series([1 << 70, 1], dtype=object),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_every_type_come_back(name):
    frame = pd.DataFrame({name: COLUMNS[name], "b": [1, 2]})
    check_equal(again(frame), frame)
    check_equal(again(frame.iloc[:0]), frame.iloc[:0])
    check_equal(again(frame[name]), frame[name])


def test_missing_values_are_those_that_were_there():
    frame = pd.DataFrame({"a": pd.Series(["x", None, np.nan, pd.NA], dtype=object)})
    loaded = again(frame)["a"]
    assert loaded[1] is None
    assert isinstance(loaded[2], float)
    assert loaded[3] is pd.NA


def test_vectors_in_a_column_come_back_as_arrays():
    frame = pd.DataFrame({"v": [np.arange(2.0), np.arange(3.0)]})
    loaded = again(frame)["v"]
    assert [item.tolist() for item in loaded] == [[0, 1], [0, 1, 2]]
    assert loaded[0].dtype == "f8"


def test_columns_of_the_same_name_and_attributes_come_back():
    frame = pd.DataFrame([[1, "a", 0.5]], columns=["a", "a", "a"])
    frame.attrs = {"source": ("uci", 1)}
    check_equal(again(frame), frame)


def test_a_plain_frame_is_a_parquet_file_that_pandas_reads(tmp_path: Path):
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2020", periods=2, name="day"))
    save(frame, tmp_path)
    assert set(contents(tmp_path)) == {"data.parquet", "frame.json"}
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "data.parquet"), frame, check_freq=False
    )


def test_subclasses_of_frames_are_not_taken_for_frames(tmp_path: Path):
    class Better(pd.DataFrame):
        pass

    with pytest.warns(UserWarning, match="Better' is saved as a pickle"):
        assert save(Better({"a": [1]}), tmp_path).metadata == {"pickled": True}


@pytest.mark.parametrize("name", [n for n in COLUMNS if n not in ("periods", "intervals")])
def test_without_pyarrow_it_is_csv_and_comes_back_the_same(name, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(pandas_files, "pyarrow", None)
    frame = pd.DataFrame({name: COLUMNS[name], "b": [0.1, np.nan], "c": [True, False]})
    frame.index = pd.to_datetime(["2020", "2021"])
    saved = save(frame, tmp_path)
    assert (tmp_path / "data.csv").exists()
    check_equal(load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False), frame)


def test_statistics_are_those_of_pandas():
    frame = pd.DataFrame(
        {
            "a": [1.5, np.nan, 3], "b": pd.array([1, 2, None], dtype="Int64"), "c": [1, 2, 3],
            "d": ["x", "y", "z"], "e": [np.nan] * 3, "f": [True, False, True],
        }
    )  # fmt: skip
    facts = frame_facts(frame)
    assert facts["shape"] == [3, 6]
    assert facts["dtype"]["b"] == "Int64"
    for name in ("mean", "std", "min", "max"):
        expected = getattr(frame[["a", "b", "c"]], name)()
        assert [facts[name][key] for key in "abc"] == pytest.approx(list(expected))
        assert facts[name]["e"] is None
        assert not {"d", "f"} & facts[name].keys()


@given(st.lists(st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), min_size=3, max_size=3)))
def test_statistics_in_pieces_are_those_of_the_whole(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"], dtype="f8")
    facts = frame_facts(frame)
    for name in ("mean", "std", "min", "max"):
        for key, value in getattr(frame, name)().items() if rows else ():
            found = facts[name][key]
            assert found is None if np.isnan(value) else found == pytest.approx(value, abs=1e-3)


def test_an_empty_frame_has_a_shape_and_no_statistics(tmp_path: Path):
    assert save(pd.DataFrame(), tmp_path).metadata == {"shape": [0, 0], "dtype": {}}


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\xff" * 50 + b"PAR1"])
def test_damaged_files_are_clear_errors(content: bytes, tmp_path: Path):
    save(pd.DataFrame({"a": [1]}), tmp_path)
    (tmp_path / "data.parquet").write_bytes(content)
    with pytest.raises(InvalidInputError):
        load(tmp_path, "pandas", "pandas.DataFrame", allow_pickle=False)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["a", "a", "a.1", "a"], ["a", "a.2", "a.1", "a.3"]),
        ([1, "1", 1.0], ["1", "1.1", "1.0"]),
        ([None, "None", np.nan], ["None", "None.1", "nan"]),
        ([("a", 1), "('a', 1)"], ["('a', 1)", "('a', 1).1"]),
        (["\ud800", "b"], ["\\ud800", "b"]),
    ],
)
def test_each_column_has_facts_of_its_own(labels, names, tmp_path: Path):
    values = [[place, place + 2.0] for place in range(len(labels))]
    frame = pd.DataFrame(dict(enumerate(values)))
    frame.columns = pd.Index(labels, dtype=object, tupleize_cols=False)
    facts = save(frame, tmp_path).metadata
    assert list(facts["dtype"]) == names
    assert list(facts["mean"].items()) == [(name, at + 1) for at, name in enumerate(names)]


@pytest.mark.parametrize("kind", ["Int64", "Float32", "int8[pyarrow]", "double[pyarrow]", "f8"])
def test_missing_values_do_not_count(kind: str, tmp_path: Path):
    facts = save(pd.Series([2, None, 4], dtype=kind), tmp_path).metadata
    assert (facts["mean"], facts["min"], facts["max"]) == (3, 2, 4)


def test_types_that_pandas_does_not_know_are_no_numbers(tmp_path: Path):
    values = pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(["x"], pa.string_view())]))
    assert save(pd.Series(values), tmp_path).metadata == {
        "shape": [1], "dtype": "string_view[pyarrow]",
    }  # fmt: skip
