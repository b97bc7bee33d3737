"""Read-only access to a catalog for shell completion, which must not wait."""

from pathlib import Path

from artifactctl.catalog.engine.sqlite import SqliteDatabase

_LOCK_TIMEOUT_S = 0.2


class Glance(SqliteDatabase):
    """A read-only catalog that writes no file and waits at most 0.2 s for a lock.

    A missing catalog reads as an empty one: completion does not report that a catalog is lost.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, path.parent, lambda: False, read_only=True, wait_s=_LOCK_TIMEOUT_S)
