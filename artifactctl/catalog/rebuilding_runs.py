"""Runs made again from their records, inside of the transaction that makes everything again.

The versions that a step used or made may come after it, and may have to take another place in the
order of allocation: they are noted first, and linked when all versions are there.
"""

import json
import sqlite3

from artifactctl.catalog.entries import change_tags, find_seq, insert, put_metadata
from artifactctl.catalog.records import RUN_COLUMNS, STEP_COLUMNS, Record

_NOTED = """
CREATE TEMP TABLE noted_link (
    step_seq INTEGER NOT NULL,
    direction VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    version_seq BIGINT NOT NULL,
    version_id VARCHAR
)
"""
_PLACE = """
    COALESCE((SELECT v.seq FROM artifact_version v WHERE v.id = n.version_id),
             (SELECT d.seq FROM deleted_version d WHERE d.id = n.version_id))
"""
# Of a version that no record is left of, the old place, unless it is another's.
_OLD_PLACE = """
    CASE WHEN n.version_id IS NULL OR NOT EXISTS (
        SELECT 1 FROM artifact_version v WHERE v.seq = n.version_seq UNION ALL
        SELECT 1 FROM deleted_version d WHERE d.seq = n.version_seq
    ) THEN n.version_seq END
"""


def note_links(connection: sqlite3.Connection) -> None:
    """Make room for what `put_run` notes."""
    connection.execute("DROP TABLE IF EXISTS temp.noted_link")
    connection.execute(_NOTED)


def put_run(connection: sqlite3.Connection, record: Record) -> bool:
    """Have a run as its record says, unless the catalog knows a later state; whether it is new."""
    known = connection.execute(
        "SELECT seq, revision FROM run WHERE id = :id", {"id": record["id"]}
    ).fetchone()
    if known is not None and known[1] >= record["revision"]:
        return False
    row = {column: record[column] for column in RUN_COLUMNS}
    row |= {"details": _json(record["details"]), "recorded": record["revision"]}
    if known is not None:
        _forget(connection, known[0])
        row["seq"] = known[0]
    elif find_seq(connection, "run", "seq", row["seq"]) is not None:
        row["seq"] = None
    seq = insert(connection, "run", row)
    change_tags(connection, "run", seq, record["tags"], ())
    put_metadata(connection, seq, record["metadata"], "run")
    for step in record["steps"]:
        _put_step(connection, seq, step)
    return known is None


def link_versions(connection: sqlite3.Connection) -> None:
    """Link the noted versions with their steps, wherever they are by now."""
    connection.execute(
        "INSERT INTO step_version (step_seq, direction, name, version_seq)"
        " SELECT step_seq, direction, name, place FROM (SELECT n.step_seq, n.direction, n.name,"
        f" COALESCE({_PLACE}, {_OLD_PLACE}) AS place FROM temp.noted_link n)"
        " WHERE place IS NOT NULL ON CONFLICT DO NOTHING"
    )
    connection.execute("DROP TABLE temp.noted_link")


def _put_step(connection: sqlite3.Connection, run_seq: int, step: Record) -> None:
    row = {column: step[column] for column in STEP_COLUMNS}
    row |= {"details": _json(step["details"]), "run_seq": run_seq}
    if find_seq(connection, "run_step", "seq", row["seq"]) is not None:
        row["seq"] = None
    seq = insert(connection, "run_step", row)
    put_metadata(connection, seq, step["metadata"], "step")
    for use, version_id in zip(step["versions"], step["version_ids"], strict=True):
        connection.execute(
            "INSERT INTO temp.noted_link VALUES (?, ?, ?, ?, ?)", (seq, *use, version_id)
        )


def _forget(connection: sqlite3.Connection, run_seq: int) -> None:
    """Remove a run with all that hangs on it."""
    steps = "SELECT s.seq FROM run_step s WHERE s.run_seq = ?"
    for table in ("step_version", "step_metadata", "step_metadata_leaf"):
        connection.execute(f"DELETE FROM {table} WHERE step_seq IN ({steps})", (run_seq,))
    for table in ("run_tag", "run_metadata", "run_metadata_leaf", "run_step"):
        connection.execute(f"DELETE FROM {table} WHERE run_seq = ?", (run_seq,))
    connection.execute("DELETE FROM run WHERE seq = ?", (run_seq,))


def _json(details: Record) -> str:
    return json.dumps(details, ensure_ascii=False)
