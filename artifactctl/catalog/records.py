"""What the store keeps of the catalog's rows, so that they could be made again from it."""

from typing import Any

from artifactctl.catalog.cells import read_json
from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.rows import (
    Artifact,
    DeletedRun,
    DeletedVersion,
    Run,
    Step,
    Version,
    columns_of,
)
from artifactctl.json_text import MAX_DEPTH

FORMAT = 1
# What a user may nest is a part of a record; the metadata of a step is the deepest of them.
DEPTH = MAX_DEPTH + 4

VERSION_COLUMNS = (*columns_of(Version), "number")
ARTIFACT_COLUMNS = (*columns_of(Artifact), "last_number", "revision", "deleted")
DELETION_COLUMNS = tuple(name for name in columns_of(DeletedVersion) if name != "artifact_seq")
RUN_COLUMNS = tuple(columns_of(Run))
STEP_COLUMNS = tuple(columns_of(Step))
RUN_DELETION_COLUMNS = tuple(columns_of(DeletedRun))
TAG_COLUMNS = ("seq", "id", "name", "exclusive", "created", "updated", "revision")

Record = dict[str, Any]


# The ID of the version at a place in the order of allocation, a deleted one's too.
_ID_OF = """
    COALESCE((SELECT v.id FROM artifact_version v WHERE v.seq = {0}),
             (SELECT d.id FROM deleted_version d WHERE d.seq = {0}))
"""


def record_of(db: Database, row_id: str) -> tuple[int, Record] | None:
    """The record of a version, an artifact, a run, a deletion or a tag, and its revision."""
    with db.snapshot():
        for find in (_version, _artifact_record, _deletion, _run, _run_deletion, _tag):
            record = find(db, row_id)
            if record is not None:
                return record["revision"], {"format": FORMAT, **record}
    return None


def _version(db: Database, row_id: str) -> Record | None:
    row = _row(db, "artifact_version", (*VERSION_COLUMNS, "artifact_seq"), row_id)
    if row is None:
        return None
    artifact = _artifact(db, "seq", row.pop("artifact_seq"))
    inputs = _inputs(db, row["seq"])
    return {
        "record": "version",
        **row,
        # Only where there are any: records of the time before there were stay what they are.
        **({"inputs": inputs} if inputs else {}),
        "artifact": artifact,
        "tags": _tags(db, "version", row["seq"]),
        "metadata": _metadata(db, "version", row["seq"]),
    }


def _inputs(db: Database, seq: int) -> list[str]:
    """The IDs of the versions that a registered one was made from."""
    rows = db.rows(
        f"SELECT {_ID_OF.format('i.input_seq')} FROM version_input i"
        " WHERE i.version_seq = :seq ORDER BY i.input_seq",
        {"seq": seq},
    )
    return [version_id for (version_id,) in rows if version_id is not None]


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
        "tags": _tags(db, "run", row["seq"]),
        "metadata": _metadata(db, "run", row["seq"]),
        "steps": [_step(db, dict(zip(STEP_COLUMNS, step, strict=True))) for step in steps],
    }


def _run_deletion(db: Database, row_id: str) -> Record | None:
    row = _row(db, "deleted_run", RUN_DELETION_COLUMNS, row_id)
    return None if row is None else {"record": "run_deletion", **row}


def _tag(db: Database, row_id: str) -> Record | None:
    row = _row(db, "tag", TAG_COLUMNS, row_id)
    if row is None:
        return None
    return {"record": "tag", **row, "exclusive": bool(row["exclusive"])}


def _step(db: Database, step: Record) -> Record:
    rows = db.rows(
        f"SELECT u.direction, u.name, u.version_seq, {_ID_OF.format('u.version_seq')}"
        " FROM step_version u WHERE u.step_seq = :seq"
        " ORDER BY u.direction, u.name, u.version_seq",
        {"seq": step["seq"]},
    )
    return {
        **step,
        "details": read_json(step["details"]),
        "metadata": _metadata(db, "step", step["seq"]),
        "versions": [list(row[:3]) for row in rows],
        # In the same order; by these they are known when they had to be allocated anew.
        "version_ids": [version_id for *_, version_id in rows],
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


def _metadata(db: Database, owner: str, seq: int) -> Record:
    pairs = db.rows(
        f"SELECT key, value FROM {owner}_metadata WHERE {owner}_seq = :seq ORDER BY key",
        {"seq": seq},
    )
    return {key: read_json(value) for key, value in pairs}
