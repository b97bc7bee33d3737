"""Runs made again from their records, inside of the transaction that makes everything again."""

import json

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.rebuilding_links import note_use
from artifactctl.catalog.records import (
    RUN_COLUMNS,
    RUN_DELETION_COLUMNS,
    STEP_COLUMNS,
    Record,
)
from artifactctl.catalog.writing.deleting import forget_run
from artifactctl.catalog.writing.entries import change_tags, find_seq, put_metadata


def put_run(connection: Transaction, record: Record) -> bool:
    """Have a run as its record says, unless the catalog knows a later state; whether it is new."""
    if find_seq(connection, "deleted_run", "id", record["id"]) is not None:
        return False
    known = connection.row("SELECT seq, revision FROM run WHERE id = :id", {"id": record["id"]})
    if known is not None and known[1] >= record["revision"]:
        return False
    row = {column: record[column] for column in RUN_COLUMNS}
    row |= {"details": _json(record["details"]), "recorded": record["revision"]}
    if known is not None:
        forget_run(connection, known[0])
        row["seq"] = known[0]
    else:
        row["seq"] = _free_seq(connection, row["seq"])
    seq = connection.insert("run", row)
    change_tags(connection, "run", seq, record["tags"], ())
    put_metadata(connection, seq, record["metadata"], "run")
    for step in record["steps"]:
        _put_step(connection, seq, step)
    return known is None


def put_run_deletion(connection: Transaction, record: Record) -> bool:
    """Have what is left of a deleted run; not while the catalog has the run, or knows of it."""
    tables = ("run", "deleted_run")
    if any(find_seq(connection, table, "id", record["id"]) is not None for table in tables):
        return False
    row = {column: record[column] for column in RUN_DELETION_COLUMNS}
    row |= {"seq": _free_seq(connection, row["seq"]), "recorded": record["revision"]}
    connection.insert("deleted_run", row)
    return True


def _free_seq(connection: Transaction, seq: int) -> int:
    """The order of allocation it had, or where another run has that, the end."""
    tables = ("run", "deleted_run")
    if all(find_seq(connection, table, "seq", seq) is None for table in tables):
        return seq
    highest = "SELECT MAX(seq) FROM (SELECT MAX(seq) AS seq FROM {} UNION SELECT MAX(seq) FROM {})"
    return int(connection.one(highest.format(*tables))[0]) + 1


def _put_step(connection: Transaction, run_seq: int, step: Record) -> None:
    row = {column: step[column] for column in STEP_COLUMNS}
    row |= {"details": _json(step["details"]), "run_seq": run_seq}
    if find_seq(connection, "run_step", "seq", row["seq"]) is not None:
        row["seq"] = None
    seq = connection.insert("run_step", row)
    put_metadata(connection, seq, step["metadata"], "step")
    for use, version_id in zip(step["versions"], step["version_ids"], strict=True):
        note_use(connection, seq, use, version_id)


def _json(details: Record) -> str:
    return json.dumps(details, ensure_ascii=False)
