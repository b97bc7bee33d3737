"""Schema 5: the catalog's own ID, by which a store knows whose it is."""

import sqlite3

from artifactctl.catalog.schemas import execute

_FIFTH = "CREATE TABLE catalog (id VARCHAR(36) NOT NULL PRIMARY KEY)"


def fifth(connection: sqlite3.Connection) -> None:
    """Lead from schema 4 to 5."""
    # Whoever completes a word loads this module, and makes no catalog.
    import uuid  # noqa: PLC0415

    execute(connection, _FIFTH)
    connection.execute("INSERT INTO catalog (id) VALUES (?)", (str(uuid.uuid4()),))
