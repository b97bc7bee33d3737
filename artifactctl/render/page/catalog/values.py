"""Values of metadata for a page: small ones as they are, others as cut JSON text."""

import re
from collections.abc import Mapping

from artifactctl.json_text import JsonObject

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,17})?([eE][-+]?\d{1,2})?", re.ASCII)
_LETTERS = 300
"""The longest text that counts as small."""

_SCALARS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}

Shown = str | float | int | bool | JsonObject | None


def shown(text: str, length: int, digits: int | None = None) -> Shown:
    """A value of metadata: a small scalar as itself, anything else as `{"json", "length"}`.

    `text` is its JSON, cut where it is shorter than `length`. Numbers are rounded to `digits`
    significant digits, if any.
    """
    if _NUMBER.fullmatch(text):
        if text.lstrip("-").isdecimal():
            return int(text)
        return float(text if digits is None else f"{float(text):.{digits}g}")
    if length > len(text):
        return {"json": text, "length": length}
    if length <= _LETTERS and text[:1] == '"' == text[-1:] and "\\" not in text:
        return text[1:-1]
    return _SCALARS.get(text, {"json": text, "length": length})
