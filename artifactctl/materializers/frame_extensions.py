"""Columns of pandas' own types as simpler ones: categories, times in zones, periods, and so on."""

import re
from typing import Any

import numpy as np
import pandas as pd

from artifactctl.errors import InvalidInputError
from artifactctl.materializers.frame_cells import decoded, encoded, plain_dtype
from artifactctl.materializers.frame_steps import Load, Step, Ways, cannot_hold, named
from artifactctl.materializers.scalar_texts import is_plain_text

_FOLDER = re.compile(r"(categories|right)-\d+")


def write_categories(column: Any, place: int, ways: Ways) -> tuple[Any, Step]:
    """Their numbers; the categories themselves are an index in a folder."""
    folder = f"categories-{place}"
    ways.keep(column.dtype.categories, folder)
    codes = column.cat.codes.astype("int32")
    return codes, {"as": "codes", "in": folder, "ordered": bool(column.dtype.ordered)}


def read_categories(column: Any, step: Step, load: Load) -> Any:
    """The categorical of those numbers."""
    dtype = pd.CategoricalDtype(load(_folder(step["in"])), ordered=step["ordered"])
    return pd.Categorical.from_codes(column.to_numpy(), dtype=dtype)


def write_strings(column: Any, _place: int, ways: Ways) -> tuple[Any, Step]:
    """Text as it is, unless it is Python's and UTF-8 cannot hold it."""
    dtype = column.dtype
    step = {
        "as": "string",
        "storage": dtype.storage,
        "missing": "NA" if dtype.na_value is pd.NA else "nan",
    }
    if _string_dtype(step) != dtype:
        raise cannot_hold(column)
    is_fine = dtype.storage != "python" or all(map(_is_fine, column))
    return column if is_fine and not ways.simple else column.astype("object"), step


def read_strings(column: Any, step: Step, _load: Load) -> Any:
    """Text of the same kind, whatever kind the file was read as."""
    return column.astype(_string_dtype(step)).array


def write_zoned(column: Any, _place: int, ways: Ways) -> tuple[Any, Step]:
    """Times in UTC when the file may have no word for the zone, or another one."""
    if ways.simple:
        return _without_zone(column)
    step = _without_zone(column)[1]
    is_named = bool(getattr(column.dt.tz, "key", None))
    return column if is_named else column.dt.tz_convert("UTC"), step


def read_zoned(column: Any, step: Step, _load: Load) -> Any:
    """The same moments in the zone; those without one are in UTC."""
    moments = column.dt.tz_localize("UTC") if column.dt.tz is None else column
    return moments.dt.tz_convert(decoded(step["like"]).tzinfo).array


def write_seconds(column: Any, _place: int, _ways: Ways) -> tuple[Any, Step]:
    """Milliseconds, since Parquet knows no seconds; where that is too many, a number."""
    try:
        return column.dt.as_unit("ms"), {"as": "unit", "unit": "s"}
    except (pd.errors.OutOfBoundsDatetime, pd.errors.OutOfBoundsTimedelta):
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            return _without_zone(column)
        return pd.Series(column.array.asi8), {"as": "view", "dtype": column.dtype.str}


def read_view(column: Any, step: Step, _load: Load) -> Any:
    """Times or durations of the numbers that stand for them."""
    dtype = plain_dtype(step["dtype"])
    if dtype.kind not in "mM":
        raise InvalidInputError(f"the data has numbers as {step['dtype']!r}")
    return column.to_numpy(copy=True).view(dtype)


def read_unit(column: Any, step: Step, _load: Load) -> Any:
    """The same moments or durations in the unit."""
    return column.dt.as_unit(step["unit"]).array


def write_periods(column: Any, _place: int, _ways: Ways) -> tuple[Any, Step]:
    """Their numbers since 1970."""
    freq = str(column.array.freqstr)
    if not _is_period_of(column.dtype, freq):
        raise cannot_hold(column)
    return pd.Series(column.array.asi8), {"as": "period", "freq": freq}


def read_periods(column: Any, step: Step, _load: Load) -> Any:
    """The periods with those numbers."""
    return pd.arrays.PeriodArray(column.to_numpy(copy=True), dtype=pd.PeriodDtype(step["freq"]))


def write_intervals(column: Any, place: int, ways: Ways) -> tuple[Any, Step]:
    """Where they begin; where they end is an index in a folder."""
    folder = f"right-{place}"
    ways.keep(pd.Index(column.array.right), folder)
    step = {"as": "interval", "right": folder, "closed": column.dtype.closed}
    return pd.Series(column.array.left), step


def read_intervals(column: Any, step: Step, load: Load) -> Any:
    """The intervals between these and those ends."""
    right = load(_folder(step["right"]))
    return pd.arrays.IntervalArray.from_arrays(pd.Index(column), right, closed=step["closed"])


def write_sparse(column: Any, _place: int, _ways: Ways) -> tuple[Any, Step]:
    """All values; the file needs little space for the many that are the same."""
    fill = encoded(column.dtype.fill_value, f"the fill value of {named(column)}")
    step = {"as": "sparse", "fill": fill, "kind": column.array.kind}
    return pd.Series(column.array.to_dense()), step


def read_sparse(column: Any, step: Step, _load: Load) -> Any:
    """The same values, those that fill it left out."""
    fill = decoded(step["fill"])
    dtype = pd.SparseDtype(column.dtype, fill)
    return pd.arrays.SparseArray(column.to_numpy(), fill_value=fill, kind=step["kind"], dtype=dtype)


def _without_zone(column: Any) -> tuple[Any, Step]:
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
    return type(item) is not str or is_plain_text(item)


def _folder(name: Any) -> str:
    if not _FOLDER.fullmatch(str(name)):
        raise InvalidInputError(f"the data names a folder {name!r}")
    return str(name)
