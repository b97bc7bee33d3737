"""The SQL that differs between the engines, as values to build statements with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """An engine's spelling of what differs between SQL dialects.

    `like` is the operator that matches a pattern and ignores case. `unindexed` is a prefix that
    keeps the planner from using an index on a column for sorting. `row_key` is the column with the
    number of a row in every table; None if there is none. `start_of` is a format string that takes
    a column or parameter and gives the part of a long text that is indexed; None if texts are
    indexed whole. `clock_ms` is an expression for the server's time in milliseconds since 1970.
    `changes` is a query whose answer on a connection is another one after others have written.
    `seconds_between` is a format string for the seconds from one time to another, `json_of` one for
    the JSON value in a text. `json_table` is a table without rows whose column `json` has the type
    of JSON; None where values have types themselves.
    `is_remote`: each question is a trip to a server, so that asking for more at once is faster.
    """

    like: str
    unindexed: str
    row_key: str | None
    start_of: str | None
    clock_ms: str
    changes: str
    seconds_between: str
    json_of: str
    json_table: str | None
    is_remote: bool


SQLITE = Dialect(
    like="LIKE",
    unindexed="+",
    row_key="rowid",
    start_of=None,
    clock_ms="CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    changes="PRAGMA data_version",
    seconds_between="ROUND((julianday({1}) - julianday({0})) * 86400, 3)",
    json_of="CAST({} AS TEXT)",
    json_table="temp.typed",
    is_remote=False,
)
# In PostgreSQL a unary plus makes plans worse, and a B-tree index row has at most 2,704 bytes.
POSTGRES = Dialect(
    like="ILIKE",
    unindexed="",
    row_key=None,
    start_of="left({}, 200)",
    clock_ms="CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
    changes="SELECT CAST(pg_current_snapshot() AS TEXT)",
    seconds_between=(
        "ROUND(CAST(EXTRACT(EPOCH FROM CAST({1} AS TIMESTAMPTZ) - CAST({0} AS TIMESTAMPTZ))"
        " AS NUMERIC), 3)"
    ),
    json_of="CAST({} AS JSON)",
    json_table=None,
    is_remote=True,
)
