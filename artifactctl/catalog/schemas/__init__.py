"""The steps of the catalog's schema, one a module; `migrations` runs them."""

import sqlite3


def execute(connection: sqlite3.Connection, statements: str) -> None:
    """Run statements that are separated by semicolons, inside of the transaction there is."""
    for statement in statements.split(";"):
        connection.execute(statement)
