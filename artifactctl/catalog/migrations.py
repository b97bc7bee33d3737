"""Creating a catalog's tables, and the numbered migrations that bring an older catalog up to date.

SQLModel is imported inside of functions, since loading it takes longer than most commands.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

Step = Callable[["Connection"], None]

FIRST = 7
"""The oldest schema version that can be migrated; no earlier one was released."""

STEPS: Mapping[int, Step] = {}
"""Step n migrates from schema n - 1 to n. It never changes once it is released."""

SCHEMA_VERSION = FIRST + len(STEPS)


def make(connection: "Connection", catalog_id: str) -> None:
    """Create the tables and the row with the catalog's ID, inside of the caller's transaction."""
    from artifactctl.catalog.tables import METADATA, CatalogRow  # noqa: PLC0415 (SQLModel)

    METADATA.create_all(connection, checkfirst=False)
    row = {"id": catalog_id, "schema_version": SCHEMA_VERSION, "incarnation": 0}
    connection.execute(METADATA.tables[str(CatalogRow.__tablename__)].insert(), row)


def migrate(connection: "Connection", steps: Mapping[int, Step] = STEPS) -> None:
    """Run the missing migrations, inside of a transaction that holds the write lock."""
    found = connection.exec_driver_sql("SELECT schema_version FROM catalog").scalar_one()
    for number in sorted(number for number in steps if number > found):
        steps[number](connection)
        connection.exec_driver_sql(f"UPDATE catalog SET schema_version = {number}")
