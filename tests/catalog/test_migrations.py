"""The schema: what a new catalog is made of, and how an older one gets there."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Text, create_mock_engine
from sqlalchemy.dialects import postgresql

from artifactctl.catalog import migrations
from artifactctl.catalog.backups import back_up, checked_copy, rebuild
from artifactctl.catalog.engine import making, sqlite_session
from artifactctl.catalog.engine.alchemy import write_transaction
from artifactctl.catalog.engine.making import bring_up_to_date, differing_part, make_tables
from artifactctl.catalog.engine.opening import APPLICATION_ID
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.migrations import FIRST, SCHEMA_VERSION, STEPS, Step
from artifactctl.catalog.reading.finding import find_artifact, find_version
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.catalog.reading.versions import list_unrecorded
from artifactctl.catalog.run_rows import NewRun
from artifactctl.catalog.tables import METADATA
from artifactctl.catalog.writing.labelling import Labels, change_artifact
from artifactctl.catalog.writing.running import begin_run
from artifactctl.errors import ArtifactctlError, CatalogOutdatedError, CatalogUnusableError
from artifactctl.json_text import canonical_json
from artifactctl.refs import parse_ref, tag_id
from artifactctl.tags import color_of
from tests.catalog.former_catalogs import make_schema_7, make_schema_8, make_schema_9
from tests.catalog.test_rows import add, find, open_database

ID = "deadbeef-0000-4000-8000-000000000001"


def run_all(*statements: str) -> Step:
    """A step that runs some statements."""

    def step(connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    return step


EXTRA = {
    SCHEMA_VERSION + 1: run_all(
        "ALTER TABLE artifact ADD COLUMN note TEXT", "CREATE INDEX artifact_note ON artifact (note)"
    )
}
BROKEN = {
    SCHEMA_VERSION + 1: run_all(
        "ALTER TABLE artifact ADD COLUMN half TEXT", "CREATE INDEX x ON nowhere (y)"
    )
}


@pytest.fixture
def made(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "made.db", isolation_level=None)) as connection:
        make_tables(connection, ID)
        yield connection


def test_a_new_catalog_has_the_tables_that_are_defined_and_no_others(made):
    rows = made.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    assert {name for (name,) in rows} == set(METADATA.tables)
    for name, table in METADATA.tables.items():
        columns = [row[1] for row in made.execute(f"PRAGMA table_info({name})")]
        assert columns == list(table.columns.keys())


def test_the_tables_that_are_written_out_are_those_that_are_defined(made):
    """Whoever changes `tables` generates `sqlite_tables` anew, and writes a migration."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as defined:
        with write_transaction(defined) as transaction:
            METADATA.create_all(transaction, checkfirst=False)
        assert parts_of(made) == parts_of(defined)


def parts_of(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {name: " ".join(sql.split()) for name, sql in rows}


def test_each_index_is_made_once(made):
    rows = made.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    defined = {index.name for table in METADATA.tables.values() for index in table.indexes}
    assert {name for name, _ in rows} == defined
    assert not [sql for _, sql in rows if "left(" in sql]


def test_the_checks_hold(made):
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        made.execute(
            "INSERT INTO artifact_version (id, artifact_seq, version, type, kind, manifest,"
            " size_bytes, file_count, created, updated, facts, revision, recorded)"
            " VALUES ('i', 1, '1', 't', 'zip', 'm', 0, 0, 'c', 'u', 'f', 0, 0)"
        )


def test_a_number_of_allocation_is_never_used_twice(made):
    insert = (
        "INSERT INTO artifact (id, name, has_custom_name, last_number, created, updated, revision,"
        " recorded) VALUES (?, ?, 1, 0, 'c', 'u', 0, 0) RETURNING seq"
    )
    first = made.execute(insert, ("1", "a")).fetchone()
    made.execute("DELETE FROM artifact")
    assert made.execute(insert, ("2", "b")).fetchone() > first
    rows = made.execute("SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%'")
    numbered = {name for name, table in METADATA.tables.items() if table.columns.get("seq") is None}
    counted = {"artifact", "artifact_version", "tag", "pipeline", "run", "run_step", "series"}
    assert {name for (name,) in rows} == counted
    assert numbered & counted == set()


def test_a_new_catalog_says_what_it_is(made):
    assert made.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert made.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert made.execute("SELECT * FROM catalog").fetchall() == [(ID, SCHEMA_VERSION, 0, 0, 0)]
    assert sorted(STEPS) == list(range(FIRST + 1, SCHEMA_VERSION + 1))


def compiled() -> list[str]:
    """What PostgreSQL is told to make."""
    found: list[str] = []

    def note(statement, *_args, **_more) -> None:
        found.append(" ".join(str(statement.compile(dialect=postgresql.dialect())).split()))

    METADATA.create_all(create_mock_engine("postgresql+psycopg://", note), checkfirst=False)
    return found


def test_on_postgresql_text_has_no_limit_and_the_order_of_its_bytes():
    tables = [sql for sql in compiled() if sql.startswith("CREATE TABLE")]
    assert len(tables) == len(METADATA.tables)
    for sql in tables:
        assert "VARCHAR" not in sql
        assert sql.count(" TEXT") == sql.count(' TEXT COLLATE "C"')
    for table in METADATA.tables.values():
        for column in table.columns:
            assert isinstance(column.type, Text) == (column.type.python_type is str)


def test_on_postgresql_rows_are_counted_in_64_bits_and_long_text_is_indexed_by_its_start():
    everything = "\n".join(compiled())
    assert everything.count("seq BIGINT GENERATED BY DEFAULT AS IDENTITY") == 7
    assert " INTEGER" not in everything
    assert "SERIAL" not in everything
    assert "AUTOINCREMENT" not in everything
    starts = [sql for sql in compiled() if "left(text, 200)" in sql]
    assert len(starts) == sum("_metadata" in name for name in METADATA.tables)
    assert not [sql for sql in compiled() if sql.startswith("CREATE INDEX") and ", text," in sql]


@pytest.fixture
def of_schema_7(tmp_path: Path) -> SqliteDatabase:
    """A catalog of schema 7 with tags on an artifact, versions and a run; `prod` is exclusive."""
    db = open_database(tmp_path)
    add(db, "a", "raw", tags=["t", "prod"], exclusive_tags=["prod"])
    with db.transaction() as transaction:
        begin_run(transaction, NewRun(ID, "r", "p", tags=["nightly", "t"]))
        change_artifact(transaction, find_artifact(db, "a").id, Labels(["team"]))
    db.close()
    make_schema_7(tmp_path / "catalog.db")
    return db


TAGS = {"nightly": False, "prod": True, "t": False, "team": False}


def tags_of_catalog(db: SqliteDatabase) -> dict[str, bool]:
    return {name: bool(exclusive) for name, exclusive in db.rows("SELECT name, exclusive FROM tag")}


def test_every_tag_of_an_older_catalog_gets_a_row(of_schema_7: SqliteDatabase):
    assert tags_of_catalog(of_schema_7) == TAGS
    assert differing_part(of_schema_7) is None
    rows = of_schema_7.rows("SELECT id, name, color FROM tag WHERE name <> 'prod'")
    assert {(tag_id(name), name, color_of(name).value) for name in ("nightly", "t", "team")} == {
        *rows
    }
    unrecorded = {item.id for item in list_unrecorded(of_schema_7) if item.kind == "tag"}
    assert unrecorded == {row_id for (row_id,) in of_schema_7.rows("SELECT id FROM tag")}
    of_schema_7.check()
    of_schema_7.close()


def test_what_is_no_tag_does_not_keep_an_older_catalog_from_being_opened(
    of_schema_7: SqliteDatabase, tmp_path: Path
):
    with closing(sqlite3.connect(tmp_path / "catalog.db", isolation_level=None)) as connection:
        for cell in ("x'ff'", "CAST(x'ff41' AS TEXT)", "'a,b'", "'\u202e'", "''"):
            connection.execute(f"INSERT INTO version_tag VALUES (1, {cell})")
    assert tags_of_catalog(of_schema_7) == TAGS
    of_schema_7.close()


def test_an_older_backup_is_checked_and_its_copy_brought_up_to_date(
    of_schema_7: SqliteDatabase, tmp_path: Path
):
    (tmp_path / "new").mkdir()
    fresh = open_database(tmp_path / "new")
    with checked_copy(fresh, tmp_path / "catalog.db") as copy:
        assert tags_of_catalog(copy) == TAGS
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        connection.execute("CREATE INDEX other ON tag (name)")
    strange = pytest.raises(CatalogUnusableError, match="'other' in its schema differs")
    with strange, checked_copy(fresh, tmp_path / "catalog.db"):
        pass
    fresh.close()


def test_a_catalog_that_knows_no_condemned_digests_gets_them_and_keeps_what_it_is(tmp_path: Path):
    db = open_database(tmp_path)
    add(db, "a", "raw")
    before = (db.catalog_id(), db.rows("SELECT incarnation FROM catalog"))
    db.close()
    make_schema_8(tmp_path / "catalog.db")
    with closing(SqliteDatabase(db.path, db.path.parent, lambda: False, read_only=True)) as old:
        assert differing_part(old) is None
    assert (db.catalog_id(), db.rows("SELECT incarnation FROM catalog")) == before
    assert db.rows("SELECT epoch, forgotten FROM catalog") == [(0, 0)]
    assert db.rows("SELECT * FROM condemned") == db.rows("SELECT * FROM lease") == []
    assert differing_part(db) is None
    db.check()
    assert find_version(db, parse_ref("a:raw")).version == "raw"
    db.close()


def test_a_catalog_without_descriptions_gets_them_and_its_records_stay_the_same(tmp_path: Path):
    db = open_database(tmp_path)
    row_id = add(db, "a", "raw", tags=["t"])
    with db.transaction() as transaction:
        begin_run(transaction, NewRun(ID, "r", "p"))
    ids = (row_id, ID, find_artifact(db, "a").id)
    before = [canonical_json(record_of(db, one)[1]) for one in ids]
    assert not [content for content in before if b"description" in content]
    db.close()
    make_schema_9(tmp_path / "catalog.db")
    with closing(SqliteDatabase(db.path, db.path.parent, lambda: False, read_only=True)) as old:
        assert differing_part(old) is None
    assert [canonical_json(record_of(db, one)[1]) for one in ids] == before
    assert find_version(db, parse_ref("a:raw")).description is None
    assert differing_part(db) is None
    db.check()
    db.close()


@pytest.fixture
def old(tmp_path: Path, monkeypatch):
    """A catalog that an older artifactctl made, opened by one with one more step."""

    def opened_by_a_newer_one(steps: Mapping[int, Step]):
        made = open_database(tmp_path)
        add(made, "a", "raw_2023", tags=["t"])
        made.close()
        for module in (sqlite_session, making, migrations):
            monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
        monkeypatch.setattr(
            making, "migrate", lambda connection: migrations.migrate(connection, steps)
        )
        return open_database(tmp_path)

    return opened_by_a_newer_one


def test_an_older_catalog_is_brought_up_to_date_and_keeps_everything(old):
    db = old(EXTRA)
    add(db, "a")
    assert db.schema_version() == SCHEMA_VERSION + 1
    assert db.rows("PRAGMA user_version") == [(SCHEMA_VERSION + 1,)]
    assert find_version(db, parse_ref("a:raw_2023")).tags == ("t",)
    assert find_version(db, parse_ref("a")).version == "1"
    assert db.rows("SELECT note FROM artifact") == [(None,)]
    db.close()


def test_migrating_again_changes_nothing(old, tmp_path: Path):
    db = old(EXTRA)
    assert db.schema_version() == SCHEMA_VERSION + 1
    db.close()
    with closing(sqlite3.connect(tmp_path / "catalog.db", isolation_level=None)) as connection:
        before = list(connection.iterdump())
        bring_up_to_date(connection)
        assert list(connection.iterdump()) == before


def test_a_step_that_fails_leaves_the_older_catalog_as_it_was(old, tmp_path: Path):
    db = old(BROKEN)
    before = (tmp_path / "catalog.db").read_bytes()
    for _ in range(2):
        with pytest.raises(ArtifactctlError):
            add(db, "a")
    db.close()
    assert (tmp_path / "catalog.db").read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        assert connection.execute("SELECT schema_version FROM catalog").fetchone() == (
            SCHEMA_VERSION,
        )
        assert "half" not in {row[1] for row in connection.execute("PRAGMA table_info(artifact)")}


def test_two_at_once_migrate_only_once(old, tmp_path: Path):
    first, second = old(EXTRA), open_database(tmp_path)
    add(first, "a")
    add(second, "b")
    assert first.schema_version() == second.schema_version() == SCHEMA_VERSION + 1
    first.close()
    second.close()


def make_outdated(path: Path, schema: int) -> None:
    """Make a catalog as artifactctl left them before its first release."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE artifact (seq INTEGER PRIMARY KEY, name VARCHAR)")
        connection.execute("INSERT INTO artifact VALUES (1, 'a')")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema}")


@pytest.mark.parametrize("schema", range(1, FIRST))
@pytest.mark.parametrize("read_only", [False, True])
def test_a_catalog_of_a_schema_before_the_first_is_refused_and_stays(tmp_path, schema, read_only):
    path = tmp_path / "catalog.db"
    make_outdated(path, schema)
    before = path.read_bytes()
    db = SqliteDatabase(path, tmp_path / "drafts", lambda: False, read_only=read_only)
    with pytest.raises(CatalogOutdatedError, match=f"schema {schema}") as refused:
        db.rows("SELECT 1")
    assert "artifactctl catalog rebuild" in str(refused.value.hint)
    db.close()
    assert path.read_bytes() == before


def test_rebuilding_keeps_an_outdated_catalog_aside_and_takes_the_records(tmp_path: Path):
    before = open_database(tmp_path / "before")
    row_id = add(before, "a", tags=["t"], metadata={"k": 1})
    content = canonical_json(record_of(before, row_id)[1])
    before.close()
    path = tmp_path / "catalog.db"
    make_outdated(path, FIRST - 1)
    kept, left = tmp_path / "kept.db", path.read_bytes()
    db = SqliteDatabase(path, tmp_path / "drafts", lambda: False)
    assert rebuild(db, kept, lambda: [(row_id, content)]).versions == 1
    assert find(db, "a:1").metadata == {"k": 1}
    db.close()
    assert kept.read_bytes() == left


def test_a_backup_of_a_schema_before_the_first_is_refused(tmp_path: Path):
    db = open_database(tmp_path)
    add(db, "a")
    back_up(db, tmp_path / "good.db")
    make_outdated(tmp_path / "old.db", FIRST - 1)
    with checked_copy(db, tmp_path / "good.db") as copy:
        assert find(copy, "a")
    with (
        pytest.raises(CatalogUnusableError, match="schema 6"),
        checked_copy(db, tmp_path / "old.db"),
    ):
        pass
    db.close()
