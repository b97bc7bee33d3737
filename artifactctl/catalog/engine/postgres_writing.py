"""Write transactions on PostgreSQL: begun with the lock; committed, though the answer is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psycopg

from artifactctl.catalog.engine import postgres_making as making
from artifactctl.catalog.engine.postgres_connection import Cursor, PostgresConnection
from artifactctl.catalog.engine.postgres_errors import is_lost, is_worth_another_try
from artifactctl.catalog.engine.postgres_reading import undo
from artifactctl.catalog.engine.postgres_session import PostgresSession
from artifactctl.catalog.engine.postgres_transaction import PostgresTransaction, ask
from artifactctl.catalog.migrations import FIRST_ON_POSTGRES, check_schema
from artifactctl.errors import InputOutputError, NotCommittedError, one_line


class Writing:
    """The write transactions of a session, one at a time."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session
        self._address = session.address

    def begun(self, need: Callable[[], PostgresConnection]) -> PostgresTransaction:
        """A write transaction that holds the lock.

        `need` gives the connection to a catalog that exists; it is asked again for another one
        when the server has ended that.
        """
        transaction = self.begin(need())
        try:
            transaction.connection.send()
        except BaseException as error:
            undo(transaction.connection)
            if not isinstance(error, psycopg.Error) or not is_worth_another_try(error):
                raise
        else:
            return transaction
        self._session.close()
        transaction = self.begin(need())
        transaction.connection.send()
        return transaction

    def begin(self, connection: PostgresConnection) -> PostgresTransaction:
        """A write transaction that begins with its first question.

        It is on the catalog that is in the schema when it has the lock.
        """
        self._session.asking.foreseen.clear()
        self._session.is_writing = True
        transaction = PostgresTransaction(connection)
        connection.later(making.BEGIN)
        connection.later(making.lock(self._address).encode())
        connection.later(
            b"SELECT schema_version, id, pg_current_xact_id()::text FROM catalog",
            {},
            partial(self._heed_begin, transaction),
        )
        return transaction

    def _heed_begin(self, transaction: PostgresTransaction, cursor: Cursor) -> None:
        # Another process may have migrated or replaced the catalog since this one looked.
        version, catalog_id, transaction.number = cursor.fetchone() or (0, "", "")
        check_schema(version, self._address.shown, FIRST_ON_POSTGRES)
        self._session.found = making.Found(catalog_id, version)

    @contextmanager
    def ended(
        self, connection: PostgresConnection, what: PostgresTransaction | str
    ) -> Iterator[None]:
        """Commit after the block, or roll back on an error.

        `what` is the transaction, or the ID of a catalog that it makes: when the answer to COMMIT
        is lost, a new connection is asked whether it took effect. Raises `NotCommittedError` when
        the server gave the transaction up.
        """
        try:
            yield
            done = self._commit(connection, what)
            if done != "COMMIT":  # PostgreSQL answers so to the COMMIT of a failed transaction
                raise InputOutputError(f"catalog {self._address.shown} did not commit ({done})")
        except BaseException:
            # ROLLBACK may fail for the same reason, and the first error is the one to raise.
            undo(connection)
            raise

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Raise `NotCommittedError` when the server gives the transaction of the block up."""
        try:
            yield
        except psycopg.Error as error:
            if not is_worth_another_try(error):
                raise
            if is_lost(error):
                self._session.close()
            raise NotCommittedError(
                f"the server of catalog {self._address.shown} rolled this back: {one_line(error)}",
                hint="nothing was changed: try again",
            ) from error

    def _commit(self, connection: PostgresConnection, what: PostgresTransaction | str) -> str:
        """Commit, and ask what was foreseen; return the server's answer to the COMMIT."""
        done: list[str] = []
        if isinstance(what, PostgresTransaction) and what.number is None:
            connection.send()  # by its number it is found if the answer to COMMIT is lost
        connection.later(b"COMMIT", {}, lambda cursor: done.append(cursor.statusmessage or ""))
        self._session.asking.ask_behind_commit(connection)
        try:
            connection.send()
        except psycopg.Error as error:
            self._session.asking.forget()
            if is_lost(error):
                self._session.close()
            elif done:
                undo(connection)
            if done:  # it was a question behind the COMMIT that failed
                return done[0]
            if not is_lost(error):
                raise
            if self._did_commit(what):
                return "COMMIT"
            raise NotCommittedError(
                f"the connection to catalog {self._address.shown} was lost before the commit",
                hint="nothing was changed: try again",
            ) from error
        return done[0]

    def _did_commit(self, what: PostgresTransaction | str) -> bool:
        """Whether a transaction took effect: its new row is there, or the server says so.

        After a crash, the server may give the number of a lost transaction to another one, so that
        a row with an ID of its own is the better proof.
        """
        self._session.is_writing = False
        inserted = ("catalog", what) if isinstance(what, str) else what.inserted
        sql = "SELECT pg_xact_status(CAST(:it AS xid8)) = 'committed'"
        params = {"it": None if isinstance(what, str) else what.number}
        if inserted is not None:
            table, row_id = inserted
            sql, params = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE id = :it)", {"it": row_id}
        # A new connection that has the write lock: the lost transaction has ended by then.
        connection = self._session.connected()
        connection.execute(making.begin(self._address).encode())
        try:
            return bool(ask(connection, sql, params)[0][0])
        finally:
            undo(connection)
