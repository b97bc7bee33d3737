"""Frames of every kind of column and label, and whether one that came back is the same."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

UTF_8 = st.characters(exclude_categories=["Cs"])
MOMENTS = st.datetimes(
    dt.datetime.fromisoformat("1700-01-01"), dt.datetime.fromisoformat("2200-01-01")
).map(lambda moment: moment.replace(fold=0))
SECONDS = MOMENTS.map(lambda moment: moment.replace(microsecond=0))
INT8 = st.integers(-128, 127)
FLOATS = st.floats(width=32)
DECIMALS = st.integers(-9999, 9999).map(lambda number: Decimal(number).scaleb(-2))

ARROW: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): st.text(UTF_8),
    pa.large_string(): st.text(UTF_8),
    pa.binary(): st.binary(),
    pa.bool_(): st.booleans(),
    pa.null(): st.none(),
    pa.int8(): INT8,
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float32(): FLOATS,
    pa.float64(): st.floats(),
    pa.decimal128(10, 2): DECIMALS,
    pa.decimal256(50, 2): DECIMALS,
    pa.date32(): st.dates(),
    pa.time64("us"): st.times(),
    pa.timestamp("s"): SECONDS,
    pa.timestamp("us", "Europe/Berlin"): MOMENTS.map(lambda moment: moment.replace(tzinfo=dt.UTC)),
    pa.duration("us"): st.timedeltas(dt.timedelta(-9999), dt.timedelta(9999)),
    pa.list_(pa.int8()): st.lists(st.none() | INT8, max_size=3),
    pa.list_(pa.float64()): st.lists(st.floats(), max_size=3),
    pa.list_(pa.string()): st.lists(st.none() | st.text(UTF_8), max_size=3),
    pa.list_(pa.list_(pa.int8())): st.lists(st.none() | st.lists(INT8, max_size=2), max_size=2),
    pa.list_(pa.int8(), 2): st.lists(INT8, min_size=2, max_size=2),
    pa.large_list(pa.int8()): st.lists(INT8, max_size=3),
    pa.struct([("a", pa.int8()), ("b", pa.string())]): st.fixed_dictionaries(
        {"a": st.none() | INT8, "b": st.none() | st.text(UTF_8)}
    ),
    pa.struct([]): st.just({}),
    pa.map_(pa.string(), pa.int8()): st.lists(
        st.tuples(st.text(UTF_8), st.none() | INT8), max_size=2
    ),
    pa.dictionary(pa.int8(), pa.string()): st.sampled_from(["a", "b"]),
    pa.dictionary(pa.int32(), pa.int64()): st.sampled_from([1, 2]),
}
NUMPY = [*"?bhilBHILefdgFD", *(f"{kind}8[{unit}]" for kind in "Mm" for unit in ("s", "ms", "us"))]
NUMPY += ["M8[ns]", "m8[ns]", ">i4", ">f8", ">c16"]
INDEX_ARROW = [pa.string(), pa.int8(), pa.date32()]
NULLABLE = ["Int8", "Int64", "UInt64", "Float32", "Float64", "boolean"]
TEXTS = ["str", "string[python]", "string[pyarrow]"]
ZONES = [dt.UTC, ZoneInfo("Europe/Berlin"), dt.timezone(dt.timedelta(hours=5, minutes=30))]
PERIODS = ["M", "D", "Q-MAR", "W-WED", "2h"]
ARRAYS = st.one_of(
    npst.arrays(
        st.sampled_from(["f4", "f8", "i8", "?", "u1", "M8[D]", "c16", "U2", ">i2"]),
        npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=2),
    ),
    st.lists(st.none() | st.text(max_size=2), max_size=3).map(lambda x: np.array(x, dtype=object)),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(),
    st.dates(), st.datetimes(), st.just(pd.NA), st.just(pd.NaT), st.decimals(),
    MOMENTS.map(pd.Timestamp), MOMENTS.map(lambda moment: pd.Period(moment, "D")),
    INT8.map(lambda left: pd.Interval(left, left + 1)), INT8.map(np.int8), FLOATS.map(np.float32),
)  # fmt: skip
CELLS = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.text(max_size=2) | INT8, inner, max_size=2)
        | st.tuples(inner)
    ),
    max_leaves=4,
)


def objects(items: list[Any]) -> Any:
    """A flat array of these, also of arrays."""
    array = np.empty(len(items), dtype=object)
    for place, item in enumerate(items):
        array[place] = item
    return array


def columns(rows: int) -> st.SearchStrategy[Any]:
    """A column of any type that pandas has."""
    return st.sampled_from(list(_COLUMNS)).flatmap(lambda kind: _COLUMNS[kind](rows))


def _many(items: st.SearchStrategy[Any], rows: int) -> st.SearchStrategy[Any]:
    return st.lists(items, min_size=rows, max_size=rows)


def _numbers(rows: int) -> st.SearchStrategy[Any]:
    return st.sampled_from(NUMPY).flatmap(lambda dtype: npst.arrays(dtype, rows)).map(pd.Series)


def _arrow(rows: int) -> st.SearchStrategy[Any]:
    def of(kind: pa.DataType) -> st.SearchStrategy[Any]:
        return _many(st.none() | ARROW[kind], rows).map(lambda values: _arrow_series(values, kind))

    return st.sampled_from(list(ARROW)).flatmap(of)


def _arrow_series(values: list[Any], kind: pa.DataType) -> Any:
    chunks = pa.chunked_array([pa.array(values, kind)])
    return pd.Series(pd.arrays.ArrowExtensionArray(chunks))


def _nullable(rows: int) -> st.SearchStrategy[Any]:
    values = _many(st.none() | st.integers(0, 1), rows)
    return st.builds(lambda items, dtype: pd.Series(items, dtype=dtype), values, _of(NULLABLE))


def _texts(rows: int) -> st.SearchStrategy[Any]:
    values = _many(st.none() | st.text(UTF_8), rows)
    return st.builds(lambda items, dtype: pd.Series(items, dtype=dtype), values, _of(TEXTS))


def _zoned(rows: int) -> st.SearchStrategy[Any]:
    def made(moments: list[Any], zone: Any, unit: str) -> Any:
        naive = pd.Series(moments, dtype="M8[us]")
        return naive.dt.tz_localize("UTC").dt.tz_convert(zone).dt.as_unit(unit)

    units = _of(["s", "ms", "us", "ns"])
    return st.builds(made, _many(st.none() | MOMENTS, rows), _of(ZONES), units)


def _periods(rows: int) -> st.SearchStrategy[Any]:
    made = st.builds(lambda moments, freq: pd.PeriodIndex(moments, freq=freq),
                     _many(MOMENTS, rows), _of(PERIODS))  # fmt: skip
    return made.map(pd.Series)


def _intervals(rows: int) -> st.SearchStrategy[Any]:
    def made(ends: list[int], dtype: str, closed: str) -> Any:
        left = pd.Index(ends, dtype=dtype)
        return pd.Series(pd.arrays.IntervalArray.from_arrays(left, left, closed=closed))

    closed = _of(["left", "right", "both", "neither"])
    return st.builds(made, _many(INT8, rows), _of(["i8", "f8", "m8[ns]"]), closed)


@st.composite
def _categories(draw: Any, rows: int) -> Any:
    labels = draw(indexes(draw(st.integers(0, 3)), unique=True))
    codes = draw(_many(st.integers(-1, len(labels) - 1), rows))
    return pd.Series(pd.Categorical.from_codes(codes, labels, ordered=draw(st.booleans())))


def _sparse(rows: int) -> st.SearchStrategy[Any]:
    def made(values: list[int], dtype: str, kind: str) -> Any:
        return pd.Series(pd.arrays.SparseArray(np.array(values, dtype=dtype), kind=kind))

    kinds = _of(["integer", "block"])
    return st.builds(made, _many(st.integers(0, 2), rows), _of(["i8", "f4", "?"]), kinds)


@st.composite
def _vectors(draw: Any, rows: int) -> Any:
    dtype, missing = draw(_of(["f4", "f8", "i8", "?", "u1", "f2"])), draw(_of([None, np.nan]))
    vectors = npst.arrays(dtype, st.integers(0, 3))
    return pd.Series(objects(draw(_many(st.just(missing) | vectors, rows))))


def _values(rows: int) -> st.SearchStrategy[Any]:
    def of(kind: st.SearchStrategy[Any], missing: Any) -> st.SearchStrategy[Any]:
        return _many(st.just(missing) | kind, rows).map(lambda items: pd.Series(objects(items)))

    kinds = [st.dates(), st.booleans(), st.binary(), st.text(), st.integers(), st.datetimes()]
    return st.tuples(_of(kinds), _of([None, np.nan, pd.NA])).flatmap(lambda pair: of(*pair))


def _cells(rows: int) -> st.SearchStrategy[Any]:
    return _many(CELLS, rows).map(lambda cells: pd.Series(objects(cells)))


_of = st.sampled_from
_COLUMNS = {
    "numbers": _numbers, "arrow": _arrow, "nullable": _nullable, "texts": _texts, "zoned": _zoned,
    "periods": _periods, "intervals": _intervals, "categories": _categories, "sparse": _sparse,
    "vectors": _vectors, "values": _values, "cells": _cells,
}  # fmt: skip

NAMES = st.one_of(
    st.none(), st.text(max_size=3), INT8, st.tuples(st.text(max_size=1), INT8), st.dates(),
    st.sampled_from(["a", "index", "__index_level_0__", "None", ""]),
)  # fmt: skip


def indexes(size: int, *, unique: bool = False) -> st.SearchStrategy[Any]:
    """Labels of any type that pandas has, all of them different if they have to be."""

    def many(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        by = repr if unique else None
        return st.lists(items, min_size=size, max_size=size, unique_by=by)

    def of(items: st.SearchStrategy[Any], *dtypes: Any) -> st.SearchStrategy[Any]:
        return st.builds(
            lambda labels, dtype, name: pd.Index(labels, dtype=dtype, name=name),
            many(items), _of(dtypes), NAMES,
        )  # fmt: skip

    kinds = [
        st.builds(lambda at, step, name: pd.RangeIndex(at, at + step * size, step, name=name),
                  INT8, _of([-2, 1, 3]), NAMES),
        of(st.text(UTF_8, max_size=3), "str"),
        of(INT8 | st.text(max_size=2) | st.dates(), object),
        of(st.integers(0, 99), "i8", "f4", "u1"),
        of(SECONDS, "M8[us]", "M8[ms]"),
        st.builds(lambda freq, zone: pd.date_range("2020", periods=size, freq=freq, tz=zone),
                  _of(["D", "2h", "MS", "W-TUE"]), _of(ZONES)),
        st.builds(lambda moments, name: pd.PeriodIndex(moments, freq="s", name=name),
                  many(SECONDS), NAMES),
        st.builds(lambda name: pd.interval_range(0.5, periods=size, name=name), NAMES),
    ]  # fmt: skip
    if not unique:
        kinds += [
            of(st.text(UTF_8, max_size=1), "category"),
            of(st.none() | INT8, "Int64"),
            *(of(st.none() | ARROW[kind], pd.ArrowDtype(kind)) for kind in INDEX_ARROW),
            _levels(size),
        ]
    return st.one_of(kinds)


@st.composite
def _levels(draw: Any, size: int) -> Any:
    levels = [draw(indexes(draw(st.integers(1, 3)), unique=True)) for _ in range(2)]
    codes = [draw(_many(st.integers(-1, len(level) - 1), size)) for level in levels]
    return pd.MultiIndex(levels=levels, codes=codes, names=[draw(NAMES), draw(NAMES)])


@st.composite
def frames(draw: Any) -> Any:
    """A frame of up to three rows and columns of any type, under any labels."""
    rows = draw(st.integers(0, 3))
    values = draw(st.lists(columns(rows), max_size=3))
    frame = pd.DataFrame(dict(enumerate(values)), index=range(rows))
    frame.columns = draw(indexes(len(values)))
    frame.index = draw(indexes(rows))
    frame.attrs = draw(st.dictionaries(st.text(max_size=2) | INT8, CELLS, max_size=1))
    if frame.columns.is_unique and frame.index.is_unique:
        frame.flags.allows_duplicate_labels = draw(st.booleans())
    return frame


def check_same(loaded: Any, value: Any) -> None:
    """Fail unless types, values, labels, names, attributes and flags are the same."""
    assert type(loaded) is type(value)
    if isinstance(value, pd.Index):
        _check_same_index(loaded, value)
        return
    if isinstance(value, pd.Series):
        _check_same_cell(loaded.name, value.name)
        loaded, value = loaded.to_frame(0), value.to_frame(0)
    assert loaded.flags == value.flags
    _check_same_cell(loaded.attrs, value.attrs)
    _check_same_index(loaded.index, value.index)
    _check_same_index(loaded.columns, value.columns)
    for place in range(value.shape[1]):
        _check_same_array(loaded.iloc[:, place].array, value.iloc[:, place].array)


def _check_same_index(loaded: Any, value: Any) -> None:
    assert type(loaded) is type(value)
    _check_same_cell(list(loaded.names), list(value.names))
    assert getattr(loaded, "freq", None) == getattr(value, "freq", None)
    if isinstance(value, pd.RangeIndex):
        assert (loaded.start, loaded.stop, loaded.step) == (value.start, value.stop, value.step)
    elif isinstance(value, pd.MultiIndex):
        for level in range(value.nlevels):
            _check_same_index(loaded.levels[level], value.levels[level])
            assert list(loaded.codes[level]) == list(value.codes[level])
    else:
        _check_same_array(loaded.array, value.array)


def _check_same_array(loaded: Any, value: Any) -> None:
    kind = value.dtype
    assert type(loaded) is type(value)
    assert (type(loaded.dtype), loaded.dtype) == (type(kind), kind)
    if isinstance(kind, pd.StringDtype):
        assert (loaded.dtype.storage, repr(loaded.dtype.na_value)) == (
            kind.storage,
            repr(kind.na_value),
        )
    if isinstance(kind, pd.CategoricalDtype):
        _check_same_index(loaded.categories, value.categories)
        assert list(loaded.codes) == list(value.codes)
    elif isinstance(kind, pd.ArrowDtype):
        theirs, ours = loaded.__arrow_array__(), value.__arrow_array__()
        assert theirs.type == ours.type
        _check_same_cell(theirs.to_pylist(), ours.to_pylist())
    else:
        assert getattr(loaded, "kind", None) == getattr(value, "kind", None)
        _check_same_cell(list(loaded), list(value))


def _check_same_cell(loaded: Any, value: Any) -> None:
    assert type(loaded) is type(value)
    if isinstance(value, list | tuple):
        assert len(loaded) == len(value)
        for one, other in zip(loaded, value, strict=True):
            _check_same_cell(one, other)
    elif isinstance(value, dict):
        _check_same_cell(list(loaded.items()), list(value.items()))
    elif isinstance(value, np.ndarray):
        assert (loaded.dtype, loaded.shape) == (value.dtype, value.shape)
        _check_same_cell(loaded.ravel().tolist(), value.ravel().tolist())
    else:
        assert repr(loaded) == repr(value)
