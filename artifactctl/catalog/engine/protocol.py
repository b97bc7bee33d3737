"""The protocols of databases and transactions that queries and changes are written against.

Statements are text with named parameters, `:name`, which an engine translates for its driver. They
use only SQL that every engine understands.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from artifactctl.catalog.engine.dialect import Dialect
from artifactctl.errors import CatalogUnusableError, InvalidInputError

if TYPE_CHECKING:
    from sqlalchemy import Engine

Row = tuple[Any, ...]
"""The cells of a row, in the order of the SELECT list."""

Params = Mapping[str, Any]
"""The parameters of a statement by name; names that the statement does not use are ignored."""


Query = tuple[str, Params]
"""A query: its text and its parameters."""

T = TypeVar("T")

Take = Callable[[Sequence[str], Iterator[Row]], T]
"""What reads an answer to a user: the names of the columns, and the rows."""

REPAIR = "put it back from a backup, or run 'artifactctl catalog rebuild'"
"""The hint of errors about a catalog that is damaged or lost."""


def insert_into(table: str, columns: Iterable[str]) -> str:
    """The INSERT of a row; its parameters have the names of their columns."""
    names = list(columns)
    places = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"


def lost(shown: str) -> CatalogUnusableError:
    """The error for a catalog that is missing although it must have existed."""
    return CatalogUnusableError(
        f"catalog {shown} is gone while the store still holds versions", hint=REPAIR
    )


def not_unicode(error: UnicodeEncodeError) -> InvalidInputError:
    """The error for a parameter that no engine can store."""
    return InvalidInputError(
        f"{error.object!r} is not valid Unicode, which nothing in the catalog can be called"
    )


class Json(str):
    """A cell of an answer with JSON text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a user about views, the only things that it may read.

    `clause` defines the views; in it, `{schema}` stands for the start of a table's name. After
    `limit_s` seconds the question ends.
    """

    clause: str
    text: str
    params: Params
    views: frozenset[str]
    limit_s: float

    def statement(self, schema: str) -> str:
        """The statement that answers the question."""
        return self.clause.replace("{schema}", schema) + self.text

    def took_too_long(self) -> InvalidInputError:
        """The error for a question that did not end in time."""
        return InvalidInputError(
            f"the query took longer than {self.limit_s:g} s", hint="--timeout SECONDS waits longer"
        )


class Waiting:
    """How many answers of a server were waited for, and for how long together."""

    def __init__(self) -> None:
        self.answers = 0
        self.seconds = 0.0


class Queries(Protocol):
    """A source of rows: a database, or a transaction on it."""

    @property
    def dialect(self) -> Dialect:
        """The engine's dialect of SQL."""

    def rows(self, sql: str, params: Params = ..., /) -> list[Row]:
        """All rows of a query."""

    def row(self, sql: str, params: Params = {}, /) -> Row | None:  # noqa: B006 (never changed)
        """The first row of a query, or None when there is none."""
        return next(iter(self.rows(sql, params)), None)

    def one(self, sql: str, params: Params = {}, /) -> Row:  # noqa: B006 (never changed)
        """The first row of a query that always returns one."""
        return self.rows(sql, params)[0]

    def iterate(self, sql: str, params: Params = ..., /) -> Iterator[Row]:
        """Yield the rows of a query, without reading them all at once."""

    def foresee(self, queries: Sequence[Query], /) -> None:
        """Name queries that will be asked soon, so that fewer trips to a server are made.

        An engine with a server may send them together with the next one. Asked then with the same
        text and parameters, each is answered once as of that time. A database forgets the answers
        after a second, with its next trip, and when no query is named.
        """


class Transaction(Queries, Protocol):
    """A write transaction; it holds the write lock, so that what it reads is true until it ends."""

    def execute(self, sql: str, params: Params = ..., /) -> int:
        """Run a statement that changes rows; return the number of changed rows."""

    def later(self, sql: str, params: Params = ..., /) -> None:
        """Run a statement whose result nobody needs, at the latest at the commit.

        An engine may send it together with the next one.
        """

    def execute_many(self, sql: str, rows: Iterable[Params], /) -> None:
        """Run a statement once for each set of parameters."""

    def use_up(self, table: str, seq: int, /) -> None:
        """Let rows that are inserted from now on get a `seq` above this one."""

    def defer_foreign_keys(self) -> None:
        """Check the foreign keys of this transaction only at the commit."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Roll back only the block when it raises; the transaction can go on.

        Raises `InvalidInputError` for a row that violates a constraint of its table.
        """

    def insert(self, table: str, row: Params, /) -> int:
        """Insert a row, given by the names of its columns; return its `seq`.

        The `seq` is allocated if the row has none or None.
        """

    def insert_soon(self, table: str, row: Params, /) -> None:
        """Insert a row whose `seq` is allocated and nobody needs, at the latest at the commit."""

    def foresee_inserts(self, table: str, count: int, /) -> None:
        """Say that so many rows will be inserted soon, without a `seq` of their own."""


class Database(Queries, Protocol):
    """A catalog's database; while it does not exist yet, queries return no rows."""

    def transaction(self, *, at_once: bool = True) -> AbstractContextManager[Transaction]:
        """A write transaction: committed at the end of the block, rolled back on an error.

        Unless `at_once`, an engine may take the lock with the first question of the block.
        """

    def each(self, queries: Sequence[Query], /) -> list[list[Row]]:
        """The rows of each query, of one snapshot, and in one round trip where there is one.

        No rows while there is no catalog.
        """

    def snapshot(self) -> AbstractContextManager[None]:
        """Let all queries in the block read the same snapshot."""

    def end_snapshot(self) -> None:
        """Say that the next question is the last one of the snapshot that the block reads."""

    def note_soon(self, update: str, params: Params, /) -> None:
        """Run an UPDATE, which ends with its WHERE, together with the next question.

        It is for what need not be kept: it is left out where a commit costs much, as in a file,
        when another process writes, and after a crash.
        """

    def exists(self) -> bool:
        """Whether there is anything at the catalog's place, valid or not."""

    def create(self) -> None:
        """Create the catalog atomically, unless it exists."""

    def make(
        self, fill: Callable[[Transaction], None] | None = None, aside: str | None = None
    ) -> bool:
        """Create a catalog even if an earlier one is lost; return False if one exists by now.

        `fill` inserts rows before others see the catalog. With `aside`, what is at the catalog's
        place is kept under this name: a path, or the name of a schema.
        """

    def check(self) -> None:
        """Raise `CatalogDamagedError` unless all pages, indexes and foreign keys are sound."""

    def schema_version(self) -> int | None:
        """The schema version of the catalog, or None while there is no catalog."""

    def catalog_id(self) -> str | None:
        """The catalog's own ID, or None while there is no catalog."""

    def incarnation(self) -> tuple[object, ...]:
        """A value that changes when the catalog is restored, rebuilt or replaced."""

    def server_version(self) -> str | None:
        """The name and version of the server, such as `PostgreSQL 18.1`; None for a file."""

    def waiting(self) -> Waiting:
        """What was waited for until now; nothing for a file."""

    def answer(self, question: Question, take: Take[T], /) -> T:
        """Have `take` read the answer to a question of a user.

        Raises `WrongUsageError` for what the engine does not understand or would change something,
        `InvalidInputError` for what takes too long.
        """

    def alchemy(self) -> AbstractContextManager["Engine"]:
        """A SQLAlchemy engine on a read-only connection."""

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
