"""The catalog's file: made whole, checked before it is believed, never damaged by us."""

import sqlite3
import stat
import sys
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from artifactctl.catalog.engine import sqlite
from artifactctl.catalog.engine.opening import APPLICATION_ID, journal_mode
from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.migrations import SCHEMA_VERSION
from artifactctl.catalog.reading.finding import find_version
from artifactctl.errors import (
    ArtifactctlError,
    BusyError,
    CatalogDamagedError,
    CatalogUnusableError,
)
from artifactctl.refs import parse_ref
from tests.catalog.test_rows import add, open_database

# Where connections are opened, whichever module that is.
OPENING = sys.modules[sqlite.connect.__module__]


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


@contextmanager
def held(path: Path, statement: str = "BEGIN IMMEDIATE"):
    """Another connection holds a lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(statement)
        yield other


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def unusable(folder: Path) -> list[str]:
    """Reading and writing both refuse the catalog; returns what they say."""
    messages = []
    for use in (lambda db: find_version(db, parse_ref("a")), lambda db: add(db, "a")):
        db = open_database(folder)
        with pytest.raises(CatalogUnusableError) as caught:
            use(db)
        messages.append(caught.value.message)
        db.close()
    return messages


def test_reading_makes_nothing(db, tmp_path: Path):
    assert db.rows("SELECT 1") == []
    assert db.schema_version() is None
    assert list(tmp_path.iterdir()) == []


def test_a_new_catalog_is_whole_private_and_leaves_no_draft(db, tmp_path: Path):
    db.create()
    path = tmp_path / "catalog.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list((tmp_path / "drafts").iterdir()) == []
    assert db.schema_version() == SCHEMA_VERSION
    before = path.read_bytes()
    db.create()
    assert path.read_bytes() == before


def test_a_catalog_may_lie_under_any_name(tmp_path: Path):
    folder = tmp_path / "a b?c#d%20é&mode=ro"
    db = SqliteDatabase(folder / "cat?alog#.db", folder, lambda: False)
    add(db, "a")
    assert (folder / "cat?alog#.db").exists()
    assert find_version(db, parse_ref("a")).version == "1"
    db.close()


def test_many_at_once_make_one_catalog_and_lose_nothing(tmp_path: Path):
    barrier = threading.Barrier(8)
    errors = []

    def register():
        db = open_database(tmp_path)
        barrier.wait()
        try:
            for _ in range(5):
                add(db, "a")
        except ArtifactctlError as error:
            errors.append(error)
        finally:
            db.close()

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    db = open_database(tmp_path)
    numbers = [number for (number,) in db.rows("SELECT number FROM artifact_version")]
    assert sorted(numbers) == list(range(1, 41))
    db.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00", b"garbage\n" * 1000, b"SQLite format 3\x00" + b"\xff" * 84, b"PK\x03\x04" * 999],
    ids=["empty", "zero", "text", "broken header", "zip"],
)
def test_a_file_that_is_no_catalog_is_refused_and_left_alone(tmp_path: Path, content: bytes):
    path = tmp_path / "catalog.db"
    path.write_bytes(content)
    unusable(tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mark", [0, 1, APPLICATION_ID + 1])
def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path, mark: int):
    path = tmp_path / "catalog.db"
    change(path, "CREATE TABLE theirs (x)", f"PRAGMA application_id = {mark}")
    before = path.read_bytes()
    assert all("not a catalog" in message for message in unusable(tmp_path))
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused_and_left_alone(db, tmp_path: Path):
    add(db)
    db.close()
    path = tmp_path / "catalog.db"
    change(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    assert all("newer than" in message for message in unusable(tmp_path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9])
def test_a_truncated_catalog_is_refused_and_left_alone(db, tmp_path, share: float):
    for _ in range(40):
        add(db, "a", metadata={"text": "x" * 500})
    db.close()
    path = tmp_path / "catalog.db"
    content = path.read_bytes()[: int(path.stat().st_size * share)]
    path.write_bytes(content)
    unusable(tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("cut", [1, 100, 2000, 4095])
def test_a_catalog_cut_inside_its_last_page_is_refused_and_left_alone(db, tmp_path, cut: int):
    for _ in range(40):
        add(db, "a", metadata={"text": "x" * 500})
    db.close()
    path = tmp_path / "catalog.db"
    content = path.read_bytes()[:-cut]
    path.write_bytes(content)
    unusable(tmp_path)
    assert path.read_bytes() == content


def test_a_catalog_that_is_gone_while_the_store_is_not_never_starts_again(tmp_path: Path):
    db = SqliteDatabase(tmp_path / "catalog.db", tmp_path / "drafts", lambda: True)
    for use in (db.create, db.schema_version, lambda: add(db), lambda: db.rows("SELECT 1")):
        with pytest.raises(CatalogUnusableError, match="gone while the store") as caught:
            use()
    assert "catalog rebuild" in caught.value.hint
    assert not (tmp_path / "catalog.db").exists()


def test_the_store_is_not_asked_while_the_catalog_is_there(tmp_path: Path):
    add(made := open_database(tmp_path))
    made.close()
    db = SqliteDatabase(tmp_path / "catalog.db", tmp_path / "drafts", lambda: pytest.fail("asked"))
    assert len(db.rows("SELECT 1 FROM artifact")) == 1
    db.close()


def test_a_writer_that_waits_too_long_is_busy_and_can_try_again(db, tmp_path, monkeypatch):
    monkeypatch.setattr(OPENING, "LOCK_TIMEOUT_S", 0.2)
    add(db)
    db.close()
    with held(tmp_path / "catalog.db"), pytest.raises(BusyError, match="locked"):
        add(db)
    add(db)
    assert len(db.rows("SELECT 1 FROM artifact_version")) == 2


def test_reading_goes_on_while_another_prepares_to_write(db, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(OPENING, "LOCK_TIMEOUT_S", 0.2)
    add(db)
    db.close()
    with held(tmp_path / "catalog.db"):
        assert find_version(db, parse_ref("a")).version == "1"


def test_a_reader_shut_out_too_long_is_busy(db, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(OPENING, "LOCK_TIMEOUT_S", 0.2)
    add(db)
    db.close()
    with held(tmp_path / "catalog.db", "BEGIN EXCLUSIVE"), pytest.raises(BusyError):
        find_version(db, parse_ref("a"))


def test_a_writer_waits_for_a_lock_that_is_given_up_in_time(db, tmp_path: Path):
    add(db)
    with closing(sqlite3.connect(tmp_path / "catalog.db", check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, other.rollback)
        timer.start()
        add(db)
        timer.join()
    assert len(db.rows("SELECT 1 FROM artifact_version")) == 2


def test_an_interrupted_transaction_leaves_nothing_and_frees_the_lock(db, tmp_path: Path):
    add(db)

    def interrupted():
        with db.transaction() as connection:
            connection.execute("DELETE FROM artifact_version")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with held(tmp_path / "catalog.db"):
        assert len(db.rows("SELECT 1 FROM artifact_version")) == 1


@pytest.mark.parametrize(
    ("version", "file_system", "mode"),
    [
        ((3, 40, 1), "ext4", "DELETE"),
        ((3, 51, 2), "ext4", "DELETE"),
        ((3, 51, 3), "ext4", "WAL"),
        ((3, 51, 3), "", "WAL"),
        ((4, 0, 0), "xfs", "WAL"),
        ((3, 51, 3), "nfs4", "DELETE"),
        ((3, 60, 0), "cifs", "DELETE"),
    ],
)
def test_wal_is_used_only_where_it_is_safe(monkeypatch, tmp_path, version, file_system, mode):
    monkeypatch.setattr(OPENING, "_file_system", lambda _path: file_system)
    assert journal_mode(version, tmp_path) == mode


def test_a_writer_syncs_fully_and_holds_foreign_keys(db, tmp_path: Path):
    with db.transaction() as connection:
        (journal,) = connection.one("PRAGMA journal_mode")
        (synchronous,) = connection.one("PRAGMA synchronous")
        assert connection.one("PRAGMA foreign_keys") == (1,)
    expected = journal_mode(sqlite3.sqlite_version_info, tmp_path)
    assert (journal.upper(), synchronous) in {("WAL", 2), ("DELETE", 3)}
    assert journal.upper() == expected


def test_a_catalog_that_is_made_with_rows_appears_with_all_of_them_or_not_at_all(tmp_path: Path):
    db = SqliteDatabase(tmp_path / "catalog.db", tmp_path / "drafts", lambda: True)

    def fill(connection: Transaction) -> None:
        assert not db.path.exists()
        connection.execute(
            "INSERT INTO artifact (id, name, has_custom_name, created, updated, revision, recorded)"
            " VALUES ('i', 'a', 1, 'c', 'u', 0, 0)"
        )

    def fail(connection: Transaction) -> None:
        fill(connection)
        raise OSError(5, "device")

    with pytest.raises(OSError, match="device"):
        db.make(fail)
    assert list((tmp_path / "drafts").iterdir()) == []
    assert not db.path.exists()
    assert db.make(fill)
    assert db.rows("SELECT name FROM artifact") == [("a",)]
    assert not db.make(lambda _connection: None)
    assert db.rows("SELECT name FROM artifact") == [("a",)]
    db.close()


def test_a_draft_is_recognisable_while_it_is_made_and_gone_afterwards(db, tmp_path: Path):
    with db.draft() as draft:
        assert draft.parent == tmp_path / "drafts"
        (lock,) = draft.parent.iterdir()
        assert draft.name == lock.name.replace("-lock", "-catalog")
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{draft}{end}").write_bytes(b"x")
    assert list((tmp_path / "drafts").iterdir()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE artifact_version SET artifact_seq = 99",
        "DELETE FROM artifact",
        "UPDATE version_tag SET version_seq = 99",
    ],
)
def test_rows_that_refer_to_none_are_damage(db, tmp_path: Path, statement: str):
    add(db, "a", tags=["t"])
    db.check()
    db.close()
    change(tmp_path / "catalog.db", statement)
    with pytest.raises(CatalogDamagedError, match="refers to one that is missing"):
        db.check()


def test_an_index_that_misses_a_row_is_damage(db, tmp_path: Path):
    for _ in range(3):
        add(db, "a", tags=["t"])
    db.close()
    change(
        tmp_path / "catalog.db",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema"
        " WHERE name = 'artifact_version_type') WHERE name = 'artifact_version_created'",
    )
    with pytest.raises(CatalogDamagedError):
        db.check()
