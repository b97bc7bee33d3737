"""Questions to PostgreSQL outside of write transactions: in one round trip, of one snapshot."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import psycopg

from artifactctl.catalog.engine.foreseen import Foreseen
from artifactctl.catalog.engine.postgres_connection import Cursor, PostgresConnection, for_psycopg
from artifactctl.catalog.engine.postgres_making import BEGIN, LOOK, lock_if_free
from artifactctl.catalog.engine.protocol import Params, Query, Row

BEGIN_READING = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# COMMIT is said of write transactions alone, so that a log or a trace of the wire tells them apart.
END = b"END"
_IDLE = psycopg.pq.TransactionStatus.IDLE


class Asking:
    """What is asked of a connection: the questions foreseen, the snapshot, and notes to make.

    `is_reading`: all questions read the same snapshot, until it is said that the next is the last.
    """

    def __init__(self) -> None:
        self.foreseen = Foreseen()
        self.is_reading = False
        self._is_last = False
        self._notes: list[Query] = []

    def note(self, update: str, params: Params) -> None:
        """Keep an UPDATE for the next question (see `Database.note_soon`)."""
        self._notes.append((update, params))

    def end(self) -> None:
        """Let the next question be the last one of the snapshot."""
        self._is_last = self.is_reading

    def forget(self) -> None:
        """Forget notes and foreseen questions, as when the connection is closed."""
        self.foreseen.clear()
        self._notes.clear()

    def ask(
        self,
        connection: PostgresConnection,
        queries: Sequence[Query],
        look: Callable[[Cursor], object] | None = None,
    ) -> list[list[Row]]:
        """The rows of each query; `look` gets the answer of `LOOK`, of the same snapshot."""
        try:
            return self._ask(connection, queries, look)
        except psycopg.Error:
            if not self._notes or connection.closed:
                raise
        # A note is not worth an error.
        self._notes.clear()
        return self._ask(connection, queries, look)

    def _ask(
        self,
        connection: PostgresConnection,
        queries: Sequence[Query],
        look: Callable[[Cursor], object] | None,
    ) -> list[list[Row]]:
        answers: list[list[Row]] = []
        is_begun = connection.info.transaction_status != _IDLE
        ahead = self._ahead(queries)
        is_one = is_begun or self.is_reading or look is not None or len(queries) + len(ahead) > 1
        if not is_begun:
            self._queue_notes(connection)
        if is_one and not is_begun:
            connection.later(BEGIN_READING)
        if look is not None:
            connection.later(LOOK, {}, look)
        self._queue(connection, ahead)
        for sql, params in queries:
            connection.later(for_psycopg(sql), params, into(answers))
        if is_one and (self._is_last or not self.is_reading):
            connection.later(END)
        try:
            connection.send()
        except BaseException:
            undo(connection)
            raise
        self._is_last = False
        self._notes.clear()
        return answers

    def ask_behind_commit(self, connection: PostgresConnection) -> None:
        """Queue the foreseen questions, of a snapshot after a COMMIT that is queued."""
        if ahead := self._ahead(()):
            connection.later(BEGIN_READING)
            self._queue(connection, ahead)
            connection.later(END)

    def _ahead(self, asked: Sequence[Query]) -> Sequence[Query]:
        """The foreseen questions to send now; what was answered earlier is forgotten."""
        self.foreseen.forget_answers()
        return self.foreseen.unsent(asked)

    def _queue(self, connection: PostgresConnection, ahead: Sequence[Query]) -> None:
        for query in ahead:
            sql, params = query
            connection.later(for_psycopg(sql), params, keeping(self.foreseen, query))

    def _queue_notes(self, connection: PostgresConnection) -> None:
        if not self._notes:
            return
        connection.later(BEGIN)
        connection.later(b"SET LOCAL synchronous_commit TO off")
        for update, params in self._notes:
            connection.later(for_psycopg(f"{update} AND {lock_if_free()}"), params)
        connection.later(END)


def undo(connection: PostgresConnection) -> None:
    """Roll an open transaction back, and forget what was kept for it."""
    connection.forget()
    with suppress(psycopg.Error):
        if not connection.closed and connection.info.transaction_status != _IDLE:
            connection.execute("ROLLBACK")


def into(answers: list[list[Row]]) -> Callable[[Cursor], None]:
    """A function that adds the rows of an answer to the others."""
    return lambda cursor: answers.append(cursor.fetchall())


def keeping(foreseen: Foreseen, query: Query) -> Callable[[Cursor], None]:
    """A function that keeps the answer to a foreseen question."""
    return lambda cursor: foreseen.keep(query, cursor.fetchall())
