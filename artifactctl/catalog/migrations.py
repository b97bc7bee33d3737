"""What makes a catalog, and the numbered steps that bring an older one up to date.

Here alone, and where rows come from outside, the program loads SQLModel: that costs more than
most commands do, so nothing of it is imported before a function is called.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

Step = Callable[["Connection"], None]

FIRST = 7
"""The schema that catalogs are made with at first; before it, none was released."""

STEPS: Mapping[int, Step] = {}
"""Step n leads from schema n - 1 to n. It never changes once it is released."""

SCHEMA_VERSION = FIRST + len(STEPS)


def make(connection: "Connection", catalog_id: str) -> None:
    """Make the tables, and the row that says which catalog this is, inside of a transaction."""
    from artifactctl.catalog.tables import METADATA, CatalogRow  # noqa: PLC0415 (SQLModel)

    METADATA.create_all(connection, checkfirst=False)
    row = {"id": catalog_id, "schema_version": SCHEMA_VERSION, "incarnation": 0}
    connection.execute(METADATA.tables[str(CatalogRow.__tablename__)].insert(), row)


def migrate(connection: "Connection", steps: Mapping[int, Step] = STEPS) -> None:
    """Run the steps that the catalog lacks, inside of a transaction that holds the write lock."""
    found = connection.exec_driver_sql("SELECT schema_version FROM catalog").scalar_one()
    for number in sorted(number for number in steps if number > found):
        steps[number](connection)
        connection.exec_driver_sql(f"UPDATE catalog SET schema_version = {number}")
