"""SQLAlchemy on top of a connection of the standard `sqlite3` module.

It is loaded only where a catalog is made or migrated, and where a program asks it by a session.
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
    """SQLAlchemy's engine on one connection that somebody else has opened and will close."""
    # Without `pool_reset_on_return=None` the pool rolls back what is still open on it.
    return create_engine(
        "sqlite://", creator=lambda: connection, poolclass=StaticPool, pool_reset_on_return=None
    )


def reading_engine(connection: sqlite3.Connection, path: Path) -> Engine:
    """The same for a connection that only reads; raises artifactctl's errors.

    Raises `WrongUsageError` for a statement that would change something.
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
        # What is wrong with a statement itself is told by SQLAlchemy, which quotes it.
        if isinstance(error, sqlite3.Error) and not _is_of_statement(error):
            raise translate(error, path) from error

    return engine


def _is_of_statement(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE)


@contextmanager
def write_transaction(connection: sqlite3.Connection) -> Iterator[Connection]:
    """A transaction that holds the write lock from its start, with SQLAlchemy to work in it.

    Raises the errors of `sqlite3`, as all else on that connection does.
    """
    try:
        with engine_on(connection).connect() as alchemy:
            # Only now: SQLAlchemy rolls back what is open when it first connects.
            connection.execute("BEGIN IMMEDIATE")
            with alchemy.begin():
                yield alchemy
    except DBAPIError as error:
        raise error.orig or error from None
