"""What reading and writing ask of a database, whichever it is.

Statements are text with named parameters, `:name`, which an engine turns into what its driver
takes. They use only SQL that every engine understands.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from artifactctl.catalog.engine.dialect import Dialect

if TYPE_CHECKING:
    from sqlalchemy import Engine

Row = tuple[Any, ...]
"""The cells of a row, in the order in which the statement names them."""

Params = Mapping[str, Any]
"""The parameters of a statement, by name. It may hold more than the statement names."""


class Queries(Protocol):
    """What answers queries: a database, or a transaction on it."""

    @property
    def dialect(self) -> Dialect:
        """How its engine writes what SQL has no one way for."""

    def rows(self, sql: str, params: Params = ..., /) -> list[Row]:
        """All rows of a query."""

    def row(self, sql: str, params: Params = ..., /) -> Row | None:
        """The first row of a query, or None when there is none."""

    def one(self, sql: str, params: Params = ..., /) -> Row:
        """The first row of a query that always has one."""

    def iterate(self, sql: str, params: Params = ..., /) -> Iterator[Row]:
        """The rows of a query, one at a time."""


class Transaction(Queries, Protocol):
    """A write transaction. It holds the write lock: what it reads stays true until the commit."""

    def execute(self, sql: str, params: Params = ..., /) -> int:
        """Run a statement that changes rows; return how many it changed."""

    def execute_many(self, sql: str, rows: Iterable[Params], /) -> None:
        """Run a statement once for each of the parameters."""

    def use_up(self, table: str, seq: int, /) -> None:
        """Make rows that are added from now on take a `seq` behind this one."""

    def defer_foreign_keys(self) -> None:
        """Check that rows refer to others at the commit, not before."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what the block did when it raises, and go on with the transaction.

        Raises `InvalidInputError` for a row that does not fit into its table.
        """

    def insert(self, table: str, row: Params, /) -> int:
        """Add a row, given by the names of its columns; return its `seq`.

        That is the next one where the row has none, or None.
        """


class Database(Queries, Protocol):
    """A catalog's database, which may not exist yet: then queries find no rows."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A write transaction: committed at the end of the block, rolled back on an error."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Make all that the block reads be of one moment."""

    def exists(self) -> bool:
        """Whether there is something at its place, whatever is in it."""

    def create(self) -> None:
        """Make the catalog unless there is one; it appears whole or not at all."""

    def check(self) -> None:
        """Raise `CatalogDamagedError` unless every page, index and reference is sound."""

    def schema_version(self) -> int | None:
        """The schema version of the catalog, or None while there is none."""

    def catalog_id(self) -> str | None:
        """The catalog's own ID; None while there is none."""

    def incarnation(self) -> tuple[object, ...]:
        """What changes when the catalog is put back from a backup, or made anew."""

    def alchemy(self) -> AbstractContextManager["Engine"]:
        """SQLAlchemy's engine on a connection that only reads."""

    def close(self) -> None:
        """Close what is open; the next call opens it again."""
