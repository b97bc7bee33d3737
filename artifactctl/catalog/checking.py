"""Catalogs that may be anybody's: whether their tables are ours, and all that is in them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from artifactctl.catalog.cells import CELLS, fault_of, shown_text
from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.engine.sqlite import make_tables
from artifactctl.catalog.reading.statements import BATCH

# What SQLite itself adds, and what helps it to choose an index.
_SQLITES_OWN = "name NOT LIKE 'sqlite_%'"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of which `column` holds what nobody has put there; `name` tells the row from others."""

    table: str
    name: str
    column: str

    def __str__(self) -> str:
        return f"{self.column} of {self.table} {self.name} cannot be right"


def bad_rows(db: Database) -> Iterator[BadRow]:
    """All rows that are none of ours, a bounded number at a time in memory."""
    for table, checks in CELLS.items():
        yield from _bad_rows(db, table, list(checks))


def _bad_rows(db: Database, table: str, columns: list[str]) -> Iterator[BadRow]:
    names = ", ".join(f'"{column}"' for column in columns)
    last = -(1 << 63)
    while rows := db.rows(
        f"SELECT rowid, {names} FROM {table} WHERE rowid > :last ORDER BY rowid LIMIT :limit",
        {"last": last, "limit": BATCH},
    ):
        for key, *cells in rows:
            row = dict(zip(columns, cells, strict=True))
            fault = fault_of(table, row)
            if fault is not None:
                yield BadRow(table, shown_text(row.get("id", key)), fault)
        last = rows[-1][0]


def strange_schema(db: Database) -> str | None:
    """The name of a table, an index or whatever else that no catalog of ours of its age has.

    What a column computes, or an index calls, would run wherever the catalog is read.
    """
    found = _schema_of(db.rows(f"SELECT name, sql FROM sqlite_master WHERE {_SQLITES_OWN}"))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        make_tables(fresh, "")
        rows = fresh.execute(f"SELECT name, sql FROM sqlite_master WHERE {_SQLITES_OWN}")
        expected = _schema_of(rows.fetchall())
    strange = set(found.items()) ^ set(expected.items())
    return min((name for name, _ in strange), default=None)


def _schema_of(rows: list[tuple[object, object]]) -> dict[str, str]:
    return {
        shown_text(name): " ".join(shown_text(sql).replace('"', "").split()) for name, sql in rows
    }
