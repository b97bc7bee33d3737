"""Copies of a catalog: made while others write, believed only when sound, and put back."""

import os
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.backups import back_up, checked_copy, put_back, rebuild
from artifactctl.catalog.engine import copies, sqlite
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.migrations import SCHEMA_VERSION
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.errors import (
    ArtifactctlError,
    BusyError,
    CatalogUnusableError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
)
from tests.catalog.test_rebuilding import History, state
from tests.catalog.test_rows import add, everything, find, listed, open_database
from tests.catalog.writes import change_artifact, delete_versions


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


@pytest.fixture
def saved(db, tmp_path: Path) -> Path:
    """A backup of three versions."""
    for version in (None, None, "raw"):
        add(db, "a", version, tags=["t"], metadata={"k": {"i": "x" * 2000}})
    path = tmp_path / "saved.db"
    back_up(db, path)
    return path


def put(db: SqliteDatabase, path: Path, history: History | None = None):
    """Put a backup back, as `restore` does."""
    records = history.records if history else {}
    with checked_copy(db, path) as copy:
        return put_back(db, copy, path.with_name("kept"), records.items, lambda _ids: None, list)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def refused(db: SqliteDatabase, path: Path) -> str:
    before = everything(db)
    with pytest.raises(CatalogUnusableError) as caught:
        put(db, path)
    assert everything(db) == before
    assert not path.with_name("kept").exists()
    assert list((db.path.parent / "drafts").iterdir()) == []
    return caught.value.message


def test_a_backup_holds_everything_and_is_private(db, saved: Path):
    with checked_copy(db, saved) as copy:
        assert everything(copy) == everything(db)
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert sorted(path.name for path in saved.parent.iterdir()) == [
        "catalog.db",
        "drafts",
        "saved.db",
    ]


def test_a_file_that_exists_is_replaced_only_when_asked(db, saved: Path):
    before = saved.read_bytes()
    add(db, "b")
    with pytest.raises(ConflictError, match="exists"):
        back_up(db, saved)
    assert saved.read_bytes() == before
    back_up(db, saved, force=True)
    with checked_copy(db, saved) as copy:
        assert len(listed(copy)) == 4


@pytest.mark.parametrize("link", [os.link, os.symlink, None])
def test_the_catalog_is_never_a_backup_of_itself(db, tmp_path: Path, link):
    add(db, "a")
    path = tmp_path / "other.db" if link else db.path
    if link:
        link(db.path, path)
    with pytest.raises(InvalidInputError, match="the catalog itself"):
        back_up(db, path, force=True)
    assert find(db, "a").version == "1"


def test_what_does_not_exist_is_neither_backed_up_nor_put_back(db, tmp_path: Path):
    with pytest.raises(NotFoundError, match="no catalog yet"):
        back_up(db, tmp_path / "saved.db")
    with pytest.raises(NotFoundError, match="does not exist"):
        put(db, tmp_path / "saved.db")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_fails_leaves_nothing(db, tmp_path: Path):
    add(db, "a")
    with pytest.raises(NotFoundError, match="nowhere"):
        back_up(db, tmp_path / "nowhere" / "saved.db")
    with pytest.raises((OSError, ArtifactctlError)):
        back_up(db, tmp_path / "drafts", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog.db", "drafts"]


def test_a_backup_made_while_others_write_is_one_moment_of_the_catalog(db, tmp_path: Path):
    add(db, "a", metadata={"k": "x" * 5000})
    is_done = threading.Event()
    errors: list[BaseException] = []

    def write() -> None:
        other = open_database(tmp_path)
        try:
            while not is_done.is_set():
                add(other, "a", tags=["t"], metadata={"k": "x" * 5000})
        except BaseException as error:
            errors.append(error)
        finally:
            other.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            back_up(db, tmp_path / f"saved{number}.db")
    finally:
        is_done.set()
        writer.join()
    assert errors == []
    counts = []
    for number in range(5):
        with checked_copy(db, tmp_path / f"saved{number}.db") as copy:
            rows = listed(copy)
        assert [row.number_ for row in map(_Numbered, rows)] == list(range(len(rows), 0, -1))
        counts.append(len(rows))
    assert counts == sorted(counts)


class _Numbered:
    def __init__(self, row) -> None:
        self.number_ = int(row.version)


def test_a_catalog_that_stays_locked_is_busy(db, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(copies, "LOCK_TIMEOUT_S", 0.1)
    monkeypatch.setattr(sys.modules[sqlite.connect.__module__], "LOCK_TIMEOUT_S", 0.1)
    add(db, "a")
    db.close()
    with closing(sqlite3.connect(db.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BusyError, match="locked"):
            back_up(db, tmp_path / "saved.db")
    assert not (tmp_path / "saved.db").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00", b"no database " * 500, b"SQLite format 3\x00" + b"\xff" * 84],
    ids=["empty", "zero", "text", "header alone"],
)
def test_what_is_no_database_is_no_backup(db, saved: Path, content: bytes):
    saved.write_bytes(content)
    assert "saved.db" in refused(db, saved)


def test_a_folder_is_no_backup(db, saved: Path, tmp_path: Path):
    with pytest.raises(NotFoundError):
        put(db, tmp_path / "drafts")


HARM: list[tuple[Callable[[Path], None], str]] = [
    (lambda path: change(path, "PRAGMA application_id = 7"), "not a catalog"),
    (lambda path: change(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}"), "newer"),
    (lambda path: change(path, "UPDATE artifact_version SET size_bytes = 8"), "a:1"),
    (lambda path: change(path, "UPDATE artifact_version SET number = 9, version = '9'"
                               " WHERE version = '2'"), "a:9"),
    (lambda path: change(path, "UPDATE artifact_version SET facts = 'x' WHERE seq = 2"), "a:2"),
    (lambda path: change(path, "DELETE FROM artifact"), "damaged"),
    (lambda path: os.truncate(path, path.stat().st_size // 2), "damaged"),
    (lambda path: os.truncate(path, path.stat().st_size - 1), "damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "says"), HARM)
def test_a_backup_that_is_not_sound_is_refused_before_anything_is_changed(db, saved, harm, says):
    harm(saved)
    message = refused(db, saved)
    assert "saved.db" in message
    assert says in message


def test_a_backup_that_lacks_a_table_is_refused(db, saved: Path):
    change(saved, "DROP TABLE version_tag")
    before = everything(db)
    with pytest.raises(ArtifactctlError):
        put(db, saved)
    assert everything(db) == before


def test_a_bit_that_flipped_in_a_backup_is_never_put_back_unseen(db, saved: Path):
    """Whatever it hits: refused, or what comes back is what was saved."""
    wanted = listed(db)
    content = saved.read_bytes()
    facts = ("id", "version", "type", "size_bytes", "digest", "manifest", "created")
    for position in range(100, len(content), max(1, len(content) // 60)):
        saved.write_bytes(
            content[:position] + bytes([content[position] ^ 4]) + content[position + 1 :]
        )
        try:
            with checked_copy(db, saved) as copy:
                found = listed(copy)
        except CatalogUnusableError:
            continue
        for row, right in zip(found, wanted, strict=True):
            assert all(getattr(row, name) == getattr(right, name) for name in facts)


def test_a_backup_is_only_read(db, saved: Path):
    saved.chmod(0o400)
    before = saved.read_bytes()
    put(db, saved)
    assert saved.read_bytes() == before


def test_rows_are_replaced_and_the_catalog_that_was_there_is_kept(db, saved: Path):
    before = everything(db)
    add(db, "b", tags=["later"])
    delete_versions(db, [find(db, "a:1")])
    change_artifact(db, find_artifact(db, "a").id, Labels(["team"]), "renamed")
    later = everything(db)
    put(db, saved)
    assert everything(db) == before
    kept = SqliteDatabase(saved.with_name("kept"), saved.parent, lambda: False)
    assert everything(kept) == later
    kept.close()
    assert stat.S_IMODE(saved.with_name("kept").stat().st_mode) == 0o600


def test_an_older_process_goes_on_with_the_catalog_that_was_put_back(db, saved: Path):
    other = open_database(db.path.parent)
    assert len(listed(other)) == 3
    add(db, "b")
    put(db, saved)
    assert len(listed(other)) == 3
    add(other, "a")
    assert find(db, "a").version == "3"
    other.close()


def test_what_was_registered_since_comes_back_from_its_records(tmp_path: Path):
    history = History(tmp_path)
    history.add("a", None, tags=["x"])
    history.add("gone", None)
    saved = tmp_path / "saved.db"
    back_up(history.db, saved)
    history.add("a", None, tags=["since"], metadata={"k": {"i": 1}})
    history.add("b", "raw")
    history.run(0, "output")
    wanted = state(history.db)
    done = put(history.db, saved, history)
    assert (done.versions, done.artifacts, done.runs, done.problems) == (2, 1, 1, [])
    assert state(history.db)["versions"] == wanted["versions"]
    add(history.db, "a")
    assert find(history.db, "a").version == "3"
    history.db.close()


def test_numbers_given_away_since_stay_used_up(tmp_path: Path):
    history = History(tmp_path)
    history.add("a", None)
    saved = tmp_path / "saved.db"
    back_up(history.db, saved)
    for _ in range(3):
        history.add("a", None)
    for _ in range(3):
        history.delete(0)
    done = put(history.db, saved, history)
    assert (done.versions, done.deletions) == (0, 3)
    add(history.db, "a")
    assert find(history.db, "a").version == "5"
    history.db.close()


@pytest.mark.parametrize("state_of_file", ["absent", "damaged"])
def test_a_backup_comes_back_where_there_is_no_catalog_that_can_be_used(
    db, saved: Path, state_of_file: str
):
    wanted = everything(db)
    db.close()
    if state_of_file == "absent":
        db.path.unlink()
    else:
        db.path.write_bytes(db.path.read_bytes()[:5000])
    put(db, saved)
    assert everything(db) == wanted
    assert saved.with_name("kept").exists() == (state_of_file == "damaged")
    assert stat.S_IMODE(db.path.stat().st_mode) == 0o600


def test_a_newer_catalog_is_not_replaced(db, saved: Path):
    db.close()
    change(db.path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = db.path.read_bytes()
    with pytest.raises(CatalogUnusableError, match="newer"):
        put(db, saved)
    assert db.path.read_bytes() == before


def test_a_put_back_that_fails_leaves_the_catalog_as_it_was(db, saved: Path):
    add(db, "b")
    before = everything(db)

    def fail():
        raise OSError(5, "device")

    with checked_copy(db, saved) as copy, pytest.raises(OSError, match="device"):
        put_back(db, copy, saved.with_name("kept"), fail, lambda _ids: None, list)
    assert everything(db) == before
    add(db, "b")


def can_write(db: SqliteDatabase) -> bool:
    """Whether another writer could begin now."""
    with closing(sqlite3.connect(db.path, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def test_what_has_changed_last_is_recorded_when_nobody_can_add_any_more(db, saved: Path):
    seen: list[tuple[bool, set[str]]] = []
    early = {add(db, "early"), find_artifact(db, "early").id}
    late: set[str] = set()

    def record(row_ids: Iterable[str]) -> None:
        seen.append((can_write(db), set(row_ids)))

    def stored() -> Iterable[tuple[str, bytes]]:
        if not late:  # while the records are read, somebody else goes on
            other = open_database(db.path.parent)
            late.update({add(other, "late"), find_artifact(other, "late").id})
            other.close()
        return ()

    with checked_copy(db, saved) as copy:
        done = put_back(db, copy, saved.with_name("kept"), stored, record, list)
    assert seen == [(True, early), (False, late)]
    assert done.versions == 1  # what was recorded before is in no store here
    assert find(db, "late").id in late


def test_records_are_read_before_anybody_is_kept_waiting(db, saved: Path, tmp_path: Path):
    history = History(tmp_path / "history")
    history.add("more", None)
    could: list[bool] = []

    def stored() -> Iterable[tuple[str, bytes]]:
        for item in history.records.items():
            could.append(can_write(db))
            yield item

    with checked_copy(db, saved) as copy:
        done = put_back(db, copy, saved.with_name("kept"), stored, lambda _ids: None, list)
    assert done.versions == 1
    done = rebuild(db, saved.with_name("kept2"), stored)
    assert done.versions == 0
    assert len(could) == 2
    assert all(could)
    history.db.close()


def test_a_damaged_catalog_is_kept_aside_when_it_is_rebuilt(tmp_path: Path):
    history = History(tmp_path)
    history.add("a", None, metadata={"k": "x" * 9000})
    wanted = state(history.db)
    history.db.close()
    harmed = history.db.path.read_bytes()[:6000]
    history.db.path.write_bytes(harmed)
    done = rebuild(history.db, tmp_path / "kept", history.records.items)
    assert (done.versions, done.problems) == (1, [])
    assert state(history.db) == wanted
    assert (tmp_path / "kept").read_bytes() == harmed
    history.db.close()


def test_a_database_of_another_program_is_not_rebuilt_over(tmp_path: Path):
    history = History(tmp_path / "old")
    history.add("a", None)
    db = open_database(tmp_path)
    change(db.path, "CREATE TABLE theirs (x)")
    before = db.path.read_bytes()
    with pytest.raises(CatalogUnusableError, match="not a catalog"):
        rebuild(db, tmp_path / "kept", history.records.items)
    assert db.path.read_bytes() == before
    history.db.close()
