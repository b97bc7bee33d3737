"""Collections that may not fit into memory, in temporary SQLite databases of this process."""

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, TypeVar, overload

from artifactctl.errors import InputOutputError

T = TypeVar("T")

_FEW = 5_000  # values that stay in memory
_BATCH = 500  # values per statement; SQLite's limit for parameters was 999 before version 3.32
CACHE_KIB = 64 << 10


def open_temporary() -> sqlite3.Connection:
    """A database in an unnamed temporary file, which SQLite deletes with the connection."""
    return sqlite3.connect("", isolation_level=None, check_same_thread=False)


@contextmanager
def filling(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction; raises `InputOutputError` when there is no room."""
    try:
        connection.execute("BEGIN")
        yield
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise InputOutputError(
            f"there is no room for a temporary list ({error})",
            hint="make room, or name another folder with TMPDIR",
        ) from error


def batches_of(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield the values in lists that one statement takes."""
    remaining = iter(values)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


class Marks:
    """The set of digests that are still referred to, and whose bytes must not be deleted."""

    def __init__(self) -> None:
        self._connection = open_temporary()
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._connection.execute("CREATE TABLE mark (digest TEXT PRIMARY KEY) WITHOUT ROWID")

    def close(self) -> None:
        """Close the database, which frees its disk space."""
        self._connection.close()

    def add(self, digests: Iterable[str]) -> None:
        """Add digests to the set."""
        with filling(self._connection):
            self._connection.executemany(
                "INSERT OR IGNORE INTO mark VALUES (?)", ((digest,) for digest in sorted(digests))
            )

    def missing(self, digests: Sequence[str]) -> list[str]:
        """The given digests that are not in the set, in the same order."""
        found: set[str] = set()
        for batch in batches_of(digests):
            places = ", ".join("?" * len(batch))
            rows = self._connection.execute(
                f"SELECT digest FROM mark WHERE digest IN ({places})", batch
            )
            found |= {digest for (digest,) in rows}
        return [digest for digest in digests if digest not in found]


class Spool:
    """Records, as pairs of ID and content."""

    def __init__(self) -> None:
        self._connection = open_temporary()
        self._connection.execute("CREATE TABLE spool (id TEXT PRIMARY KEY, content BLOB)")

    def __call__(self) -> Iterator[tuple[str, bytes]]:
        """Yield all records, in the order in which they were added."""
        yield from self._connection.execute("SELECT id, content FROM spool ORDER BY rowid")

    def close(self) -> None:
        """Close the database, which frees its disk space."""
        self._connection.close()

    def add(self, records: Iterable[tuple[str, bytes]]) -> None:
        """Add records; each replaces an earlier one with the same ID."""
        with filling(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO spool VALUES (?, ?)", records)


def kept(
    values: Iterable[T], dump: Callable[[T], Any], load: Callable[[Any], T]
) -> "list[T] | Spooled[T]":
    """The values as a sequence: up to 5,000 in a list, more of them on disk as JSON from `dump`."""
    remaining = iter(values)
    few = list(islice(remaining, _FEW + 1))
    return few if len(few) <= _FEW else Spooled(chain(few, remaining), dump, load)


class Spooled(Sequence[T]):
    """A sequence of values on disk, each built by `load` whenever it is read."""

    def __init__(
        self, values: Iterable[T], dump: Callable[[T], Any], load: Callable[[Any], T]
    ) -> None:
        self._load = load
        self._count = 0
        self._connection = open_temporary()
        self._connection.execute("CREATE TABLE chunk (position INTEGER PRIMARY KEY, content)")
        with filling(self._connection):
            for batch in batches_of(values):
                content = zlib.compress(json.dumps([dump(value) for value in batch]).encode(), 1)
                self._connection.execute(
                    "INSERT INTO chunk VALUES (?, ?)", (self._count // _BATCH, content)
                )
                self._count += len(batch)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        for number in range(-(-self._count // _BATCH)):
            yield from self._chunk(number)

    def __reversed__(self) -> Iterator[T]:
        for number in reversed(range(-(-self._count // _BATCH))):
            yield from reversed(self._chunk(number))

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(self._count))]
        position = range(self._count)[index]
        return self._chunk(position // _BATCH)[position % _BATCH]

    def _chunk(self, number: int) -> list[T]:
        (content,) = self._connection.execute(
            "SELECT content FROM chunk WHERE position = ?", (number,)
        ).fetchone()
        return [self._load(item) for item in json.loads(zlib.decompress(content))]
