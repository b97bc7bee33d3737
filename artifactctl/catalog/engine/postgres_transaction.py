"""The PostgreSQL implementation of write transactions."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice

import psycopg

from artifactctl.catalog.engine.dialect import POSTGRES, Dialect
from artifactctl.catalog.engine.foreseen import Foreseen
from artifactctl.catalog.engine.postgres_connection import PostgresConnection, for_psycopg
from artifactctl.catalog.engine.postgres_reading import into, keeping
from artifactctl.catalog.engine.protocol import Params, Query, Row, Transaction, insert_into
from artifactctl.errors import InvalidInputError, one_line

_AT_ONCE = 2000  # rows of a cursor that are in memory
_FEW = 100  # statements that wait for the next one


def ask(connection: PostgresConnection, sql: str, params: Params) -> list[Row]:
    """All rows of a query."""
    return connection.ask(for_psycopg(sql), params).fetchall()


def ask_each(connection: PostgresConnection, queries: Sequence[Query]) -> list[list[Row]]:
    """All rows of each query, in one round trip."""
    answers: list[list[Row]] = []
    for sql, params in queries:
        connection.later(for_psycopg(sql), params, into(answers))
    connection.send()
    return answers


def ask_by_parts(connection: PostgresConnection, sql: str, params: Params) -> Iterator[Row]:
    """Yield the rows of a query inside of an open transaction, some at a time."""
    connection.ask(b"SELECT 1")  # after what was kept
    with connection.cursor(name="part") as cursor:
        cursor.itersize = _AT_ONCE
        yield from cursor.execute(for_psycopg(sql), params)


class PostgresTransaction(Transaction):
    """The open write transaction of a connection (see `protocol.Transaction`)."""

    dialect: Dialect = POSTGRES

    def __init__(self, connection: PostgresConnection) -> None:
        self.connection = connection
        self.inserted: tuple[str, str] | None = None
        """The table and the ID of a row that this transaction inserts, if it has one."""
        self.number: str | None = None
        """The server's number of this transaction; None until it has answered."""
        self._given: set[str] = set()  # tables with a `seq` that the sequence does not know yet
        self._foreseen = Foreseen()
        self._free: dict[str, list[int]] = {}  # taken from the sequence of a table

    def rows(self, sql: str, params: Params = {}, /) -> list[Row]:  # noqa: B006 (never changed)
        if self._foreseen.is_waiting(sql, params):
            self.connection.send()
        found = self._foreseen.take(sql, params)
        return ask(self.connection, sql, params) if found is None else found

    def foresee(self, queries: Sequence[Query], /) -> None:
        for query in queries:
            if self._foreseen.knows(query):
                continue
            self._foreseen.expect([query])
            self.connection.later(for_psycopg(query[0]), query[1], keeping(self._foreseen, query))

    def foresee_inserts(self, table: str, count: int, /) -> None:
        self.connection.later(
            b"SELECT nextval(pg_get_serial_sequence(%(table)s, 'seq'))"
            b" FROM generate_series(1, %(count)s)",
            {"table": table, "count": count},
            # Numbers that are not used leave gaps, as those of a rolled back transaction do.
            lambda cursor: self._free.update({table: [seq for (seq,) in cursor.fetchall()]}),
        )

    def iterate(self, sql: str, params: Params = {}, /) -> Iterator[Row]:  # noqa: B006 (as above)
        return ask_by_parts(self.connection, sql, params)

    def execute(self, sql: str, params: Params = {}, /) -> int:  # noqa: B006 (as above)
        self._foreseen.heed(sql)
        return self.connection.ask(for_psycopg(sql), params).rowcount

    def later(self, sql: str, params: Params = {}, /) -> None:  # noqa: B006 (as above)
        self._foreseen.heed(sql)
        self.connection.later(for_psycopg(sql), params)

    def execute_many(self, sql: str, rows: Iterable[Params], /) -> None:
        """Run a statement once for each set of parameters, in one round trip."""
        rows = iter(rows)
        few = list(islice(rows, _FEW + 1))
        if len(few) <= _FEW:
            for params in few:
                self.later(sql, params)
            return
        self.execute(sql, few.pop())  # and what was kept
        with self.connection.cursor() as cursor:
            cursor.executemany(for_psycopg(sql), chain(few, rows))

    def use_up(self, table: str, seq: int, /) -> None:
        ask(
            self.connection,
            "SELECT setval(pg_get_serial_sequence(:table, 'seq'),"
            f" GREATEST(CAST(:seq AS BIGINT), (SELECT last_value FROM {table}_seq_seq)))",
            {"table": table, "seq": seq},
        )

    def defer_foreign_keys(self) -> None:
        self.connection.later(b"SET CONSTRAINTS ALL DEFERRED")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self.connection.ask(b"SAVEPOINT part")
        try:
            yield
            self.connection.ask(b"RELEASE SAVEPOINT part")
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            self._undo()
            raise InvalidInputError(one_line(error)) from error
        except psycopg.Error:  # such as a full disk: the whole transaction fails
            raise
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        self.connection.forget()
        self._foreseen.clear()
        self.connection.ask(b"ROLLBACK TO SAVEPOINT part")
        self.connection.ask(b"RELEASE SAVEPOINT part")

    def insert(self, table: str, row: Params, /) -> int:
        row = {column: cell for column, cell in row.items() if (column, cell) != ("seq", None)}
        self._heed_given(table, has_seq="seq" in row)
        if "seq" not in row and self._free.get(table):
            row["seq"] = self._free[table].pop(0)
        self.inserted = self.inserted or (table, row["id"])
        insert = insert_into(table, row)
        if "seq" in row:
            self.later(insert, row)
            return int(row["seq"])
        self._foreseen.heed(insert)
        ((seq,),) = ask(self.connection, f"{insert} RETURNING seq", row)
        return int(seq)

    def insert_soon(self, table: str, row: Params, /) -> None:
        self._heed_given(table, has_seq=False)
        self.later(insert_into(table, row), row)

    def _heed_given(self, table: str, *, has_seq: bool) -> None:
        """Have the sequence go on above the numbers that rows brought along."""
        if has_seq:
            self._given.add(table)
        elif table in self._given:
            self._given.remove(table)
            self.use_up(table, self.one(f"SELECT MAX(seq) FROM {table}")[0])
