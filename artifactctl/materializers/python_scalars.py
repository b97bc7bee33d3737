"""Single values of the standard library that JSON cannot hold, as JSON under a mark, and back.

A date is `{"$date": "2020-01-31"}`: `WRITERS` and `READERS` say what stands under each mark.
"""

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

# Longer bytes inside of containers are a file of their own.
_MAX_INLINE_BYTES = 4096

# Python refuses to write or read longer integers in decimal; 640 digits is the lowest limit.
_LARGE = 1 << 2000
_ADDRESSES: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        ipaddress.IPv4Address, ipaddress.IPv4Network, ipaddress.IPv4Interface,
        ipaddress.IPv6Address, ipaddress.IPv6Network, ipaddress.IPv6Interface,
    )
}  # fmt: skip
_PATHS: Mapping[str, type[PurePath]] = {
    "Path": Path,
    "PurePosixPath": PurePosixPath,
    "PureWindowsPath": PureWindowsPath,
}
_PATH_NAMES = {type(kind()): name for name, kind in _PATHS.items()}


def is_plain_text(value: str) -> bool:
    """Whether UTF-8 can hold it: it cannot hold lone surrogates."""
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def is_plain_int(value: int) -> bool:
    """Whether it is short enough to be written in decimal."""
    return -_LARGE < value < _LARGE


def write_text(value: str) -> str:
    """Its code points as UTF-8 in hexadecimal, lone surrogates too."""
    return value.encode("utf-8", "surrogatepass").hex()


def read_text(content: str) -> str:
    """The text of `write_text`."""
    return bytes.fromhex(content).decode("utf-8", "surrogatepass")


def write_zone(zone: tzinfo | None) -> Any:
    """None, `UTC`, a zone's name, or an offset in microseconds; False for any other object."""
    if zone is None or zone is UTC:
        return None if zone is None else "UTC"
    if type(zone) is ZoneInfo and zone.key is not None:
        return {"zone": zone.key}
    if type(zone) is timezone:
        offset = zone.utcoffset(None)
        # Zones that are equal may differ in their names.
        is_plain = zone.tzname(None) == timezone(offset).tzname(None)
        return offset // timedelta(microseconds=1) if is_plain else False
    return False


def read_zone(content: Any) -> tzinfo | None:
    """The zone of `write_zone`."""
    if content is None or content == "UTC":
        return None if content is None else UTC
    if isinstance(content, dict):
        return ZoneInfo(content["zone"])
    return timezone(timedelta(microseconds=content))


def _write_int(value: int) -> str | None:
    return None if is_plain_int(value) else hex(value)


def _write_bytes(value: bytes | bytearray) -> str | None:
    if len(value) > _MAX_INLINE_BYTES:
        return None
    return base64.b64encode(value).decode("ascii")


def _read_bytes(content: str) -> bytes:
    return base64.b64decode(content, validate=True)


def _write_complex(value: complex) -> list[str]:
    return [repr(value.real), repr(value.imag)]


def _read_complex(content: list[str]) -> complex:
    real, imaginary = content
    return complex(float(real), float(imaginary))


def _read_decimal(content: str) -> Decimal:
    # The constructor is exact, whatever the context's precision is.
    return Decimal(str(content))


def _write_time(value: datetime | time) -> list[Any] | None:
    """Its parts, its zone and its fold; None when only the zone's own code knows the zone."""
    zone = write_zone(value.tzinfo)
    return None if zone is False else [value.replace(tzinfo=None).isoformat(), zone, value.fold]


def _read_datetime(content: list[Any]) -> datetime:
    text, zone, fold = content
    return datetime.fromisoformat(text).replace(tzinfo=read_zone(zone), fold=fold)


def _read_time(content: list[Any]) -> time:
    text, zone, fold = content
    return time.fromisoformat(text).replace(tzinfo=read_zone(zone), fold=fold)


def _write_timedelta(value: timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


def _read_timedelta(content: list[int]) -> timedelta:
    days, seconds, microseconds = content
    return timedelta(days, seconds, microseconds)


def _write_path(value: PurePath) -> list[Any]:
    """The path itself: a path inside of a container is not followed."""
    text = str(value)
    return [_PATH_NAMES[type(value)], text if is_plain_text(text) else {"text": write_text(text)}]


def _read_path(content: list[Any]) -> PurePath:
    name, text = content
    return _PATHS[name](read_text(text["text"]) if isinstance(text, dict) else text)


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


def _read_fraction(content: list[str]) -> Fraction:
    # Not from text: Fraction("1e999999999") computes for hours.
    numerator, denominator = content
    return Fraction(int(numerator, 16), int(denominator, 16))


WRITERS: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    int: ("$int", _write_int),
    float: ("$float", repr),
    str: ("$text", write_text),
    bytes: ("$bytes", _write_bytes),
    bytearray: ("$bytearray", _write_bytes),
    complex: ("$complex", _write_complex),
    datetime: ("$datetime", _write_time),
    date: ("$date", date.isoformat),
    time: ("$time", _write_time),
    timedelta: ("$timedelta", _write_timedelta),
    Decimal: ("$decimal", str),
    UUID: ("$uuid", str),
    re.Pattern: ("$pattern", _write_pattern),
    **dict.fromkeys(_PATH_NAMES, ("$path", _write_path)),
    **dict.fromkeys(_ADDRESSES.values(), ("$address", _write_address)),
}
"""The mark of each type, and what writes a value; it gives None for one that it cannot write."""
READERS: Mapping[str, Callable[[Any], Any]] = {
    "$int": lambda content: int(content, 16),
    "$float": float,
    "$text": read_text,
    "$bytes": _read_bytes,
    "$bytearray": lambda content: bytearray(_read_bytes(content)),
    "$complex": _read_complex,
    "$datetime": _read_datetime,
    "$date": date.fromisoformat,
    "$time": _read_time,
    "$timedelta": _read_timedelta,
    "$decimal": _read_decimal,
    "$uuid": UUID,
    "$path": _read_path,
    "$address": _read_address,
    "$pattern": _read_pattern,
    # Earlier versions wrote these, which are pickled now.
    "$fraction": _read_fraction,
    "$range": lambda content: range(*content),
    "$slice": lambda content: slice(*content),
    "$ellipsis": lambda _: ...,
}
_WITH_FILES = frozenset({bytes, bytearray, type(Path())})
SCALAR_TYPES: tuple[type, ...] = (bool, type(None), *(WRITERS.keys() - _WITH_FILES))
"""The exact types whose objects are single JSON values when they are saved alone."""
