"""Rebuilding of runs, of series, and of the links from versions to steps and to other versions.

The record of a version may come after that of the step or version that refers to it, and the
version may get another seq. So links are collected in temporary tables first, and inserted once all
versions are there. The owner of a series may come after its chunks, too.
"""

from collections.abc import Iterable, Sequence

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.outside_rows import add_row, free_seq, seq_if_free
from artifactctl.catalog.records import (
    RUN_COLUMNS,
    RUN_DELETION_COLUMNS,
    SERIES_COLUMNS,
    STEP_COLUMNS,
    Record,
    row_of,
)
from artifactctl.catalog.writing.deleting import forget_run
from artifactctl.catalog.writing.entries import OWNERS, find_seq
from artifactctl.catalog.writing.metadata import put_extremes, put_metadata
from artifactctl.catalog.writing.row_tags import change_tags
from artifactctl.catalog.writing.series import part_chunks

_OF_RUNS = ("run", "deleted_run")

_NOTED = (
    """
    CREATE TEMP TABLE noted_link (
        step_seq BIGINT NOT NULL,
        direction TEXT NOT NULL,
        name TEXT NOT NULL,
        version_seq BIGINT NOT NULL,
        version_id TEXT
    )
    """,
    "CREATE TEMP TABLE noted_input (version_seq BIGINT NOT NULL, version_id TEXT NOT NULL)",
)
_PLACE = """
    COALESCE((SELECT v.seq FROM artifact_version v WHERE v.id = n.version_id),
             (SELECT d.seq FROM deleted_version d WHERE d.id = n.version_id))
"""
# The old seq of a version that has no record any more, unless another version has that seq now.
_OLD_PLACE = """
    CASE WHEN n.version_id IS NULL OR NOT EXISTS (
        SELECT 1 FROM artifact_version v WHERE v.seq = n.version_seq UNION ALL
        SELECT 1 FROM deleted_version d WHERE d.seq = n.version_seq
    ) THEN n.version_seq END
"""


def put_run(connection: Transaction, record: Record) -> bool:
    """Insert or replace a run, unless the catalog has it at this revision or a later one.

    Returns whether the run is new.
    """
    if find_seq(connection, "deleted_run", "id", record["id"]) is not None:
        return False
    known = connection.row("SELECT seq, revision FROM run WHERE id = :id", {"id": record["id"]})
    if known is not None and known[1] >= record["revision"]:
        return False
    row = {**row_of(record, RUN_COLUMNS), "recorded": record["revision"]}
    if known is not None:
        forget_run(connection, known[0])
        row["seq"] = known[0]
    else:
        row["seq"] = free_seq(connection, _OF_RUNS, row["seq"])
    seq = add_row(connection, "run", row)
    change_tags(connection, "run", seq, record["tags"], (), is_new=True)
    put_metadata(connection, seq, record["metadata"], "run", is_new=True)
    for step in record["steps"]:
        _put_step(connection, seq, step)
    return known is None


def put_run_deletion(connection: Transaction, record: Record) -> bool:
    """Insert a deleted run, unless the catalog has it, deleted or not; return whether it is new."""
    if any(find_seq(connection, table, "id", record["id"]) is not None for table in _OF_RUNS):
        return False
    row = {**row_of(record, RUN_DELETION_COLUMNS), "recorded": record["revision"]}
    row["seq"] = free_seq(connection, _OF_RUNS, row["seq"])
    add_row(connection, "deleted_run", row)
    return True


def _put_step(connection: Transaction, run_seq: int, step: Record) -> None:
    row = {**row_of(step, STEP_COLUMNS), "run_seq": run_seq}
    row["seq"] = seq_if_free(connection, "run_step", row["seq"])
    seq = add_row(connection, "run_step", row)
    put_metadata(connection, seq, step["metadata"], "step", is_new=True)
    for use, version_id in zip(step["versions"], step["version_ids"], strict=True):
        _note_use(connection, seq, use, version_id)


def note_links(connection: Transaction) -> None:
    """Create the temporary tables for links."""
    for statement in _NOTED:
        connection.execute(statement)


def _note_use(
    connection: Transaction, step_seq: int, use: Sequence[object], version_id: str | None
) -> None:
    """Collect an input or output of a step; `use` is its direction, name and the version's seq."""
    direction, name, version_seq = use
    connection.execute(
        "INSERT INTO noted_link VALUES (:step, :direction, :name, :version_seq, :version_id)",
        {"step": step_seq, "direction": direction, "name": name}
        | {"version_seq": version_seq, "version_id": version_id},
    )


def note_inputs(connection: Transaction, seq: int, version_ids: Iterable[str]) -> None:
    """Collect the inputs with which a version was registered."""
    connection.execute_many(
        "INSERT INTO noted_input VALUES (:seq, :id)",
        [{"seq": seq, "id": version_id} for version_id in version_ids],
    )


def link_versions(connection: Transaction) -> None:
    """Insert the collected links with the present seqs of the versions, and drop the tables."""
    connection.execute(
        "INSERT INTO step_version (step_seq, direction, name, version_seq)"
        " SELECT step_seq, direction, name, place FROM (SELECT n.step_seq, n.direction, n.name,"
        f" COALESCE({_PLACE}, {_OLD_PLACE}) AS place FROM noted_link n) AS noted"
        " WHERE place IS NOT NULL ON CONFLICT DO NOTHING"
    )
    connection.execute(
        "INSERT INTO version_input (version_seq, input_seq)"
        f" SELECT version_seq, place FROM (SELECT n.version_seq, {_PLACE} AS place"
        " FROM noted_input n) AS noted WHERE place IS NOT NULL ON CONFLICT DO NOTHING"
    )
    for table in ("noted_link", "noted_input"):
        connection.execute(f"DROP TABLE {table}")


def put_chunk(connection: Transaction, record: Record) -> None:
    """Insert or replace a chunk, unless the catalog has it at this revision or a later one."""
    known = connection.row("SELECT seq, revision FROM series WHERE id = :id", {"id": record["id"]})
    if known is not None and known[1] >= record["revision"]:
        return
    row = {**row_of(record, SERIES_COLUMNS), "recorded": record["revision"]}
    if known is not None:
        connection.execute("DELETE FROM series WHERE seq = :seq", {"seq": known[0]})
        row["seq"] = known[0]
    else:
        row["seq"] = seq_if_free(connection, "series", row["seq"])
    add_row(connection, "series", row)


def link_series(connection: Transaction) -> None:
    """Drop the chunks without an owner, and let the others be found by their extremes.

    A deleted version that can be restored is an owner too.
    """
    sources = (*OWNERS.values(), "deleted_version WHERE former IS NOT NULL")
    owners = " UNION ALL ".join(f"SELECT id FROM {source}" for source in sources)
    connection.execute(f"DELETE FROM series WHERE count > 0 AND owner NOT IN ({owners})")
    part_chunks(connection)
    for owner in OWNERS:
        put_extremes(connection, owner)
