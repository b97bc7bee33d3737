"""Every cell that a stranger can have written, and what may be written there.

The cells of the catalog are found in the definition of its tables and in the JSON that rows hold;
those of records and other files of the store are found in the files themselves. So a new column
or a new key is tried without anybody's thinking of it.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Text

from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.tables import METADATA

# What refers to rows by their number: SQLite keeps texts out of an INTEGER PRIMARY KEY.
_IS_SEQ = ("seq", "_seq")
# Columns that hold JSON.
_JSON = ("details", "value")

Json = dict[str, Any] | list[Any] | str | int | float | bool | None

_ELSEWHERE = "0f3d1a52-8a1c-4f0e-9a43-5d6c1f2b7e90"


def add_passing_rows(catalog: Path) -> None:
    """Add what is in a catalog for a time only: what was collected, a run of another machine."""
    condemned = ("blake3:" + "ab" * 32, 1, 0, 0, _ELSEWHERE)
    lease = (_ELSEWHERE, "run", "elsewhere", None, 4711, None, 1_000)
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("UPDATE catalog SET epoch = MAX(epoch, 1)")
        connection.execute(
            "INSERT INTO condemned (digest, epoch, pending, lease_ends_ms, condemned_by)"
            " VALUES (?, ?, ?, ?, ?)",
            condemned,
        )
        connection.execute(
            "INSERT INTO lease (id, kind, host, machine, process, birth, ends_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            lease,
        )


@dataclass(frozen=True)
class Hostile:
    """A value that no cell has of itself; `sql` makes it of `text`, where that is needed."""

    name: str
    text: Any
    sql: str = "?"

    def at(self, victim: Path) -> Any:
        """The value, naming the victim's files as they really lie."""
        return self.text.replace("VICTIM", str(victim)) if isinstance(self.text, str) else self.text


TEXTS = [
    Hostile("a way up from the records", "../../../../victim/package"),
    Hostile("a way up from the working directory", "../../victim/file"),
    Hostile("an absolute path", "VICTIM/file"),
    Hostile("a device without end", "/dev/zero"),
    Hostile("a NUL", "x\x00../../../../victim/file"),
    Hostile("a new line", "x\nartifactctl: all is well\r\n"),
    Hostile("escapes and bidirectional marks", "x\x1b]0;y\x07\x1b[2J\u202etxt.exe\u2066\x9b"),
    Hostile("a very long text", "long/" * 20_000),
    Hostile("nothing", ""),
    Hostile("a lone surrogate", b"x\xed\xa0\x80y\xff", "CAST(? AS TEXT)"),
    Hostile("bytes", b"\x00\xff../../victim/file"),
    Hostile("a number", 2**62),
    Hostile("a URL with secrets", "https://user:SECRET@127.0.0.1:1/x?token=SECRET#SECRET"),
    Hostile("JSON without end", "[" * 50_000),
]  # fmt: skip
NUMBERS = [
    Hostile("a path", "../../../../victim/package"),
    Hostile("bytes", b"\x00\xff"),
    Hostile("the largest number", 2**63 - 1),
    Hostile("a negative number", -1),
    Hostile("a fraction", 1e308),
]
WRITABLE_AS_JSON = [value for value in TEXTS if not isinstance(value.text, bytes)]
WRITABLE_AS_JSON += [Hostile("a lone surrogate", "x\ud800y"), Hostile("a list", ["../../victim"])]


@dataclass(frozen=True)
class Cell:
    """A column of a table, or what lies at `keys` in the JSON that it holds."""

    table: str
    column: str
    is_text: bool
    keys: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return ".".join(map(str, (self.table, self.column, *self.keys)))

    @property
    def values(self) -> list[Hostile]:
        if self.keys:
            return WRITABLE_AS_JSON
        return TEXTS if self.is_text else NUMBERS

    @property
    def listing(self) -> str:
        """The listing that shows the row."""
        if self.table in ("artifact", "artifact_tag"):
            return "artifact list"
        is_of_run = self.table.startswith(("run", "step", "deleted_run"))
        return "runs list" if is_of_run else "artifact version list"


def columns() -> list[Cell]:
    """Every column of every table, but for those that are the number of a row."""
    return [
        Cell(table.name, column.name, isinstance(column.type, Text))
        for table in METADATA.sorted_tables
        for column in table.columns
        if not column.name.endswith(_IS_SEQ)
    ]


def cells_of(catalog: Path) -> list[Cell]:
    """All cells: the columns, and what lies in the JSON of the rows that are there."""
    found = columns()
    with closing(sqlite3.connect(catalog)) as connection:
        for cell in [cell for cell in found if cell.column in _JSON]:
            places: dict[tuple[str | int, ...], None] = {}
            for (text,) in connection.execute(f"SELECT {cell.column} FROM {cell.table}"):
                places.update(dict.fromkeys(_general(keys) for keys in leaves(json.loads(text))))
            found.extend(Cell(cell.table, cell.column, True, keys) for keys in places if keys)
    return found


def leaves(value: Json, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every text and number in JSON."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*keys, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*keys, index))
    else:
        yield keys


def with_leaf(value: Json, keys: tuple[str | int, ...], new: Any) -> Json:
    """JSON with another value at one place; as it is where it has no such place."""
    if not keys:
        return new
    first, *rest = keys
    if isinstance(value, dict) and first in value:
        return {**value, first: with_leaf(value[str(first)], tuple(rest), new)}
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [with_leaf(item, tuple(rest), new) if index == first else item
                for index, item in enumerate(value)]  # fmt: skip
    return value


def _general(keys: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Of the items of a list only the first."""
    return tuple(0 if isinstance(key, int) else key for key in keys)


def poison(catalog: Path, cell: Cell, hostile: Hostile, victim: Path, rows: str = "1") -> None:
    """Write a value into a cell of the rows that `rows` chooses, and vouch for the rows."""
    value = hostile.at(victim)
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        if cell.keys:
            _poison_json(connection, cell, value, rows)
        else:
            connection.execute(
                f"UPDATE OR IGNORE {cell.table} SET {cell.column} = {hostile.sql} WHERE {rows}",
                (value,),
            )
        if str(cell) != "artifact_version.facts":
            _vouch(connection)


def _poison_json(connection: sqlite3.Connection, cell: Cell, value: Any, rows: str) -> None:
    found = connection.execute(f"SELECT rowid, {cell.column} FROM {cell.table} WHERE {rows}")
    for row, text in found.fetchall():
        new = json.dumps(with_leaf(json.loads(text), cell.keys, value))
        connection.execute(f"UPDATE {cell.table} SET {cell.column} = ? WHERE rowid = ?", (new, row))


def _vouch(connection: sqlite3.Connection) -> None:
    """What somebody does who knows how the rows are hashed."""
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")
    for row in connection.execute(
        "SELECT v.*, a.id AS artifact_id FROM artifact_version v"
        " JOIN artifact a ON a.seq = v.artifact_seq"
    ).fetchall():
        with suppress(ValueError, TypeError):
            connection.execute(
                "UPDATE OR IGNORE artifact_version SET facts = ? WHERE seq = ?",
                (facts_of(dict(row)), row["seq"]),
            )


@dataclass(frozen=True)
class Leaf:
    """A place in a file of JSON; `file` is the kind of record, or where the file lies."""

    file: str
    keys: tuple[str | int, ...]

    def __str__(self) -> str:
        return ".".join(map(str, (self.file, *self.keys)))


def files_of_json(store: Path) -> dict[str, list[Path]]:
    """The files of JSON in a store, by the kind of record that they are, or their folder."""
    found: dict[str, list[Path]] = {}
    for path in sorted(store.rglob("*.json")):
        content = json.loads(path.read_bytes())
        kind = content.get("record", path.relative_to(store).parts[0])
        found.setdefault(kind, []).append(path)
    return found


def leaves_of(store: Path) -> list[Leaf]:
    """Every place in every kind of file of JSON in a store."""
    return [
        Leaf(kind, keys)
        for kind, paths in files_of_json(store).items()
        for keys in dict.fromkeys(
            _general(keys) for path in paths for keys in leaves(json.loads(path.read_bytes()))
        )
    ]


def poison_files(store: Path, leaf: Leaf, value: Any) -> None:
    """Write a value at one place of the files of a kind."""
    for path in files_of_json(store)[leaf.file]:
        content = with_leaf(json.loads(path.read_bytes()), leaf.keys, value)
        path.write_text(json.dumps(content))
