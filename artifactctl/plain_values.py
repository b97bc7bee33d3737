"""Values of Python programs (numpy, torch, pandas, dates …) as JSON values.

No library is imported: the module name of an object's class identifies its library.
"""

import contextlib
import math
from collections import deque
from collections.abc import Iterable, Mapping, ValuesView
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from artifactctl.errors import InvalidInputError, warn_caller
from artifactctl.json_text import MAX_DEPTH, MAX_VALUE_BYTES, too_deep

_SEQUENCES = (list, tuple, range, deque, ValuesView)


def plain_value(key: str, value: object, depth: int = 0) -> Any:
    """Return the JSON value for the value logged under `key`.

    Sets and tuples become lists; numbers, arrays and columns of numpy, torch, pandas and polars
    become plain numbers, lists and objects; times, paths, IDs and classes become texts; durations
    seconds; a Decimal or a Fraction the nearest float; bytes text, or else hexadecimal digits. NaN
    and infinities become null, with a warning. Raises `InvalidInputError` for any other value.
    """
    if depth > MAX_DEPTH:
        raise InvalidInputError(f"metadata {key!r}: {too_deep()}")
    value = _unwrapped(value)
    if isinstance(value, float) and not math.isfinite(value):
        warn_caller(f"metadata {key!r}: {value} is kept as null")
        return None
    if isinstance(value, Mapping):
        values = (plain_value(key, item, depth + 1) for item in value.values())
        return dict(zip(plain_keys(value), values, strict=True))
    if isinstance(value, (AbstractSet, *_SEQUENCES)):
        if len(value) > MAX_VALUE_BYTES:
            raise InvalidInputError(f"metadata {key!r} is larger than 1 MiB")
        items = sorted(value, key=repr) if isinstance(value, AbstractSet) else value
        return [plain_value(key, item, depth + 1) for item in items]
    if not isinstance(value, str | int | float | bool | None):
        kind = type(value).__name__
        article = "an" if kind[0] in "aeiouAEIOU" else "a"
        raise InvalidInputError(f"metadata {key!r}: {article} {kind} cannot be kept")
    return value


def plain_keys(names: Iterable[object]) -> list[Any]:
    """Return keys as texts: counts by class, for example, have numbers as keys.

    The number 1 and the text "1" become `1` and `1.1`, as `numbered` makes them.
    """
    return numbered(_plain_key(name) for name in names)


def numbered(texts: Iterable[object]) -> list[Any]:
    """Return the texts made unique: repeated ones get a number, as pandas does for CSV columns.

    `a`, `a`, `a` become `a`, `a.1`, `a.2`.
    """
    texts = list(texts)
    taken, numbers = set(texts), dict.fromkeys(texts, 0)
    seen: set[Any] = set()
    names = []
    for text in texts:
        name = text
        while name in seen or (name != text and name in taken):
            numbers[text] += 1
            name = f"{text}.{numbers[text]}"
        seen.add(name)
        names.append(name)
    return names


def _plain_key(name: object) -> object:
    name = _unwrapped(name)
    return str(name) if isinstance(name, int | float) else name


def _unwrapped(value: object) -> object:
    """Return the plain value, list or mapping in a value of a class that JSON does not have."""
    if isinstance(value, str | int | float | bool | None) and type(value).__module__ == "builtins":
        return value
    if isinstance(value, Enum):
        return _unwrapped(value.value)
    if isinstance(value, type):
        return value.__qualname__ if value.__module__ == "builtins" else _path_of(value)
    return _of_python(_of_library(value))


def _path_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _of_python(value: Any) -> Any:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, PurePath | UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _text_of(bytes(value))
    if type(value).__module__ in ("decimal", "fractions"):
        return float(value)
    return value


def _text_of(content: bytes) -> str:
    with contextlib.suppress(UnicodeDecodeError):
        return content.decode()
    return content.hex()


def _of_library(value: object) -> object:
    package = str(type(value).__module__).partition(".")[0]
    if package in ("numpy", "torch"):
        return _of_arrays(value)
    if package == "pandas":
        return _of_pandas(value)
    if package == "polars":
        return _of_polars(value)
    return value


def _of_arrays(value: Any) -> Any:
    """Return a number, a list, or the name of a type or device."""
    if isinstance(value, str | tuple | Mapping):
        return str(value) if isinstance(value, str) else value
    if not hasattr(value, "tolist"):
        return str(value).removeprefix("torch.") if _is_about_arrays(value) else value
    kind = getattr(value.dtype, "kind", "")
    if _size(value) > MAX_VALUE_BYTES:
        return range(_size(value))  # the caller refuses its length before a list is created
    if kind == "M":  # as numbers, datetimes would lose their unit
        value = value.astype(str)
    elif kind == "m":
        value = value / value.dtype.type(1, "s")
    plain = value.tolist()
    # A long double has no Python type: `tolist` returns it unchanged.
    return float(value) if type(plain) is type(value) and kind == "f" else plain


def _is_about_arrays(value: object) -> bool:
    return type(value).__name__ in ("dtype", "device", "layout") or hasattr(value, "itemsize")


def _size(value: Any) -> int:
    size: Any = value.size
    return int(value.numel() if callable(size) else size)


def _of_pandas(value: Any) -> Any:
    """Return a labelled series as a mapping, a frame by column, and None for missing values."""
    name = type(value).__name__
    if name in ("NaTType", "NAType"):
        return None
    if hasattr(value, "columns") and hasattr(value, "to_dict"):
        return {column: value[column] for column in value.columns}
    if hasattr(value, "index") and hasattr(value, "to_dict"):
        is_labelled = type(value.index).__name__ != "RangeIndex" and value.index.is_unique
        return value.to_dict() if is_labelled else value.tolist()
    if hasattr(value, "tolist"):
        return value.tolist()
    if name in ("Period", "Interval") or name.endswith("Dtype"):
        return str(value)
    return value


def _of_polars(value: object) -> object:
    if hasattr(value, "to_list"):
        return value.to_list()
    if hasattr(value, "to_dict"):
        return value.to_dict(as_series=False)
    return str(value) if hasattr(value, "is_numeric") else value
