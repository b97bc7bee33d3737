"""Free queries of a catalog through a read-only SQLModel session."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from artifactctl.catalog.engine.protocol import Database


@contextmanager
def session(db: Database) -> Iterator[Session]:
    """A session on the catalog `db`, for SELECTs over the classes of `tables`.

    Each statement sees what is committed when it runs. A statement that would change something
    raises `WrongUsageError`, whatever was set before.
    """
    with db.alchemy() as engine, Session(engine, autoflush=False) as made:
        yield made
