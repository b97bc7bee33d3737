"""Private copies of catalogs: whole, of one moment, and without a trace where the original is."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.engine.copies import copy_privately
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.errors import ArtifactctlError, CatalogUnusableError
from tests.catalog.test_journals import journal
from tests.catalog.test_rows import add, open_database

ROWS = 40
# Keeps a sum that is the same in every transaction, so that a copy of half of one is seen.
WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
connection.execute("PRAGMA synchronous = OFF")
connection.execute("PRAGMA wal_autocheckpoint = 20")
print("ready", flush=True)
while True:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE artifact SET last_number = last_number + 1")
    connection.execute("UPDATE artifact SET last_number = last_number - 1")
    connection.execute("UPDATE artifact SET updated = hex(randomblob(2000))")
    connection.execute("COMMIT")
"""


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """Somebody else's catalog."""
    db = open_database(tmp_path / "theirs")
    for number in range(ROWS):
        add(db, f"a{number}")
    db.close()
    (tmp_path / "theirs" / "drafts").rmdir()
    (tmp_path / "private").mkdir()
    return tmp_path / "theirs" / "catalog.db"


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def names(path: Path) -> list[str]:
    with closing(SqliteDatabase(path, path.parent / "drafts", lambda: False)) as db:
        db.check()
        return [name for (name,) in db.rows("SELECT name FROM artifact ORDER BY seq")]


def everything(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        item.name: (item.read_bytes(), item.stat().st_mtime_ns, item.stat().st_mode)
        for item in folder.iterdir()
    }


def leave_half_done(path: Path, mode: str) -> None:
    """What a killed writer leaves: a journal, and in the file what it had written of its change."""
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute(f"PRAGMA journal_mode = {mode}")
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("INSERT INTO artifact_tag SELECT seq, 'committed' FROM artifact")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE artifact SET name = 'half-done-' || name")
        writer.execute("CREATE TABLE spill (x)")
        writer.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000)"
            " INSERT INTO spill SELECT randomblob(900) FROM n"
        )
        ends = ("", "-journal", "-wal")
        left = {end: Path(f"{path}{end}") for end in ends if Path(f"{path}{end}").exists()}
        kept = {end: file.read_bytes() for end, file in left.items()}
    for end, content in kept.items():
        Path(f"{path}{end}").write_bytes(content)


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_copy_says_what_the_catalog_says(there: Path, tmp_path: Path, mode: str):
    run(there, f"PRAGMA journal_mode = {mode}")
    before = everything(there.parent)
    copy = copy_privately(there, tmp_path / "private")
    assert copy.parent == tmp_path / "private"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert names(copy) == [f"a{number}" for number in range(ROWS)]
    assert everything(there.parent) == before


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_what_was_left_half_done_is_rolled_back_in_the_copy_alone(
    there: Path, tmp_path: Path, mode: str
):
    leave_half_done(there, mode)
    before = everything(there.parent)
    assert len(before) == 2
    copy = copy_privately(there, tmp_path / "private")
    assert names(copy) == [f"a{number}" for number in range(ROWS)]
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM artifact_tag").fetchone() == (ROWS,)
    assert everything(there.parent) == before


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_copy_that_is_made_while_somebody_writes_is_of_one_moment(
    there: Path, tmp_path: Path, mode: str
):
    run(there, f"PRAGMA journal_mode = {mode}")
    command = [sys.executable, "-c", WRITER, str(there)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            for number in range(8):
                folder = tmp_path / f"private-{number}"
                folder.mkdir()
                copy = copy_privately(there, folder)
                assert len(names(copy)) == ROWS
                with closing(sqlite3.connect(copy)) as connection:
                    sums = connection.execute("SELECT DISTINCT last_number FROM artifact")
                    assert sums.fetchall() == [(1,)]
        finally:
            writer.kill()


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_catalog_of_which_nothing_can_be_written_is_copied(
    there: Path, tmp_path: Path, mode: str
):
    leave_half_done(there, mode)
    for item in there.parent.iterdir():
        item.chmod(0o444)
    there.parent.chmod(0o555)
    before = everything(there.parent)
    assert len(names(copy_privately(there, tmp_path / "private"))) == ROWS
    assert everything(there.parent) == before
    there.parent.chmod(0o755)


def test_a_link_in_the_place_of_a_catalog_is_not_followed(there: Path, tmp_path: Path):
    link = tmp_path / "link.db"
    link.symlink_to(there)
    with pytest.raises(CatalogUnusableError):
        copy_privately(link, tmp_path / "private")
    assert list((tmp_path / "private").iterdir()) == []


@pytest.mark.parametrize("end", ["-journal", "-wal", "-shm"])
@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("x")])
def test_journals_that_are_no_files_are_not_copied(there: Path, tmp_path: Path, end: str, make):
    make(Path(f"{there}{end}"))
    with pytest.raises(CatalogUnusableError):
        copy_privately(there, tmp_path / "private")


def test_a_journal_that_names_a_super_journal_is_not_copied(there: Path, tmp_path: Path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    Path(f"{there}-journal").write_bytes(journal(bytes(victim)))
    with pytest.raises(CatalogUnusableError):
        copy_privately(there, tmp_path / "private")
    assert victim.exists()


@pytest.mark.parametrize(
    "content", [b"", b"no catalog\n" * 1000, b"SQLite format 3\x00" + b"\xff" * 84]
)
def test_what_is_no_catalog_is_an_error_when_it_is_copied_or_read(tmp_path: Path, content: bytes):
    (tmp_path / "private").mkdir()
    (tmp_path / "x.db").write_bytes(content)
    with pytest.raises(ArtifactctlError):
        names(copy_privately(tmp_path / "x.db", tmp_path / "private"))
    assert (tmp_path / "x.db").read_bytes() == content


def test_there_is_nothing_to_copy_where_there_is_no_catalog(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        copy_privately(tmp_path / "catalog.db", tmp_path)
