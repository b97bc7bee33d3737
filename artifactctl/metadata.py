"""Metadata as users give it: `KEY=VALUE` words and files of keys."""

import json
import math
import warnings
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.json_text import MAX_VALUE_BYTES, check_json_value, parse_json
from artifactctl.yaml_text import MAX_BYTES, parse_yaml

MAX_KEY_LENGTH = 255
_ARRAYS = ("numpy", "torch")  # whose scalars are numbers; neither is loaded to find that out


def parse_pairs(words: Iterable[str]) -> dict[str, Any]:
    """Read `KEY=VALUE` words; a VALUE that is JSON is that value, any other is text.

    The last of equal keys wins. Raises `InvalidInputError`.
    """
    return check_metadata(dict(_parse_pair(word) for word in words))


def read_file(path: Path) -> dict[str, Any]:
    """Read a JSON or YAML file whose top level is a mapping of keys to values."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"metadata file {str(path)!r} does not exist") from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"metadata file {str(path)!r} is not UTF-8 text") from None
    value = _parse(text, f"metadata file {str(path)!r}")
    if not isinstance(value, dict):
        raise InvalidInputError(f"metadata file {str(path)!r} must hold keys and values")
    return check_metadata(value)


def plain_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What a program logs as it can be kept: sets and tuples are lists, NaN and infinities null.

    Numbers of numpy and torch are plain ones, arrays lists, times and paths texts.

    A training run does not end because a loss is NaN: that is a warning. Raises
    `InvalidInputError` for anything else that cannot be kept.
    """
    return check_metadata({key: _plain(key, value) for key, value in metadata.items()})


def _plain(key: str, value: Any) -> Any:
    value = _unwrapped(value)
    if isinstance(value, float) and not math.isfinite(value):
        warnings.warn(f"metadata {key!r}: {value} is kept as null", stacklevel=4)
        return None
    if isinstance(value, set | frozenset):
        return [_plain(key, item) for item in sorted(value, key=repr)]
    if isinstance(value, list | tuple):
        return [_plain(key, item) for item in value]
    if isinstance(value, Mapping):
        return {_key(name): _plain(key, item) for name, item in value.items()}
    return value


def _key(name: Any) -> Any:
    """A key as JSON has it: those of counts by class are often numbers."""
    return str(name) if isinstance(name, int | float) else name


def _unwrapped(value: Any) -> Any:
    """The plain value in a scalar of numpy or torch, an enumeration, a path, a time or an ID."""
    if type(value).__module__.partition(".")[0] in _ARRAYS and getattr(value, "ndim", None) == 0:
        return value.item()
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, PurePath | UUID) else value


def _parse(text: str, source: str) -> Any:
    # YAML takes JSON, but not quite all that programs write as JSON: 1e-05 would be text.
    if len(text) > MAX_BYTES:
        raise InvalidInputError(f"{source} is larger than 1 MiB")
    try:
        return parse_json(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"{source}: {error.message}", hint=error.hint) from None
    except ValueError:
        return parse_yaml(text, source)


def check_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of `metadata`, or raise `InvalidInputError` for what cannot be kept."""
    check_json_value(dict(metadata), "metadata")
    for key, value in metadata.items():
        if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isprintable():
            raise InvalidInputError(
                f"metadata key {key[:40]!r} must have 1 to {MAX_KEY_LENGTH} printable characters"
            )
        if _length(value) > MAX_VALUE_BYTES:
            raise InvalidInputError(f"metadata {key!r} is larger than 1 MiB")
    return dict(metadata)


def _length(value: Any) -> int:
    try:
        return len(json.dumps(value))
    except ValueError:  # a number with more digits than Python writes out
        return MAX_VALUE_BYTES + 1


def _parse_pair(word: str) -> tuple[str, Any]:
    key, equals, text = word.partition("=")
    if not equals:
        raise InvalidInputError(f"metadata {word!r} has no value", hint="write KEY=VALUE")
    try:
        return key, parse_json(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"metadata {key!r}: {error.message}", hint=error.hint) from None
    except ValueError:
        return key, text
