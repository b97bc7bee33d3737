"""The parts that changes have in common: finding rows, descriptions and revisions."""

from collections.abc import Sequence
from datetime import UTC, datetime

from artifactctl.catalog.engine.protocol import Query, Transaction
from artifactctl.catalog.moments import as_catalog
from artifactctl.catalog.reading.statements import rows_among
from artifactctl.catalog.rows import TABLES, Unrecorded
from artifactctl.errors import InvalidInputError, NotFoundError

OWNERS = {"version": "artifact_version", "run": "run", "step": "run_step"}
"""The tables of the rows that have metadata and series."""


def now() -> str:
    """The current time in the catalog's format.

    Raises `InvalidInputError` if the clock is beyond the range of Python's times.
    """
    try:
        return as_catalog(datetime.now(UTC))
    except OverflowError:  # beyond the year 2262, or 9999
        raise InvalidInputError(
            "the clock of this machine is too far ahead: its time cannot be stored",
            hint="set the clock right",
        ) from None


def note_recorded(transaction: Transaction, written: Sequence[Unrecorded]) -> None:
    """Note that these records are written (see `versions.list_unrecorded`)."""
    for item in written:
        transaction.later(*recorded(item))


def recorded(item: Unrecorded) -> Query:
    """The UPDATE that notes that a record is written."""
    return (
        f"UPDATE {TABLES[item.kind]} SET recorded = :revision"
        " WHERE id = :id AND recorded < :revision",
        {"id": item.id, "revision": item.revision},
    )


def find_seq(transaction: Transaction, table: str, column: str, value: object) -> int | None:
    """The seq of the row with this value in a unique column, or None."""
    found = transaction.row(*query_of_seq(table, column, value))
    return None if found is None else int(found[0])


def query_of_seq(table: str, column: str, value: object) -> Query:
    """The query of `find_seq`."""
    return f"SELECT seq FROM {table} WHERE {column} = :value", {"value": value}


def next_seq(transaction: Transaction, tables: Sequence[str]) -> int:
    """The seq after the highest in these tables: those of rows and of deleted rows share theirs."""
    highest = [transaction.one(f"SELECT MAX(seq) FROM {table}")[0] or 0 for table in tables]
    return int(max(highest)) + 1


def living_version(transaction: Transaction, version_id: str) -> int:
    """The seq of a version; raises `NotFoundError` if it was deleted meanwhile."""
    seq = find_seq(transaction, "artifact_version", "id", version_id)
    if seq is None:
        raise NotFoundError(f"version {version_id} was deleted meanwhile")
    return seq


def living_artifact(transaction: Transaction, artifact_id: str) -> int:
    """The seq of an artifact; raises `NotFoundError` if it was deleted meanwhile."""
    found = transaction.row(
        "SELECT seq FROM artifact WHERE id = :id AND deleted IS NULL", {"id": artifact_id}
    )
    if found is None:
        raise NotFoundError("the artifact was deleted meanwhile")
    return int(found[0])


def known_seq(transaction: Transaction, version_id: str) -> int | None:
    """The seq of a version, which may be deleted, or None if there never was one with this ID."""
    return known_seqs(transaction, [version_id]).get(version_id)


def known_seqs(transaction: Transaction, version_ids: Sequence[str]) -> dict[str, int]:
    """The seqs of versions, which may be deleted, by their IDs; without those that never were."""
    sql = " UNION ALL ".join(
        f"SELECT id, seq FROM {table} WHERE id IN ({{0}})"
        for table in ("deleted_version", "artifact_version")
    )
    return dict(rows_among(transaction, sql, version_ids))


def run_row(transaction: Transaction, run_id: str) -> tuple[int, str, str]:
    """The seq, name and status of a run; raises `NotFoundError`."""
    found = transaction.row("SELECT seq, name, status FROM run WHERE id = :id", {"id": run_id})
    if found is None:
        raise NotFoundError(f"run {run_id} was deleted meanwhile")
    seq, name, status = found
    return int(seq), name, status


def living_run(transaction: Transaction, run_id: str) -> int:
    """The seq of a run; raises `NotFoundError` if it was deleted meanwhile."""
    return run_row(transaction, run_id)[0]


def set_description(
    transaction: Transaction, table: str, seq: int, description: str | None
) -> bool:
    """Set the description of a row, but not its revision; return whether it changed."""
    changed = transaction.execute(
        f"UPDATE {table} SET description = :description"
        " WHERE seq = :seq AND COALESCE(description, '') <> :compared",
        {"description": description, "compared": description or "", "seq": seq},
    )
    return changed > 0


def touch(transaction: Transaction, table: str, seq: int, row_id: str | None = None) -> str:
    """Increment the revision of a changed row, and set its time of update; return its ID.

    A change of a row's tags, metadata or steps counts as a change of the row. Nothing is waited
    for if the caller knows the ID.
    """
    also = "" if table == "run" else ", updated = :now"  # a run has no column `updated`
    sql = f"UPDATE {table} SET revision = revision + 1{also} WHERE seq = :seq"
    params = {"now": now(), "seq": seq}
    if row_id is not None:
        transaction.later(sql, params)
        return row_id
    (found,) = transaction.one(f"{sql} RETURNING id", params)
    return str(found)
