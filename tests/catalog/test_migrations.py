"""The schema: what the steps make is what the tables say, and old catalogs get there."""

import json
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from artifactctl.catalog import migrations, run_tables, tables
from artifactctl.catalog.engine import sqlite
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.migrations import APPLICATION_ID, SCHEMA_VERSION, STEPS, migrate
from artifactctl.catalog.reading.finding import find_artifact, find_version
from artifactctl.digests import digest_of
from artifactctl.errors import ArtifactctlError
from artifactctl.refs import parse_ref
from tests.catalog.test_rows import add, find, listed, open_database

MANIFEST = digest_of(b"manifest")
EXTRA = "ALTER TABLE artifact ADD COLUMN note TEXT; CREATE INDEX artifact_note ON artifact (note)"
BROKEN = "ALTER TABLE artifact ADD COLUMN half TEXT; CREATE INDEX x ON nowhere (y)"


@pytest.fixture
def migrated(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "made.db", isolation_level=None)) as connection:
        migrate(connection)
        yield connection


@pytest.fixture
def defined(tmp_path: Path):
    path = tmp_path / "defined.db"
    classes = [*vars(tables).values(), *vars(run_tables).values()]
    engine = create_engine(f"sqlite:///{path}")
    SQLModel.metadata.create_all(
        engine, tables=[item.__table__ for item in classes if is_table(item)]
    )
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def is_table(item: Any) -> bool:
    return isinstance(item, type) and hasattr(item, "__table__")


def table_names(connection: sqlite3.Connection) -> set[str]:
    return {
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    }


def words_of(sql: str | None) -> str:
    return " ".join((sql or "").replace('"', "").split())


def indexes(connection: sqlite3.Connection, table: str) -> set[tuple]:
    """Every index: its name unless SQLite gave it, what it is for, its columns, its predicate."""
    found = set()
    for _, name, unique, origin, partial_ in connection.execute(f"PRAGMA index_list({table})"):
        columns = tuple(row[2:] for row in connection.execute(f"PRAGMA index_xinfo({name})"))
        (sql,) = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE name = ?", (name,)
        ).fetchone()
        predicate = words_of(sql).partition(" WHERE ")[2]
        shown = name if origin == "c" else ""
        found.add((shown, unique, origin, partial_, columns, predicate))
    return found


def test_the_steps_make_the_tables_that_are_defined(migrated, defined):
    assert table_names(migrated) == table_names(defined)
    for table in table_names(defined):
        for pragma in ("table_info", "foreign_key_list"):
            query = f"PRAGMA {pragma}({table})"
            assert migrated.execute(query).fetchall() == defined.execute(query).fetchall()
        assert indexes(migrated, table) == indexes(defined, table)


@pytest.mark.parametrize("word", ["AUTOINCREMENT", "CHECK", "COLLATE", "WITHOUT ROWID", "STRICT"])
def test_the_steps_give_a_table_no_property_that_is_not_defined(migrated, defined, word: str):
    def bearing(connection: sqlite3.Connection) -> set[str]:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        return {name for name, sql in rows if word in (sql or "")}

    assert bearing(migrated) == bearing(defined)


def test_the_same_checks_hold_in_both(migrated, defined):
    for connection in (migrated, defined):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute(
                "INSERT INTO artifact_version VALUES"
                " (1,'i',1,'1',1,'t','zip',NULL,NULL,'m',NULL,0,0,'c','u','f',0,0,"
                " NULL,NULL,NULL,NULL,NULL,NULL)"
            )


def test_a_number_of_allocation_is_never_used_twice(migrated):
    insert = "INSERT INTO artifact VALUES (NULL,?,?,1,0,'c','u',0,0,NULL) RETURNING seq"
    first = migrated.execute(insert, ("1", "a")).fetchone()
    migrated.execute("DELETE FROM artifact")
    assert migrated.execute(insert, ("2", "b")).fetchone() > first


def test_a_new_catalog_is_marked_as_ours_and_with_its_version(migrated):
    assert migrated.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert migrated.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert len(STEPS) == SCHEMA_VERSION


def test_migrating_again_changes_nothing(migrated):
    before = list(migrated.iterdump())
    migrate(migrated)
    assert list(migrated.iterdump()) == before


def test_a_schema_that_is_newer_is_left_as_it_is(migrated):
    migrate(migrated, (*STEPS, EXTRA))
    before = list(migrated.iterdump())
    migrate(migrated)
    assert list(migrated.iterdump()) == before
    assert migrated.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)


def test_only_the_missing_steps_run(migrated):
    migrate(migrated, (*STEPS, EXTRA))
    migrate(migrated, (*STEPS, EXTRA))
    assert migrated.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)
    assert "note" in {row[1] for row in migrated.execute("PRAGMA table_info(artifact)")}


def test_all_steps_from_nothing_lead_to_the_same_as_one_after_the_other(tmp_path, migrated):
    migrate(migrated, (*STEPS, EXTRA))
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as fresh:
        migrate(fresh, (*STEPS, EXTRA))
        assert without_id(fresh) == without_id(migrated)


def without_id(connection: sqlite3.Connection) -> list[str]:
    """What a catalog holds, but for the ID that each has of its own."""
    return [line for line in connection.iterdump() if 'INSERT INTO "catalog"' not in line]


@pytest.fixture
def old(tmp_path: Path, monkeypatch):
    """A catalog that an older artifactctl made, opened by one with one more step."""

    def opened_by_a_newer_one(step: str):
        made = open_database(tmp_path)
        add(made, "a", "raw_2023", tags=["t"])
        made.close()
        monkeypatch.setattr(sqlite, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
        monkeypatch.setattr(sqlite, "migrate", partial(migrations.migrate, steps=(*STEPS, step)))
        return open_database(tmp_path)

    return opened_by_a_newer_one


def test_an_older_catalog_is_brought_up_to_date_and_keeps_everything(old):
    db = old(EXTRA)
    add(db, "a")
    assert db.schema_version() == SCHEMA_VERSION + 1
    assert find_version(db, parse_ref("a:raw_2023")).tags == ("t",)
    assert find_version(db, parse_ref("a")).version == "1"
    assert db.rows("SELECT note FROM artifact") == [(None,)]
    db.close()


def test_a_step_that_fails_leaves_the_older_catalog_as_it_was(old, tmp_path: Path):
    db = old(BROKEN)
    before = (tmp_path / "catalog.db").read_bytes()
    for _ in range(2):
        with pytest.raises(ArtifactctlError):
            add(db, "a")
    db.close()
    assert (tmp_path / "catalog.db").read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert "half" not in {row[1] for row in connection.execute("PRAGMA table_info(artifact)")}


def test_two_at_once_migrate_only_once(old, tmp_path: Path):
    first, second = old(EXTRA), open_database(tmp_path)
    add(first, "a")
    add(second, "b")
    assert first.schema_version() == second.schema_version() == SCHEMA_VERSION + 1
    first.close()
    second.close()


@pytest.fixture
def first(tmp_path: Path):
    """A catalog of schema 1 with two versions, as the first artifactctl left it."""
    metadata = {
        "acc": 0.5,
        "n": 10,
        "word": "10",
        "ok": True,
        "none": None,
        "big": 2**70,
        "list": [1, "two"],
        "shape": {"rows": 3, "deep": {"né": "x%"}},
    }
    path = tmp_path / "catalog.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, STEPS[:1])
        connection.execute(
            "INSERT INTO artifact VALUES"
            " (1,'deadbeef-0000-4000-8000-0000000000a1','a',1,12,'c','u',3,2)"
        )
        connection.execute("INSERT INTO artifact_tag VALUES (1,'team')")
        for seq, version, number in ((1, "raw", None), (5, "12", 12)):
            row_id = f"deadbeef-0000-4000-8000-00000000000{seq}"
            connection.execute(
                "INSERT INTO artifact_version VALUES (?,?,1,?,?,'DataArtifact','file',NULL,NULL,"
                f"'{MANIFEST}',NULL,7,1,'2025-01-01T00:00:00.000000Z','u','f',2,1)",
                (seq, row_id, version, number),
            )
        connection.execute("INSERT INTO version_tag VALUES (5,'prod')")
        for key, value in metadata.items():
            text = json.dumps(value, ensure_ascii=False)
            connection.execute("INSERT INTO version_metadata VALUES (5,?,?)", (key, text))
        connection.execute("PRAGMA user_version = 1")
    db = open_database(tmp_path)
    yield db, metadata
    db.close()


def test_a_catalog_of_the_first_schema_keeps_all_that_it_says(first):
    db, metadata = first
    found = find(db, "a@prod")
    assert db.schema_version() == SCHEMA_VERSION == 6
    assert (found.seq, found.version, found.metadata) == (5, "12", metadata)
    assert (found.data_type, found.producer_run, found.data_deleted) == (None, None, None)
    assert find_artifact(db, "a").tags == ("team",)
    assert find(db, "a:raw").created == "2025-01-01T00:00:00.000000Z"
    add(db, "a")
    assert (find(db, "a").version, find(db, "a").seq) == ("13", 6)
    db.check()


@pytest.mark.parametrize(
    ("key", "text", "is_found"),
    [
        ("acc", "gt:0.4", True),
        ("acc", "gt:0.5", False),
        ("n", "10", True),
        ("n", '"10"', False),
        ("word", "10", False),
        ("word", '"10"', True),
        ("ok", "true", True),
        ("ok", '"true"', False),
        ("none", "isnull:", True),
        ("big", "gt:1e20", True),
        ("list", 'contains:"two"', True),
        ("shape.rows", "lte:3", True),
        ("shape.deep.né", "endswith:%", True),
        ("shape.deep", "isnotnull:", True),
        ("shape.cols", "isnotnull:", False),
    ],
)
def test_metadata_of_the_first_schema_is_found_by_its_type(first, key, text, is_found):
    db, _ = first
    assert ("12" in {row.version for row in listed(db, (f"metadata.{key}", text))}) == is_found


def test_metadata_of_the_first_schema_is_kept_as_new_metadata_is(first, tmp_path: Path):
    db, metadata = first
    new = open_database(tmp_path / "new")
    add(new, "a", metadata=metadata)
    for table in ("version_metadata", "version_metadata_leaf"):
        rows = [
            sorted((row[1:] for row in made.rows(f"SELECT * FROM {table}")), key=repr)
            for made in (db, new)
        ]
        assert rows[0] == rows[1]
        assert rows[0]
    new.close()


def test_a_catalog_of_the_first_schema_that_is_only_read_stays_as_it_is(first, tmp_path: Path):
    before = (tmp_path / "catalog.db").read_bytes()
    reader = SqliteDatabase(tmp_path / "catalog.db", tmp_path, lambda: False, read_only=True)
    assert reader.schema_version() == 1
    reader.close()
    assert (tmp_path / "catalog.db").read_bytes() == before
