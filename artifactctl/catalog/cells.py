"""The rules for cells of the catalog's tables, which also apply to records and backups.

A catalog, a record or a backup may be forged, and its cells become paths, command lines and output
on a terminal. The rules are those by which artifactctl writes a cell, and not stricter: values that
any version of it has stored are valid.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from artifactctl.catalog.rows import Version, columns_of
from artifactctl.digests import is_digest
from artifactctl.enums import (
    ArtifactSaveType,
    ArtifactType,
    ColorVariants,
    RunStatus,
    StepStatus,
    VersionKind,
)
from artifactctl.errors import IntegrityError, InvalidInputError
from artifactctl.json_text import check_json_value
from artifactctl.refs import (
    MAX_DESCRIPTION_BYTES,
    MAX_LENGTH,
    MAX_NUMBER,
    check_name,
    check_tag,
    check_version,
    is_id,
)

Check = Callable[[object], bool]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
# In JSON text: an escape that may be a lone surrogate, or an exponent that may overflow a float.
_SUSPECT = re.compile(r"\\u[dD]|[eE]\+?\d{3}")
_DEEP = 32  # opening brackets, also those in strings, above which the nesting is checked
_MOST = 1 << 61  # far below the 64-bit limit, so that counting on from it cannot overflow


def is_text(value: object) -> bool:
    """Whether `value` is valid Unicode text without NUL.

    Lone surrogates cannot be encoded as UTF-8, and PostgreSQL's text cannot hold a NUL.
    """
    return (
        type(value) is str
        and "\0" not in value
        and (value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value))
    )


def is_printable(value: object) -> bool:
    """Whether `value` is valid as the name of a run or step, or as a metadata key."""
    return type(value) is str and 1 <= len(value) <= MAX_LENGTH and value.isprintable()


def is_time(value: object) -> bool:
    """Whether `value` is a time in the catalog's format (see `moments.as_catalog`)."""
    if type(value) is not str or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_place(value: object) -> bool:
    """Whether `value` is valid as a seq."""
    return value != 0 and is_whole(value)


def is_whole(value: object) -> bool:
    """Whether `value` is valid as a revision or another count of changes."""
    # Not isinstance(): True is an int to it.
    return type(value) is int and 0 <= value <= _MOST


def is_name(value: object) -> bool:
    """Whether `value` is valid as the name of an artifact."""
    return _is_as_checked(check_name, value)


def _is_version(value: object) -> bool:
    return _is_as_checked(check_version, value)


def _is_tag(value: object) -> bool:
    return _is_as_checked(check_tag, value)


def _is_as_checked(check: Callable[[str], str], value: object) -> bool:
    try:
        return type(value) is str and check(value) == value
    except InvalidInputError:
        return False


def _is_json(value: object, kind: type = object) -> bool:
    try:
        return isinstance(read_json(value), kind)
    except IntegrityError:
        return False


def _is_object(value: object) -> bool:
    return _is_json(value, dict)


def _is_description(value: object) -> bool:
    return is_text(value) and value != "" and len(str(value).encode()) <= MAX_DESCRIPTION_BYTES


def _is_direction(value: object) -> bool:
    return type(value) is str and value in ("input", "output")


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_NUMBER


def _is_yes_or_no(value: object) -> bool:
    return value in (0, 1) and type(value) in (int, bool)


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def _is_finite(value: object) -> bool:
    return (type(value) is int or type(value) is float) and math.isfinite(value)


def _is_step(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 53  # exact in JSON and JavaScript too


def _are_points(value: object) -> bool:
    from artifactctl.series import decode  # noqa: PLC0415 (few commands read points)

    try:
        return type(value) is str and decode(value) is not None
    except ValueError:
        return False


def _one_of(kind: type[StrEnum]) -> Check:
    values = frozenset(member.value for member in kind)
    return lambda value: type(value) is str and value in values


def _maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


_TYPES: Mapping[Any, Check] = {str: is_text, str | None: _maybe(is_text), int: _is_count}


def _by_type(row_class: type[Any]) -> dict[str, Check]:
    """The checks of a row class's columns that follow from the types of its fields."""
    return {name: _TYPES[kind] for name, kind in columns_of(row_class).items()}


_ROW: Mapping[str, Check] = {"seq": is_place, "id": is_id}
_CHANGES: Mapping[str, Check] = {"revision": is_whole, "recorded": is_whole}
_LEAF: Mapping[str, Check] = {"number": _maybe(_is_number), "text": _maybe(is_text)}
_ENTRY: Mapping[str, Check] = {"key": is_printable, "value": _is_json, **_LEAF}
_VERSION: Mapping[str, Check] = {
    **_ROW,
    "artifact_seq": is_place,
    "version": _is_version,
    "number": _maybe(_is_count),
    "created": is_time,
    **_CHANGES,
}
_RUN: Mapping[str, Check] = {
    **_ROW,
    "name": is_printable,
    "pipeline": is_printable,
    "started": is_time,
    **_CHANGES,
}

CELLS: Mapping[str, Mapping[str, Check]] = {
    "catalog": {
        "id": is_id,
        "schema_version": is_whole,
        "incarnation": is_whole,
        "epoch": is_whole,
        "forgotten": is_whole,
    },
    "condemned": {
        "digest": is_digest,
        "epoch": is_whole,
        "pending": _is_yes_or_no,
        "lease_ends_ms": is_whole,
        "condemned_by": is_id,
    },
    "lease": {
        "id": is_id,
        "kind": is_text,
        "host": is_text,
        "machine": _maybe(is_text),
        "process": is_whole,
        "birth": _maybe(is_whole),
        "ends_ms": is_whole,
    },
    "artifact": {
        **_ROW,
        "name": is_name,
        "has_custom_name": _is_yes_or_no,
        "last_number": _is_count,
        "created": is_time,
        "updated": is_time,
        "deleted": _maybe(is_time),
        **_CHANGES,
        "description": _maybe(_is_description),
    },
    "artifact_version": {
        **_by_type(Version),
        **_VERSION,
        "type": _one_of(ArtifactType),
        "kind": _one_of(VersionKind),
        "digest": _maybe(is_digest),
        "manifest": is_digest,
        "updated": is_time,
        "facts": is_digest,
        "producer_run": _maybe(is_id),
        "producer_step": _maybe(is_printable),
        "data_deleted": _maybe(is_time),
        "save_type": _maybe(_one_of(ArtifactSaveType)),
        "description": _maybe(_is_description),
    },
    "deleted_version": {**_VERSION, "deleted": is_time, "former": _maybe(_is_object)},
    "version_input": {"version_seq": is_place, "input_seq": is_place},
    "tag": {
        **_ROW,
        "name": _is_tag,
        "color": _one_of(ColorVariants),
        "exclusive": _is_yes_or_no,
        "cascade": _is_yes_or_no,
        "protected": _is_yes_or_no,
        "created": is_time,
        "updated": is_time,
        "deleted": _maybe(is_time),
        **_CHANGES,
    },
    "artifact_tag": {"artifact_seq": is_place, "tag": _is_tag},
    "version_tag": {"version_seq": is_place, "tag": _is_tag},
    "version_metadata": {"version_seq": is_place, **_ENTRY},
    "version_metadata_leaf": {"version_seq": is_place, "key": is_text, **_LEAF},
    "run": {
        **_RUN,
        "status": _one_of(RunStatus),
        "ended": _maybe(is_time),
        "details": _is_object,
        "description": _maybe(_is_description),
    },
    "run_step": {
        **_ROW,
        "run_seq": is_place,
        "name": is_printable,
        "status": _one_of(StepStatus),
        "details": _is_object,
        "started": _maybe(is_time),
        "ended": _maybe(is_time),
        "cache_key": _maybe(is_text),
        "log": _maybe(is_digest),
        "log_bytes": _maybe(_is_count),
    },
    "step_version": {
        "step_seq": is_place,
        "direction": _is_direction,
        "name": is_printable,
        "version_seq": is_place,
    },
    "run_tag": {"run_seq": is_place, "tag": _is_tag},
    "pipeline": {
        **_ROW,
        "name": is_printable,
        "created": is_time,
        "updated": is_time,
        **_CHANGES,
    },
    "pipeline_tag": {"pipeline_seq": is_place, "tag": _is_tag},
    "run_metadata": {"run_seq": is_place, **_ENTRY},
    "run_metadata_leaf": {"run_seq": is_place, "key": is_text, **_LEAF},
    "step_metadata": {"step_seq": is_place, **_ENTRY},
    "step_metadata_leaf": {"step_seq": is_place, "key": is_text, **_LEAF},
    "deleted_run": {**_RUN, "deleted": is_time},
    "series": {
        **_ROW,
        "owner": is_id,
        "key": is_printable,
        "first_step": _is_step,
        "last_step": _is_step,
        "count": _is_count,
        "low": _maybe(_is_finite),
        "high": _maybe(_is_finite),
        "final": _maybe(_is_finite),
        **_CHANGES,
        "points": _are_points,
    },
}
"""The check of each column, by table."""


def fault_of(table: str, row: Mapping[str, Any]) -> str | None:
    """The first column of a row, or of a part of it, with an invalid value; None if there is none.

    Raises `KeyError` for an unknown column.
    """
    checks = CELLS[table]
    return next((column for column, value in row.items() if not checks[column](value)), None)


def read_json(text: Any) -> Any:
    """Parse a JSON cell; raises `IntegrityError` for text that artifactctl does not write."""
    try:
        value = _decode(text)
        if _SUSPECT.search(text) or text.count("[") + text.count("{") > _DEEP:
            check_json_value(value)
    except (ValueError, TypeError, RecursionError):
        raise IntegrityError(
            "the catalog has a row that was changed: what should be JSON is not",
            hint="'artifactctl catalog rebuild' takes changed rows from the store's records",
        ) from None
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


# With a constant, `json.loads` makes a decoder for each value, which takes longer than decoding.
_decode = json.JSONDecoder(parse_constant=_refuse).decode
