"""A setting may name any file as the catalog: what is none of ours is left as it is."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.backups import back_up, checked_copy, put_back, rebuild
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.reading.finding import find_artifact, find_version
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.errors import CatalogUnusableError, InvalidInputError
from artifactctl.refs import Ref
from tests.catalog.test_rows import add, find, listed, open_database

BASHRC = b"alias ll='ls -l'\n"


def another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
        connection.execute("PRAGMA application_id = 7")


FILES = {
    "text": lambda path: path.write_bytes(BASHRC),
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(b"\0" * 8192),
    "other database": another_program,
    "folder": Path.mkdir,
    "FIFO": os.mkfifo,
    "link": lambda path: path.symlink_to("elsewhere"),
}


def named(path: Path, folder: Path) -> SqliteDatabase:
    """The catalog that a setting names."""
    return SqliteDatabase(path, folder / "drafts", lambda: False, is_configured=True)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", FILES)
def test_what_a_setting_names_is_never_set_aside_or_overwritten(tmp_path: Path, kind: str):
    path, saved = tmp_path / "file", tmp_path / "saved.db"
    with closing(open_database(tmp_path / "other")) as other:
        add(other)
        back_up(other, saved)
    FILES[kind](path)
    before = path.lstat()

    def use(what: str) -> None:
        with closing(named(path, tmp_path)) as db:
            if what == "read":
                db.rows("SELECT 1 FROM artifact")
            elif what == "write":
                add(db)
            elif what == "rebuild":
                rebuild(db, tmp_path / "kept", lambda: ())
            else:
                with checked_copy(db, saved) as copy:
                    put_back(db, copy, tmp_path / "kept", lambda: (), lambda _ids: None)

    for what in ("read", "write", "rebuild", "restore"):
        with pytest.raises(CatalogUnusableError) as caught:
            use(what)
        assert "rebuild" not in caught.value.hint
        assert "catalog:" in caught.value.hint
    after = path.lstat()
    assert (after.st_ino, after.st_size, after.st_mode) == (
        before.st_ino,
        before.st_size,
        before.st_mode,
    )
    assert not (tmp_path / "kept").exists()


def test_a_catalog_of_ours_that_a_setting_names_is_rebuilt_when_it_is_damaged(tmp_path: Path):
    path = tmp_path / "named.db"
    with closing(named(path, tmp_path)) as db:
        add(db, metadata={"k": "x" * 9000})
    path.write_bytes(path.read_bytes()[:6000])
    with closing(named(path, tmp_path)) as db:
        rebuild(db, tmp_path / "kept", lambda: ())
        assert listed(db) == []
    assert (tmp_path / "kept").stat().st_size == 6000


def test_catalogs_are_made_and_backed_up_where_files_have_one_name_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with closing(open_database(tmp_path)) as db:
        add(db)
        back_up(db, tmp_path / "saved.db")
        with checked_copy(db, tmp_path / "saved.db") as copy:
            put_back(db, copy, tmp_path / "kept", lambda: (), lambda _ids: None)
        assert find(db, "a").version == "1"


@pytest.mark.parametrize("length", [230, 248, 255])
def test_a_backup_may_have_as_long_a_name_as_any_file(tmp_path: Path, length: int):
    path = tmp_path / ("b" * length)
    with closing(open_database(tmp_path)) as db:
        add(db)
        back_up(db, path)
    assert path.read_bytes().startswith(b"SQLite format 3")
    assert [item for item in tmp_path.iterdir() if "part" in item.name] == []


def test_text_that_is_no_unicode_is_the_askers_mistake(tmp_path: Path):
    with closing(open_database(tmp_path)) as db:
        add(db)
        for ask in (
            lambda: find_version(db, Ref("\udcff")),
            lambda: find_version(db, Ref("a", version="\udcff")),
            lambda: find_artifact(db, "\udcff"),
            lambda: find_run(db, "\udcff"),
            lambda: listed(db, ("name", "\udcff")),
            lambda: listed(db, ("metadata.\udcff", "1")),
            lambda: listed(db, ("metadata.k", "contains:\udcff")),
            lambda: listed(db, sort_by=["metadata.\udcff"]),
            lambda: add(db, "\udcff"),
            lambda: add(db, tags=["\udcff"]),
        ):
            with pytest.raises(InvalidInputError):
                ask()
        assert find(db, "a").version == "1"
