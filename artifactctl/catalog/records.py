"""What the store keeps of the catalog's rows, so that they could be made again from it."""

import json
from typing import Any

from artifactctl.catalog.sqlite import Database

FORMAT = 1

_VERSION_COLUMNS = (
    "seq",
    "id",
    "version",
    "number",
    "type",
    "kind",
    "digest",
    "source_checksum",
    "manifest",
    "link",
    "size_bytes",
    "file_count",
    "created",
    "updated",
    "facts",
    "revision",
)
_ARTIFACT_COLUMNS = (
    "seq",
    "id",
    "name",
    "has_custom_name",
    "last_number",
    "created",
    "updated",
    "revision",
)


def record_of(db: Database, row_id: str) -> tuple[int, dict[str, Any]] | None:
    """The record of a version or an artifact, and its revision; None when there is neither."""
    return _version_record(db, row_id) or _artifact_record(db, row_id)


def _version_record(db: Database, row_id: str) -> tuple[int, dict[str, Any]] | None:
    columns = ", ".join(f"v.{column}" for column in _VERSION_COLUMNS)
    rows = db.rows(
        f"SELECT {columns}, v.artifact_seq FROM artifact_version v WHERE v.id = :id", {"id": row_id}
    )
    if not rows:
        return None
    *values, artifact_seq = rows[0]
    row = dict(zip(_VERSION_COLUMNS, values, strict=True))
    pairs = db.rows(
        "SELECT key, value FROM version_metadata WHERE version_seq = :seq ORDER BY key",
        {"seq": row["seq"]},
    )
    record = {
        "format": FORMAT,
        "record": "version",
        **row,
        "artifact": _artifact(db, "seq", artifact_seq),
        "tags": _tags(db, "version", row["seq"]),
        "metadata": {key: json.loads(value) for key, value in pairs},
        "producer": None,
    }
    return row["revision"], record


def _artifact_record(db: Database, row_id: str) -> tuple[int, dict[str, Any]] | None:
    artifact = _artifact(db, "id", row_id)
    if artifact is None:
        return None
    return artifact["revision"], {"format": FORMAT, "record": "artifact", **artifact}


def _artifact(db: Database, key: str, value: str | int) -> dict[str, Any] | None:
    columns = ", ".join(_ARTIFACT_COLUMNS)
    rows = db.rows(f"SELECT {columns} FROM artifact WHERE {key} = :value", {"value": value})
    if not rows:
        return None
    row = dict(zip(_ARTIFACT_COLUMNS, rows[0], strict=True))
    row["has_custom_name"] = bool(row["has_custom_name"])
    return {**row, "tags": _tags(db, "artifact", row["seq"])}


def _tags(db: Database, owner: str, seq: int) -> list[str]:
    rows = db.rows(
        f"SELECT tag FROM {owner}_tag WHERE {owner}_seq = :seq ORDER BY tag", {"seq": seq}
    )
    return [tag for (tag,) in rows]
