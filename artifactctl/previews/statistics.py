"""Types and statistics of columns, from values in memory."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from artifactctl.previews.views import Column, cell

_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-"})
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:e[+-]?\d{1,4})?|[+-]?inf", re.ASCII | re.IGNORECASE
)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
_TRUTHS = frozenset({"true", "false"})
_TEXT_CHARS = 80


def of_texts(name: str, cells: Sequence[str]) -> Column:
    """Return a column of CSV: its type is that which all its cells have."""
    known = [text for text in map(str.strip, cells) if text.lower() not in _MISSING]
    missing = len(cells) - len(known)
    if not known:
        return Column(name, "empty", missing, 0)
    for kind, fits, read in _KINDS:
        if all(map(fits, known)):
            return _column(name, kind, [read(text) for text in known], missing)
    return _column(name, "text", known, missing)


def of_values(name: str, values: Sequence[Any]) -> Column:
    """Return a column of JSON values."""
    known = [value for value in values if value is not None]
    missing = len(values) - len(known)
    kinds = sorted({_KIND_OF.get(type(value), "object") for value in known})
    if kinds == ["float", "integer"]:
        kinds = ["float"]
    if len(kinds) != 1:
        return Column(name, " | ".join(kinds) or "null", missing)
    if kinds[0] in ("list", "object"):
        return Column(name, kinds[0], missing)
    return _column(name, kinds[0], known, missing)


def _column(name: str, kind: str, values: Sequence[Any], missing: int) -> Column:
    distinct = len(set(values))
    if kind in ("integer", "float"):
        numbers = [value for value in values if not math.isnan(value)]
        missing += len(values) - len(numbers)
        least, most = min(numbers, default=None), max(numbers, default=None)
        return Column(name, kind, missing, distinct, least, _mean(numbers), most)
    if kind == "time":
        return Column(name, kind, missing, distinct, min(values), None, max(values))
    ((top, count),) = Counter(values).most_common(1)
    text = cell(top).lower() if isinstance(top, bool) else cell(top)[:_TEXT_CHARS]
    return Column(name, kind, missing, distinct, top=text, top_count=count)


def _mean(numbers: Sequence[float]) -> float | None:
    try:
        mean = math.fsum(numbers) / len(numbers)
    except (OverflowError, ValueError, ZeroDivisionError):  # infinities, or none
        return None
    return mean if math.isfinite(mean) else None


def _is_truth(text: str) -> bool:
    return text.lower() in _TRUTHS


_KINDS: Sequence[tuple[str, Callable[[str], object], Callable[[str], Any]]] = (
    ("integer", _INTEGER.fullmatch, int),
    ("float", _NUMBER.fullmatch, float),
    ("boolean", _is_truth, str.lower),
    ("time", _MOMENT.fullmatch, str),
)
_KIND_OF = {bool: "boolean", int: "integer", float: "float", str: "text", list: "list"}
