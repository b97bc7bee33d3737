"""SQLAlchemy on top of an open connection of `sqlite3` or psycopg.

It is loaded only to create or migrate a catalog, and for a session that a program opens.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    ExceptionContext,
    StaticPool,
    create_engine,
    create_mock_engine,
    event,
)
from sqlalchemy.exc import DBAPIError

from artifactctl.catalog.engine.opening import translate
from artifactctl.catalog.engine.sqlite_asking import FORBIDDEN_FUNCTIONS
from artifactctl.errors import WrongUsageError

ONLY_READS = "a session only reads the catalog"
INSTEAD = "change it with the methods of Client, such as update_artifact_version()"
_FORBIDDEN = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH)
_READING = (
    *(sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE),
    *(sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT),
)
_ASKING = (
    *("table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo"),
    *("foreign_key_list", "database_list", "read_uncommitted"),
)
SQLITE: Mapping[str, Any] = {"url": "sqlite://"}
# Looking for the type `hstore` would cost two statements.
POSTGRES: Mapping[str, Any] = {"url": "postgresql+psycopg://", "use_native_hstore": False}


def engine_on(kind: Mapping[str, Any], connection: Any) -> Engine:
    """A SQLAlchemy engine on one open connection of the driver, which the caller closes."""
    # Without `pool_reset_on_return=None` the pool rolls back a transaction that is still open.
    return create_engine(
        **kind, creator=lambda: connection, poolclass=StaticPool, pool_reset_on_return=None
    )


def reading_engine(connection: sqlite3.Connection, path: Path) -> Engine:
    """A SQLAlchemy engine that only reads through one open connection.

    Errors of the database are raised as artifactctl's. A statement that would change something
    raises `WrongUsageError`; one that is wrong itself raises SQLAlchemy's error.
    """
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(_authorize)  # or a session could turn that off
    engine = engine_on(SQLITE, connection)

    @event.listens_for(engine, "handle_error")
    def explain(context: ExceptionContext) -> None:
        error = context.original_exception
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _FORBIDDEN:
            raise WrongUsageError(ONLY_READS, hint=INSTEAD) from error
        # An error in the statement itself stays SQLAlchemy's error, which quotes the statement.
        if isinstance(error, sqlite3.Error) and not _is_of_statement(error):
            raise translate(error, path) from error

    return engine


def _authorize(action: int, first: str | None, second: str | None, *_place: str | None) -> int:
    """Allow what reads, what SQLAlchemy asks of the schema, and transactions."""
    if action in _READING or (action == sqlite3.SQLITE_PRAGMA and first in _ASKING):
        return sqlite3.SQLITE_OK
    is_harmless = action == sqlite3.SQLITE_FUNCTION and second not in FORBIDDEN_FUNCTIONS
    return sqlite3.SQLITE_OK if is_harmless else sqlite3.SQLITE_DENY


def _is_of_statement(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE)


def explaining_engine(
    connection: Any,
    ask: Callable[[Any, str, Any], None],
    explain: Callable[[BaseException], Exception],
) -> Engine:
    """A SQLAlchemy engine that only reads through one open connection of psycopg.

    `ask` runs a statement on a cursor, with its parameters. Errors are as `explain` gives them.
    """
    engine = engine_on(POSTGRES, connection)
    with engine.connect():  # SQLAlchemy asks how the server is set, which `ask` would refuse
        pass

    # Returning True tells SQLAlchemy that the statement has been run.
    @event.listens_for(engine, "do_execute")
    def run(cursor: Any, statement: str, parameters: Any, _context: object) -> bool:
        ask(cursor, statement, parameters)
        return True

    @event.listens_for(engine, "do_execute_no_params")
    def run_as_it_stands(cursor: Any, statement: str, _context: object) -> bool:
        ask(cursor, statement.replace("%", "%%"), {})
        return True

    @event.listens_for(engine, "do_executemany")
    def refuse(*_arguments: object) -> bool:
        raise WrongUsageError(ONLY_READS, hint=INSTEAD)

    @event.listens_for(engine, "handle_error")
    def raise_explained(context: ExceptionContext) -> None:
        error = context.original_exception
        explained = explain(error)
        if explained is not error:
            raise explained from error

    return engine


def postgres_ddl() -> list[str]:
    """The statements that create a catalog's tables and indexes on PostgreSQL."""
    from artifactctl.catalog.tables import METADATA  # noqa: PLC0415 (sessions do without)

    statements: list[str] = []

    def collect(statement: Any, *_arguments: object, **_options: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)).strip())

    engine = create_mock_engine(POSTGRES["url"], collect)
    METADATA.create_all(engine, checkfirst=False)
    return statements


@contextmanager
def write_transaction(connection: sqlite3.Connection) -> Iterator[Connection]:
    """A SQLAlchemy connection to SQLite in a transaction that holds the write lock from its start.

    Raises the errors of `sqlite3`, like everything else on this connection.
    """
    with transaction(SQLITE, connection, lambda: connection.execute("BEGIN IMMEDIATE")) as alchemy:
        yield alchemy


@contextmanager
def transaction(
    kind: Mapping[str, Any], connection: Any, begin: Callable[[], object]
) -> Iterator[Connection]:
    """A SQLAlchemy connection in a transaction that `begin` begins on the driver's connection.

    Raises the errors of the driver.
    """
    try:
        with engine_on(kind, connection).connect() as alchemy:
            # BEGIN comes after connect(): SQLAlchemy rolls back when it first connects.
            begin()
            with alchemy.begin():
                yield alchemy
    except DBAPIError as error:
        raise error.orig or error from None
