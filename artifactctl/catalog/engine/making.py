"""SQLite catalogs made and brought up to date, and told from files that others have made."""

import sqlite3
import uuid
from contextlib import closing

from artifactctl.catalog.cells import shown_text
from artifactctl.catalog.engine.opening import APPLICATION_ID
from artifactctl.catalog.engine.protocol import Queries
from artifactctl.catalog.migrations import SCHEMA_VERSION, make, migrate

# What SQLite itself adds, and what helps it to choose an index.
_NOT_OF_SQLITE = "name NOT LIKE 'sqlite_%'"


def make_tables(connection: sqlite3.Connection, catalog_id: str) -> None:
    """Make an empty file a catalog."""
    from artifactctl.catalog.engine.alchemy import write_transaction  # noqa: PLC0415 (SQLModel)

    with write_transaction(connection) as transaction:
        make(transaction, catalog_id)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def empty_catalog() -> sqlite3.Connection:
    """A catalog in memory that has the tables and no rows."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    make_tables(connection, str(uuid.uuid4()))
    return connection


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Run the migrations that a catalog lacks; another process may be first."""
    from artifactctl.catalog.engine.alchemy import write_transaction  # noqa: PLC0415 (SQLModel)

    with write_transaction(connection) as transaction:
        migrate(transaction)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def strange_part(db: Queries) -> str | None:
    """The name of a table, an index or whatever else that no catalog of this schema has.

    What a column computes, or an index calls, would run wherever the catalog is read.
    """
    sql = f"SELECT name, sql FROM sqlite_master WHERE {_NOT_OF_SQLITE}"
    with closing(empty_catalog()) as fresh:
        expected = _parts(fresh.execute(sql).fetchall())
    strange = set(_parts(db.rows(sql)).items()) ^ set(expected.items())
    return min((name for name, _ in strange), default=None)


def _parts(rows: list[tuple[object, object]]) -> dict[str, str]:
    return {
        shown_text(name): " ".join(shown_text(sql).replace('"', "").split()) for name, sql in rows
    }
