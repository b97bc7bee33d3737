"""The numbered migrations that bring an older catalog up to date, and a new one's first row."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from artifactctl.catalog.cells import fault_of
from artifactctl.catalog.former_schemas import STATEMENTS, TYPES
from artifactctl.catalog.moments import as_catalog
from artifactctl.errors import CatalogOutdatedError, CatalogUnusableError
from artifactctl.refs import tag_id
from artifactctl.tags import color_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

Step = Callable[["Connection"], None]

FIRST = 7
"""The oldest schema version that can be migrated; no earlier one was released."""

FIRST_ON_POSTGRES = 9
"""The same on PostgreSQL."""


def _make_tags_rows(connection: "Connection") -> None:
    """Every tag gets a row, and pipelines can have tags."""
    _run(STATEMENTS[8], connection)
    # As blobs, since text in SQLite may not be valid UTF-8, at which the whole query would fail.
    known = _texts(connection, "SELECT CAST(name AS BLOB) FROM tag")
    used = _texts(
        connection,
        " UNION ".join(
            f"SELECT CAST(tag AS BLOB) FROM {owner}_tag" for owner in ("artifact", "version", "run")
        ),
    )
    created = as_catalog(datetime.now(UTC))
    for name in sorted(used - known):
        connection.exec_driver_sql(
            "INSERT INTO tag (id, name, color, exclusive, cascade, protected, created, updated,"
            " revision, recorded) VALUES (?, ?, 'grey', 0, 0, 0, ?, ?, 1, 0)",
            (tag_id(name), name, created, created),
        )
    for name in used | known:
        connection.exec_driver_sql(
            "UPDATE tag SET color = ? WHERE name = ?", (color_of(name).value, name)
        )


def _texts(connection: "Connection", query: str) -> set[str]:
    """The tags that a query finds; 'verify' reports the others, which someone else wrote."""
    found = set()
    for cell in connection.exec_driver_sql(query).scalars():
        with suppress(UnicodeDecodeError, AttributeError):  # it is no text, but NULL or a blob
            found.add(cell.decode())
    return {name for name in found if fault_of("tag", {"name": name}) is None}


def _run(statements: Sequence[str], connection: "Connection") -> None:
    for statement in statements:
        connection.exec_driver_sql(statement.format(**TYPES[connection.dialect.name]))


STEPS: Mapping[int, Step] = {
    **{number: partial(_run, statements) for number, statements in STATEMENTS.items()},
    8: _make_tags_rows,
}
"""Step n migrates from schema n - 1 to n. It never changes once it is released."""

SCHEMA_VERSION = FIRST + len(STEPS)


def check_schema(version: int, shown: str, first: int = FIRST) -> None:
    """Raise an error unless the schema version of the catalog `shown` can be read or migrated."""
    if version < first:
        raise CatalogOutdatedError(
            f"catalog {shown} has schema {version}, which this artifactctl does not read",
            hint="run 'artifactctl catalog rebuild': it keeps this catalog, and makes a new one"
            " from the store's records",
        )
    if version > SCHEMA_VERSION:
        raise CatalogUnusableError(
            f"catalog {shown} has schema {version}, newer than {SCHEMA_VERSION}",
            hint="use a newer artifactctl",
        )


def first_row(catalog_id: str) -> Mapping[str, object]:
    """The row of a new catalog's table `catalog`."""
    row = {"id": catalog_id, "schema_version": SCHEMA_VERSION}
    return row | dict.fromkeys(("incarnation", "epoch", "forgotten"), 0)


def migrate(connection: "Connection", steps: Mapping[int, Step] = STEPS) -> None:
    """Run the missing migrations, inside of a transaction that holds the write lock."""
    found = connection.exec_driver_sql("SELECT schema_version FROM catalog").scalar_one()
    for number in sorted(number for number in steps if number > found):
        steps[number](connection)
        connection.exec_driver_sql(f"UPDATE catalog SET schema_version = {number}")
