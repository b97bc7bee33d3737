"""Checking and parsing the arguments of the client's methods, in ZenML's forms too."""

import json
import uuid
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from artifactctl.catalog.reading.fields import METADATA
from artifactctl.catalog.reading.filters import OPERATORS
from artifactctl.catalog.rows import Listing
from artifactctl.errors import WrongUsageError
from artifactctl.refs import Ref, check_name, is_like_id, parse_ref

Filter = str | int | float | bool | datetime | Sequence[Any] | Mapping[str, Any] | None
"""A filter `VALUE` or `OPERATOR:VALUE`, or several that must all match; None is no filter.

For metadata it is a mapping of keys to filters, or texts `KEY=FILTER`.
"""

Named = str | uuid.UUID | None
"""A name, a reference, an ID or a prefix of one."""


_METADATA = ("metadata", "run_metadata")
# Results are always complete.
_WHOLE = ("hydrate", "include_full_metadata")
_NOT_HERE = ("project", "user", "model", "model_version_id")


def the_one(*given: Named) -> str:
    """Return the only argument among several names of the same parameter.

    Raises `TypeError` for none or several, as Python does for arguments.
    """
    words = [str(word) for word in given if word is not None]
    if len(words) != 1:
        raise TypeError("give one name, reference or ID (name_id_or_prefix)")
    return words[0]


def refuse(**not_here: object) -> None:
    """Raise `WrongUsageError` for an argument of ZenML's that is given but not supported."""
    for word, value in not_here.items():
        if value is not None:
            raise WrongUsageError(f"there is no {word} here", hint=f"leave out {word}={value!r}")


def ref_of(text: str | uuid.UUID, version: str | int | None) -> Ref:
    """Return the parsed reference; `version` is a version given separately."""
    return parse_ref(str(text), None if version is None else str(version))


def ref_of_id_too(text: str, version: str | int | None) -> Ref:
    """Return the parsed reference; beside a whole ID a version is ignored, with a warning."""
    is_id = is_like_id(text) and version is not None
    if is_id:
        warnings.warn(f"{text} is an ID: version {version!r} is ignored", stacklevel=4)
    return ref_of(text, None if is_id else version)


def artifact_name(text: str) -> str:
    """Return an artifact's name in its normal form, or its ID as given."""
    return text if parse_ref(text).id_prefix is not None else check_name(text)


def listing_of(
    page: int,
    size: int,
    sort_by: str | Sequence[str],
    logical_operator: str,
    filters: Mapping[str, Filter],
    store: str = "",
) -> Listing:
    """Return the parsed arguments of a listing; the filters in `_WHOLE` are ignored."""
    filters = {name: value for name, value in filters.items() if name not in _WHOLE}
    refuse(**{name: filters.pop(name, None) for name in _NOT_HERE})
    orders = [sort_by] if isinstance(sort_by, str) else sort_by
    wanted = [pair for name, value in filters.items() for pair in _pairs(name, value)]
    return Listing(page, size, [o for o in orders if o], wanted, _text(logical_operator), store)


def key_filters(value: Filter) -> Iterator[tuple[str, str]]:
    """Yield keys of metadata with their filters, from a mapping or from texts `KEY=FILTER`."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key, item if isinstance(item, str) else json.dumps(item)
        return
    for word in [value] if isinstance(value, str) or not isinstance(value, Iterable) else value:
        yield _split(str(word))


def _pairs(name: str, value: Filter) -> Iterator[tuple[str, str]]:
    if value is None or (name == "only_unused" and value is False):
        return
    if name in _METADATA:
        yield from ((METADATA + key, text) for key, text in key_filters(value))
    elif isinstance(value, str) or not isinstance(value, Iterable):
        yield name, _text(value)
    else:
        for item in value:
            yield name, _text(item)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _split(word: str) -> tuple[str, str]:
    """Split `KEY=FILTER`, or ZenML's `KEY:VALUE` and `KEY:OPERATOR:VALUE`."""
    key, equals, text = word.partition("=")
    head, colon, rest = word.partition(":")
    is_zenml = not equals or (rest.partition(":")[0] in OPERATORS and len(head) < len(key))
    found = (head, rest) if is_zenml else (key, text)
    if not found[0] or not (equals or colon):
        raise WrongUsageError(
            f"metadata filter {word!r} has no key and value",
            hint="write KEY=VALUE or KEY=OPERATOR:VALUE",
        )
    return found
