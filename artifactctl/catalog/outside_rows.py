"""Checking and inserting rows that come from outside, such as from a backup or from records.

The rules for cells are in `cells`. A row that is inserted is validated by the SQLModel class of
its table; a catalog that is only read is checked by the same rules without loading SQLModel.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from artifactctl.catalog.cells import CELLS, fault_of
from artifactctl.catalog.engine.protocol import Database, Row, Transaction, insert_into
from artifactctl.catalog.reading.statements import BATCH
from artifactctl.catalog.shown_cells import shown_text
from artifactctl.catalog.writing.entries import find_seq, next_seq
from artifactctl.errors import IntegrityError

# Other columns that contain a seq of a table: deleted versions and runs keep theirs, and an input
# or output may have neither a row nor a deletion any more.
_ALSO_USED = {
    "artifact_version": (
        ("deleted_version", "seq"),
        ("step_version", "version_seq"),
        ("version_input", "input_seq"),
    ),
    "run": (("deleted_run", "seq"),),
}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row with an invalid value in `column`; `name` is the row's ID or key."""

    table: str
    name: str
    column: str

    def __str__(self) -> str:
        return f"{self.column} of {self.table} {self.name} cannot be right"


def bad_rows(db: Database) -> Iterator[BadRow]:
    """Yield all rows that have an invalid cell, with a bounded number of rows in memory."""
    for table, checks in CELLS.items():
        yield from _bad_rows(db, table, list(checks))


def _bad_rows(db: Database, table: str, columns: list[str]) -> Iterator[BadRow]:
    for key, *cells in _rows_of(db, table, _names(columns)):
        row = dict(zip(columns, cells, strict=True))
        fault = fault_of(table, row)
        if fault is not None:
            yield BadRow(table, shown_text(row.get("id", key)), fault)


def _rows_of(db: Database, table: str, names: str) -> Iterator[Row]:
    """Yield the rows of a table, each after its number or, without numbers, its first column."""
    # By pages where possible: SQLite's `iterate` fails at text that is not valid UTF-8, while
    # `rows` reads it with escapes, so that it can be shown.
    key_column = db.dialect.row_key
    if key_column is None:
        yield from db.iterate(f"SELECT {names.partition(',')[0]}, {names} FROM {table}")
        return
    last = -(1 << 63)
    while rows := db.rows(
        f"SELECT {key_column}, {names} FROM {table} WHERE {key_column} > :last"
        f" ORDER BY {key_column} LIMIT :limit",
        {"last": last, "limit": BATCH},
    ):
        yield from rows
        last = rows[-1][0]


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def copy_table(transaction: Transaction, table: str, source: Database) -> None:
    """Replace the rows of a table by those of another catalog.

    Raises `IntegrityError` for a row with an invalid cell.
    """
    columns, names = list(CELLS[table]), _names(CELLS[table])
    rows = source.iterate(f"SELECT {names} FROM {table}")
    transaction.execute(f"DELETE FROM {table}")
    found = _validated(table, (dict(zip(columns, row, strict=True)) for row in rows))
    transaction.execute_many(insert_into(table, columns), _with_booleans(table, found))


def _with_booleans(table: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The rows with truth values as such, which SQLite gives as numbers."""
    from artifactctl.catalog.tables import MODELS  # noqa: PLC0415 (SQLModel)

    fields = MODELS[table].model_fields
    flags = [name for name, field in fields.items() if field.annotation is bool]
    for row in rows:
        yield {**row, **{name: bool(row[name]) for name in flags}} if flags else row


def add_row(transaction: Transaction, table: str, row: Mapping[str, Any]) -> int:
    """Insert a row from outside and return its `seq`, which is allocated if it is None.

    Raises `IntegrityError` for an invalid cell.
    """
    (sound,) = _validated(table, [row])
    return transaction.insert(table, sound)


def _validated(table: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    from pydantic import ValidationError  # noqa: PLC0415 (SQLModel)

    from artifactctl.catalog.tables import MODELS  # noqa: PLC0415 (SQLModel)

    for row in rows:
        try:
            MODELS[table].model_validate(row)
        except ValidationError as error:
            column = error.errors()[0]["loc"][0]
            raise IntegrityError(f"{column} of a row of {table} cannot be right") from None
        yield row


def seq_if_free(transaction: Transaction, table: str, seq: int) -> int | None:
    """The given seq, or None, for which another is allocated, if a row has it."""
    return seq if find_seq(transaction, table, "seq", seq) is None else None


def free_seq(transaction: Transaction, tables: tuple[str, str], seq: int) -> int:
    """The given seq if it is free, else the next one after the highest.

    `tables` are the table of the rows and that of the deleted rows, which share their seqs.
    """
    is_free = all(find_seq(transaction, table, "seq", seq) is None for table in tables)
    return seq if is_free else next_seq(transaction, tables)


def use_up(transaction: Transaction) -> None:
    """Let new rows take seqs above all that any row contains, so that none is used twice."""
    for table in ("artifact_version", "artifact", "run", "run_step", "tag", "pipeline", "series"):
        named = ((table, "seq"), *_ALSO_USED.get(table, ()))
        highest = [
            transaction.one(f"SELECT MAX({column}) FROM {other}")[0] or 0 for other, column in named
        ]
        if max(highest):
            transaction.use_up(table, max(highest))
