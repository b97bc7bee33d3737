"""Connections to a SQLite catalog: opened, checked, and never left in a half-made state.

Statements run through the standard `sqlite3` module with named parameters, the form that
SQLAlchemy's `text()` takes too: loading SQLModel would cost more than most commands do.
"""

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl.catalog.engine.dialect import SQLITE, Dialect
from artifactctl.catalog.engine.making import bring_up_to_date, empty_catalog, make_tables
from artifactctl.catalog.engine.opening import (
    APPLICATION_ID,
    JOURNALS,
    check_files,
    connect,
    decode,
    give_name,
    identity,
    is_marked,
    is_there,
    journal_mode,
    needs_writing_to_read,
    translate,
)
from artifactctl.catalog.engine.protocol import Params, Row, Transaction
from artifactctl.catalog.engine.sqlite_transaction import SqliteTransaction
from artifactctl.catalog.migrations import FIRST, SCHEMA_VERSION
from artifactctl.durable import is_reached_by_link, make_folder, reserve, sync_folder
from artifactctl.errors import (
    CatalogDamagedError,
    CatalogOutdatedError,
    CatalogUnusableError,
    InvalidInputError,
)
from artifactctl.refs import is_id

if TYPE_CHECKING:
    from sqlalchemy import Engine

SQLITE_VERSION = sqlite3.sqlite_version

# Connections that were open across a fork must not even be closed: SQLite's rule.
_inherited: list[sqlite3.Connection] = []


class SqliteDatabase:
    """A SQLite file that may not exist yet.

    `is_lost` says whether it must have existed; `drafts` is where a new one is made, unless that
    is on another file system; `when_new` is called when this process has made one from nothing.
    `new_id` gives the ID that one made from nothing takes, None for an ID of its own; it raises
    what forbids that there be one. `is_configured`: somebody has named the place, so that what
    lies there and does not say that it is a catalog may be anything, and is not a damaged one.
    `forbid` raises what is said to whoever wants to change it.
    """

    dialect: Dialect = SQLITE

    def __init__(
        self,
        path: Path,
        drafts: Path,
        is_lost: Callable[[], bool],
        *,
        read_only: bool = False,
        when_new: Callable[[], None] = lambda: None,
        new_id: Callable[[], str | None] = lambda: None,
        forbid: Callable[[], None] = lambda: None,
        is_configured: bool = False,
    ) -> None:
        self.path = path
        self._mode = "ro" if read_only else "rw"
        self._drafts = drafts
        self._is_lost = is_lost
        self._when_new = when_new
        self._new_id = new_id
        self._forbid = forbid
        self._is_configured = is_configured
        self._connection: sqlite3.Connection | None = None
        self._is_prepared = False
        self._file: tuple[int, ...] = ()
        self._process = 0

    def __del__(self) -> None:
        # Python's connections are in a circle with their own cache: left alone, each would keep
        # its file open until the garbage collector happens to come by.
        try:  # noqa: SIM105 (when the process ends, contextlib may be gone already)
            self.close()
        except (AttributeError, TypeError):
            pass

    def rows(self, sql: str, params: Params = {}, /) -> list[Row]:  # noqa: B006 (never changed)
        """All rows of a query; none while there is no catalog yet."""
        with self._translated():
            if self._connection is None and not self._exists():
                return []
            connection = self._opened()
            try:
                return connection.execute(sql, params).fetchall()
            except sqlite3.OperationalError as error:
                if hasattr(error, "sqlite_errorcode"):
                    raise
                # Python's module has met text that is not UTF-8: whoever looks is to see it.
                connection.text_factory = decode
                return connection.execute(sql, params).fetchall()

    def row(self, sql: str, params: Params = {}, /) -> Row | None:  # noqa: B006 (as above)
        """The first row of a query, or None when there is none."""
        return next(iter(self.rows(sql, params)), None)

    def one(self, sql: str, params: Params = {}, /) -> Row:  # noqa: B006 (as above)
        """The first row of a query that always has one; there must be a catalog."""
        return self.rows(sql, params)[0]

    def iterate(self, sql: str, params: Params = {}, /) -> Iterator[Row]:  # noqa: B006 (as above)
        """The rows of a query, one at a time; there must be a catalog."""
        with self._translated():
            yield from self._opened().execute(sql, params)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A write transaction: committed at the end of the block, rolled back on an error."""
        self._forbid()
        self.create()
        with self._translated():
            try:
                connection = self._begin()
                yield SqliteTransaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                # Also after a COMMIT that found readers in the way; a lost disk fails twice.
                with suppress(sqlite3.Error):
                    self._opened().execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Make all that the block reads be of one moment."""
        with self._translated():
            connection = self._opened() if self.exists() else None
            if connection is None or connection.in_transaction:
                yield
                return
            connection.execute("BEGIN")
            try:
                yield
            finally:
                with suppress(sqlite3.Error):
                    connection.execute("COMMIT")

    def create(self) -> None:
        """Make the catalog unless there is one; it appears whole or not at all."""
        # Told afterwards, and only of one that this process has put there: a crash before that
        # leaves a home that nobody vouches for. Told before, it would leave a home that is
        # vouched for without a catalog, and the next one there might be a stranger's.
        if not self._exists() and self.make():
            self._when_new()

    def make(self, fill: Callable[[Transaction], None] | None = None) -> bool:
        """Make a catalog, though one may be lost; whether no other process was first.

        `fill` puts rows into it before it appears, inside of a transaction.
        """
        catalog_id = self._new_id()
        self._forbid()
        with self.draft() as draft:
            with self._translated(), closing(connect(draft, "rwc")) as connection:
                connection.execute("PRAGMA synchronous = EXTRA")
                make_tables(connection, catalog_id or str(uuid.uuid4()))
                if fill is not None:
                    connection.execute("BEGIN")
                    fill(SqliteTransaction(connection))
                    connection.execute("COMMIT")
            os.chmod(draft, 0o600)
            is_first = give_name(draft, self.path)
            sync_folder(str(self.path.parent))
        return is_first

    def exists(self) -> bool:
        """Whether there is a file, whatever is in it."""
        return is_there(self.path)

    def check(self) -> None:
        """Raise `CatalogDamagedError` unless every page, index and reference is sound."""
        for pragma in ("integrity_check(1)", "foreign_key_check"):
            for row in self.rows(f"PRAGMA {pragma}"):
                if row != ("ok",):
                    problem = row[0] if len(row) == 1 else "a row refers to none"
                    raise CatalogDamagedError(f"catalog {self.path} is damaged ({problem})")

    def copy_to(self, target: Path, watch: Callable[[int, int, int], None]) -> None:
        """Copy everything into another file as it is at one moment; `watch` may stop it."""
        with self._translated(), closing(connect(target, "rw")) as copy:
            copy.execute("PRAGMA journal_mode = OFF")  # half of it is of no use to anybody
            self._opened().backup(copy, progress=watch, sleep=0.05)

    @contextmanager
    def alchemy(self) -> Iterator["Engine"]:
        """SQLAlchemy's engine on a connection of its own that only reads.

        While there is no catalog yet, it has the tables, and no rows.
        """
        from artifactctl.catalog.engine.alchemy import reading_engine  # noqa: PLC0415 (SQLModel)

        with self._translated():
            connection = self._open() if self._exists() else empty_catalog()
        with closing(connection):
            yield reading_engine(connection, self.path)

    def schema_version(self) -> int | None:
        """The schema version of the file, or None while there is none."""
        row = self.row("PRAGMA user_version")
        return None if row is None else int(row[0])

    def catalog_id(self) -> str | None:
        """The catalog's own ID; None while there is none.

        Raises `CatalogUnusableError` unless it is one UUID: it becomes a part of a path.
        """
        if not self._exists():
            return None
        ids = [row_id for (row_id,) in self.rows("SELECT id FROM catalog LIMIT 2")]
        if len(ids) != 1 or not is_id(ids[0]):
            raise CatalogUnusableError(
                f"catalog {self.path} does not say which one it is",
                hint="put it back from a backup, or run 'artifactctl catalog rebuild'",
            )
        return str(ids[0])

    def incarnation(self) -> tuple[object, ...]:
        """What changes when the catalog is put back from a backup, or made anew."""
        return *(self.row("SELECT incarnation FROM catalog") or ()), *self._file

    def close(self) -> None:
        """Close what is open; the next call opens it again."""
        if self._connection is not None and self._is_inherited():
            _inherited.append(self._connection)
        elif self._connection is not None:
            self._connection.close()
        self._connection, self._is_prepared = None, False

    def _exists(self) -> bool:
        if self.exists():
            return True
        # Records come after the catalog: where there is one, a catalog is there by now or is lost.
        if self._is_lost() and not self.exists():
            self._new_id()  # raises where the records are of another catalog, which is not lost
            raise CatalogUnusableError(
                f"catalog {self.path} is gone while the store still holds versions",
                hint="put it back from a backup, or run 'artifactctl catalog rebuild'",
            )
        return self.exists()

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A name for a new catalog until it is complete, on the same file system.

        Raises `CatalogUnusableError` where what bears the catalog's name is no file.
        """
        check_files(self.path)
        folder = self.path.parent
        make_folder(str(folder))
        if not is_reached_by_link(str(self._drafts)):
            make_folder(str(self._drafts))
            if self._drafts.stat().st_dev == folder.stat().st_dev:
                folder = self._drafts
        with reserve(str(folder)) as prefix:
            draft = folder / f"{prefix}-catalog"
            try:
                yield draft
            finally:
                for end in ("", *JOURNALS):
                    with suppress(FileNotFoundError):
                        os.unlink(f"{draft}{end}")

    def _begin(self) -> sqlite3.Connection:
        """Take the write lock of the file that bears the catalog's name now.

        Whoever has opened one that was set aside since would keep nobody else out.
        """
        while True:
            connection = self._opened()
            self._prepare_for_writing(connection)
            connection.execute("BEGIN IMMEDIATE")
            if self._file == identity(self.path):
                return connection
            connection.execute("ROLLBACK")
            self.close()
            self.create()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._is_inherited():
            self.close()
        if self._connection is None:
            self._process = os.getpid()
            self._file = identity(self.path)
            self._connection = self._open()
        return self._connection

    def _is_inherited(self) -> bool:
        return self._process != os.getpid()

    def _open(self) -> sqlite3.Connection:
        # For writing even to read: what a killed writer left half-done is rolled back by whoever
        # comes next. SQLite itself falls back to reading where the file cannot be written.
        connection = self._connect()
        try:
            self._check(connection, can_write=self._mode == "rw")
        except BaseException as error:
            connection.close()
            if not needs_writing_to_read(error) or not self._is_at_rest():
                raise
            # A WAL catalog on read-only media, where nobody can be writing.
            connection = connect(self.path, "ro&immutable=1")
            self._check(connection, can_write=False)
        return connection

    def _connect(self) -> sqlite3.Connection:
        return connect(self.path, self._mode)

    def _is_at_rest(self) -> bool:
        """Whether no journal lies beside the catalog that would have to be applied first."""
        journals = (self.path.with_name(self.path.name + end) for end in ("-journal", "-wal"))
        return not any(journal.exists() and journal.stat().st_size for journal in journals)

    def _prepare_for_writing(self, connection: sqlite3.Connection) -> None:
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
        # A migration or a listing would run what they say.
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view') LIMIT 1"
        ).fetchone()
        if found is not None:
            raise CatalogUnusableError(
                f"catalog {self.path} has a trigger or view, {found[0]!r}, and ours have none",
                hint="put the catalog back from a backup",
            )
        self._check_length(connection)
        if self._schema_of(connection) < SCHEMA_VERSION and can_write:
            bring_up_to_date(connection)

    def _schema_of(self, connection: sqlite3.Connection) -> int:
        # The header says what the row of `catalog` says: it is read without another query.
        (in_header,) = connection.execute("PRAGMA user_version").fetchone()
        if in_header < FIRST:
            raise CatalogOutdatedError(
                f"catalog {self.path} has schema {in_header}, which this artifactctl does not read",
                hint="run 'artifactctl catalog rebuild': it keeps this file, and makes a new"
                " catalog from the store's records",
            )
        if in_header > SCHEMA_VERSION:
            raise CatalogUnusableError(
                f"catalog {self.path} has schema {in_header}, newer than {SCHEMA_VERSION}",
                hint="use a newer artifactctl",
            )
        return int(in_header)

    def _may_be_anything(self) -> bool:
        return self._is_configured and not is_marked(self.path)

    def _foreign(self) -> CatalogUnusableError:
        hint = "name another file, or put the catalog back from a backup"
        if self._is_configured:
            hint = "correct 'catalog:' in config.yaml, or ARTIFACTCTL_CATALOG"
        return CatalogUnusableError(f"{self.path} is not a catalog of artifactctl", hint=hint)

    def _check_length(self, connection: sqlite3.Connection) -> None:
        """SQLite reads a last page that was cut as if zeros followed, and writes on."""
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        wal = self.path.with_name(f"{self.path.name}-wal")
        if self.path.stat().st_size < pages * page_bytes and not wal.exists():
            raise sqlite3.DatabaseError("the file was cut short")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            found = translate(error, self.path)
            if isinstance(found, CatalogDamagedError) and self._may_be_anything():
                raise self._foreign() from error
            raise found from error
        except UnicodeEncodeError as error:
            raise InvalidInputError(
                f"{error.object!r} is not valid Unicode, which nothing in the catalog can be called"
            ) from None
