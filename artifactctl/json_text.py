"""Strict reading and writing of JSON.

What the format leaves open is refused: duplicate keys, NaN and infinities, and values nested deeper
than a person would write.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from artifactctl.errors import InvalidInputError

JsonObject = Mapping[str, Any]
"""A JSON object: text keys, and JSON values."""

MAX_DEPTH = 32
MAX_VALUE_BYTES = 1 << 20  # the size of one value as JSON


def parse_json(
    text: str, max_depth: int = MAX_DEPTH, *, constant: Callable[[str], Any] | None = None
) -> Any:
    """Return a parsed JSON value; `constant` gives the values of `NaN` and `Infinity`.

    Raises `InvalidInputError` for duplicate keys, and for NaN and infinities without `constant`.

    Text that is not JSON raises a plain `ValueError`, so that a caller may keep it as text.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_unique_pairs, parse_constant=constant or _refuse_constant
        )
    except RecursionError:
        raise InvalidInputError(too_deep()) from None
    check_json_value(value, depth=MAX_DEPTH - max_depth)
    return value


def parse_word(text: str) -> Any:
    """Return a word of the command line as a JSON value if it is one, else as text.

    A number must be written as in JSON; with an exponent it also needs a point, or a sign in the
    exponent, and a float must represent all typed digits. So `6063e25` (a Git commit) and `1e-999`
    are texts. Raises `InvalidInputError` for JSON that cannot be stored, such as `1e999`.
    """
    if _NUMBER.fullmatch(text):
        return _number(text)
    try:
        return parse_json(text)
    except InvalidInputError:
        raise
    except ValueError:
        return text


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", re.ASCII)
_BARE_EXPONENT = re.compile(r"-?[0-9]+[eE][0-9]+", re.ASCII)
_COMMIT_CHARS = 7  # Git abbreviates commits to this many characters, such as 123e456
_MAX_DIGITS = 4000  # Python refuses to parse integers above 4300 digits


def _number(text: str) -> object:
    digits = re.split("[eE]", text)[0].lstrip("-").replace(".", "").lstrip("0")
    is_bare = _BARE_EXPONENT.fullmatch(text) is not None
    if (is_bare and len(text) >= _COMMIT_CHARS) or len(digits) > _MAX_DIGITS:
        return text
    value = json.loads(text)
    check_json_value(value)
    if is_bare or isinstance(value, int):
        return text if is_bare else value
    return value if is_exact(value, text) else text


def is_exact(value: float, text: str) -> bool:
    """Return whether a float represents all digits of the number in `text`."""
    digits = re.split("[eE]", text)[0].lstrip("+-").replace(".", "").lstrip("0")
    # A float that differs from the typed number, written with as many digits, has lost some. One
    # that stands half-way between two numbers of as many digits is written as either of them.
    from decimal import Decimal  # noqa: PLC0415 (on first use: it takes longer than this module)

    written = (f"{value:.{max(len(digits) - 1, 0)}e}", repr(value))
    return Decimal(text) in map(Decimal, written)


def check_json_value(value: object, where: str = "the value", depth: int = 0) -> None:
    """Raise `InvalidInputError` unless `value` is plain JSON: finite, shallow, with text keys."""
    if depth > MAX_DEPTH:
        raise InvalidInputError(f"{where}: {too_deep()}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInputError(
            f"{where}: {value} is not a number that can be kept", hint="leave it out or use null"
        )
    if isinstance(value, str) and not _encodable(value):
        raise InvalidInputError(f"{where}: text is not valid Unicode")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not _encodable(key):
                raise InvalidInputError(f"{where}: key {key!r} is not text", hint="quote it")
            check_json_value(item, f"{where}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            check_json_value(item, where, depth + 1)
    elif not isinstance(value, str | int | float | bool | None):
        raise InvalidInputError(f"{where}: {type(value).__name__} cannot be kept as JSON")


def too_deep() -> str:
    """Return the message for a value nested deeper than `MAX_DEPTH`."""
    return f"nested deeper than {MAX_DEPTH} levels"


def is_same(old: object, new: object) -> bool:
    """Return whether two JSON values are equal: 1 equals 1.0 but not true."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(is_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_same, old, new))
    # In Python True equals 1.
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def canonical_json(value: object) -> bytes:
    """Return UTF-8 JSON with sorted keys and no spaces: equal values give equal bytes."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise InvalidInputError(f"key {twice!r} is given twice")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidInputError(
        f"{name} is not a number that can be kept", hint="leave it out or use null"
    )
