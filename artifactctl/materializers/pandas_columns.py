"""Columns and labels of a pandas frame: which of them a file holds as they are, and the others.

Columns of other types are written as simpler ones by `pandas_column_kinds`. Labels that are not
plain texts, and most indexes, are saved as frames of their own by `pandas_frames`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from artifactctl.errors import CannotHoldError, InvalidInputError
from artifactctl.materializers import pandas_column_kinds as kinds
from artifactctl.materializers import pandas_files
from artifactctl.materializers.encoding import is_plain_key
from artifactctl.materializers.pandas_values import (
    HINT,
    Load,
    Step,
    Target,
    cannot_hold,
    plain_dtype,
)

Write: TypeAlias = Callable[[Any, int, Target], tuple[pd.Series, Step]]
Read: TypeAlias = Callable[[Any, Step, Load], Any]

# Types that Parquet gives back unchanged: those without parameters, and times without a zone.
_EXACT = re.compile(
    r"bool|u?int(8|16|32|64)|float(16|32|64)|U?Int(8|16|32|64)|Float(32|64)|boolean"
    r"|(datetime64|timedelta64)\[(ms|us|ns)\]"
)
_NUMBER = re.compile(r"bool|u?int(8|16|32|64)|float(32|64)")
_KNOWN = ("numpy", "pandas")  # another library's type may have the same name
_SECONDS = re.compile(r"(datetime64|timedelta64)\[s(, .*)?\]")

INDEX_TYPES = (
    pd.Index, pd.RangeIndex, pd.MultiIndex, pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex,
    pd.IntervalIndex, pd.CategoricalIndex,
)  # fmt: skip
"""The exact types that can be saved; what a subclass adds would be lost."""

_TEXT = pd.Index(["text"]).dtype
# Nullable types come back as plain ones, and times with another object for their zone.
_EXACT_INDEX = re.compile(r"u?int64|float64|(datetime64|timedelta64)\[(ms|us|ns)\]")


def to_physical(frame: pd.DataFrame, target: Target) -> tuple[pd.DataFrame, dict[str, Step]]:
    """The frame as the file has it, and the step of each column that changed, by its place."""
    columns, steps = {}, {}
    for place, (label, column) in enumerate(frame.items()):
        columns[label], step = _to_file(column, place, target)
        if step is not None:
            steps[str(place)] = step
    if not steps:
        return frame, {}
    return pd.DataFrame(columns, index=frame.index, copy=False), steps


def from_physical(frame: pd.DataFrame, steps: Sequence[Step | None], load: Load) -> pd.DataFrame:
    """The frame that was saved, from the file's columns and the step of each."""
    if not any(steps):
        return frame
    columns = {
        label: column if step is None else _from_file(column, step, load)
        for (label, column), step in zip(frame.items(), steps, strict=True)
    }
    return pd.DataFrame(columns, index=frame.index, copy=False)


def is_arrow(step: Step) -> bool:
    """Whether the file's own type is needed: pandas would make another one of it."""
    return step["as"] in ("arrow", "values") or (step["as"] == "vectors" and "dtype" in step)


def is_certain(step: Step, dtype: Any) -> bool:
    """Whether the column comes back for certain, without being read again as a proof."""
    if step["as"] == "json":
        return bool(step["dtype"] == "object")
    if step["as"] == "codes":
        return type(dtype.categories) is pd.Index and _is_plain(dtype.categories)
    return "then" not in step and step["as"] in ("arrow", "values", "vectors", "text", "string")


def _is_native(dtype: Any) -> bool:
    """Whether its numbers have the byte order of this machine."""
    return not isinstance(dtype, np.dtype) or bool(dtype.isnative)


def _is_plain(labels: pd.Index) -> bool:
    is_number = bool(_NUMBER.fullmatch(str(labels.dtype))) and _is_native(labels.dtype)
    return labels.name is None and (is_number or isinstance(labels.dtype, pd.StringDtype))


def _to_file(column: pd.Series, place: int, target: Target) -> tuple[pd.Series, Step | None]:
    """The column as the file has it, and the step with those that follow it."""
    write = _writer_for(column.dtype, target)
    if write is None:
        return column, None
    simpler, step = write(column, place, target)
    simpler = simpler.set_axis(column.index) if simpler.index is not column.index else simpler
    if step["as"] in _ENDS or type(simpler.dtype) is _ENDS_AS.get(step["as"]):
        return simpler, step
    physical, after = _to_file(simpler, place, target)
    return physical, step if after is None else {**step, "then": after}


def _from_file(column: pd.Series, step: Step, load: Load) -> pd.Series:
    before = _from_file(column, step["then"], load) if "then" in step else column
    read = _READERS.get(step["as"])
    if read is None:
        raise InvalidInputError(f"the data has a column of an unknown kind {step['as']!r}")
    values = read(before, step, load)
    return pd.Series(values, index=column.index, name=column.name, dtype=values.dtype, copy=False)


def _writer_for(dtype: Any, target: Target) -> Write | None:
    name = str(dtype)
    if _SECONDS.fullmatch(name) and _is_native(dtype) and not target.is_csv:
        return kinds.write_seconds
    for kind, write in _WRITERS.items():
        if type(dtype) is kind:
            return write
    if type(dtype).__module__.partition(".")[0] not in _KNOWN:
        return _refuse
    if not _is_native(dtype):
        return _write_native
    if _NUMBER.fullmatch(name) or (_EXACT.fullmatch(name) and not target.is_csv):
        return None
    return kinds.write_objects if name == "object" else kinds.write_json


def _refuse(column: pd.Series, _place: int, _target: Target) -> tuple[pd.Series, Step]:
    raise cannot_hold(column)


def _write_native(column: pd.Series, _place: int, _target: Target) -> tuple[pd.Series, Step]:
    dtype = column.dtype
    return column.astype(dtype.newbyteorder("=")), {"as": "dtype", "dtype": dtype.str}


def _read_dtype(column: pd.Series, step: Step, _load: Load) -> Any:
    return column.to_numpy().astype(plain_dtype(step["dtype"]))


def _write_arrow(column: pd.Series, place: int, target: Target) -> tuple[pd.Series, Step]:
    if target.is_csv:
        return kinds.write_json(column, place, target)
    if not pandas_files.arrow_tables.is_built_in(column.dtype.pyarrow_dtype):
        raise cannot_hold(column)
    return column, {"as": "arrow"}


def _read_arrow(column: pd.Series, _step: Step, _load: Load) -> Any:
    return column.array


def has_plain_labels(labels: pd.Index) -> bool:
    """Whether a file's column names can be the labels: different texts and nothing else."""
    return (
        type(labels) is pd.Index
        and len(labels) > 0
        and labels.dtype == _TEXT
        and labels.name is None
        and labels.is_unique
        and all(map(_is_plain_label, labels))
    )


def index_stays(frame: pd.DataFrame, *, is_csv: bool) -> bool:
    """Whether Parquet keeps the row labels with the columns, so that other readers see them."""
    index = frame.index
    if is_csv or not frame.shape[1]:
        return False
    if type(index) not in (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex):
        return False
    if index.name is not None and (not _is_plain_label(index.name) or index.name in frame.columns):
        return False
    is_exact = bool(_EXACT_INDEX.fullmatch(str(index.dtype))) and _is_native(index.dtype)
    return is_exact or bool(index.dtype == _TEXT)


def is_counting(index: pd.Index) -> bool:
    """Whether it is the index of a frame that was given none."""
    return (
        isinstance(index, pd.RangeIndex)
        and (index.start, index.stop, index.step) == (0, len(index), 1)
        and index.name is None
    )


def frequency(index: pd.Index) -> str | None:
    """The frequency of an index of times, as pandas writes it."""
    if not isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) or index.freq is None:
        return None
    text = str(index.freqstr)
    try:
        same = bool(pd.tseries.frequencies.to_offset(text) == index.freq)
    except ValueError:
        same = False
    if not same:
        raise CannotHoldError(f"an index of frequency {text!r} cannot be saved", hint=HINT)
    return text


def _is_plain_label(label: Any) -> bool:
    # pyarrow uses names that begin so for indexes without a name.
    return is_plain_key(label) and not label.startswith("__index")


_WRITERS: Mapping[type, Write] = {
    pd.ArrowDtype: _write_arrow,
    pd.CategoricalDtype: kinds.write_categories,
    pd.StringDtype: kinds.write_strings,
    pd.DatetimeTZDtype: kinds.write_zoned,
    pd.PeriodDtype: kinds.write_periods,
    pd.IntervalDtype: kinds.write_intervals,
    pd.SparseDtype: kinds.write_sparse,
}
_READERS: Mapping[str, Read] = {
    "arrow": _read_arrow,
    "codes": kinds.read_categories,
    "dtype": _read_dtype,
    "interval": kinds.read_intervals,
    "json": kinds.read_json,
    "period": kinds.read_periods,
    "sparse": kinds.read_sparse,
    "string": kinds.read_strings,
    "text": kinds.read_text,
    "unit": kinds.read_unit,
    "values": kinds.read_values,
    "vectors": kinds.read_vectors,
    "view": kinds.read_view,
    "zone": kinds.read_zoned,
}
# After these the file holds the column; after `_ENDS_AS` too, if the type is still the same.
_ENDS = ("arrow", "json", "text", "values", "vectors")
_ENDS_AS = {"string": pd.StringDtype, "zone": pd.DatetimeTZDtype}
