"""SQLAlchemy on top of a connection of the standard `sqlite3` module.

It is loaded only where a catalog is made or migrated, and where a program asks it by a session.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, StaticPool, create_engine
from sqlalchemy.exc import DBAPIError


def engine_on(connection: sqlite3.Connection) -> Engine:
    """SQLAlchemy's engine on one connection that somebody else has opened and will close."""
    # Without `pool_reset_on_return=None` the pool rolls back what is still open on it.
    return create_engine(
        "sqlite://", creator=lambda: connection, poolclass=StaticPool, pool_reset_on_return=None
    )


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
