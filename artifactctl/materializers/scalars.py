"""Single values as JSON, and back: those of the standard library, NumPy, pandas and pydantic.

No library is imported in order to write a value of it.
"""

import math
import sys
from typing import Any

from artifactctl.materializers.python_scalars import (
    READERS,
    WRITERS,
    is_plain_int,
    is_plain_text,
    read_text,
    read_zone,
    write_text,
    write_zone,
)

_SIMPLE_KINDS = "biuf"
_BYTES_KINDS = "biufcmMSUV"
_URLS = ("Url", "Dsn")


def is_json_scalar(value: Any) -> bool:
    """Whether it is a number, text or None that JSON holds as it is."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is str:
        return is_plain_text(value)
    if kind is int:
        return is_plain_int(value)
    return kind is bool or value is None


def mark_scalar(value: Any) -> tuple[str, Any] | None:
    """The mark of a single value and its JSON, or None when it is not one of these."""
    kind = type(value)
    if kind in WRITERS:
        mark, write = WRITERS[kind]
        content = write(value)
        return None if content is None else (mark, content)
    package = kind.__module__.partition(".")[0]
    if package == "numpy":
        return _mark_numpy(value)
    if package == "pandas":
        return _mark_pandas(value)
    return _mark_url(value) if package in ("pydantic", "pydantic_core") else None


def is_scalar(value: Any) -> bool:
    """Whether JSON can hold it as a single value, with a mark or without."""
    return is_json_scalar(value) or mark_scalar(value) is not None


def is_scalar_mark(mark: str) -> bool:
    """Whether `read_scalar` reads it."""
    return mark in READERS or mark in _LIBRARY_READERS


def read_scalar(mark: str, content: Any) -> Any:
    """The value that `mark_scalar` wrote; raises `ValueError`, `TypeError` or `KeyError`."""
    return (READERS.get(mark) or _LIBRARY_READERS[mark])(content)


def _mark_numpy(value: Any) -> tuple[str, Any] | None:
    """A number of NumPy with its type; None for records and objects."""
    numpy = sys.modules["numpy"]
    if not isinstance(value, numpy.generic) or value.dtype.hasobject:
        return None
    kind, name = value.dtype.kind, value.dtype.str
    if value.dtype.fields or kind not in _BYTES_KINDS:
        return None
    if kind == "U":
        return "$numpy", ["U", write_text(value)]  # str() would lose NULs at the end
    if kind == "S":
        return "$numpy", ["S", bytes(value).hex()]
    if kind in _SIMPLE_KINDS and value.dtype.itemsize <= 8 and math.isfinite(value):
        return "$numpy", [name, value.item()]
    return "$numpy", [name, {"bytes": value.tobytes().hex()}]


def _read_numpy(content: list[Any]) -> Any:
    import numpy  # noqa: PLC0415 (optional, and heavy)

    name, value = content
    if name in ("U", "S"):
        return numpy.str_(read_text(value)) if name == "U" else numpy.bytes_(bytes.fromhex(value))
    dtype = numpy.dtype(str(name))
    if dtype.hasobject or dtype.kind not in _BYTES_KINDS:
        raise ValueError(f"{name!r} is not the type of a plain number")
    if isinstance(value, dict):
        raw = bytes.fromhex(value["bytes"])
        if len(raw) != dtype.itemsize:
            raise ValueError(f"a number of type {name!r} has {dtype.itemsize} bytes")
        return numpy.ndarray((), dtype, raw)[()]
    return dtype.type(value)


def _mark_pandas(value: Any) -> tuple[str, Any] | None:
    """A Timestamp, a Timedelta or a missing value of pandas; None for others."""
    pandas = sys.modules["pandas"]
    if value is pandas.NA or value is pandas.NaT:
        return "$pandas", ["NA" if value is pandas.NA else "NaT"]
    if type(value) is pandas.Timedelta:
        return "$pandas", ["Timedelta", _count(value.to_timedelta64()), value.unit]
    if type(value) is pandas.Timestamp and value.fold == 0:
        zone = write_zone(value.tzinfo) or _pytz_zone(value.tzinfo)
        count = _count(value.to_datetime64())
        return None if zone is False else ("$pandas", ["Timestamp", count, value.unit, zone])
    return None


def _pytz_zone(zone: Any) -> Any:
    # Older versions of pandas use pytz, and make a zone of pytz from the name again.
    is_pytz = type(zone).__module__.partition(".")[0] == "pytz" and zone.zone is not None
    return {"zone": zone.zone} if is_pytz else write_zone(zone)


def _count(moment: Any) -> int:
    return int(moment.astype("int64"))


def _read_pandas(content: list[Any]) -> Any:
    import numpy  # noqa: PLC0415 (optional, and heavy)
    import pandas  # noqa: PLC0415 (optional, and heavy)

    name, *values = content
    if name in ("NA", "NaT"):
        return pandas.NA if name == "NA" else pandas.NaT
    if name == "Timedelta":
        return pandas.Timedelta(numpy.timedelta64(values[0], values[1]))
    moment = pandas.Timestamp(numpy.datetime64(values[0], values[1]))
    zone = values[2]["zone"] if isinstance(values[2], dict) else read_zone(values[2])
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)


def _mark_url(value: Any) -> tuple[str, Any] | None:
    """A URL or DSN of one of pydantic's own types; None for other values of its types."""
    kind = type(value)
    is_known = kind.__name__.endswith(_URLS) and _url_type(kind.__name__) is kind
    return ("$url", [kind.__name__, str(value)]) if is_known else None


def _read_url(content: list[Any]) -> Any:
    name, text = content
    if not name.endswith(_URLS):
        raise ValueError(f"{name!r} is not a type of URL")
    return _url_type(name)(str(text))


def _url_type(name: str) -> Any:
    import pydantic_core  # noqa: PLC0415 (only pydantic's URLs need it)
    from pydantic import networks  # noqa: PLC0415 (only pydantic's URLs need it)

    return getattr(pydantic_core, name, None) or getattr(networks, name, None)


_LIBRARY_READERS = {"$numpy": _read_numpy, "$pandas": _read_pandas, "$url": _read_url}
