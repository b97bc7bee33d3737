"""Free questions to a catalog: a SQLModel session that only reads."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from artifactctl.catalog.engine.protocol import Database


@contextmanager
def session(db: Database) -> Iterator[Session]:
    """A session on the catalog `db`, for SELECTs over the classes of `tables`.

    Each statement reads what is committed when it runs. Raises `WrongUsageError` for one that
    would change something.
    """
    with db.alchemy() as engine, Session(engine, autoflush=False) as made:
        yield made
