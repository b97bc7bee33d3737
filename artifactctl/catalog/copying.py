"""Copying a whole catalog into a new one of any engine, in one transaction of both."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from artifactctl.catalog.cells import CELLS
from artifactctl.catalog.engine.protocol import Database, Queries, Row, Transaction
from artifactctl.catalog.outside_rows import copy_table, use_up
from artifactctl.errors import BusyError, ConflictError, IntegrityError

_OF_CATALOG = "catalog"
_OWN = ("id", "schema_version")  # which a new catalog has from the start


def copy_catalog(source: Database, target: Database) -> dict[str, int]:
    """Copy all rows into a catalog that does not exist yet; return their numbers by table.

    Both ends are compared before the commit. The caller holds the write lock of the source, and
    gives the new catalog its ID. Raises `ConflictError` for a catalog that is there already,
    `IntegrityError` for a row with an invalid cell or one that came out differently.
    """
    if target.exists():
        raise ConflictError(
            "there is a catalog already, and a copy goes into a new one", hint="name another place"
        )
    counts: dict[str, int] = {}

    def fill(transaction: Transaction) -> None:
        transaction.defer_foreign_keys()
        for table in CELLS:
            if table != _OF_CATALOG:
                copy_table(transaction, table, source)
        _copy_state(source, transaction)
        use_up(transaction)
        counts.update({table: _compare(table, source, transaction) for table in CELLS})

    if not target.make(fill):
        raise BusyError(
            "another process has just made a catalog there", hint="look at it, then decide"
        )
    return counts


def _copy_state(source: Database, transaction: Transaction) -> None:
    """Copy what the catalog says of itself, besides its ID."""
    columns = [column for column in CELLS[_OF_CATALOG] if column not in _OWN]
    row = source.one(f"SELECT {', '.join(columns)} FROM catalog")
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    transaction.execute(f"UPDATE catalog SET {assignments}", dict(zip(columns, row, strict=True)))


def _compare(table: str, source: Database, transaction: Transaction) -> int:
    """Compare a table row by row; return the number of rows."""
    count = 0
    ours, theirs = _rows_of(source, table), _rows_of(transaction, table)
    for mine in ours:
        if next(theirs, None) != mine:
            raise IntegrityError(f"a row of {table} came out differently, and nothing was copied")
        count += 1
    if next(theirs, None) is not None:
        raise IntegrityError(f"{table} has more rows than before, and nothing was copied")
    return count


def _rows_of(db: Queries, table: str) -> Iterator[Row]:
    from artifactctl.catalog.tables import METADATA  # noqa: PLC0415 (SQLModel)

    key = ", ".join(column.name for column in METADATA.tables[table].primary_key.columns)
    names = ", ".join(f'"{column}"' for column in CELLS[table])
    for row in db.iterate(f"SELECT {names} FROM {table} ORDER BY {key}"):
        yield tuple(map(_plain, row))


def _plain(value: Any) -> Any:
    """A cell as every engine means it: PostgreSQL has decimals where SQLite has floats."""
    return float(value) if isinstance(value, Decimal) else value
