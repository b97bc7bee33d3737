"""Columns of each type as simpler columns that a file holds, and back.

`write_...` gives the simpler column and a step, which says what was done. `read_...` undoes it.
The first part is about pandas' own types: categories, times in zones, periods, and so on. The
second is about Python objects: texts, bytes, dates and arrays of numbers are written as what they
are, others as JSON texts.
"""

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd

from artifactctl.errors import InvalidInputError
from artifactctl.materializers import pandas_files
from artifactctl.materializers.pandas_values import (
    Load,
    Step,
    Target,
    array_of,
    cannot_hold,
    cells_of_texts,
    cells_to_texts,
    decoded,
    encoded,
    named,
    plain_dtype,
)
from artifactctl.materializers.python_scalars import is_plain_text

_FOLDER = re.compile(r"(categories|right)-\d+")
_MISSING = {"None": None, "nan": np.nan}
_VECTORS_OF = "biuf"
# Arrow types that hold every value of a Python type and give it back unchanged.
_ARROW_TYPES = {dt.date: "date32", bytes: "large_binary", bool: "bool"}


def write_categories(column: pd.Series, place: int, target: Target) -> tuple[pd.Series, Step]:
    """The number of each cell's category; the categories are an index in a folder."""
    folder = f"categories-{place}"
    target.save_index(column.dtype.categories, folder)
    codes = column.cat.codes.astype("int32")
    return codes, {"as": "codes", "in": folder, "ordered": bool(column.dtype.ordered)}


def read_categories(column: pd.Series, step: Step, load: Load) -> Any:
    """The categories by their numbers."""
    dtype = pd.CategoricalDtype(load(_folder(step["in"])), ordered=step["ordered"])
    return pd.Categorical.from_codes(column.to_numpy(), dtype=dtype)


def write_strings(column: pd.Series, _place: int, target: Target) -> tuple[pd.Series, Step]:
    """Texts as they are, unless they are in Python's storage and UTF-8 cannot hold one."""
    dtype = column.dtype
    step = {
        "as": "string",
        "storage": dtype.storage,
        "missing": "NA" if dtype.na_value is pd.NA else "nan",
    }
    if _string_dtype(step) != dtype:
        raise cannot_hold(column)
    is_fine = dtype.storage != "python" or all(map(_is_fine, column))
    return column if is_fine and not target.is_csv else column.astype("object"), step


def read_strings(column: pd.Series, step: Step, _load: Load) -> Any:
    """Texts of the same kind, whatever kind the file was read as."""
    try:
        return column.astype(_string_dtype(step)).array
    except TypeError:  # pandas before 3.0 has objects for texts with NaN for missing ones
        return column.to_numpy(dtype=object, na_value=np.nan)


def write_zoned(column: pd.Series, _place: int, target: Target) -> tuple[pd.Series, Step]:
    """Times in UTC, unless the zone has a name, which the file keeps."""
    if target.is_csv:
        return _without_zone(column)
    step = _without_zone(column)[1]
    is_named = bool(getattr(column.dt.tz, "key", None))
    return column if is_named else column.dt.tz_convert("UTC"), step


def read_zoned(column: pd.Series, step: Step, _load: Load) -> Any:
    """The same times in the zone; times without a zone are in UTC."""
    moments = column.dt.tz_localize("UTC") if column.dt.tz is None else column
    return moments.dt.tz_convert(decoded(step["like"]).tzinfo).array


def write_seconds(column: pd.Series, _place: int, _target: Target) -> tuple[pd.Series, Step]:
    """Milliseconds, since Parquet has no seconds; where that is out of bounds, integers."""
    try:
        return column.dt.as_unit("ms"), {"as": "unit", "unit": "s"}
    except (pd.errors.OutOfBoundsDatetime, pd.errors.OutOfBoundsTimedelta):
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            return _without_zone(column)
        return pd.Series(column.array.asi8), {"as": "view", "dtype": column.dtype.str}


def read_view(column: pd.Series, step: Step, _load: Load) -> Any:
    """Times or durations by their integers."""
    dtype = plain_dtype(step["dtype"])
    if dtype.kind not in "mM":
        raise InvalidInputError(f"the data has times of type {step['dtype']!r}")
    return column.to_numpy(copy=True).view(dtype)


def read_unit(column: pd.Series, step: Step, _load: Load) -> Any:
    """The same times or durations in the unit."""
    return column.dt.as_unit(step["unit"]).array


def write_periods(column: pd.Series, _place: int, _target: Target) -> tuple[pd.Series, Step]:
    """The number of each period since 1970."""
    freq = str(column.array.freqstr)
    if not _is_period_of(column.dtype, freq):
        raise cannot_hold(column)
    return pd.Series(column.array.asi8), {"as": "period", "freq": freq}


def read_periods(column: pd.Series, step: Step, _load: Load) -> Any:
    """The periods with those numbers."""
    return pd.arrays.PeriodArray(column.to_numpy(copy=True), dtype=pd.PeriodDtype(step["freq"]))


def write_intervals(column: pd.Series, place: int, target: Target) -> tuple[pd.Series, Step]:
    """The left ends; the right ends are an index in a folder."""
    folder = f"right-{place}"
    target.save_index(pd.Index(column.array.right), folder)
    step = {"as": "interval", "right": folder, "closed": column.dtype.closed}
    return pd.Series(column.array.left), step


def read_intervals(column: pd.Series, step: Step, load: Load) -> Any:
    """The intervals between left and right ends."""
    right = load(_folder(step["right"]))
    return pd.arrays.IntervalArray.from_arrays(pd.Index(column), right, closed=step["closed"])


def write_sparse(column: pd.Series, _place: int, _target: Target) -> tuple[pd.Series, Step]:
    """All values; equal ones take little space in the file."""
    fill = encoded(column.dtype.fill_value, f"the fill value of {named(column)}")
    step = {"as": "sparse", "fill": fill, "kind": column.array.kind}
    return pd.Series(column.array.to_dense()), step


def read_sparse(column: pd.Series, step: Step, _load: Load) -> Any:
    """The same values, with those that equal the fill value left out."""
    fill = decoded(step["fill"])
    dtype = pd.SparseDtype(column.dtype, fill)
    return pd.arrays.SparseArray(column.to_numpy(), fill_value=fill, kind=step["kind"], dtype=dtype)


def _without_zone(column: pd.Series) -> tuple[pd.Series, Step]:
    zone = encoded(pd.Timestamp(0, tz=column.dt.tz), f"the time zone of {named(column)}")
    return column.dt.tz_convert(None), {"as": "zone", "like": zone}


def _string_dtype(step: Step) -> Any:
    if step["missing"] == "NA":
        return pd.StringDtype(step["storage"])
    return pd.StringDtype(step["storage"], na_value=np.nan)


def _is_period_of(dtype: Any, freq: str) -> bool:
    try:
        return bool(pd.PeriodDtype(freq) == dtype)
    except ValueError:
        return False


def _is_fine(item: Any) -> bool:
    """Whether UTF-8 can hold it, if it is a text."""
    return type(item) is not str or is_plain_text(item)


def _folder(name: Any) -> str:
    if not _FOLDER.fullmatch(str(name)):
        raise InvalidInputError(f"the data names a folder {name!r}")
    return str(name)


def write_objects(column: pd.Series, place: int, target: Target) -> tuple[pd.Series, Step]:
    """Python objects as texts, vectors or values of Arrow if they are alike, else as JSON."""
    if not target.is_csv:
        if (missing := _missing_beside(str, column)) and all(map(_is_fine, column)):
            return column, {"as": "text", "missing": missing}
        if (missing := _missing_beside(np.ndarray, column)) and _are_vectors(column):
            return _vectors(column, missing)
        for kind, arrow_type in _ARROW_TYPES.items():
            if (missing := _missing_beside(kind, column)) is not None:
                return _as_arrow(column, arrow_type), {"as": "values", "missing": missing}
    return write_json(column, place, target)


def write_json(column: pd.Series, _place: int, _target: Target) -> tuple[pd.Series, Step]:
    """The cells as JSON texts; the column's type is object, or one that a name says fully."""
    name = str(column.dtype)
    if not _is_named(column.dtype, name):
        raise cannot_hold(column)
    texts = cells_to_texts(column, named(column))
    return pd.Series(texts, dtype="str"), {"as": "json", "dtype": name}


def read_text(column: pd.Series, step: Step, _load: Load) -> Any:
    """Texts with the missing values that they had."""
    return column.to_numpy(dtype=object, na_value=_MISSING[step["missing"]])


def read_json(column: pd.Series, step: Step, _load: Load) -> Any:
    """The cells, as the type that the column had."""
    cells = cells_of_texts(column)
    return cells if step["dtype"] == "object" else pd.Series(cells, dtype=step["dtype"]).array


def read_vectors(column: pd.Series, step: Step, _load: Load) -> Any:
    """Arrays; without `dtype`, as earlier versions wrote steps, pandas has made them already."""
    if "dtype" not in step:
        return column.to_numpy(dtype=object)
    dtype = plain_dtype(step["dtype"])
    cells: list[Any] = []
    for chunk in column.array.__arrow_array__().chunks:
        numbers = chunk.values.to_numpy(zero_copy_only=False).astype(dtype)
        ends = chunk.offsets.to_numpy()
        present = chunk.is_valid().to_numpy(zero_copy_only=False)
        cells += [
            numbers[ends[row] : ends[row + 1]] if present[row] else _MISSING[step["missing"]]
            for row in range(len(chunk))
        ]
    return array_of(cells)


def read_values(column: pd.Series, step: Step, _load: Load) -> Any:
    """The Python objects that Arrow makes of its values."""
    missing = _MISSING[step["missing"]]
    values = column.array.__arrow_array__().to_pylist()
    return array_of([missing if value is None else value for value in values])


def _missing_beside(kind: type, column: pd.Series) -> str | None:
    """`None` or `nan`, which stands for missing cells where all others are of a kind; else None."""
    kinds = set(map(type, column)) - {kind}
    if len(kinds) > 1 or not kinds <= {type(None), float}:
        return None
    if float in kinds and any(item == item for item in column if type(item) is float):
        return None
    return "nan" if float in kinds else "None"


def _are_vectors(column: pd.Series) -> bool:
    """Whether all arrays are flat and of numbers of one type, as embeddings are."""
    arrays = [item for item in column if type(item) is np.ndarray]
    types = {item.dtype for item in arrays}
    return (
        len(types) == 1
        and all(item.ndim == 1 for item in arrays)
        and all(dtype.kind in _VECTORS_OF and dtype.isnative for dtype in types)
        and all(dtype.itemsize <= 8 for dtype in types)
    )


def _vectors(column: pd.Series, missing: str) -> tuple[pd.Series, Step]:
    """All numbers in one array, and where each vector begins."""
    pa = pandas_files.pyarrow  # without it the target is CSV
    absent = np.array([type(item) is not np.ndarray for item in column], dtype=bool)
    arrays = [item for item in column if type(item) is np.ndarray]
    lengths = np.array([0 if type(item) is not np.ndarray else len(item) for item in column])
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype("int64")
    numbers = pa.array(np.concatenate(arrays))
    lists = pa.LargeListArray.from_arrays(pa.array(ends), numbers, mask=pa.array(absent))
    values = pd.arrays.ArrowExtensionArray(pa.chunked_array([lists]))
    step = {"as": "vectors", "dtype": arrays[0].dtype.str, "missing": missing}
    return pd.Series(values), step


def _as_arrow(column: pd.Series, arrow_type: str) -> Any:
    pa = pandas_files.pyarrow
    values = pa.chunked_array([pa.array(column, arrow_type, from_pandas=True)])
    return pd.Series(pd.arrays.ArrowExtensionArray(values))


def _is_named(dtype: Any, name: str) -> bool:
    try:
        return bool(pd.api.types.pandas_dtype(name) == dtype)
    except (TypeError, NotImplementedError):
        return False
