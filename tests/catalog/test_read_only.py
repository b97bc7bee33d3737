"""A catalog where nothing can be written: on read-only media, or of another user."""

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from artifactctl.catalog.migrations import SCHEMA_VERSION
from artifactctl.catalog.reading.finding import find_version
from artifactctl.errors import ArtifactctlError, CatalogUnusableError
from artifactctl.refs import parse_ref
from tests.catalog.former_catalogs import make_schema_7
from tests.catalog.test_rows import add, open_database

NOBODY = 65534


@pytest.fixture
def shared():
    """A folder that other users can reach, for what root must give up its rights."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


@contextmanager
def read_only(folder: Path):
    """Nothing in the folder can be written, not even by root: it acts as nobody meanwhile."""
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_catalog_is_read_from_a_folder_that_cannot_be_written(shared: Path, journal: str):
    db = open_database(shared)
    add(db, "a", tags=["t"])
    db.close()
    (shared / "drafts").rmdir()
    change(shared / "catalog.db", f"PRAGMA journal_mode = {journal}")
    with read_only(shared):
        assert find_version(db, parse_ref("a@t")).version == "1"
        with pytest.raises(ArtifactctlError) as caught:
            add(db, "a")
        assert caught.value.exit_code == 7
        db.close()


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_newer_schema_is_refused_where_nothing_can_be_written_too(shared: Path, journal: str):
    db = open_database(shared)
    add(db, "a")
    db.close()
    (shared / "drafts").rmdir()
    path = shared / "catalog.db"
    change(path, f"PRAGMA journal_mode = {journal}", f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with read_only(shared):
        with pytest.raises(CatalogUnusableError, match="newer than"):
            find_version(db, parse_ref("a"))
        db.close()


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_an_older_schema_is_read_where_nothing_can_be_written_too(shared: Path, journal: str):
    db = open_database(shared)
    add(db, "a", tags=["t"])
    db.close()
    (shared / "drafts").rmdir()
    make_schema_7(shared / "catalog.db")
    change(shared / "catalog.db", f"PRAGMA journal_mode = {journal}")
    with read_only(shared):
        assert find_version(db, parse_ref("a@t")).version == "1"
        assert db.rows("SELECT name FROM tag") == [("t",)]
        db.close()
