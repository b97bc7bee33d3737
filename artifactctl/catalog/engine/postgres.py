"""The PostgreSQL implementation of a catalog's database: opening, creating and querying it.

Statements run through psycopg: loading SQLAlchemy takes longer than most commands.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import psycopg

from artifactctl.catalog.cells import CELLS
from artifactctl.catalog.engine import postgres_making as making
from artifactctl.catalog.engine.dialect import POSTGRES, Dialect
from artifactctl.catalog.engine.postgres_address import Address
from artifactctl.catalog.engine.postgres_connection import Cursor, PostgresConnection
from artifactctl.catalog.engine.postgres_errors import (
    is_lost,
    is_worth_another_try,
    translate,
)
from artifactctl.catalog.engine.postgres_reading import END
from artifactctl.catalog.engine.postgres_session import PostgresSession
from artifactctl.catalog.engine.postgres_transaction import (
    PostgresTransaction,
    ask_by_parts,
    ask_each,
)
from artifactctl.catalog.engine.postgres_writing import Writing
from artifactctl.catalog.engine.protocol import (
    Database,
    Params,
    Query,
    Question,
    Row,
    Take,
    Transaction,
    Waiting,
    lost,
    not_unicode,
)
from artifactctl.catalog.migrations import SCHEMA_VERSION
from artifactctl.errors import WrongUsageError
from artifactctl.refs import is_id

if TYPE_CHECKING:
    from sqlalchemy import Engine

T = TypeVar("T")

# What a statement of a session raises that would write or set something, and one that is wrong.
_WRITES = (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.ActiveSqlTransaction)
_OF_STATEMENT = (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError)


class PostgresDatabase(Database):
    """A catalog in a schema of a PostgreSQL database, which may not exist yet.

    An answer that takes longer than `timeout_s` raises `RemoteUnavailableError`. `is_lost`,
    `when_new`, `new_id` and `forbid` are as for `SqliteDatabase`. With `is_patient` a server that
    starts is asked again. Threads share the connection: one waits while another has a transaction.
    """

    dialect: Dialect = POSTGRES

    def __init__(
        self,
        address: Address,
        timeout_s: float,
        is_lost: Callable[[], bool] = lambda: False,
        *,
        when_new: Callable[[], None] = lambda: None,
        new_id: Callable[[], str | None] = lambda: None,
        forbid: Callable[[], None] = lambda: None,
        is_patient: bool = True,
    ) -> None:
        self.address = address
        self._is_lost = is_lost
        self._when_new = when_new
        self._new_id = new_id
        self._forbid = forbid
        self._session = PostgresSession(address, timeout_s, is_patient=is_patient)
        self._writing = Writing(self._session)

    def __del__(self) -> None:
        # psycopg warns of a connection that is not closed.
        try:  # noqa: SIM105 (when the process ends, contextlib may be gone already)
            self.close()
        except (AttributeError, TypeError):
            pass

    def rows(self, sql: str, params: Params = {}, /) -> list[Row]:  # noqa: B006 (never changed)
        """All rows of a query; no rows while there is no catalog."""
        return self.each([(sql, params)])[0]

    def iterate(self, sql: str, params: Params = {}, /) -> Iterator[Row]:  # noqa: B006 (as above)
        """Yield the rows of a query, without reading them all at once; the catalog must exist."""
        with self._translated(), self._session.lock:
            if self._session.asking.is_reading or self._session.busy():
                self._asked([("SELECT 1", {})])  # begins a snapshot
                yield from ask_by_parts(self._need(), sql, params)
                return
            # A connection of its own: the caller may ask and change other things meanwhile.
            with closing(self._session.connect(read_only=True)) as other:
                other.execute("BEGIN")
                yield from ask_by_parts(other, sql, params)

    def each(self, queries: Sequence[Query], /) -> list[list[Row]]:
        with self._translated(), self._session.lock:
            was_busy = self._session.busy() is not None
            try:
                return self._asked(queries)
            except psycopg.Error as error:
                if was_busy or not is_worth_another_try(error):
                    raise
            # The server was restarted, or ended a connection that was idle for long.
            self.close()
            return self._asked(queries)

    def foresee(self, queries: Sequence[Query], /) -> None:
        with self._session.lock:
            if not queries:
                self._session.asking.foreseen.clear()
            self._session.asking.foreseen.expect(queries)

    def note_soon(self, update: str, params: Params, /) -> None:
        self._session.asking.note(update, params)

    @contextmanager
    def transaction(self, *, at_once: bool = True) -> Iterator[Transaction]:
        """A write transaction: committed at the end of the block, rolled back on an error.

        Unless `at_once`, it begins with the first question of the block.
        """
        self._forbid()
        self.create()
        writing = self._writing
        with self._translated(), self._session.lock:
            try:
                transaction = writing.begun(self._need) if at_once else writing.begin(self._need())
                with writing.ended(transaction.connection, transaction), writing.given_up():
                    yield transaction
            finally:
                self._session.is_writing = False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._translated(), self._session.lock:
            if self._session.asking.is_reading or self._session.busy():
                yield
                return
            self._session.asking.is_reading = True
            try:
                yield
            finally:
                self._session.asking.is_reading = False
                if (connection := self._session.busy()) is not None:
                    with suppress(psycopg.Error):
                        connection.execute(END)

    def end_snapshot(self) -> None:
        self._session.asking.end()

    def create(self) -> None:
        if not self.exists() and self.make():
            self._when_new()

    def make(
        self,
        fill: Callable[[Transaction], None] | None = None,
        aside: str | None = None,
    ) -> bool:
        """Create a catalog even if an earlier one is lost; return False if one exists by now.

        `fill` inserts rows in the same transaction. With `aside`, whatever is in the schema is kept
        under this name, also in the same transaction.
        """
        catalog_id = self._new_id() or str(uuid.uuid4())
        self._forbid()
        with self._translated(), self._session.lock:
            connection = self._session.connected()
            making.check_encoding(connection, self.address)
            connection.execute(making.begin(self.address).encode())
            with self._writing.ended(connection, catalog_id):
                if making.is_taken(connection, self.address):
                    if aside is None:
                        return False
                    making.rename_schema(connection, self.address, aside)
                making.make_tables(connection, self.address, catalog_id)
                if fill is not None:
                    fill(PostgresTransaction(connection))
            self._session.found = None
        return True

    def exists(self) -> bool:
        """Whether there is a catalog; raises `CatalogUnusableError` for a schema of others."""
        with self._translated(), self._session.lock:
            return self._opened() is not None

    def check(self) -> None:
        """Raise `CatalogDamagedError` unless all tables have their columns.

        Pages, indexes and foreign keys are the server's to check.
        """
        for table, checks in CELLS.items():
            columns = ", ".join(f'"{column}"' for column in checks)
            self.rows(f"SELECT {columns} FROM {table} LIMIT 0")

    def answer(self, question: Question, take: Take[T], /) -> T:
        from artifactctl.catalog.engine import postgres_asking  # noqa: PLC0415 (few ask)

        if not self.exists():
            return take((), iter(()))
        with self._translated(), closing(self._session.connect(read_only=True)) as connection:
            schema = self.address.schema
            return postgres_asking.answer(connection, schema, question, take)

    @contextmanager
    def alchemy(self) -> Iterator["Engine"]:
        """A SQLAlchemy engine on a read-only connection of its own.

        While there is no catalog, the engine sees an empty one.
        """
        from artifactctl.catalog.engine import alchemy, postgres_asking  # noqa: PLC0415 (SQLModel)

        if not self.exists():
            from artifactctl.catalog.engine.making import empty_catalog  # noqa: PLC0415 (sqlite3)

            with closing(empty_catalog()) as empty:
                yield alchemy.engine_on(alchemy.SQLITE, empty)
            return
        with self._translated():
            connection = self._session.connect(read_only=True)
        with closing(connection):
            yield alchemy.explaining_engine(
                connection, partial(postgres_asking.ask, connection), self._explain
            )

    def schema_version(self) -> int | None:
        return self._session.found.schema_version if self.exists() and self._session.found else None

    def catalog_id(self) -> str | None:
        return self._session.found.catalog_id if self.exists() and self._session.found else None

    def incarnation(self) -> tuple[object, ...]:
        return tuple(self.row("SELECT incarnation, id FROM catalog") or ())

    def close(self) -> None:
        self._session.close()

    def server_version(self) -> str:
        with self._translated(), self._session.lock:
            return f"PostgreSQL {self._session.connected().info.parameter_status('server_version')}"

    def waiting(self) -> Waiting:
        return self._session.waiting

    def _opened(self) -> PostgresConnection | None:
        """The connection to a catalog that is there, is sound and is up to date, else None."""
        connection = self._session.connected()
        if self._session.found is None:
            found = self._look(connection)
            if found is not None and found.schema_version < SCHEMA_VERSION:
                self._forbid()
                making.bring_up_to_date(connection, self.address)
                found = self._look(connection)
            self._session.found = found
        return None if self._session.found is None else connection

    def _look(self, connection: PostgresConnection) -> making.Found | None:
        found = making.look(connection, self.address)
        if found is None and self._is_lost():
            found = making.look(connection, self.address)
            if found is None:
                self._new_id()  # raises if the records belong to another catalog
                raise lost(self.address.shown)
        return found

    def _asked(self, queries: Sequence[Query]) -> list[list[Row]]:
        """The rows of each query, some of which may have been foreseen and answered."""
        if self._session.is_writing:
            return ask_each(self._need(), queries)
        kept = [self._session.asking.foreseen.take_fresh(*query) for query in queries]
        found = [rows for rows in kept if rows is not None]
        if len(found) == len(queries):
            return found
        connection = self._session.connected()
        if self._session.found is None:
            answers = self._asked_first(connection, queries)
            if answers is not None:
                return answers
            if self._opened() is None:
                return [[] for _ in queries]
        return self._session.asking.ask(connection, queries)

    def _asked_first(
        self, connection: PostgresConnection, queries: Sequence[Query]
    ) -> list[list[Row]] | None:
        """The rows of each query; None where it turns out that there is no usable catalog."""
        with suppress(psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            answers = self._session.asking.ask(connection, queries, self._heed_look)
            return None if self._session.found is None else answers
        return None

    def _heed_look(self, cursor: Cursor) -> None:
        """Note that there is a usable catalog; anything else is left to `_look`."""
        rows = cursor.fetchall()
        if len(rows) == 1 and is_id(rows[0][0]) and rows[0][1] == SCHEMA_VERSION:
            self._session.found = making.Found(*rows[0])

    def _need(self) -> PostgresConnection:
        connection = self._opened()
        assert connection is not None, "the catalog must exist"
        return connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if is_lost(error):
                self.close()
            raise translate(error, self.address.shown) from error
        except UnicodeEncodeError as error:
            raise not_unicode(error) from None

    def _explain(self, error: BaseException) -> Exception:
        """The error for what went wrong in a session; of a wrong statement it is SQLAlchemy's."""
        if isinstance(error, _WRITES):
            from artifactctl.catalog.engine.alchemy import (  # noqa: PLC0415 (loaded already)
                INSTEAD,
                ONLY_READS,
            )

            return WrongUsageError(ONLY_READS, hint=INSTEAD)
        if isinstance(error, psycopg.Error) and not isinstance(error, _OF_STATEMENT):
            return translate(error, self.address.shown)
        assert isinstance(error, Exception)
        return error
