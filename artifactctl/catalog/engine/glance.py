"""Read-only access to a catalog for shell completion, which must not wait."""

import sqlite3
from pathlib import Path

from artifactctl.catalog.engine.opening import connect
from artifactctl.catalog.engine.sqlite import SqliteDatabase

_LOCK_TIMEOUT_S = 0.2


class Glance(SqliteDatabase):
    """A read-only catalog that writes no file and waits at most 0.2 s for a lock.

    A missing catalog reads as an empty one: completion does not report that a catalog is lost.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, path.parent, lambda: False, read_only=True)

    def _connect(self) -> sqlite3.Connection:
        # Reading a WAL catalog creates files beside it, unless SQLite is told that the file is
        # immutable. A writer that starts just now may make a read wrong, which only costs a
        # completion.
        mode = "ro&immutable=1" if self._is_at_rest() else "ro"
        return connect(self.path, mode, _LOCK_TIMEOUT_S)
