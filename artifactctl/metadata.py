"""Parsing metadata: `KEY=VALUE` words, files, and mappings of programs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from artifactctl.errors import InvalidInputError, NotFoundError, warn_caller
from artifactctl.json_text import MAX_VALUE_BYTES, check_json_value, parse_json, parse_word
from artifactctl.plain_values import plain_keys, plain_value

SERIES = "series"
"""The key under which a step's metadata has the points of series: lists of values by key."""
MAX_KEY_LENGTH = 255
_NUL = json.dumps("\0")[1:-1]  # also what is left of an escaped backslash before "u0000"


def parse_pairs(words: Iterable[str]) -> dict[str, object]:
    """Return the metadata in `KEY=VALUE` words; a VALUE that is not JSON is text.

    `KEY:=VALUE` must be JSON; `KEY==VALUE` is text. For numbers see `parse_word`. The last of equal
    keys wins. Raises `InvalidInputError`.
    """
    return check_metadata(dict(_parse_pair(word) for word in words))


def read_file(path: Path) -> dict[str, object]:
    """Return the metadata in a JSON or YAML file, whose top level is a mapping."""
    from artifactctl.yaml_text import MAX_BYTES  # noqa: PLC0415 (loads PyYAML)

    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise InvalidInputError(f"metadata file {str(path)!r} is larger than 1 MiB")
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"metadata file {str(path)!r} does not exist") from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"metadata file {str(path)!r} is not UTF-8 text") from None
    value = _parse(text, f"metadata file {str(path)!r}")
    if not isinstance(value, dict):
        raise InvalidInputError(f"metadata file {str(path)!r} must hold keys and values")
    return check_metadata(value)


def plain_metadata(metadata: Mapping[Any, object]) -> dict[str, Any]:
    """Return the metadata that a Python program logs, with each value converted by `plain_value`.

    A training run must not fail because of its metadata: a value that cannot be stored is left out,
    with a warning. Raises `InvalidInputError` when `metadata` is not a mapping.
    """
    if not isinstance(metadata, Mapping):
        raise InvalidInputError(
            f"metadata must be a mapping of keys to values, not {type(metadata).__name__}",
            hint='write {"key": value}',
        )
    kept: dict[str, Any] = {}
    for name, (key, value) in zip(plain_keys(metadata), metadata.items(), strict=True):
        try:
            kept |= check_metadata({name: plain_value(name, value)})
        except InvalidInputError as error:
            warn_caller(f"{error.message} and is left out")
        except Exception as error:  # a user's object may raise anything when it is inspected
            kind, reason = type(value).__name__, type(error).__name__
            warn_caller(f"metadata {key!r}: a {kind} cannot be kept and is left out ({reason})")
    return kept


def _parse(text: str, source: str) -> object:
    from artifactctl.yaml_text import parse_yaml  # noqa: PLC0415 (loads PyYAML)

    # YAML includes JSON, but not tabs and surrogate pairs, which occur in JSON files.
    try:
        return parse_json(text)
    except InvalidInputError as error:
        parse_yaml(text, source)  # its error has line and column
        raise InvalidInputError(f"{source}: {error.message}", hint=error.hint) from None
    except ValueError:
        return parse_yaml(text, source)


def check_metadata(metadata: Mapping[str, object]) -> dict[str, Any]:
    """Return a checked copy of `metadata`; raises `InvalidInputError` for invalid metadata."""
    check_json_value(dict(metadata), "metadata")
    for key, value in metadata.items():
        if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isprintable():
            raise InvalidInputError(
                f"metadata key {key[:40]!r} must have 1 to {MAX_KEY_LENGTH} printable characters"
            )
        text = _as_json(value)
        if text is None or len(text) > MAX_VALUE_BYTES:
            raise InvalidInputError(f"metadata {key!r} is larger than 1 MiB")
        if _NUL in text and _has_nul(value):
            raise InvalidInputError(
                f"metadata {key!r} has text with a NUL character, which databases cannot keep",
                hint="remove the character, or keep the data as an artifact",
            )
    return dict(metadata)


def _as_json(value: object) -> str | None:
    try:
        return json.dumps(value)
    except ValueError:  # the number has more digits than Python converts
        return None


def _has_nul(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_nul, (*value, *value.values())))
    if isinstance(value, list | tuple):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def _parse_pair(word: str) -> tuple[str, object]:
    key, equals, text = word.partition("=")
    if not equals:
        raise InvalidInputError(f"metadata {word!r} has no value", hint="write KEY=VALUE")
    if text.startswith("="):
        return key, text[1:]
    is_json = key.endswith(":")
    key = key.removesuffix(":")
    try:
        return key, parse_json(text) if is_json else parse_word(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"metadata {key!r}: {error.message}", hint=error.hint) from None
    except ValueError:
        raise InvalidInputError(
            f"metadata {key!r}: {text[:40]!r} is not JSON",
            hint=f"write {key}=={text[:40]} for text",
        ) from None
