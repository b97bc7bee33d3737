"""Indexes of pandas: which of them a file of columns holds by itself, and their frequencies."""

import re
from typing import Any

import pandas as pd

from artifactctl.errors import CannotHoldError
from artifactctl.materializers.encoding import is_plain_key
from artifactctl.materializers.frame_columns import is_native
from artifactctl.materializers.frame_steps import HINT

INDEX_TYPES = (
    pd.Index, pd.RangeIndex, pd.MultiIndex, pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex,
    pd.IntervalIndex, pd.CategoricalIndex,
)  # fmt: skip
"""The exact types that there are; what others add would be lost."""

_TEXT = pd.Index(["text"]).dtype
# The nullable types come back as the plain ones, and times with another object for their zone.
_EXACT = re.compile(r"u?int64|float64|(datetime64|timedelta64)\[(ms|us|ns)\]")


def has_plain_labels(labels: Any) -> bool:
    """Whether a file's column names can be the labels: different texts and nothing else."""
    return (
        type(labels) is pd.Index
        and len(labels) > 0
        and labels.dtype == _TEXT
        and labels.name is None
        and labels.is_unique
        and all(map(_is_plain_label, labels))
    )


def index_stays(frame: Any, *, simple: bool) -> bool:
    """Whether Parquet keeps the rows' index with the columns, so that other readers see it too."""
    index = frame.index
    if simple or not frame.shape[1]:
        return False
    if type(index) not in (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex):
        return False
    if index.name is not None and (not _is_plain_label(index.name) or index.name in frame.columns):
        return False
    is_exact = bool(_EXACT.fullmatch(str(index.dtype))) and is_native(index.dtype)
    return is_exact or bool(index.dtype == _TEXT)


def is_counting(index: Any) -> bool:
    """Whether it is the index that every frame has when nobody gives one."""
    return (
        isinstance(index, pd.RangeIndex)
        and (index.start, index.stop, index.step) == (0, len(index), 1)
        and index.name is None
    )


def frequency(index: Any) -> str | None:
    """The frequency that an index of times says it has, in pandas' own words."""
    if not isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) or index.freq is None:
        return None
    text = str(index.freqstr)
    try:
        same = bool(pd.tseries.frequencies.to_offset(text) == index.freq)
    except ValueError:
        same = False
    if not same:
        raise CannotHoldError(f"an index of frequency {text!r} cannot be kept", hint=HINT)
    return text


def _is_plain_label(label: Any) -> bool:
    # pyarrow takes names that begin so for those of an index without a name.
    return is_plain_key(label) and not label.startswith("__index")
