"""Questions of users to PostgreSQL, which only read.

PostgreSQL itself sees to it, whatever a question sets or calls: a cursor on the server takes one
statement, and only one that asks (no COMMIT, SET, DO, CALL, COPY); the transaction is read-only; it
is rolled back, which undoes what functions of older servers write in it all the same, such as
`lo_create`; and a superuser, who could read and write files of the server, asks as another role.
"""

import re
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from artifactctl.catalog.engine.postgres_connection import PostgresConnection, for_psycopg
from artifactctl.catalog.engine.postgres_reading import BEGIN_READING
from artifactctl.catalog.engine.protocol import Json, Question, Take
from artifactctl.errors import ArtifactctlError, InvalidInputError, WrongUsageError

T = TypeVar("T")

_AT_ONCE = 2000
_PATIENCE_S = 5.0  # with the server, which stops a question itself when its time is over
# The class of wrong statements, but for a right that the role lacks.
_WRONG, _NO_RIGHT = ("42", "0A", "25", "34", "26", "54"), "42501"
_READ_ONLY = "25006"
_STOPPED = "57014"

# A role that every server from version 14 on has, and that a superuser may take.
_READER = "pg_read_all_data"
_FIRST_WITH_READER = 14_00_00
_QUESTION = re.compile(
    r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\()*(?:SELECT|WITH|VALUES|TABLE)\b",
    re.DOTALL | re.IGNORECASE,
)


class _JsonLoader(Loader):
    def load(self, data: Buffer) -> Json:
        return Json(bytes(data).decode())


def answer(connection: PostgresConnection, schema: str, question: Question, take: Take[T]) -> T:
    """Have `take` read the answer to a question; see `Database.answer`.

    The connection is for this question alone.
    """
    sql, limit_s = for_psycopg(question.statement(f'"{schema}".')), question.limit_s
    connection.answer_s = limit_s + _PATIENCE_S
    for kind in ("json", "jsonb"):
        connection.adapters.register_loader(kind, _JsonLoader)
    # A table of the catalog is then found by its schema alone.
    _begin(
        connection,
        "SET LOCAL search_path = pg_catalog",
        f"SET LOCAL statement_timeout = {int(1000 * limit_s)}",
    )
    try:
        with connection.cursor(name="answer") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(sql, question.params)
            names = [column.name for column in cursor.description or ()]
            return take(names, iter(cursor))
    except psycopg.Error as error:
        explained = _explained(error, question)
        if explained is None:
            raise
        raise explained from None


def ask(connection: PostgresConnection, cursor: psycopg.Cursor[Any], sql: str, params: Any) -> None:
    """Run one statement of a session, in a transaction of its own; `cursor` gets its rows.

    Raises psycopg's errors, `ReadOnlySqlTransaction` for a statement that does not ask.
    """
    if _QUESTION.match(sql) is None:
        raise psycopg.errors.ReadOnlySqlTransaction("the statement is no query")
    _begin(connection)
    try:
        # In a pipeline psycopg sends each text as one statement; alone, it may be several.
        with connection.pipeline(), connection.cursor() as declaring:
            declaring.execute(f"DECLARE question NO SCROLL CURSOR FOR {sql}".encode(), params)
            cursor.execute(b"FETCH ALL FROM question")
    finally:
        with suppress(psycopg.Error):  # the first error is the one to raise
            if not connection.closed:
                connection.execute(b"ROLLBACK")


def _begin(connection: PostgresConnection, *settings: str) -> None:
    """Begin a transaction that only reads.

    One that has read something stays read-only, whatever is set in it.
    """
    info = connection.info
    is_superuser = info.parameter_status("is_superuser") == "on"
    if is_superuser and info.server_version >= _FIRST_WITH_READER:
        settings = (*settings, f"SET LOCAL ROLE {_READER}")
    connection.execute("; ".join((BEGIN_READING.decode(), *settings, "SELECT 1")).encode())


def _explained(error: psycopg.Error, question: Question) -> ArtifactctlError | None:
    """The error for a wrong question; None for one of the catalog or the server."""
    state = error.sqlstate or ""
    said = error.diag.message_primary or str(error).partition("\n")[0]
    if state == _STOPPED:
        return question.took_too_long()
    if state == _READ_ONLY:
        return WrongUsageError(
            f"the query was refused: {said}",
            hint="it can only read the views that 'artifactctl sql' lists",
        )
    is_of_psycopg = not state and isinstance(error, psycopg.ProgrammingError)
    if is_of_psycopg or (state.startswith(_WRONG) and state != _NO_RIGHT):
        return WrongUsageError(
            f"the query is not understood: {said}",
            hint="'artifactctl sql' lists the views and their columns",
        )
    if isinstance(error, psycopg.DataError):
        return InvalidInputError(f"the query cannot be answered: {said}")
    return None
