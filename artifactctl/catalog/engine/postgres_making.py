"""Creating and migrating catalogs on PostgreSQL, and recognising what is in a schema."""

import re
import uuid
from dataclasses import dataclass

import psycopg

from artifactctl.catalog.engine.postgres_address import Address
from artifactctl.catalog.engine.postgres_connection import PostgresConnection, for_psycopg
from artifactctl.catalog.engine.protocol import REPAIR, Row, insert_into
from artifactctl.catalog.migrations import FIRST_ON_POSTGRES, check_schema, first_row, migrate
from artifactctl.errors import CatalogDamagedError, CatalogUnusableError
from artifactctl.refs import is_id

# The class of our advisory locks, so that those of other programs do not meet them: "ARTC".
_LOCK_CLASS = 0x41525443
LOOK = b"SELECT id, schema_version FROM catalog LIMIT 2"
BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"


@dataclass(frozen=True, slots=True)
class Found:
    """A usable catalog in a schema: its ID and the version of its schema."""

    catalog_id: str
    schema_version: int


def look(connection: PostgresConnection, address: Address) -> Found | None:
    """The catalog in the schema, or None when nothing is there.

    Raises `CatalogUnusableError` for a schema with other things in it, or a newer catalog.
    """
    rows = _look(connection, address)
    if rows is None and is_taken(connection, address):
        # Another process may have made the catalog between the two questions.
        rows = _look(connection, address)
        if rows is None:
            raise _foreign(address)
    if rows is None:
        return None
    if len(rows) != 1 or not is_id(rows[0][0]):
        raise CatalogDamagedError(
            f"catalog {address.shown} does not have exactly one valid ID",
            hint=REPAIR,
        )
    found = Found(*rows[0])
    check_schema(found.schema_version, address.shown, FIRST_ON_POSTGRES)
    return found


def _look(connection: PostgresConnection, address: Address) -> list[Row] | None:
    """The rows of the table `catalog` in the schema, or None when there is no such table."""
    try:
        return connection.execute(LOOK).fetchall()
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.errors.UndefinedColumn:
        raise _foreign(address) from None


def is_taken(connection: PostgresConnection, address: Address) -> bool:
    """Whether the schema has any table, view or sequence."""
    found = connection.execute(
        "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s LIMIT 1",
        (address.schema,),
    )
    return found.fetchone() is not None


def _foreign(address: Address) -> CatalogUnusableError:
    return CatalogUnusableError(
        f"schema {address.schema!r} of {address.shown} holds no catalog of artifactctl",
        hint="name an empty or a new schema, as in '?schema=artifacts'",
    )


def begin(address: Address) -> str:
    """The statements that begin a write transaction: it holds the catalog's lock from its start.

    The lock makes commits come in the order of `seq`, which identity columns alone do not.
    """
    # Each statement after the lock sees what is committed by then, in READ COMMITTED alone.
    return f"{BEGIN.decode()}; {lock(address)}"


def lock(address: Address) -> str:
    """The statement that takes the catalog's lock until the end of the transaction."""
    return f"SELECT pg_advisory_xact_lock({_LOCK_CLASS}, hashtext('{address.schema}'))"


def lock_if_free() -> str:
    """A condition that takes the lock of the connection's catalog; false while it is taken."""
    return f"(SELECT pg_try_advisory_xact_lock({_LOCK_CLASS}, hashtext(current_schema()::text)))"


def make_tables(connection: PostgresConnection, address: Address, catalog_id: str) -> None:
    """Create the schema unless it is there, and the tables of a catalog in it."""
    from artifactctl.catalog.engine.alchemy import postgres_ddl  # noqa: PLC0415 (SQLModel)

    # CREATE SCHEMA IF NOT EXISTS wants the right to create one even where it is there.
    is_there = connection.execute(
        "SELECT 1 FROM pg_namespace WHERE nspname = %s", (address.schema,)
    ).fetchone()
    statements = postgres_ddl()
    if not is_there:
        statements.insert(0, f'CREATE SCHEMA "{address.schema}"')
    connection.execute(";\n".join(statements).encode())  # in one round trip
    row = first_row(catalog_id)
    connection.execute(for_psycopg(insert_into("catalog", row)), row)


def schema_sql(schema: str, role: str = "ROLE") -> str:
    """The statements that create a catalog, for an administrator; the rights of a user as comments.

    They create one catalog: they hold its ID.
    """
    from artifactctl.catalog.engine.alchemy import postgres_ddl  # noqa: PLC0415 (SQLModel)

    row = first_row(str(uuid.uuid4()))
    values = ", ".join(
        f"'{value}'" if isinstance(value, str) else str(value) for value in row.values()
    )
    statements = [
        "BEGIN",
        f'CREATE SCHEMA IF NOT EXISTS "{schema}"',
        f'SET LOCAL search_path = "{schema}"',
        *(re.sub(r"\s*\n\t?", "\n    ", part).replace("\n    )", "\n)") for part in postgres_ddl()),
        f"INSERT INTO catalog ({', '.join(row)}) VALUES ({values})",
        "COMMIT",
    ]
    rights = (
        f'GRANT USAGE ON SCHEMA "{schema}" TO {role}',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{schema}" TO {role}',
        f'GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA "{schema}" TO {role}',
    )
    lines = [
        *(f"{statement};" for statement in statements),
        "-- What each user needs, who then cannot create or migrate a catalog:",
        *(f"-- {right};" for right in rights),
    ]
    return "\n".join(lines) + "\n"


def rename_schema(connection: PostgresConnection, address: Address, name: str) -> None:
    """Keep what is in the schema under another name."""
    connection.execute(f'ALTER SCHEMA "{address.schema}" RENAME TO "{name}"'.encode())


def bring_up_to_date(connection: PostgresConnection, address: Address) -> None:
    """Run the migrations that a catalog lacks, unless another process runs them first."""
    from artifactctl.catalog.engine import alchemy  # noqa: PLC0415 (SQLModel)

    def start() -> None:
        connection.execute(begin(address).encode())

    with alchemy.transaction(alchemy.POSTGRES, connection, start) as transaction:
        migrate(transaction)


def check_encoding(connection: PostgresConnection, address: Address) -> None:
    """Raise `CatalogUnusableError` for a database that cannot hold every text."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise CatalogUnusableError(
            f"the database of {address.shown} has the encoding {encoding}",
            hint="make one with UTF8: createdb -E UTF8 -T template0 NAME",
        )
