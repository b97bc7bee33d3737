"""What the store keeps of the catalog's rows, so that they could be made again from it."""

from typing import Any

from artifactctl.catalog.queries import read_json
from artifactctl.catalog.sqlite import Database

FORMAT = 1

VERSION_COLUMNS = (
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
    "data_type",
    "materializer",
    "producer_run",
    "producer_step",
    "data_deleted",
)
ARTIFACT_COLUMNS = (
    "seq",
    "id",
    "name",
    "has_custom_name",
    "last_number",
    "created",
    "updated",
    "revision",
    "deleted",
)
DELETION_COLUMNS = ("seq", "id", "version", "number", "created", "deleted", "revision")
RUN_COLUMNS = ("seq", "id", "name", "pipeline", "status", "started", "ended", "details", "revision")
STEP_COLUMNS = ("seq", "id", "name", "status", "details")

Record = dict[str, Any]


def record_of(db: Database, row_id: str) -> tuple[int, Record] | None:
    """The record of a version, an artifact, a deletion or a run, and its revision."""
    with db.moment():
        for find in (_version, _artifact_record, _deletion, _run):
            record = find(db, row_id)
            if record is not None:
                return record["revision"], {"format": FORMAT, **record}
    return None


def _version(db: Database, row_id: str) -> Record | None:
    row = _row(db, "artifact_version", (*VERSION_COLUMNS, "artifact_seq"), row_id)
    if row is None:
        return None
    pairs = db.rows(
        "SELECT key, value FROM version_metadata WHERE version_seq = :seq ORDER BY key",
        {"seq": row["seq"]},
    )
    artifact = _artifact(db, "seq", row.pop("artifact_seq"))
    return {
        "record": "version",
        **row,
        "artifact": artifact,
        "tags": _tags(db, "version", row["seq"]),
        "metadata": {key: read_json(value) for key, value in pairs},
    }


def _artifact_record(db: Database, row_id: str) -> Record | None:
    artifact = _artifact(db, "id", row_id)
    return None if artifact is None else {"record": "artifact", **artifact}


def _deletion(db: Database, row_id: str) -> Record | None:
    row = _row(db, "deleted_version", (*DELETION_COLUMNS, "artifact_seq"), row_id)
    if row is None:
        return None
    artifact = _artifact(db, "seq", row.pop("artifact_seq"))
    return {"record": "deletion", **row, "artifact": artifact}


def _run(db: Database, row_id: str) -> Record | None:
    row = _row(db, "run", RUN_COLUMNS, row_id)
    if row is None:
        return None
    columns = ", ".join(STEP_COLUMNS)
    steps = db.rows(
        f"SELECT {columns} FROM run_step WHERE run_seq = :seq ORDER BY seq", {"seq": row["seq"]}
    )
    return {
        "record": "run",
        **row,
        "details": read_json(row["details"]),
        "steps": [_step(db, dict(zip(STEP_COLUMNS, step, strict=True))) for step in steps],
    }


def _step(db: Database, step: Record) -> Record:
    rows = db.rows(
        "SELECT direction, name, version_seq FROM step_version WHERE step_seq = :seq"
        " ORDER BY direction, name, version_seq",
        {"seq": step["seq"]},
    )
    return {
        **step,
        "details": read_json(step["details"]),
        "versions": [list(row) for row in rows],
    }


def _row(db: Database, table: str, columns: tuple[str, ...], row_id: str) -> Record | None:
    rows = db.rows(f"SELECT {', '.join(columns)} FROM {table} WHERE id = :id", {"id": row_id})
    return dict(zip(columns, rows[0], strict=True)) if rows else None


def _artifact(db: Database, key: str, value: str | int) -> Record | None:
    columns = ", ".join(ARTIFACT_COLUMNS)
    rows = db.rows(f"SELECT {columns} FROM artifact WHERE {key} = :value", {"value": value})
    if not rows:
        return None
    row = dict(zip(ARTIFACT_COLUMNS, rows[0], strict=True))
    row["has_custom_name"] = bool(row["has_custom_name"])
    return {**row, "tags": _tags(db, "artifact", row["seq"])}


def _tags(db: Database, owner: str, seq: int) -> list[str]:
    rows = db.rows(
        f"SELECT tag FROM {owner}_tag WHERE {owner}_seq = :seq ORDER BY tag", {"seq": seq}
    )
    return [tag for (tag,) in rows]
