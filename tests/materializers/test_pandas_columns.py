"""Whatever pandas holds comes back as it was, or is pickled and marked: no silent changes."""

import contextlib
import datetime as dt
import json
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings

from artifactctl.errors import CannotHoldError, InvalidInputError
from artifactctl.materializers import load, pandas_columns, pandas_files, save
from tests.materializers.again import again, contents
from tests.materializers.frames import check_same, frames, objects

SAVED_BEFORE = Path(__file__).with_name("frames_saved_before.zip")


@pytest.mark.filterwarnings("ignore:.*has text with a NUL")
@settings(max_examples=50)
@given(frames())
def test_every_frame_comes_back_the_same(frame):
    check_same(again(frame), frame)


@pytest.mark.slow
@settings(max_examples=3000)
@given(frames())
def test_every_one_of_many_frames_comes_back_the_same(frame):
    check_same(again(frame), frame)


@settings(max_examples=20)
@given(frames())
def test_every_column_and_every_index_comes_back_alone(frame):
    for index in (frame.index, frame.columns):
        check_same(again(index), index)
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        check_same(again(column), column)


@settings(max_examples=20)
@given(frames())
def test_without_pyarrow_a_frame_comes_back_the_same_or_cannot_be_held(frame):
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(pandas_files, "pyarrow", None)
        with contextlib.suppress(CannotHoldError):
            save(frame, Path(folder), "pandas")
            loaded = load(Path(folder), "pandas", "pandas.DataFrame", allow_pickle=False)
            check_same(loaded, frame)


def test_without_pyarrow_a_column_may_have_an_empty_name(monkeypatch):
    monkeypatch.setattr(pandas_files, "pyarrow", None)
    frame = pd.DataFrame({"": [1], "a": ["x"]})
    check_same(again(frame), frame)


KINDS: dict[str, Any] = {
    "read_csv of pyarrow": lambda: pd.DataFrame({"a": ["x", None]}).convert_dtypes(
        dtype_backend="pyarrow"
    ),
    "nullable of numpy": lambda: pd.DataFrame({"a": ["x", None], "b": [1, None]}).convert_dtypes(),
    "chunks with other dictionaries": lambda: pd.DataFrame(
        {"a": pd.arrays.ArrowExtensionArray(pa.chunked_array([dictionary("x"), dictionary("y")]))}
    ),
    "an arrow type that pandas does not know": lambda: pd.DataFrame(
        {"a": pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(["x"], pa.string_view())]))}
    ),
    "NaN in lists of lists": lambda: pd.DataFrame(
        {"a": pd.array([[[float("nan")], None]], pd.ArrowDtype(pa.list_(pa.list_(pa.float64()))))}
    ),
    "cut": lambda: pd.DataFrame({"a": pd.cut(pd.Series([1.0, 9, np.nan]), [0, 5, 10])}),
    "categories of times in a zone": lambda: pd.DataFrame(
        {"a": pd.Categorical(pd.date_range("2020", periods=2, tz="Asia/Tokyo"))}
    ),
    "categories of Arrow's": lambda: pd.DataFrame(
        {"a": pd.Categorical(pd.array(["x"], dtype=pd.ArrowDtype(pa.string())))}
    ),
    "a missing embedding": lambda: pd.DataFrame({"a": objects([np.arange(2.0), None])}),
    "embeddings that are NaN": lambda: pd.DataFrame({"a": objects([np.array([np.nan]), np.nan])}),
    "embeddings of bool": lambda: pd.DataFrame({"a": objects([np.array([True, False] * 5)] * 2)}),
    "matrices": lambda: pd.DataFrame({"a": objects([np.eye(2), np.zeros((0, 3))])}),
    "arrays of arrays": lambda: pd.DataFrame({"a": objects([objects([np.eye(2), np.ones(1)])])}),
    "arrays of text": lambda: pd.DataFrame({"a": objects([np.array(["x", None], dtype=object)])}),
    "dates": lambda: pd.DataFrame({"a": objects([dt.date(1, 1, 1), None, dt.date(9999, 12, 31)])}),
    "dates and times": lambda: pd.DataFrame(
        {"a": objects([dt.date(2020, 1, 1), dt.datetime.fromisoformat("2020-01-01")])}
    ),
    "bool or missing": lambda: pd.DataFrame({"a": objects([True, np.nan, False])}),
    "long bytes": lambda: pd.DataFrame({"a": objects([bytes(9999), b"", None])}),
    "images as datasets have them": lambda: pd.DataFrame(
        {"a": objects([{"bytes": bytes(9999), "path": None}, [bytearray(9999)]])}
    ),
    "text that UTF-8 cannot hold": lambda: pd.DataFrame(
        {"a": pd.array(["\ud800", None], dtype="string[python]")}
    ),
    "times too far away": lambda: pd.DataFrame({"a": np.array([2**62, "NaT"], "M8[s]")}),
    "an offset in seconds": lambda: pd.DataFrame(
        {"a": pd.to_datetime(["2020"]).tz_localize(dt.timezone(dt.timedelta(seconds=30)))}
    ),
    "levels with unused labels": lambda: pd.DataFrame(
        {"a": [1]}, index=pd.MultiIndex.from_product([["x", "y"], [1, 2]])[:1]
    ),
    "levels with missing labels": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.MultiIndex.from_arrays([[1, None], ["x", "y"]], names=["n", "n"])
    ),
    "an index called as a column": lambda: pd.DataFrame({"a": [1]}, index=pd.Index([5], name="a")),
    "sparse objects": lambda: pd.DataFrame(
        {"a": pd.arrays.SparseArray(objects(["x", None]), fill_value="x")}
    ),
}


def dictionary(text: str) -> Any:
    return pa.array([text]).dictionary_encode()


@pytest.mark.parametrize("name", KINDS)
def test_frames_come_back_the_same_whole_and_without_rows(name: str):
    frame = KINDS[name]()
    check_same(again(frame), frame)
    check_same(again(frame.iloc[:0]), frame.iloc[:0])
    check_same(again(frame.iloc[:, 0]), frame.iloc[:, 0])


def test_what_was_loaded_can_be_changed_like_any_other_frame():
    frame = pd.DataFrame(
        {
            "number": [1, 2], "text": ["x", "y"], "code": pd.Categorical(["x", "y"]),
            "period": pd.period_range("2020", periods=2, freq="M"),
            "far": np.array([2**61, 0], "M8[s]"), "seconds": np.array([1, 0], "m8[s]"),
            "zone": pd.date_range("2020", periods=2, tz="Asia/Tokyo"), "complex": [1j, 2],
            "range": pd.interval_range(0, 2), "end": np.array([1, 2], ">i4"),
            "null": pd.array([1, None], dtype="Int64"), "old": objects(["x", None]),
            "arrow": pd.array(["x", None], dtype=pd.ArrowDtype(pa.string())),
            "vector": objects([np.arange(2.0), None]), "list": objects([1, [2]]),
        }
    )  # fmt: skip
    loaded = again(frame)
    for changed in (frame, loaded):
        changed["vector"].iloc[0][0] = 5
        changed.iloc[0, :-2] = changed.iloc[1, :-2]
    check_same(loaded, frame)


def test_attributes_names_and_flags_come_back():
    frame = pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False)
    frame.attrs = {"mean": np.arange(2.0), 1: {"day": pd.Timestamp("2020", tz="UTC")}}
    check_same(again(frame), frame)
    column = frame["a"].rename((1, pd.Period("2020", "M")))
    check_same(again(column), column)


def test_types_do_not_depend_on_the_options_of_who_loads(tmp_path: Path):
    frame = pd.DataFrame({"a": ["x", None], "b": pd.array(["x", None], dtype="string[pyarrow]")})
    save(frame, tmp_path)
    with pd.option_context("mode.string_storage", "python"):
        loaded = load(tmp_path, "pandas", "pandas.DataFrame", allow_pickle=False)
    for name in ("a", "b"):
        check_same(loaded[name], frame[name])


@pytest.mark.parametrize(
    ("values", "file"),
    [([[1], None], "data.parquet"), ([{"a": 1}], "data.parquet"), ([{}], "data.arrow")],
)
def test_a_column_of_arrow_has_its_type_in_the_file(values: Any, file: str, tmp_path: Path):
    arrow = pa.array(values).type
    save(pd.DataFrame({"a": pd.array(values, dtype=pd.ArrowDtype(arrow)), "b": "x"}), tmp_path)
    assert set(contents(tmp_path)) == {"frame.json", file}
    path = str(tmp_path / file)
    found = pa.ipc.open_file(path) if file.endswith("arrow") else pa.parquet.ParquetFile(path)
    schema = found.schema if file.endswith("arrow") else found.schema_arrow
    assert schema.field("a").type == arrow


class Tagged(pa.ExtensionType):
    """A type that only this process knows."""

    def __init__(self) -> None:
        super().__init__(pa.int8(), "tests.tagged")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: Any, serialized: bytes) -> Any:
        return cls()


def tagged() -> Any:
    values = pa.ExtensionArray.from_storage(Tagged(), pa.array([1], pa.int8()))
    rows = pa.chunked_array([pa.StructArray.from_arrays([values], ["a"])])
    return pd.Series(pd.arrays.ArrowExtensionArray(rows))


class Cents(pd.Int64Dtype):
    """A type of somebody else's that is called as one of pandas'."""

    @classmethod
    def construct_array_type(cls) -> type:
        return CentsArray


class CentsArray(pd.arrays.IntegerArray):
    """An array of it."""

    dtype = property(lambda _: Cents())


def with_attributes(value: Any) -> Any:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"value": value}
    return frame


PICKLED: dict[str, Any] = {
    "an object": lambda: pd.DataFrame({"a": [object]}),
    "a frame in a cell": lambda: pd.Series([pd.DataFrame({"a": [1]})]),
    "masked arrays": lambda: pd.Series(objects([np.ma.masked_array([1, 2], [0, 1])])),
    "records": lambda: pd.Series(objects([np.zeros(2, [("a", "i4")])])),
    "an attribute": lambda: with_attributes(pd.Series([1])),
    "days of their own calendar": lambda: pd.Series(
        [1], index=pd.date_range("2020", periods=1, freq=pd.offsets.CDay(holidays=["2020-01-01"]))
    ),
    "a type of Arrow's that nobody else knows": tagged,
    "a type of somebody else's": lambda: pd.Series(
        CentsArray(np.array([1, 2]), np.array([False, True]))
    ),
    "a zone with a name of its own": lambda: pd.Series(
        pd.to_datetime(["2020"]).tz_localize(dt.timezone(dt.timedelta(hours=1), "X"))
    ),
}


@pytest.mark.parametrize("name", PICKLED)
def test_what_the_format_cannot_hold_is_pickled_and_marked(name: str, tmp_path: Path):
    value = PICKLED[name]()
    with pytest.warns(UserWarning, match="pickle"):
        saved = save(value, tmp_path)
    assert (saved.materializer, saved.metadata["pickled"]) == ("cloudpickle", True)
    assert saved.metadata["shape"] == list(value.shape)
    loaded = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=True)
    assert type(loaded) is type(value)
    assert loaded.shape == value.shape


def test_a_format_that_is_asked_for_says_what_it_cannot_hold(tmp_path: Path):
    with pytest.raises(CannotHoldError, match="column 'a'") as caught:
        save(pd.DataFrame({"a": [object()]}), tmp_path, "pandas")
    assert "materializer='cloudpickle'" in caught.value.hint


@pytest.mark.parametrize("label", ["a", ("a", 1)])
def test_a_type_that_comes_back_as_another_is_found_out(label: Any, monkeypatch, tmp_path: Path):
    def days(column: Any, *_: Any) -> Any:
        return pd.arrays.PeriodArray(column.to_numpy(), dtype="period[D]")

    monkeypatch.setitem(pandas_columns._READERS, "period", days)
    periods = pd.period_range("2020", periods=2, freq="M")
    for place, value in enumerate((pd.DataFrame({label: periods}), periods)):
        folder = tmp_path / str(place)
        folder.mkdir()
        with pytest.raises(CannotHoldError, match="would not load unchanged"):
            save(value, folder, "pandas")


@pytest.mark.parametrize(
    "step",
    [
        {"as": "code"},
        {"as": "codes", "in": "../categories-0", "ordered": False},
        {"as": "interval", "right": "/right-0", "closed": "left"},
        {"as": "view", "dtype": "O"},
        {"as": "view", "dtype": "f8"},
        {"as": "dtype", "dtype": "O"},
        {"as": "json", "dtype": "object"},
        {"as": "vectors", "dtype": "O", "missing": "None"},
        {"as": "zone", "like": {"$part": {"array": {"dtype": "O", "shape": [1], "data": "AAAA"}}}},
        {"as": "sparse", "fill": {"$part": {"code": "1"}}, "kind": "block"},
    ],
)
def test_steps_that_nobody_writes_are_clear_errors(step: dict[str, Any], tmp_path: Path):
    save(pd.DataFrame({"a": [1, 2]}), tmp_path)
    facts = json.loads((tmp_path / "frame.json").read_text())
    (tmp_path / "frame.json").write_text(json.dumps({**facts, "columns": {"0": step}}))
    with pytest.raises(InvalidInputError):
        load(tmp_path, "pandas", "pandas.DataFrame", allow_pickle=False)


def frames_of_before() -> dict[str, Any]:
    """What is in `frames_saved_before.zip`, by the name of its folder."""
    times = pd.to_datetime(["2020", None])
    return {
        "columns": pd.DataFrame(
            {
                "plain": [1, 2],
                "big end": np.array([1, 2], ">i4"),
                "text": ["a", "b"],
                "old text": pd.Series(["a", None], dtype=object),
                "nan": pd.Series([np.nan, "a"], dtype=object),
                "cells": pd.Series([[1, (2,)], {"a": dt.date(2020, 1, 1)}], dtype=object),
                "decimal": pd.Series([Decimal("1.0"), None], dtype=object),
                "vectors": pd.Series([np.arange(2.0), np.arange(3.0)], dtype=object),
                "codes": pd.Categorical(["x", None], categories=["y", "x"], ordered=True),
                "ranges": pd.Categorical(pd.interval_range(0, 2)),
                "sparse": pd.arrays.SparseArray([0, 1]),
                "complex": np.array([1j, np.nan]),
                "string": pd.array(["a", None], dtype="string"),
                "seconds": np.array(["2020", "NaT"], "M8[s]"),
                "zone": pd.date_range("2020", periods=2, tz="Europe/Berlin"),
                "zone in seconds": pd.date_range("2020", periods=2, tz="+02:00").as_unit("s"),
                "nullable": pd.array([1, None], dtype="Int8"),
                "arrow": pd.array([1, None], dtype=pd.ArrowDtype(pa.int32())),
                "period": pd.period_range("2020", periods=2, freq="M"),
                "interval": pd.interval_range(0, 2),
            }
        ),
        "labels": pd.DataFrame(
            [[1, 2], [3, 4]],
            columns=pd.Index([1, "1"], name=("n", 1)),
            index=pd.MultiIndex.from_arrays([["x", "y"], times], names=["a", 3]),
        ),
        "index stays": pd.DataFrame(
            {"a": [1, 2]}, index=pd.date_range("2020", periods=2, freq="MS", tz="UTC", name="day")
        ),
        "series": pd.Series([1.5, 2], index=pd.RangeIndex(1, 5, 2), name=("a", 1)),
        "index": pd.CategoricalIndex(["x", "y"], name=1),
        "levels": pd.MultiIndex.from_product([["a"], [1, 2]], names=["x", None]),
        "csv": pd.DataFrame({"a": [0.1, np.nan], "b": ["x", "y"], "c": times}),
    }


@pytest.mark.parametrize("name", frames_of_before())
def test_what_earlier_versions_saved_loads(name: str, tmp_path: Path):
    with zipfile.ZipFile(SAVED_BEFORE) as archive:
        archive.extractall(tmp_path)
    loaded = load(tmp_path / name, "pandas", "pandas.DataFrame", allow_pickle=False)
    check_same(loaded, frames_of_before()[name])
