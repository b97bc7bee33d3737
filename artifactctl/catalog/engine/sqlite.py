"""The SQLite implementation of a catalog's database: opening, creating, checking and querying it.

Statements run through the standard `sqlite3` module, since loading SQLModel takes longer than most
commands. Their named parameters have the form that SQLAlchemy's `text()` takes too.
"""

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from artifactctl.catalog.engine.dialect import SQLITE, Dialect
from artifactctl.catalog.engine.making import (
    empty_catalog,
    make_tables,
)
from artifactctl.catalog.engine.opening import (
    JOURNALS,
    check_files,
    connect,
    decode,
    give_name,
    identity,
    is_there,
    remove_files,
    set_aside,
)
from artifactctl.catalog.engine.protocol import (
    REPAIR,
    Database,
    Params,
    Query,
    Question,
    Row,
    Take,
    Transaction,
    Waiting,
    lost,
)
from artifactctl.catalog.engine.sqlite_session import SqliteSession
from artifactctl.catalog.engine.sqlite_transaction import SqliteTransaction
from artifactctl.catalog.migrations import SCHEMA_VERSION
from artifactctl.drafts import reserve
from artifactctl.durable import is_reached_by_link, make_folder, sync_folder
from artifactctl.errors import (
    CatalogDamagedError,
    CatalogUnusableError,
)
from artifactctl.refs import is_id

if TYPE_CHECKING:
    from sqlalchemy import Engine

T = TypeVar("T")

SQLITE_VERSION = sqlite3.sqlite_version

_DRAFT = "catalog"
DRAFTS = tuple(f"{_DRAFT}{end}" for end in ("", *JOURNALS))
"""The kinds of drafts that making a catalog leaves when it is killed."""


class SqliteDatabase(Database):
    """A catalog in a SQLite file, which may not exist yet.

    `drafts` is the folder in which a new catalog is created before it is renamed, unless it is on
    another file system. `is_lost` returns whether a missing catalog must have existed before.
    `when_new` is called after this process has created a catalog. `new_id` returns the ID of a new
    catalog, or None for a random one; it raises an error where none may be created. `forbid` is
    called before a change, and raises an error if the catalog must not be changed.
    `is_configured` and `wait_s` are those of `SqliteSession`.
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
        wait_s: float | None = None,
    ) -> None:
        self.path = path
        self._drafts = drafts
        self._is_lost = is_lost
        self._when_new = when_new
        self._new_id = new_id
        self._forbid = forbid
        self._session = SqliteSession(
            path, "ro" if read_only else "rw", is_configured=is_configured, wait_s=wait_s
        )

    def __del__(self) -> None:
        # A connection of `sqlite3` and its statement cache form a reference cycle: unless it is
        # closed here, the file stays open until the garbage collector runs.
        try:  # noqa: SIM105 (when the process ends, contextlib may be gone already)
            self.close()
        except (AttributeError, TypeError):
            pass

    def rows(self, sql: str, params: Params = {}, /) -> list[Row]:  # noqa: B006 (never changed)
        """All rows of a query; no rows while there is no catalog."""
        with self._session.translated():
            if self._session.connection is None and not self._exists():
                return []
            connection = self._session.opened()
            try:
                return connection.execute(sql, params).fetchall()
            except sqlite3.OperationalError as error:
                if hasattr(error, "sqlite_errorcode"):
                    raise
                # An error without SQLite's code comes from the `sqlite3` module itself: a cell
                # is not valid UTF-8. Such cells are read with escapes, so that they can be shown.
                connection.text_factory = decode
                return connection.execute(sql, params).fetchall()

    def iterate(self, sql: str, params: Params = {}, /) -> Iterator[Row]:  # noqa: B006 (as above)
        """Yield the rows of a query, without reading them all at once; the catalog must exist."""
        with self._session.translated():
            # `yield from` closes the cursor of an iteration that is given up: an error when
            # the connection is closed by then.
            for row in self._session.opened().execute(sql, params):  # noqa: UP028
                yield row

    def each(self, queries: Sequence[Query], /) -> list[list[Row]]:
        with self.snapshot():
            return [self.rows(sql, params) for sql, params in queries]

    @contextmanager
    def transaction(self, *, at_once: bool = True) -> Iterator[Transaction]:  # noqa: ARG002
        self._forbid()
        self.create()
        with self._session.translated():
            try:
                connection = self._begin()
                yield SqliteTransaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                # A COMMIT that fails because of readers leaves the transaction open. ROLLBACK may
                # fail for the same reason as the block, and the first error is the one to raise.
                with suppress(sqlite3.Error):
                    self._session.opened().execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._session.translated():
            connection = self._session.opened() if self.exists() else None
            if connection is None or connection.in_transaction:
                yield
                return
            connection.execute("BEGIN")
            try:
                yield
            finally:
                with suppress(sqlite3.Error):
                    connection.execute("COMMIT")

    def foresee(self, queries: Sequence[Query], /) -> None:
        """Do nothing: a question of a file costs no trip."""

    def end_snapshot(self) -> None:
        """Do nothing: the end of the block ends it."""

    def note_soon(self, update: str, params: Params, /) -> None:
        """Do nothing: a commit costs more than what is saved."""

    def create(self) -> None:
        # `when_new` marks the home as trusted. It comes after the catalog, and only if this
        # process created it: a crash in between leaves a home that is not trusted. Called before,
        # it would trust a home without a catalog, where a foreign catalog could be put next.
        if not self._exists() and self.make():
            self._when_new()

    def make(
        self, fill: Callable[[Transaction], None] | None = None, aside: str | None = None
    ) -> bool:
        """Create a catalog even if an earlier one is lost; return False if one exists by now.

        `fill` inserts rows in a transaction before the catalog gets its name. With `aside`, a file
        at the catalog's path is first renamed to this one.
        """
        if aside is not None:
            self.close()
            set_aside(self.path, Path(aside))
        catalog_id = self._new_id()
        self._forbid()
        with self.draft() as draft:
            with self._session.translated(), closing(connect(draft, "rwc")) as connection:
                connection.execute("PRAGMA synchronous = EXTRA")  # on disk before it has its name
                make_tables(connection, catalog_id or str(uuid.uuid4()))
                if fill is not None:
                    connection.execute("BEGIN")
                    fill(SqliteTransaction(connection))
                    connection.execute("COMMIT")
            os.chmod(draft, 0o600)  # SQLite leaves the mode to the umask
            is_first = give_name(draft, self.path)
            sync_folder(str(self.path.parent))
        return is_first

    def exists(self) -> bool:
        return is_there(self.path)

    def check(self) -> None:
        for pragma in ("integrity_check(1)", "foreign_key_check"):
            for row in self.rows(f"PRAGMA {pragma}"):
                if row != ("ok",):
                    problem = row[0] if len(row) == 1 else "a row refers to one that is missing"
                    raise CatalogDamagedError(
                        f"catalog {self.path} is damaged ({problem})", hint=REPAIR
                    )

    def copy_to(self, target: Path, watch: Callable[[int, int, int], None]) -> None:
        """Copy a snapshot of the catalog into another file; `watch` may raise to stop the copy.

        It is the progress callback of `sqlite3.Connection.backup`.
        """
        with self._session.translated(), closing(connect(target, "rw")) as copy:
            copy.execute("PRAGMA journal_mode = OFF")  # a partial copy is not used anyway
            self._session.opened().backup(copy, progress=watch, sleep=0.05)

    def server_version(self) -> None:
        """None: a file has no server."""

    def waiting(self) -> Waiting:
        return Waiting()

    def answer(self, question: Question, take: Take[T], /) -> T:
        from artifactctl.catalog.engine import sqlite_asking  # noqa: PLC0415 (few ask)

        with self._session.translated():
            if not self._exists():
                with closing(empty_catalog()) as empty:
                    return sqlite_asking.answer(empty, question, take)
            # The first one applies journals and migrates, and stays until the other is closed.
            with closing(self._session.open()) as prepared, self._asking(prepared) as connection:
                return sqlite_asking.answer(connection, question, take)

    @contextmanager
    def _asking(self, prepared: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        """A connection that cannot write, or the one of a medium where nobody can."""
        from artifactctl.catalog.engine.sqlite_asking import TYPES  # noqa: PLC0415 (few ask)

        connection = None
        with suppress(sqlite3.OperationalError):
            connection = connect(self.path, "ro", detect_types=TYPES)
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        if connection is None or self._session.schema_of(connection) < SCHEMA_VERSION:
            yield prepared
            return
        with closing(connection):
            yield connection

    @contextmanager
    def alchemy(self) -> Iterator["Engine"]:
        """A SQLAlchemy engine on a read-only connection of its own.

        While there is no catalog, the engine sees an empty one.
        """
        from artifactctl.catalog.engine.alchemy import reading_engine  # noqa: PLC0415 (SQLModel)

        with self._session.translated():
            connection = self._session.open() if self._exists() else empty_catalog()
        with closing(connection):
            yield reading_engine(connection, self.path)

    def schema_version(self) -> int | None:
        row = self.row("PRAGMA user_version")
        return None if row is None else int(row[0])

    def catalog_id(self) -> str | None:
        """The catalog's own ID, or None while there is no catalog.

        Raises `CatalogUnusableError` unless there is exactly one ID and it is a UUID, since it is
        used in paths.
        """
        if not self._exists():
            return None
        ids = [row_id for (row_id,) in self.rows("SELECT id FROM catalog LIMIT 2")]
        if len(ids) != 1 or not is_id(ids[0]):
            raise CatalogUnusableError(
                f"catalog {self.path} does not have exactly one valid ID",
                hint=REPAIR,
            )
        return str(ids[0])

    def incarnation(self) -> tuple[object, ...]:
        return *(self.row("SELECT incarnation FROM catalog") or ()), *self._session.file

    def close(self) -> None:
        self._session.close()

    def _exists(self) -> bool:
        if self.exists():
            return True
        # The catalog is created before the first record. So if there are records, the catalog was
        # created meanwhile, or it is lost.
        if self._is_lost() and not self.exists():
            self._new_id()  # raises if the records belong to another catalog, so that none is lost
            raise lost(str(self.path))
        return self.exists()

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A temporary path for a new catalog, on the file system of the catalog's path.

        Raises `CatalogUnusableError` if the catalog's path is not a regular file.
        """
        check_files(self.path)
        folder = self.path.parent
        make_folder(str(folder))
        if not is_reached_by_link(str(self._drafts)):
            make_folder(str(self._drafts))
            if self._drafts.stat().st_dev == folder.stat().st_dev:
                folder = self._drafts
        with reserve(str(folder)) as prefix:
            draft = folder / f"{prefix}-{_DRAFT}"
            try:
                yield draft
            finally:
                remove_files(draft)

    def _begin(self) -> sqlite3.Connection:
        """Begin a write transaction on the file that has the catalog's name now.

        The open file may have been set aside by a rebuild. A lock on it would not keep out
        processes that open the new file.
        """
        while True:
            connection = self._session.opened()
            self._session.prepare_for_writing(connection)
            connection.execute("BEGIN IMMEDIATE")
            if self._session.file == identity(self.path):
                return connection
            connection.execute("ROLLBACK")
            self.close()
            self.create()
