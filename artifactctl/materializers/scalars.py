"""Plain values that JSON has no word for, as JSON under a mark such as `$datetime`, and back."""

import base64
import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

from artifactctl.materializers.library_scalars import (
    mark_numpy,
    mark_pandas,
    read_numpy,
    read_pandas,
)
from artifactctl.materializers.scalar_texts import (
    PATH_TYPES,
    is_plain_text,
    read_path,
    read_text,
    write_path,
    write_text,
)
from artifactctl.materializers.scalar_times import (
    read_datetime,
    read_time,
    read_timedelta,
    write_moment,
    write_timedelta,
)

MAX_INLINE_BYTES = 4096
"""Longer bytes inside of containers have a file of their own."""

# Python refuses to write or read longer integers in decimal; 640 digits is the least limit.
_LARGE = 1 << 2000
_ADDRESSES: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        ipaddress.IPv4Address, ipaddress.IPv4Network, ipaddress.IPv4Interface,
        ipaddress.IPv6Address, ipaddress.IPv6Network, ipaddress.IPv6Interface,
    )
}  # fmt: skip


def mark_scalar(value: Any) -> tuple[str, Any] | None:
    """The mark of a scalar and its JSON value, or None when it is not one of these."""
    kind = type(value)
    if kind in _WRITERS:
        mark, write = _WRITERS[kind]
        content = write(value)
        return None if content is None else (mark, content)
    package = kind.__module__.partition(".")[0]
    if package == "numpy":
        return mark_numpy(value)
    if package == "pandas":
        return mark_pandas(value)
    return None


def is_atom(value: Any) -> bool:
    """Whether a number, text or None is the same in JSON."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is str:
        return is_plain_text(value)
    if kind is int:
        return bool(-_LARGE < value < _LARGE)
    return kind is bool or value is None


def is_scalar(value: Any) -> bool:
    """Whether JSON can hold it, with a mark or without."""
    return is_atom(value) or mark_scalar(value) is not None


def read_scalar(mark: str, content: Any) -> Any:
    """The value of `mark_scalar`'s mark; raises `ValueError`, `TypeError` or `KeyError`."""
    return _READERS[mark](content)


def is_scalar_mark(mark: str) -> bool:
    """Whether `read_scalar` knows it."""
    return mark in _READERS


def _write_int(value: int) -> str | None:
    return None if -_LARGE < value < _LARGE else hex(value)


def _write_float(value: float) -> str:
    return repr(value)


def _write_bytes(value: bytes | bytearray) -> str | None:
    if len(value) > MAX_INLINE_BYTES:
        return None
    return base64.b64encode(value).decode("ascii")


def _read_bytes(content: str) -> bytes:
    return base64.b64decode(content, validate=True)


def _write_complex(value: complex) -> list[str]:
    return [repr(value.real), repr(value.imag)]


def _read_complex(content: list[str]) -> complex:
    real, imaginary = content
    return complex(float(real), float(imaginary))


def _write_range(value: range) -> list[int] | None:
    ends = [value.start, value.stop, value.step]
    return None if any(_write_int(end) for end in ends) else ends


def _write_slice(value: slice) -> list[Any] | None:
    ends = [value.start, value.stop, value.step]
    plain = all(end is None or (type(end) is int and not _write_int(end)) for end in ends)
    return ends if plain else None


def _write_fraction(value: Fraction) -> list[str]:
    return [hex(value.numerator), hex(value.denominator)]


def _read_fraction(content: list[str]) -> Fraction:
    # Never from text: Fraction("1e999999999") computes for hours.
    numerator, denominator = content
    return Fraction(int(numerator, 16), int(denominator, 16))


def _read_decimal(content: str) -> Decimal:
    # Exact whatever the context's precision is.
    return Decimal(str(content))


def _write_address(value: Any) -> list[str]:
    return [type(value).__name__, str(value)]


def _read_address(content: list[str]) -> Any:
    name, text = content
    return _ADDRESSES[name](text)


def _write_pattern(value: re.Pattern[Any]) -> list[Any]:
    is_text = isinstance(value.pattern, str)
    source = write_text(value.pattern) if is_text else value.pattern.hex()
    return ["text" if is_text else "bytes", source, value.flags]


def _read_pattern(content: list[Any]) -> re.Pattern[Any]:
    kind, source, flags = content
    return re.compile(read_text(source) if kind == "text" else bytes.fromhex(source), flags)


_WRITERS: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    int: ("$int", _write_int),
    float: ("$float", _write_float),
    str: ("$text", write_text),
    bytes: ("$bytes", _write_bytes),
    bytearray: ("$bytearray", _write_bytes),
    complex: ("$complex", _write_complex),
    datetime: ("$datetime", write_moment),
    date: ("$date", date.isoformat),
    time: ("$time", write_moment),
    timedelta: ("$timedelta", write_timedelta),
    Decimal: ("$decimal", str),
    Fraction: ("$fraction", _write_fraction),
    UUID: ("$uuid", str),
    range: ("$range", _write_range),
    slice: ("$slice", _write_slice),
    type(...): ("$ellipsis", lambda _: True),
    re.Pattern: ("$pattern", _write_pattern),
    **dict.fromkeys(PATH_TYPES, ("$path", write_path)),
    **dict.fromkeys(_ADDRESSES.values(), ("$address", _write_address)),
}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "$int": lambda content: int(content, 16),
    "$float": float,
    "$text": read_text,
    "$bytes": _read_bytes,
    "$bytearray": lambda content: bytearray(_read_bytes(content)),
    "$complex": _read_complex,
    "$datetime": read_datetime,
    "$date": date.fromisoformat,
    "$time": read_time,
    "$timedelta": read_timedelta,
    "$decimal": _read_decimal,
    "$fraction": _read_fraction,
    "$uuid": UUID,
    "$range": lambda content: range(*content),
    "$slice": lambda content: slice(*content),
    "$ellipsis": lambda _: ...,
    "$path": read_path,
    "$address": _read_address,
    "$pattern": _read_pattern,
    "$numpy": read_numpy,
    "$pandas": read_pandas,
}
_HAVE_FILES = frozenset({bytes, bytearray, type(Path())})
SCALAR_TYPES: tuple[type, ...] = (bool, type(None), *(_WRITERS.keys() - _HAVE_FILES))
"""The exact types whose objects are scalars by themselves, those of numpy and pandas aside."""
