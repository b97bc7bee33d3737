"""Single values of NumPy and pandas as JSON under a mark; neither is imported to write one."""

import math
import sys
from typing import Any

from artifactctl.materializers.scalar_texts import read_text, write_text
from artifactctl.materializers.scalar_times import read_zone, write_zone

_SIMPLE_KINDS = "biuf"
_BYTES_KINDS = "biufcmMSUV"


def mark_numpy(value: Any) -> tuple[str, Any] | None:
    """A number of NumPy's with its type; None for records and objects."""
    numpy = sys.modules["numpy"]
    if not isinstance(value, numpy.generic) or value.dtype.hasobject:
        return None
    kind, name = value.dtype.kind, value.dtype.str
    if value.dtype.fields or kind not in _BYTES_KINDS:
        return None
    if kind == "U":
        return "$numpy", ["U", write_text(value)]  # str() of it would lose NULs at its end
    if kind == "S":
        return "$numpy", ["S", bytes(value).hex()]
    if kind in _SIMPLE_KINDS and value.dtype.itemsize <= 8 and math.isfinite(value):
        return "$numpy", [name, value.item()]
    return "$numpy", [name, {"bytes": value.tobytes().hex()}]


def read_numpy(content: list[Any]) -> Any:
    """The number of `mark_numpy`."""
    import numpy  # noqa: PLC0415 - only data that has numbers of numpy's needs it

    name, value = content
    if name in ("U", "S"):
        return numpy.str_(read_text(value)) if name == "U" else numpy.bytes_(bytes.fromhex(value))
    dtype = numpy.dtype(str(name))
    if dtype.hasobject or dtype.kind not in _BYTES_KINDS:
        raise ValueError(f"{name!r} is no type of a plain number")
    if isinstance(value, dict):
        raw = bytes.fromhex(value["bytes"])
        if len(raw) != dtype.itemsize:
            raise ValueError(f"a number of type {name!r} has {dtype.itemsize} bytes")
        return numpy.ndarray((), dtype, raw)[()]
    return dtype.type(value)


def mark_pandas(value: Any) -> tuple[str, Any] | None:
    """A moment, a difference or a missing value of pandas; None for others."""
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
    # Older pandas takes its zones from there; it makes one of its own kind of the name again.
    is_pytz = type(zone).__module__.partition(".")[0] == "pytz" and zone.zone is not None
    return {"zone": zone.zone} if is_pytz else write_zone(zone)


def _count(moment: Any) -> int:
    return int(moment.astype("int64"))


def read_pandas(content: list[Any]) -> Any:
    """The value of `mark_pandas`."""
    import numpy  # noqa: PLC0415 - only data that has values of theirs needs them
    import pandas  # noqa: PLC0415

    name, *values = content
    if name in ("NA", "NaT"):
        return pandas.NA if name == "NA" else pandas.NaT
    if name == "Timedelta":
        return pandas.Timedelta(numpy.timedelta64(values[0], values[1]))
    moment = pandas.Timestamp(numpy.datetime64(values[0], values[1]))
    zone = values[2]["zone"] if isinstance(values[2], dict) else read_zone(values[2])
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)
