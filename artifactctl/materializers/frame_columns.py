"""Columns of a pandas frame as ones that files hold exactly, and what to do to get them back."""

import io
import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from artifactctl.errors import InvalidInputError
from artifactctl.materializers.decoding import Decoder
from artifactctl.materializers.encoding import Encoder, is_plain_key
from artifactctl.materializers.scalar_texts import is_plain_text
from artifactctl.materializers.type_names import required_class

_HINT = "give materializer='cloudpickle', or convert it first"
# What Parquet gives back as it was, by the name of the type; the extensions have to be tried.
_EXACT = re.compile(
    r"bool|u?int(8|16|32|64)|float(16|32|64)|U?Int(8|16|32|64)|Float(32|64)|boolean|str|string"
    r"|(datetime64|timedelta64)\[(ms|us|ns)\]|datetime64\[(ms|us|ns), .*\]"
)
# The nullable types of an index come back as the plain ones.
_EXACT_INDEX = re.compile(r"u?int64|float64|str|(datetime64|timedelta64)\[(ms|us|ns)(, .*)?\]")
_EXTENSION = re.compile(r"period\[.*\]|interval\[.*\]|.*\[pyarrow\]")
_NUMBER = re.compile(r"bool|u?int(8|16|32|64)|float(32|64)")
_TEXT = pd.Index(["text"]).dtype
_MISSING = {"None": None, "nan": np.nan}
_CATEGORIES = re.compile(r"categories-\d+")


def to_physical(
    frame: Any, *, simple: bool, keep: Callable[[Any, str], None]
) -> tuple[Any, dict[str, Any]]:
    """The frame with the columns that go into the file, and by place what was done to others.

    `simple` is for files that hold nothing but numbers and text; `keep` saves an index by name.
    """
    columns, done = {}, {}
    for place, label in enumerate(frame.columns):
        column = frame[label]
        columns[label], step = _to_file(column, place, simple, keep)
        if step is not None:
            done[str(place)] = step
    if not done:
        return frame, {}
    return pd.DataFrame(columns, index=frame.index), done


def from_physical(frame: Any, done: dict[str, Any], load: Callable[[str], Any]) -> Any:
    """The frame as it was, of the file's columns and of what `to_physical` said."""
    if not done:
        return frame
    columns = {
        label: _from_file(frame[label], done.get(str(place)), load)
        for place, label in enumerate(frame.columns)
    }
    return pd.DataFrame(columns, index=frame.index)


def has_plain_labels(labels: Any) -> bool:
    """Whether a file's column names can be the labels: different texts and nothing else."""
    return (
        type(labels) is pd.Index
        and labels.dtype == _TEXT
        and labels.name is None
        and labels.is_unique
        and all(is_plain_key(label) and not label.startswith("__index") for label in labels)
    )


def index_stays(frame: Any, *, simple: bool) -> bool:
    """Whether Parquet keeps the rows' index with the columns, so that other readers see it too."""
    index = frame.index
    if simple or not frame.shape[1] or isinstance(index, pd.RangeIndex):
        return False
    if type(index) not in (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex):
        return False
    if index.name is not None and (not is_plain_key(index.name) or index.name in frame.columns):
        return False
    return bool(_EXACT_INDEX.fullmatch(str(index.dtype))) and _is_native(index.dtype)


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
        raise InvalidInputError(f"an index of frequency {text!r} cannot be kept", hint=_HINT)
    return text


def encoded(value: Any, what: str) -> Any:
    """`value` as JSON; raises `InvalidInputError` for what only a pickle could hold."""

    def refuse(part: Any) -> Any:
        kind = type(part).__qualname__
        raise InvalidInputError(f"{what}: an object of {kind!r} cannot be kept", hint=_HINT)

    return Encoder(refuse).encode(value)


def decoded(value: Any) -> Any:
    """What `encoded` made JSON of."""

    def refuse(number: Any) -> Any:
        raise InvalidInputError(f"the data has no part {number!r}")

    return Decoder(_imported_class, refuse).decode(value)


def _imported_class(name: str) -> type:
    return required_class(name, importing=False)


def _to_file(
    column: Any,
    place: int,
    simple: bool,
    keep: Callable[[Any, str], None],
) -> tuple[Any, dict[str, Any] | None]:
    dtype, name = column.dtype, str(column.dtype)
    if not _is_native(dtype):
        return column.astype(dtype.newbyteorder("=")), {"as": "dtype", "dtype": dtype.str}
    if _NUMBER.fullmatch(name) or (not simple and _is_exact(dtype)):
        return column, None
    if isinstance(dtype, pd.CategoricalDtype):
        folder = f"categories-{place}"
        keep(dtype.categories, folder)
        return column.cat.codes.astype("int32"), {
            "as": "codes", "in": folder, "ordered": bool(dtype.ordered),
        }  # fmt: skip
    if name == "object" and not simple:
        if (missing := _missing_texts(column)) is not None:
            return column, {"as": "text", "missing": missing}
        if _are_vectors(column):
            return column, {"as": "vectors"}
    return _as_json(column, name), {"as": "json", "dtype": name}


def _from_file(column: Any, step: dict[str, Any] | None, load: Callable[[str], Any]) -> Any:
    if step is None:
        return column
    if step["as"] == "dtype":
        return column.astype(_plain_dtype(step["dtype"]))
    if step["as"] == "codes":
        if not _CATEGORIES.fullmatch(step["in"]):
            raise InvalidInputError(f"the data names a folder {step['in']!r}")
        dtype = pd.CategoricalDtype(load(step["in"]), ordered=step["ordered"])
        values = pd.Categorical.from_codes(column.to_numpy(), dtype=dtype)
    elif step["as"] == "text":
        values = column.to_numpy(dtype=object, na_value=_MISSING[step["missing"]])
    elif step["as"] == "json":
        values = _from_json(column, step["dtype"])
    elif step["as"] == "vectors":
        return column
    else:
        raise InvalidInputError(f"the data has a column as {step['as']!r}")
    return pd.Series(values, index=column.index, name=column.name, dtype=values.dtype)


def _is_native(dtype: Any) -> bool:
    return not isinstance(dtype, np.dtype) or bool(dtype.isnative)


def _is_exact(dtype: Any) -> bool:
    """Whether Parquet gives the type back as it is."""
    return bool(_EXACT.fullmatch(str(dtype))) or (
        bool(_EXTENSION.fullmatch(str(dtype))) and _survives(dtype)
    )


@lru_cache(maxsize=256)
def _survives(dtype: Any) -> bool:
    """Whether an empty column of this type comes back from Parquet with the same type."""
    file = io.BytesIO()
    try:
        pd.DataFrame({"0": pd.Series([], dtype=dtype)}).to_parquet(file, engine="pyarrow")
        return bool(pd.read_parquet(file, engine="pyarrow")["0"].dtype == dtype)
    except (ValueError, TypeError, NotImplementedError):  # pyarrow's own errors are among these
        return False


def _missing_texts(column: Any) -> str | None:
    """What stands for missing texts: `None` or `nan`; None if these are not all texts.

    Also None if UTF-8 cannot hold one of them.
    """
    kinds = set(map(type, column)) - {str}
    if len(kinds) > 1 or not kinds <= {type(None), float}:
        return None
    if float in kinds and any(item == item for item in column if type(item) is float):
        return None
    if not all(is_plain_text(item) for item in column if type(item) is str):
        return None
    return "nan" if float in kinds else "None"


def _are_vectors(column: Any) -> bool:
    """Whether all are arrays of numbers of one type: embeddings, say."""
    if set(map(type, column)) != {np.ndarray}:
        return False
    types = {item.dtype for item in column}
    return (
        all(item.ndim == 1 for item in column)
        and len(types) == 1
        and (next(iter(types)).kind in "iuf" and next(iter(types)).isnative)
    )


def _as_json(column: Any, name: str) -> Any:
    what = f"column {str(column.name)[:80]!r}"
    if not _is_named(column.dtype, name):
        raise InvalidInputError(f"{what} of type {name!r} cannot be kept", hint=_HINT)
    values = [json.dumps(encoded(item, what), ensure_ascii=False) for item in column]
    return pd.Series(values, index=column.index, name=column.name, dtype="str")


def _from_json(column: Any, name: str) -> Any:
    items = [decoded(json.loads(text)) for text in column]
    if name != "object":
        return pd.Series(items, dtype=name).array
    values = np.empty(len(items), dtype=object)
    for place, item in enumerate(items):  # an item may be a list, which is no dimension here
        values[place] = item
    return values


def _is_named(dtype: Any, name: str) -> bool:
    try:
        return bool(pd.api.types.pandas_dtype(name) == dtype)
    except TypeError:
        return False


def _plain_dtype(name: str) -> Any:
    dtype = np.dtype(str(name))
    if dtype.hasobject:
        raise InvalidInputError(f"the data has a column of type {name!r}")
    return dtype
