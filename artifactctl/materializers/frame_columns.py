"""Columns of a pandas frame as ones that files hold exactly, and back."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from artifactctl.errors import InvalidInputError
from artifactctl.materializers import frame_extensions, frame_objects
from artifactctl.materializers.frame_cells import plain_dtype
from artifactctl.materializers.frame_steps import Load, Step, Ways, cannot_hold

Write: TypeAlias = Callable[[Any, int, Ways], tuple[Any, Step]]
Read: TypeAlias = Callable[[Any, Step, Load], Any]

# What Parquet gives back as it was: types without parameters, and times without a zone.
_EXACT = re.compile(
    r"bool|u?int(8|16|32|64)|float(16|32|64)|U?Int(8|16|32|64)|Float(32|64)|boolean"
    r"|(datetime64|timedelta64)\[(ms|us|ns)\]"
)
_NUMBER = re.compile(r"bool|u?int(8|16|32|64)|float(32|64)")
_SECONDS = re.compile(r"(datetime64|timedelta64)\[s(, .*)?\]")


def to_physical(frame: Any, ways: Ways) -> tuple[Any, dict[str, Step]]:
    """The frame with the columns that go into the file, and the steps by the place of columns."""
    columns, steps = {}, {}
    for place, (label, column) in enumerate(frame.items()):
        columns[label], step = _to_file(column, place, ways)
        if step is not None:
            steps[str(place)] = step
    if not steps:
        return frame, {}
    return pd.DataFrame(columns, index=frame.index, copy=False), steps


def from_physical(frame: Any, steps: Sequence[Step | None], load: Load) -> Any:
    """The frame as it was, of the file's columns and of the step of each."""
    if not any(steps):
        return frame
    columns = {
        label: column if step is None else _from_file(column, step, load)
        for (label, column), step in zip(frame.items(), steps, strict=True)
    }
    return pd.DataFrame(columns, index=frame.index, copy=False)


def is_arrow(step: Step) -> bool:
    """Whether the file's own type says more than pandas' word for it."""
    return step["as"] in ("arrow", "values") or (step["as"] == "vectors" and "dtype" in step)


def is_certain(step: Step, dtype: Any) -> bool:
    """Whether what comes back was proved when it was written, or is plain text or numbers."""
    if step["as"] == "json":
        return bool(step["dtype"] == "object")
    if step["as"] == "codes":
        return type(dtype.categories) is pd.Index and _is_plain(dtype.categories)
    return "then" not in step and step["as"] in ("arrow", "values", "vectors", "text", "string")


def is_native(dtype: Any) -> bool:
    """Whether its numbers are in the order of bytes of this machine."""
    return not isinstance(dtype, np.dtype) or bool(dtype.isnative)


def _is_plain(labels: Any) -> bool:
    is_number = bool(_NUMBER.fullmatch(str(labels.dtype))) and is_native(labels.dtype)
    return labels.name is None and (is_number or isinstance(labels.dtype, pd.StringDtype))


def _to_file(column: Any, place: int, ways: Ways) -> tuple[Any, Step | None]:
    """The column as the file has it, after as many steps as it takes."""
    write = _writer_for(column.dtype, ways)
    if write is None:
        return column, None
    simpler, step = write(column, place, ways)
    simpler = simpler.set_axis(column.index) if simpler.index is not column.index else simpler
    if step["as"] in _ENDS or type(simpler.dtype) is _ENDS_AS.get(step["as"]):
        return simpler, step
    physical, after = _to_file(simpler, place, ways)
    return physical, step if after is None else {**step, "then": after}


def _from_file(column: Any, step: Step, load: Load) -> Any:
    before = _from_file(column, step["then"], load) if "then" in step else column
    read = _READERS.get(step["as"])
    if read is None:
        raise InvalidInputError(f"the data has a column as {step['as']!r}")
    values = read(before, step, load)
    return pd.Series(values, index=column.index, name=column.name, dtype=values.dtype, copy=False)


def _writer_for(dtype: Any, ways: Ways) -> Write | None:
    name = str(dtype)
    if _SECONDS.fullmatch(name) and is_native(dtype) and not ways.simple:
        return frame_extensions.write_seconds
    for kind, write in _WRITERS.items():
        if type(dtype) is kind:
            return write
    if not is_native(dtype):
        return _write_native
    if _NUMBER.fullmatch(name) or (_EXACT.fullmatch(name) and not ways.simple):
        return None
    return frame_objects.write_objects if name == "object" else frame_objects.write_json


def _write_native(column: Any, _place: int, _ways: Ways) -> tuple[Any, Step]:
    dtype = column.dtype
    return column.astype(dtype.newbyteorder("=")), {"as": "dtype", "dtype": dtype.str}


def _read_dtype(column: Any, step: Step, _load: Load) -> Any:
    return column.to_numpy().astype(plain_dtype(step["dtype"]))


def _write_arrow(column: Any, place: int, ways: Ways) -> tuple[Any, Step]:
    if ways.simple:
        return frame_objects.write_json(column, place, ways)
    from artifactctl.materializers.arrow_files import is_lasting  # noqa: PLC0415 - it needs pyarrow

    if not is_lasting(column.dtype.pyarrow_dtype):
        raise cannot_hold(column)
    return column, {"as": "arrow"}


def _read_arrow(column: Any, _step: Step, _load: Load) -> Any:
    return column.array


_WRITERS: Mapping[type, Write] = {
    pd.ArrowDtype: _write_arrow,
    pd.CategoricalDtype: frame_extensions.write_categories,
    pd.StringDtype: frame_extensions.write_strings,
    pd.DatetimeTZDtype: frame_extensions.write_zoned,
    pd.PeriodDtype: frame_extensions.write_periods,
    pd.IntervalDtype: frame_extensions.write_intervals,
    pd.SparseDtype: frame_extensions.write_sparse,
}
_READERS: Mapping[str, Read] = {
    "arrow": _read_arrow,
    "codes": frame_extensions.read_categories,
    "dtype": _read_dtype,
    "interval": frame_extensions.read_intervals,
    "json": frame_objects.read_json,
    "period": frame_extensions.read_periods,
    "sparse": frame_extensions.read_sparse,
    "string": frame_extensions.read_strings,
    "text": frame_objects.read_text,
    "unit": frame_extensions.read_unit,
    "values": frame_objects.read_values,
    "vectors": frame_objects.read_vectors,
    "view": frame_extensions.read_view,
    "zone": frame_extensions.read_zoned,
}
# After these the column is what the file holds; after those if they did not change the type.
_ENDS = ("arrow", "json", "text", "values", "vectors")
_ENDS_AS = {"string": pd.StringDtype, "zone": pd.DatetimeTZDtype}
