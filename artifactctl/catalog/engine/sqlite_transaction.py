"""The SQLite implementation of write transactions."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from artifactctl.catalog.engine.dialect import SQLITE, Dialect
from artifactctl.catalog.engine.protocol import Params, Query, Row, Transaction, insert_into
from artifactctl.errors import InvalidInputError


class SqliteTransaction(Transaction):
    """The open write transaction of a connection (see `protocol.Transaction`)."""

    dialect: Dialect = SQLITE

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, params: Params = {}, /) -> list[Row]:  # noqa: B006 (never changed)
        return self._connection.execute(sql, params).fetchall()

    def row(self, sql: str, params: Params = {}, /) -> Row | None:  # noqa: B006 (as above)
        found: Row | None = self._connection.execute(sql, params).fetchone()
        return found

    def one(self, sql: str, params: Params = {}, /) -> Row:  # noqa: B006 (as above)
        found = self.row(sql, params)
        assert found is not None, sql
        return found

    def iterate(self, sql: str, params: Params = {}, /) -> Iterator[Row]:  # noqa: B006 (as above)
        # As in `SqliteDatabase.iterate`.
        for row in self._connection.execute(sql, params):  # noqa: UP028
            yield row

    def foresee(self, queries: Sequence[Query], /) -> None:
        """Do nothing: a question of a file costs no trip."""

    def foresee_inserts(self, table: str, count: int, /) -> None:
        """Do nothing, as in `foresee`."""

    def execute(self, sql: str, params: Params = {}, /) -> int:  # noqa: B006 (as above)
        return self._connection.execute(sql, params).rowcount

    def later(self, sql: str, params: Params = {}, /) -> None:  # noqa: B006 (as above)
        self._connection.execute(sql, params)

    def execute_many(self, sql: str, rows: Iterable[Params], /) -> None:
        self._connection.executemany(sql, rows)

    def use_up(self, table: str, seq: int, /) -> None:
        used = {"table": table, "seq": seq}
        self.execute("DELETE FROM sqlite_sequence WHERE name = :table AND seq < :seq", used)
        self.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT :table, :seq"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :table)",
            used,
        )

    def defer_foreign_keys(self) -> None:
        self.execute("PRAGMA defer_foreign_keys = ON")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except sqlite3.OperationalError:  # such as a full disk: the whole transaction fails
            raise
        except (sqlite3.Error, OverflowError) as error:
            self._undo()
            raise InvalidInputError(str(error)) from error
        except BaseException:
            self._undo()
            raise
        self._connection.execute("RELEASE part")

    def _undo(self) -> None:
        self._connection.execute("ROLLBACK TO part")
        self._connection.execute("RELEASE part")

    def insert(self, table: str, row: Params, /) -> int:
        row = {column: cell for column, cell in row.items() if (column, cell) != ("seq", None)}
        (seq,) = self.one(f"{insert_into(table, row)} RETURNING seq", row)
        return int(seq)

    def insert_soon(self, table: str, row: Params, /) -> None:
        self.insert(table, row)
