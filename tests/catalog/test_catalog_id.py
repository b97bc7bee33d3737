"""The catalog's own ID: made once, kept through all that brings a catalog back."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.backups import back_up, checked_copy, put_back, rebuild
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.errors import CatalogUnusableError, ConflictError
from artifactctl.refs import is_id
from tests.catalog.test_rows import add, find, open_database

GIVEN = "deadbeef-0000-4000-8000-000000000001"


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, values)


def another(folder: Path, new_id: object) -> SqliteDatabase:
    """A catalog that is to be the one of a store."""
    return SqliteDatabase(
        folder / "catalog.db", folder / "drafts", lambda: False, new_id=lambda: new_id
    )


def refuse() -> str | None:
    raise ConflictError("the store belongs to another catalog")


def test_each_catalog_has_an_id_of_its_own_that_stays(tmp_path: Path):
    one, two = open_database(tmp_path / "one"), open_database(tmp_path / "two")
    assert one.catalog_id() is None  # there is none yet
    for db in (one, two):
        add(db)
    first = one.catalog_id()
    one.close()
    assert is_id(first)
    assert first == one.catalog_id() != two.catalog_id()
    one.close()
    two.close()


def test_a_catalog_that_is_made_takes_the_id_that_it_is_given(tmp_path: Path):
    db = another(tmp_path, GIVEN)
    add(db)
    assert db.catalog_id() == GIVEN
    db.close()


def test_nothing_is_made_where_the_store_belongs_to_another(tmp_path: Path):
    db = SqliteDatabase(tmp_path / "catalog.db", tmp_path / "drafts", lambda: False, new_id=refuse)
    with pytest.raises(ConflictError):
        add(db)
    assert not (tmp_path / "catalog.db").exists()


def test_records_of_another_catalog_are_told_from_those_of_a_lost_one(tmp_path: Path):
    path, drafts = tmp_path / "catalog.db", tmp_path / "drafts"
    with pytest.raises(ConflictError):
        SqliteDatabase(path, drafts, lambda: True, new_id=refuse).rows("SELECT 1")
    with pytest.raises(CatalogUnusableError, match="is gone"):
        SqliteDatabase(path, drafts, lambda: True, new_id=lambda: GIVEN).rows("SELECT 1")


@pytest.mark.parametrize("value", ["../../x", "", "DEADBEEF-0000-4000-8000-000000000001", b"\x00"])
def test_an_id_that_is_none_is_refused(tmp_path: Path, value: object):
    db = another(tmp_path, GIVEN)
    add(db)
    change(tmp_path / "catalog.db", "UPDATE catalog SET id = ?", value)
    with pytest.raises(CatalogUnusableError, match="exactly one valid ID"):
        db.catalog_id()
    db.close()


@pytest.mark.parametrize(
    "statement", ["DELETE FROM catalog", "INSERT INTO catalog VALUES ('x', 7, 0, 0, 0)"]
)
def test_a_catalog_says_once_which_one_it_is(tmp_path: Path, statement: str):
    db = another(tmp_path, GIVEN)
    add(db)
    change(tmp_path / "catalog.db", statement)
    with pytest.raises(CatalogUnusableError):
        db.catalog_id()
    db.close()


def test_restoring_keeps_the_id_of_the_catalog_and_takes_none_from_the_backup(tmp_path: Path):
    theirs, ours = open_database(tmp_path / "theirs"), another(tmp_path / "ours", GIVEN)
    add(theirs, "shared")
    add(ours, "mine")
    back_up(theirs, tmp_path / "backup.db")
    for _ in range(2):  # also where the catalog is gone, and the store says whose it was
        with checked_copy(ours, tmp_path / "backup.db") as copy:
            put_back(ours, copy, tmp_path / "kept.db", lambda: (), lambda _ids: None)
        assert ours.catalog_id() == GIVEN
        assert find(ours, "shared").version == "1"
        ours.close()
        (tmp_path / "ours" / "catalog.db").unlink()
    theirs.close()


@pytest.mark.parametrize("damage", [None, b"", b"\x00" * 8192])
def test_rebuilding_makes_a_catalog_with_the_id_that_the_store_knows(
    tmp_path: Path, damage: bytes | None
):
    db = another(tmp_path, GIVEN)
    if damage is not None:
        (tmp_path / "catalog.db").write_bytes(damage)
    rebuild(db, tmp_path / "kept.db", lambda: ())
    assert db.catalog_id() == GIVEN
    db.close()
