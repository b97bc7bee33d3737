"""The catalogs of these tests: each test runs on SQLite and on PostgreSQL.

What looks into a SQLite file is marked `sqlite_only`.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifactctl.catalog.engine.postgres import PostgresDatabase
from artifactctl.catalog.engine.postgres_address import parse_address
from artifactctl.catalog.engine.sqlite import SqliteDatabase

# Processes that a test starts open the same catalogs.
_SERVER = "TESTS_OF_CATALOG_ON"
_schemas: set[str] = set()


def open_database(folder: Path) -> SqliteDatabase | PostgresDatabase:
    """A catalog for `folder` that does not exist yet; opened twice, it is the same one."""
    if _SERVER not in os.environ:
        return SqliteDatabase(folder / "catalog.db", folder / "drafts", lambda: False)
    schema = f"t_{hashlib.sha256(str(folder).encode()).hexdigest()[:20]}"
    _schemas.add(schema)
    return PostgresDatabase(parse_address(f"{os.environ[_SERVER]}?schema={schema}"), 30.0)


@pytest.fixture(scope="module", autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine of the catalogs that `open_database` opens."""
    name: str = getattr(request, "param", "sqlite")
    if name == "sqlite":
        yield name
        return
    server = request.getfixturevalue("postgres")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_SERVER, server.url())
        yield name
    with server.asked() as connection:
        while _schemas:
            connection.execute(f'DROP SCHEMA IF EXISTS "{_schemas.pop()}" CASCADE')
