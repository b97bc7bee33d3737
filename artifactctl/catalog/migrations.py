"""The numbered steps that make a catalog, and that bring an older one up to date.

A step never changes once it is released. Together they lead to what `tables` and `run_tables`
define, and a test holds the two to each other; they are written out because loading SQLModel to
make a catalog would cost twice as much as all else that a first `register` does.
"""

import sqlite3
from collections.abc import Callable, Sequence

from artifactctl.catalog.schemas import execute
from artifactctl.catalog.schemas.fifth import fifth
from artifactctl.catalog.schemas.first import FIRST
from artifactctl.catalog.schemas.fourth import FOURTH
from artifactctl.catalog.schemas.second import second
from artifactctl.catalog.schemas.sixth import SIXTH
from artifactctl.catalog.schemas.third import THIRD

APPLICATION_ID = 0x41525443  # "ARTC"

Step = str | Callable[[sqlite3.Connection], None]

STEPS: Sequence[Step] = (FIRST, second, THIRD, FOURTH, fifth, SIXTH)
"""Step n leads from schema version n - 1 to n; an empty file has version 0."""

SCHEMA_VERSION = len(STEPS)
WITH_ID = 5
"""The first schema version of which catalogs have an ID."""


def migrate(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Run the steps that the catalog lacks, in one transaction; another process may be first."""
    connection.execute("BEGIN IMMEDIATE")
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    for step in steps[found:]:
        if isinstance(step, str):
            execute(connection, step)
        else:
            step(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {max(found, len(steps))}")
    connection.execute("COMMIT")
