"""Creating and migrating SQLite catalogs, and finding tables that are not artifactctl's."""

import sqlite3
import uuid
from contextlib import closing

from artifactctl.catalog.engine.opening import APPLICATION_ID
from artifactctl.catalog.engine.protocol import Queries, insert_into
from artifactctl.catalog.former_schemas import FORMER
from artifactctl.catalog.migrations import SCHEMA_VERSION, first_row, migrate
from artifactctl.catalog.shown_cells import shown_text

# Leaves out SQLite's own tables and indexes, such as sqlite_sequence and sqlite_stat1.
_NOT_OF_SQLITE = "name NOT LIKE 'sqlite_%'"


def make_tables(connection: sqlite3.Connection, catalog_id: str) -> None:
    """Create the tables of a catalog in an empty database, and mark its header as a catalog's."""
    from artifactctl.catalog.sqlite_tables import SQLITE_TABLES  # noqa: PLC0415 (a new catalog)

    row = first_row(catalog_id)
    connection.execute("BEGIN IMMEDIATE")
    # Leaving the block commits, or rolls back after an error.
    with connection:
        for statement in SQLITE_TABLES.split(";"):
            connection.execute(statement)
        connection.execute(insert_into("catalog", row), row)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def empty_catalog() -> sqlite3.Connection:
    """A connection to a new catalog in memory, which has no rows besides its own ID."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    make_tables(connection, str(uuid.uuid4()))
    return connection


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Run the migrations that a catalog lacks, unless another process runs them first."""
    from artifactctl.catalog.engine.alchemy import write_transaction  # noqa: PLC0415 (SQLModel)

    with write_transaction(connection) as transaction:
        migrate(transaction)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def migrated_copy(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A copy in memory of an older catalog that cannot be written; closes the given connection."""
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    with closing(connection):
        connection.backup(copy)
    bring_up_to_date(copy)
    return copy


def differing_part(db: Queries) -> str | None:
    """The first name in the schema that is missing or differs from what it must be, or None.

    Expressions of a forged schema, such as those of a generated column or an index, would run
    whenever the catalog is read.
    """
    sql = f"SELECT name, sql FROM sqlite_master WHERE {_NOT_OF_SQLITE}"
    with closing(empty_catalog()) as fresh:
        expected = _parts(fresh.execute(sql).fetchall())
    (version,) = db.one("PRAGMA user_version")
    for number in sorted((number for number in FORMER if number > version), reverse=True):
        expected |= _parts(list(FORMER[number].items()))
    expected = {name: part for name, part in expected.items() if part}
    differing = set(_parts(db.rows(sql)).items()) ^ set(expected.items())
    return min((name for name, _ in differing), default=None)


def _parts(rows: list[tuple[object, object]]) -> dict[str, str]:
    return {
        shown_text(name): " ".join(shown_text(sql).replace('"', "").split()) for name, sql in rows
    }
