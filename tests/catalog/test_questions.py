"""Free questions in SQL, on both engines: the views, what is refused, hostile files."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from artifactctl.catalog import views
from artifactctl.catalog.engine import temporary
from artifactctl.catalog.questions import ask
from artifactctl.errors import (
    CatalogUnusableError,
    InvalidInputError,
    NotAuthorisedError,
    WrongUsageError,
)
from tests.catalog.test_rows import add, open_database

COUNTING = (
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {}) SELECT n FROM c"
)


@pytest.fixture
def db(tmp_path):
    found = open_database(tmp_path)
    add(
        found,
        "a",
        tags=["raw"],
        metadata={"rows": 4, "opt": {"lr": 0.1}, "note": "it's", "no": None},
    )
    add(found, "a", metadata={"rows": 12})
    add(found, "b")
    yield found
    found.close()


def answer(db, question, limit_s=20.0, **params):
    return list(ask(db, question, params, limit_s).rows)


def test_every_view_has_the_columns_that_it_documents(db):
    for view in views.VIEWS:
        found = ask(db, f"SELECT * FROM {view.name}", {}, 20.0)
        assert found.columns == tuple(column.name for column in view.columns)
        assert view.meaning
        assert all(column.meaning for column in view.columns)


def test_values_keep_their_types(db):
    found = answer(
        db, "SELECT key, value, number, text FROM metadata WHERE ref = 'a:1' ORDER BY key"
    )
    assert found == [
        ("no", None, None, None),
        ("note", "it's", None, "it's"),
        ("opt", {"lr": 0.1}, None, None),
        ("opt.lr", None, 0.1, None),
        ("rows", 4, 4, None),
    ]
    assert type(found[-1][2]) is int


def test_views_can_be_joined_and_counted(db):
    joined = (
        "SELECT v.ref, m.number, v.is_latest FROM versions v JOIN metadata m ON m.id = v.id"
        " WHERE m.key = :key ORDER BY m.number DESC"
    )
    assert answer(db, joined, key="rows") == [("a:2", 12, 1), ("a:1", 4, 0)]
    assert answer(db, "SELECT count(*) FROM versions") == [(3,)]
    assert answer(db, "SELECT name, version_count FROM artifacts ORDER BY name") == [
        ("a", 2),
        ("b", 1),
    ]
    assert answer(db, "SELECT ref, kind FROM tags") == [("a:1", "version")]
    own = "-- it's\nWITH few AS (SELECT ref FROM versions) SELECT count(*) FROM few; -- done"
    assert answer(db, own.replace("; -- done", ";")) == [(3,)]
    assert len(answer(db, COUNTING.format(5))) == 5


def test_columns_of_one_name_are_told_apart(db):
    assert ask(db, "SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a", {}, 20.0).columns == (
        "a", "a_2", "a_2_2", "a_3",
    )  # fmt: skip


def test_what_json_does_not_have_becomes_a_text(db):
    infinite = "'Infinity'::float8" if db.dialect.json_table is None else "9e999"
    (cell,) = answer(db, f"SELECT {infinite}")[0]
    assert cell == "inf"
    assert json.dumps(cell, allow_nan=False)


@pytest.mark.parametrize(
    "question",
    [
        "INSERT INTO artifact (id) VALUES ('x')",
        "UPDATE versions SET version = 'x'",
        "WITH x AS (SELECT 1) DELETE FROM artifact",
        "DROP TABLE artifact",
        "SELECT 1; DELETE FROM artifact",
        "PRAGMA query_only = OFF",
        "ATTACH 'other.db' AS other",
        "BEGIN",
        "VACUUM INTO 'copy.db'",
        "SELECT * FROM artifact",
        "SELECT name FROM artifact_version",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_table_info('artifact')",
        "SELECT load_extension('x')",
        "SELECT writefile('x', 'y')",
        "SELECT readfile('x')",
        "SELECT nope FROM versions",
        "SELECT :missing",
        "",
        "-- nothing",
    ],
)
def test_only_questions_about_the_views_are_answered(db, question):
    with pytest.raises(WrongUsageError) as caught:
        answer(db, question)
    assert "\n" not in caught.value.message
    assert answer(db, "SELECT count(*) FROM versions") == [(3,)]
    assert db.rows("SELECT count(*) FROM artifact") == [(2,)]


@pytest.mark.parametrize(
    "question",
    [
        "SELECT 1; COMMIT; BEGIN; DELETE FROM artifact",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT lo_import('/etc/hostname')",
        "SELECT lo_export(1, '/tmp/x')",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT pg_reload_conf()",
        "SELECT query_to_xml('DELETE FROM artifact', true, false, '')",
        "SELECT count(*) FROM versions FOR UPDATE",
        "VALUES (setval('artifact_seq_seq', 1000))",
        "WITH gone AS (DELETE FROM artifact RETURNING *) SELECT * FROM gone",
        "SELECT fts3_tokenizer('simple')",
        "SELECT * FROM pragma_wal_checkpoint",
    ],
)
def test_no_function_reaches_beyond_the_catalog(db, question):
    with pytest.raises((WrongUsageError, NotAuthorisedError)):
        answer(db, question)
    assert db.rows("SELECT count(*) FROM artifact") == [(2,)]


@pytest.mark.parametrize(
    ("question", "params"),
    [("SELECT '\0'", {}), (f"SELECT '{'x' * 1_000_001}'", {}), ("SELECT :a", {"a": [1]})],
)
def test_what_is_too_long_or_no_value_is_invalid(db, question, params):
    with pytest.raises(InvalidInputError):
        ask(db, question, params, 20.0)


def test_a_question_ends_in_time(db):
    endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT {} FROM c"
    for question in (endless.format("count(*)"), endless.format("n")):
        with pytest.raises(InvalidInputError, match="took longer"):
            answer(db, question, limit_s=0.2)
    assert answer(db, "SELECT count(*) FROM versions") == [(3,)]


def test_many_rows_are_kept_on_disk(db):
    found = ask(db, COUNTING.format(9000), {}, 20.0)
    assert isinstance(found.rows, temporary.Spooled)
    assert [n for (n,) in found.rows] == list(range(1, 9001))


def test_where_there_is_no_catalog_nothing_is_found_and_none_is_made(tmp_path):
    with closing(open_database(tmp_path / "none")) as db:
        assert answer(db, "SELECT * FROM versions") == []
        assert not db.exists()


@pytest.mark.sqlite_only
def test_a_file_with_views_or_triggers_of_its_own_is_not_asked(db, tmp_path: Path):
    db.close()
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        connection.execute("CREATE VIEW versions AS SELECT 'forged' AS ref")
    with pytest.raises(CatalogUnusableError, match="trigger or view"):
        answer(db, "SELECT ref FROM versions")


@pytest.mark.sqlite_only
def test_changed_cells_are_shown_as_they_are(db, tmp_path: Path):
    db.close()
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection, connection:
        connection.execute("UPDATE version_metadata SET value = '[[1' WHERE key = 'rows'")
        connection.execute("UPDATE artifact_version SET type = CAST(x'ff41' AS TEXT)")
        connection.execute("UPDATE artifact_version SET size_bytes = x'00'")
    assert ("[[1",) in answer(db, "SELECT value FROM metadata WHERE key = 'rows'")
    assert answer(db, "SELECT type, size_bytes FROM versions")[0] == ("\\xffA", "\0")


@pytest.mark.sqlite_only
def test_nothing_is_written_beside_the_catalog(db, tmp_path: Path):
    db.close()
    before = sorted(tmp_path.iterdir())
    content = (tmp_path / "catalog.db").read_bytes()
    answer(db, "SELECT * FROM versions")
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "catalog.db").read_bytes() == content


@pytest.mark.sqlite_only
def test_a_medium_where_nothing_can_be_written_is_asked_too(db, tmp_path: Path):
    db.close()
    with patch("artifactctl.catalog.engine.sqlite.connect") as connect:
        from artifactctl.catalog.engine.opening import connect as really

        def refuse(path, mode, *words, **names):
            if mode == "ro":
                raise sqlite3.OperationalError("unable to open database file")
            return really(path, mode, *words, **names)

        connect.side_effect = refuse
        assert answer(db, "SELECT count(*) FROM versions") == [(3,)]
