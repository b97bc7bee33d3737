"""What lies beside a catalog, or in its place, is looked at before SQLite is."""

import os
import socket
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.backups import back_up, checked_copy
from artifactctl.catalog.engine.glance import Glance
from artifactctl.catalog.engine.opening import connect, journal_mode
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.errors import CatalogUnusableError
from tests.catalog.test_rows import add, find, open_database

MAGIC = bytes.fromhex("d9d505f920a163d7")
PAGE = 4096


def journal(name: bytes | None, *, length: int | None = None, checksum: int | None = None) -> bytes:
    """A rollback journal without pages, which names `name` as its super-journal."""
    header = (MAGIC + struct.pack(">IIIII", 0, 1234, 40, 512, PAGE)).ljust(512, b"\0")
    if name is None:
        return header
    place = struct.pack(">I", (1 << 30) // PAGE + 1)
    ends = (len(name) if length is None else length, sum(name) if checksum is None else checksum)
    return header + place + name + struct.pack(">II", *ends) + MAGIC


def make(folder: Path, planted: bytes) -> tuple[Path, Path]:
    """A catalog with a journal, and a file of somebody's that the journal may name."""
    db = open_database(folder)
    add(db)
    db.close()
    path = folder / "catalog.db"
    if planted[:8] == MAGIC and len(planted) > 20:  # of a database as long as this one
        pages = struct.pack(">I", path.stat().st_size // PAGE)
        planted = planted[:16] + pages + planted[20:]
    (folder / "catalog.db-journal").write_bytes(planted)
    victim = folder / "victim"
    victim.write_bytes(b"precious")
    return path, victim


def read(path: Path) -> None:
    with closing(SqliteDatabase(path, path.parent / "drafts", lambda: False)) as db:
        db.rows("SELECT 1 FROM artifact")


def read_only(path: Path) -> None:
    with closing(SqliteDatabase(path, path.parent, lambda: False, read_only=True)) as db:
        db.rows("SELECT 1 FROM artifact")


def write(path: Path) -> None:
    with closing(SqliteDatabase(path, path.parent / "drafts", lambda: False)) as db:
        add(db)


def glance(path: Path) -> None:
    with closing(Glance(path)) as db:
        db.rows("SELECT 1 FROM artifact")


def put_back(path: Path) -> None:
    with (
        closing(open_database(path.parent / "other")) as db,
        checked_copy(db, path),
    ):
        pass


USES = (read, read_only, write, glance, put_back)
HOSTILE: dict[str, Callable[[Path], bytes]] = {
    "relative": lambda _folder: journal(b"victim"),
    "absolute": lambda folder: journal(bytes(folder / "victim")),
    "wrong checksum": lambda folder: journal(bytes(folder / "victim"), checksum=7),
    "wrong length": lambda folder: journal(bytes(folder / "victim"), length=1 << 31),
    "several": lambda folder: journal(b"x") + journal(bytes(folder / "victim")),
    "garbage before": lambda folder: os.urandom(3000) + journal(bytes(folder / "victim")),
    "no header": lambda folder: b"\0" * 512 + journal(bytes(folder / "victim"))[512:],
    "only the magic": lambda _folder: MAGIC,
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_journal_that_names_a_super_journal_is_never_applied(
    tmp_path: Path, use: Callable[[Path], None], kind: str
):
    path, victim = make(tmp_path, HOSTILE[kind](tmp_path))
    before = {item.name: item.read_bytes() for item in tmp_path.iterdir() if item.is_file()}
    with pytest.raises(CatalogUnusableError, match="journal"):
        use(path)
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir() if item.is_file()} == before
    assert victim.exists()


def test_sqlite_itself_would_delete_what_such_a_journal_names(tmp_path: Path):
    path, victim = make(tmp_path, journal(bytes(tmp_path / "victim")))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT 1 FROM artifact")
    assert not victim.exists()


@pytest.mark.parametrize(
    "planted", [b"", b"\0", journal(None), os.urandom(700), journal(b"x")[:-9]]
)
@pytest.mark.parametrize("use", [read, write])
def test_other_journals_are_sqlites_to_judge(
    tmp_path: Path, use: Callable[[Path], None], planted: bytes
):
    path, victim = make(tmp_path, planted)
    use(path)
    assert victim.read_bytes() == b"precious"


def test_what_a_killed_writer_left_half_done_is_still_rolled_back(tmp_path: Path):
    db = open_database(tmp_path)
    add(db)
    db.close()
    path = tmp_path / "catalog.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE artifact SET name = 'half-done'")
        writer.execute("CREATE TABLE spill (x)")
        writer.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000)"
            " INSERT INTO spill SELECT randomblob(900) FROM n"
        )
        left = {end: Path(f"{path}{end}").read_bytes() for end in ("", "-journal")}
    for end, content in left.items():
        Path(f"{path}{end}").write_bytes(content)
    assert find(db, "a").version == "1"
    db.close()


def as_link(path: Path) -> None:
    target = path.with_name("elsewhere")
    target.write_bytes(b"")
    path.symlink_to(target)


def as_socket(path: Path) -> None:
    # A socket's path has to be short.
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


IRREGULAR: dict[str, Callable[[Path], None]] = {
    "link": as_link,
    "link to nothing": lambda path: path.symlink_to("nowhere"),
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
    "FIFO": os.mkfifo,
    "folder": Path.mkdir,
    "socket": as_socket,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("end", ["", "-journal", "-wal", "-shm"])
@pytest.mark.parametrize("kind", IRREGULAR)
def test_what_is_no_regular_file_is_refused_in_time_and_left_as_it_is(
    tmp_path: Path, use: Callable[[Path], None], end: str, kind: str
):
    path, _ = make(tmp_path, b"")
    if use is put_back and not end and ("link" in kind or kind == "folder"):
        pytest.skip("whoever names a link means the backup, and a folder is none")
    place = Path(f"{path}{end}")
    place.unlink(missing_ok=True)
    IRREGULAR[kind](place)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(CatalogUnusableError, match="regular file"):
        use(path)
    assert [item for item in sorted(tmp_path.iterdir()) if item.name != "other"] == before


def test_a_link_to_a_backup_may_be_named(tmp_path: Path):
    path, _ = make(tmp_path, b"")
    (tmp_path / "latest").symlink_to(path)
    put_back(tmp_path / "latest")


def test_what_a_backup_is_written_to_is_looked_at_as_well(tmp_path: Path):
    db = open_database(tmp_path)
    add(db)
    part = tmp_path / ".backup.db.artifactctl-part"
    Path(f"{part}-journal").write_bytes(journal(bytes(tmp_path / "victim")))
    (tmp_path / "victim").write_bytes(b"precious")
    with pytest.raises(CatalogUnusableError):
        back_up(db, tmp_path / "backup.db")
    assert (tmp_path / "victim").exists()
    db.close()


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON artifact BEGIN DELETE FROM artifact; END",
        "CREATE TEMP VIEW unused AS SELECT 1; CREATE VIEW v AS SELECT * FROM artifact",
        "ALTER TABLE artifact RENAME TO a; CREATE VIEW artifact AS SELECT * FROM a",
    ],
)
def test_a_catalog_with_triggers_or_views_is_refused(
    tmp_path: Path, use: Callable[[Path], None], statement: str
):
    path, _ = make(tmp_path, b"")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(statement)
    before = path.read_bytes()
    with pytest.raises(CatalogUnusableError, match="trigger or view"):
        use(path)
    assert path.read_bytes() == before


def test_a_schema_is_not_trusted(tmp_path: Path):
    path, _ = make(tmp_path, b"")
    with closing(connect(path, "rw")) as connection:
        assert connection.execute("PRAGMA trusted_schema").fetchone() == (0,)


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 44, 5), "DELETE"), ((3, 44, 6), "WAL"), ((3, 44, 9), "WAL"), ((3, 45, 0), "DELETE"),
        ((3, 50, 6), "DELETE"), ((3, 50, 7), "WAL"), ((3, 51, 2), "DELETE"), ((3, 51, 3), "WAL"),
        ((3, 40, 1), "DELETE"), ((4, 0, 0), "WAL"),
    ],
)  # fmt: skip
def test_wal_is_used_by_versions_that_have_its_correction(
    tmp_path: Path, version: tuple[int, ...], mode: str
):
    assert journal_mode(version, tmp_path) == mode
