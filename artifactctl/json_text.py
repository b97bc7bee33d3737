"""Reading and writing JSON strictly.

What the format leaves open is refused rather than guessed: keys given twice, NaN and
infinities, and values nested deeper than a person would write.
"""

import json
import math
import re
from collections import Counter
from decimal import Decimal
from typing import Any, NoReturn

from artifactctl.errors import InvalidInputError

MAX_DEPTH = 32
MAX_VALUE_BYTES = 1 << 20  # of one value that is kept


def parse_json(text: str, max_depth: int = MAX_DEPTH) -> Any:
    """Read a JSON value; raise `InvalidInputError` for NaN, infinities and keys given twice.

    Text that is not JSON at all raises `ValueError`, so that a caller may take it as text.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique_pairs, parse_constant=_refuse_constant)
    except RecursionError:
        raise InvalidInputError(too_deep()) from None
    check_json_value(value, depth=MAX_DEPTH - max_depth)
    return value


def parse_word(text: str) -> Any:
    """A word of the command line as JSON, or else the text that it is.

    A number is one only as JSON writes it, in plain decimal or with a point or a sign of its
    exponent, and only if it has all the digits that were typed: `6063e25` and `1e-999` are texts.
    Raises `InvalidInputError` for what is JSON and cannot be kept.
    """
    if _NUMBER.fullmatch(text):
        return _number(text)
    try:
        return parse_json(text)
    except InvalidInputError:
        raise
    except ValueError:
        return text


# A number of JSON, of which the exponent does not stand directly behind whole digits.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", re.ASCII)
_BARE_EXPONENT = re.compile(r"-?[0-9]+[eE][0-9]+", re.ASCII)
_MAX_DIGITS = 4000  # Python does not read many more as a whole number


def _number(text: str) -> Any:
    digits = re.split("[eE]", text)[0].lstrip("-").replace(".", "").lstrip("0")
    if _BARE_EXPONENT.fullmatch(text) or len(digits) > _MAX_DIGITS:
        return text
    value = json.loads(text)
    if isinstance(value, int):
        return value
    written = Decimal(text)
    is_same = math.isfinite(value) and Decimal(f"{value:.{max(len(digits) - 1, 0)}e}") == written
    return value if is_same else text


def check_json_value(value: Any, where: str = "the value", depth: int = 0) -> None:
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
    """What is wrong with a value beyond `MAX_DEPTH`."""
    return f"nested deeper than {MAX_DEPTH} levels"


def is_same(old: Any, new: Any) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, as JSON has one kind of number, but not true."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(is_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_same, old, new))
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces: equal values give equal bytes."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
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
