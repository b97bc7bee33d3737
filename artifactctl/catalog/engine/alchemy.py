"""SQLAlchemy on top of a connection of the standard `sqlite3` module.

It is loaded only to create or migrate a catalog, and for a session that a program opens.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, ExceptionContext, StaticPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from artifactctl.catalog.engine.opening import translate
from artifactctl.errors import WrongUsageError


def engine_on(connection: sqlite3.Connection) -> Engine:
    """A SQLAlchemy engine on one open connection, which the caller closes."""
    # Without `pool_reset_on_return=None` the pool rolls back a transaction that is still open.
    return create_engine(
        "sqlite://", creator=lambda: connection, poolclass=StaticPool, pool_reset_on_return=None
    )


def reading_engine(connection: sqlite3.Connection, path: Path) -> Engine:
    """A SQLAlchemy engine that only reads through one open connection.

    Errors of the database are raised as artifactctl's. A statement that would change something
    raises `WrongUsageError`; one that is wrong itself raises SQLAlchemy's error.
    """
    connection.execute("PRAGMA query_only = ON")
    engine = engine_on(connection)

    @event.listens_for(engine, "handle_error")
    def explain(context: ExceptionContext) -> None:
        error = context.original_exception
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY:
            raise WrongUsageError(
                "a session only reads the catalog",
                hint="change it with the methods of Client, such as update_artifact_version()",
            ) from error
        # An error in the statement itself stays SQLAlchemy's error, which quotes the statement.
        if isinstance(error, sqlite3.Error) and not _is_of_statement(error):
            raise translate(error, path) from error

    return engine


def _is_of_statement(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE)


@contextmanager
def write_transaction(connection: sqlite3.Connection) -> Iterator[Connection]:
    """A SQLAlchemy connection in a transaction that holds the write lock from its start.

    Raises the errors of `sqlite3`, like everything else on this connection.
    """
    try:
        with engine_on(connection).connect() as alchemy:
            # BEGIN comes after connect(): SQLAlchemy rolls back when it first connects.
            connection.execute("BEGIN IMMEDIATE")
            with alchemy.begin():
                yield alchemy
    except DBAPIError as error:
        raise error.orig or error from None
