"""Making a new catalog, and bringing an older one up to date.

A new catalog is made from `tables` as they are now. An older one goes through the numbered steps
that lead from its schema version to this one; each is a frozen list of statements, and a test
holds the two ways to the same result.
"""

import sqlite3
from collections.abc import Sequence

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from artifactctl.catalog import tables
from artifactctl.catalog.sqlite import APPLICATION_ID, SCHEMA_VERSION

STEPS: dict[int, Sequence[str]] = {}
"""Schema version → the statements that lead to it from the one before; 1 is where it began."""

_METADATA = SQLModel.metadata
assert tables.ArtifactRow.__tablename__ in _METADATA.tables


def create(connection: sqlite3.Connection) -> None:
    """Make every table and index, and mark the file as a catalog, in one transaction."""
    dialect = sqlite.dialect()
    connection.execute("BEGIN IMMEDIATE")
    for table in _METADATA.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    _mark(connection)
    connection.execute("COMMIT")


def migrate(connection: sqlite3.Connection, steps: dict[int, Sequence[str]] = STEPS) -> None:
    """Run the steps that the catalog lacks, in one transaction; another process may be first."""
    connection.execute("BEGIN IMMEDIATE")
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    for number in range(found + 1, SCHEMA_VERSION + 1):
        for statement in steps[number]:
            connection.execute(statement)
    _mark(connection)
    connection.execute("COMMIT")


def _mark(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
