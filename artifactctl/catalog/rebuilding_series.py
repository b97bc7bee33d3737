"""Rebuilding of series: each record is a chunk of points, whose owner may come later."""

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.outside_rows import add_row
from artifactctl.catalog.records import SERIES_COLUMNS, Record
from artifactctl.catalog.writing.entries import OWNERS, find_seq
from artifactctl.catalog.writing.metadata import put_extremes
from artifactctl.catalog.writing.series import part_chunks


def put_chunk(connection: Transaction, record: Record) -> None:
    """Insert or replace a chunk, unless the catalog has it at this revision or a later one."""
    known = connection.row("SELECT seq, revision FROM series WHERE id = :id", {"id": record["id"]})
    if known is not None and known[1] >= record["revision"]:
        return
    row = {column: record[column] for column in SERIES_COLUMNS}
    if known is not None:
        connection.execute("DELETE FROM series WHERE seq = :seq", {"seq": known[0]})
        row["seq"] = known[0]
    elif find_seq(connection, "series", "seq", row["seq"]) is not None:
        row["seq"] = None
    add_row(connection, "series", {**row, "recorded": record["revision"]})


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
