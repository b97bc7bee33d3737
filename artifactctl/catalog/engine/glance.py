"""A catalog that is only looked at, while somebody waits with a finger on the key."""

import sqlite3
from pathlib import Path

from artifactctl.catalog.engine.opening import connect
from artifactctl.catalog.engine.sqlite import SqliteDatabase

_LOCK_TIMEOUT_S = 0.2


class Glance(SqliteDatabase):
    """The catalog at `path` for reading that changes nothing and waits for nobody.

    Where there is none, it is empty: whether it is lost is for a command to say.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, path.parent, lambda: False, read_only=True)

    def _connect(self) -> sqlite3.Connection:
        # Reading a WAL catalog makes files beside it, unless SQLite is told that nobody writes.
        # Who begins to at this moment may spoil what is read, which a glance can bear.
        mode = "ro&immutable=1" if self._is_at_rest() else "ro"
        return connect(self.path, mode, _LOCK_TIMEOUT_S)
