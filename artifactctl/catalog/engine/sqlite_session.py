"""The connection of a process to a catalog in SQLite: opened on demand, when the file is sound."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artifactctl.catalog.engine.making import bring_up_to_date, migrated_copy
from artifactctl.catalog.engine.opening import (
    APPLICATION_ID,
    connect,
    identity,
    is_marked,
    journal_mode,
    needs_writing_to_read,
    translate,
)
from artifactctl.catalog.engine.protocol import not_unicode
from artifactctl.catalog.migrations import SCHEMA_VERSION, check_schema
from artifactctl.errors import CatalogDamagedError, CatalogUnusableError

# SQLite forbids a child process to use, or even to close, a connection that its parent opened
# before the fork. A reference in this list keeps Python from closing it.
_inherited: list[sqlite3.Connection] = []


class SqliteSession:
    """The open connection of this process to the file at `path`.

    `mode` is SQLite's for opening it. `is_configured`: the user configured the path, so that a file
    there without artifactctl's mark counts as another program's file, not as a damaged catalog.
    `file` is the identity of the open one. With `wait_s` a lock is waited for that long, and no
    file is created beside the catalog.
    """

    def __init__(
        self, path: Path, mode: str, *, is_configured: bool, wait_s: float | None = None
    ) -> None:
        self.path = path
        self.connection: sqlite3.Connection | None = None
        self.file: tuple[int, ...] = ()
        self._mode = mode
        self._is_configured = is_configured
        self._wait_s = wait_s
        self._is_prepared = False
        self._process = 0

    def opened(self) -> sqlite3.Connection:
        """The open connection of this process."""
        if self.connection is not None and self._is_inherited():
            self.close()
        if self.connection is None:
            self._process = os.getpid()
            self.file = identity(self.path)
            self.connection = self.open()
        return self.connection

    def _is_inherited(self) -> bool:
        return self._process != os.getpid()

    def open(self) -> sqlite3.Connection:
        """A new connection to a catalog that is checked and up to date; the caller closes it."""
        # Queries open the file for writing too, since the next process rolls back the transaction
        # of a killed writer. SQLite falls back to reading if the file is not writable.
        connection = self._connect()
        try:
            self._check(connection, can_write=self._mode == "rw")
        except BaseException as error:
            connection.close()
            if not needs_writing_to_read(error) or not self._is_at_rest():
                raise
            # A WAL catalog on a read-only medium, where no process can be writing.
            connection = connect(self.path, "ro&immutable=1")
            self._check(connection, can_write=False)
            if self.schema_of(connection) < SCHEMA_VERSION:
                return migrated_copy(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        if self._wait_s is None:
            return connect(self.path, self._mode)
        # Reading a WAL catalog creates files beside it, unless SQLite is told that the file is
        # immutable. A writer that starts just now may make a read wrong, which only costs a
        # completion.
        mode = "ro&immutable=1" if self._is_at_rest() else "ro"
        return connect(self.path, mode, self._wait_s)

    def _is_at_rest(self) -> bool:
        """Whether there is no journal beside the catalog that has to be applied before reading."""
        journals = (self.path.with_name(self.path.name + end) for end in ("-journal", "-wal"))
        return not any(journal.exists() and journal.stat().st_size for journal in journals)

    def prepare_for_writing(self, connection: sqlite3.Connection) -> None:
        """Choose the journal mode, and what is synced and checked, before the first change."""
        if self._is_prepared:
            return
        mode = journal_mode(sqlite3.sqlite_version_info, self.path)
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute(f"PRAGMA synchronous = {'FULL' if mode == 'WAL' else 'EXTRA'}")
        connection.execute("PRAGMA foreign_keys = ON")
        self._is_prepared = True

    def _check(self, connection: sqlite3.Connection, *, can_write: bool) -> None:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if not self.path.stat().st_size:
            raise sqlite3.DatabaseError("the file is empty")
        if application != APPLICATION_ID:
            raise self._foreign()
        # A forged catalog could run statements through them during a migration or a listing.
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view') LIMIT 1"
        ).fetchone()
        if found is not None:
            raise CatalogUnusableError(
                f"catalog {self.path} has a trigger or view, {found[0]!r}; artifactctl makes none",
                hint="put the catalog back from a backup",
            )
        self._check_length(connection)
        if self.schema_of(connection) < SCHEMA_VERSION and can_write:
            bring_up_to_date(connection)

    def schema_of(self, connection: sqlite3.Connection) -> int:
        """The schema version of a catalog; raises what `check_schema` does."""
        # The header repeats the version in the table `catalog`, and can be read in any database.
        (in_header,) = connection.execute("PRAGMA user_version").fetchone()
        check_schema(in_header, str(self.path))
        return int(in_header)

    def _may_be_anything(self) -> bool:
        return self._is_configured and not is_marked(self.path)

    def _foreign(self) -> CatalogUnusableError:
        hint = "name another file, or put the catalog back from a backup"
        if self._is_configured:
            hint = "correct 'catalog:' in config.yaml, or ARTIFACTCTL_CATALOG"
        return CatalogUnusableError(f"{self.path} is not a catalog of artifactctl", hint=hint)

    def _check_length(self, connection: sqlite3.Connection) -> None:
        """Raise `sqlite3.DatabaseError` if the file is shorter than its header says.

        SQLite itself reads a truncated last page as if it were filled with zeros, and writes to it.
        """
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        wal = self.path.with_name(f"{self.path.name}-wal")
        if self.path.stat().st_size < pages * page_bytes and not wal.exists():
            raise sqlite3.DatabaseError("the file was cut short")

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        if self.connection is not None and self._is_inherited():
            _inherited.append(self.connection)
        elif self.connection is not None:
            self.connection.close()
        self.connection, self._is_prepared = None, False

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise artifactctl's errors for those of SQLite in the block."""
        try:
            yield
        except sqlite3.Error as error:
            found = translate(error, self.path)
            if isinstance(found, CatalogDamagedError) and self._may_be_anything():
                raise self._foreign() from error
            raise found from error
        except UnicodeEncodeError as error:
            raise not_unicode(error) from None
