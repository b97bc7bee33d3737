"""Plain values that JSON has no word for, as JSON under a mark such as `$datetime`, and back."""

import base64
import math
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

MAX_INLINE_BYTES = 4096
"""Longer bytes inside of containers have a file of their own."""

# Python refuses to write or read longer integers in decimal; 640 digits is the least limit.
_LARGE = 1 << 2000
_SIMPLE_KINDS = "biuf"
_BYTES_KINDS = "biufcmMSUV"


def is_plain_text(value: str) -> bool:
    """Whether UTF-8 can hold it: lone surrogates it cannot."""
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def mark_scalar(value: Any) -> tuple[str, Any] | None:
    """The mark of a scalar and its JSON value, or None when it is not one of these."""
    kind = type(value)
    if kind in _WRITERS:
        mark, write = _WRITERS[kind]
        content = write(value)
        return None if content is None else (mark, content)
    package = kind.__module__.partition(".")[0]
    if package == "numpy":
        return _mark_numpy(value)
    if package == "pandas":
        return _mark_pandas(value)
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


def _write_text(value: str) -> str:
    return value.encode("utf-8", "surrogatepass").hex()


def _read_text(content: str) -> str:
    return bytes.fromhex(content).decode("utf-8", "surrogatepass")


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


def _write_zone(zone: tzinfo | None) -> Any:
    """None, `UTC`, the name of a zone, or an offset in microseconds; False for any other."""
    if zone is None or zone is UTC:
        return None if zone is None else "UTC"
    if type(zone) is ZoneInfo and zone.key is not None:
        return {"zone": zone.key}
    if type(zone) is timezone and zone == timezone(zone.utcoffset(None)):
        offset = zone.utcoffset(None)
        return offset // timedelta(microseconds=1) if zone.tzname(None)[:3] == "UTC" else False
    return False


def _read_zone(content: Any) -> tzinfo | None:
    if content is None or content == "UTC":
        return None if content is None else UTC
    if isinstance(content, dict):
        return ZoneInfo(content["zone"])
    return timezone(timedelta(microseconds=content))


def _write_moment(value: datetime | time) -> list[Any] | None:
    zone = _write_zone(value.tzinfo)
    return None if zone is False else [value.replace(tzinfo=None).isoformat(), zone, value.fold]


def _read_datetime(content: list[Any]) -> datetime:
    text, zone, fold = content
    return datetime.fromisoformat(text).replace(tzinfo=_read_zone(zone), fold=fold)


def _read_time(content: list[Any]) -> time:
    text, zone, fold = content
    return time.fromisoformat(text).replace(tzinfo=_read_zone(zone), fold=fold)


def _write_timedelta(value: timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


def _read_timedelta(content: list[int]) -> timedelta:
    days, seconds, microseconds = content
    return timedelta(days, seconds, microseconds)


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


def _mark_numpy(value: Any) -> tuple[str, Any] | None:
    numpy = sys.modules["numpy"]
    if not isinstance(value, numpy.generic) or value.dtype.hasobject:
        return None
    kind, name = value.dtype.kind, value.dtype.str
    if value.dtype.fields or kind not in _BYTES_KINDS:
        return None
    if kind == "U":
        return "$numpy", ["U", _write_text(value)]  # str() of it would lose NULs at its end
    if kind == "S":
        return "$numpy", ["S", bytes(value).hex()]
    if kind in _SIMPLE_KINDS and value.dtype.itemsize <= 8 and math.isfinite(value):
        return "$numpy", [name, value.item()]
    return "$numpy", [name, {"bytes": value.tobytes().hex()}]


def _read_numpy(content: list[Any]) -> Any:
    import numpy  # noqa: PLC0415 - only data that has numbers of numpy's needs it

    name, value = content
    if name in ("U", "S"):
        return numpy.str_(_read_text(value)) if name == "U" else numpy.bytes_(bytes.fromhex(value))
    dtype = numpy.dtype(str(name))
    if dtype.hasobject or dtype.kind not in _BYTES_KINDS:
        raise ValueError(f"{name!r} is no type of a plain number")
    if isinstance(value, dict):
        raw = bytes.fromhex(value["bytes"])
        if len(raw) != dtype.itemsize:
            raise ValueError(f"a number of type {name!r} has {dtype.itemsize} bytes")
        return numpy.ndarray((), dtype, raw)[()]
    return dtype.type(value)


def _mark_pandas(value: Any) -> tuple[str, Any] | None:
    pandas = sys.modules["pandas"]
    if value is pandas.NA or value is pandas.NaT:
        return "$pandas", ["NA" if value is pandas.NA else "NaT"]
    if type(value) is pandas.Timedelta:
        return "$pandas", ["Timedelta", _count(value.to_timedelta64()), value.unit]
    if type(value) is pandas.Timestamp and value.fold == 0:
        zone = _write_zone(value.tzinfo) or _pytz_zone(value.tzinfo)
        count = _count(value.to_datetime64())
        return None if zone is False else ("$pandas", ["Timestamp", count, value.unit, zone])
    return None


def _pytz_zone(zone: Any) -> Any:
    # Older pandas takes its zones from there; it makes one of its own kind of the name again.
    is_pytz = type(zone).__module__.partition(".")[0] == "pytz" and zone.zone is not None
    return {"zone": zone.zone} if is_pytz else _write_zone(zone)


def _count(moment: Any) -> int:
    return int(moment.astype("int64"))


def _read_pandas(content: list[Any]) -> Any:
    import numpy  # noqa: PLC0415 - only data that has values of theirs needs them
    import pandas  # noqa: PLC0415

    name, *values = content
    if name in ("NA", "NaT"):
        return pandas.NA if name == "NA" else pandas.NaT
    if name == "Timedelta":
        return pandas.Timedelta(numpy.timedelta64(values[0], values[1]))
    moment = pandas.Timestamp(numpy.datetime64(values[0], values[1]))
    zone = values[2]["zone"] if isinstance(values[2], dict) else _read_zone(values[2])
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)


_WRITERS: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    int: ("$int", _write_int),
    float: ("$float", _write_float),
    str: ("$text", _write_text),
    bytes: ("$bytes", _write_bytes),
    bytearray: ("$bytearray", _write_bytes),
    complex: ("$complex", _write_complex),
    datetime: ("$datetime", _write_moment),
    date: ("$date", date.isoformat),
    time: ("$time", _write_moment),
    timedelta: ("$timedelta", _write_timedelta),
    Decimal: ("$decimal", str),
    Fraction: ("$fraction", _write_fraction),
    UUID: ("$uuid", str),
    range: ("$range", _write_range),
    slice: ("$slice", _write_slice),
    type(...): ("$ellipsis", lambda _: True),
}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "$int": lambda content: int(content, 16),
    "$float": float,
    "$text": _read_text,
    "$bytes": _read_bytes,
    "$bytearray": lambda content: bytearray(_read_bytes(content)),
    "$complex": _read_complex,
    "$datetime": _read_datetime,
    "$date": date.fromisoformat,
    "$time": _read_time,
    "$timedelta": _read_timedelta,
    "$decimal": _read_decimal,
    "$fraction": _read_fraction,
    "$uuid": UUID,
    "$range": lambda content: range(*content),
    "$slice": lambda content: slice(*content),
    "$ellipsis": lambda _: ...,
    "$numpy": _read_numpy,
    "$pandas": _read_pandas,
}
SCALAR_TYPES: tuple[type, ...] = (bool, type(None), *(_WRITERS.keys() - {bytes, bytearray}))
"""The exact types whose objects are scalars here, those of numpy and pandas aside."""
