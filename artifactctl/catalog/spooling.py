"""Long lists that are gone through several times, kept on disk rather than in memory."""

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, TypeVar, overload

from artifactctl.catalog.reading.statements import BATCH, batches
from artifactctl.errors import InputOutputError

T = TypeVar("T")

_FEW = 5_000  # values that stay in memory


def kept(
    values: Iterable[T], dump: Callable[[T], Any], load: Callable[[Any], T]
) -> "list[T] | Spooled[T]":
    """The values as a sequence: a list of a few, and what `dump` makes of many (JSON) on disk."""
    remaining = iter(values)
    few = list(islice(remaining, _FEW + 1))
    return few if len(few) <= _FEW else Spooled(chain(few, remaining), dump, load)


class Spooled(Sequence[T]):
    """Values in a temporary database of this process alone, made anew whenever they are read."""

    def __init__(
        self, values: Iterable[T], dump: Callable[[T], Any], load: Callable[[Any], T]
    ) -> None:
        self._load = load
        self._count = 0
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("CREATE TABLE chunk (position INTEGER PRIMARY KEY, content)")
            self._connection.execute("BEGIN")
            for batch in batches(values, BATCH):
                content = zlib.compress(json.dumps([dump(value) for value in batch]).encode(), 1)
                self._connection.execute(
                    "INSERT INTO chunk VALUES (?, ?)", (self._count // BATCH, content)
                )
                self._count += len(batch)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise InputOutputError(
                f"no room for a temporary list ({error})",
                hint="make room, or name another folder with TMPDIR",
            ) from error

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        for number in range(-(-self._count // BATCH)):
            yield from self._chunk(number)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(self._count))]
        position = range(self._count)[index]
        return self._chunk(position // BATCH)[position % BATCH]

    def _chunk(self, number: int) -> list[T]:
        (content,) = self._connection.execute(
            "SELECT content FROM chunk WHERE position = ?", (number,)
        ).fetchone()
        return [self._load(item) for item in json.loads(zlib.decompress(content))]
