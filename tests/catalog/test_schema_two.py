"""Catalogs of schema 2, as artifactctl left them before it recorded runs as they happen."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.migrations import SCHEMA_VERSION, STEPS, migrate
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.reading.listing import list_runs
from artifactctl.catalog.reading.runs import find_cached
from artifactctl.catalog.rows import Listing
from artifactctl.digests import digest_of
from tests.catalog.test_rows import add, find, listed, new_version, open_database
from tests.catalog.writes import put_run_metadata
from tests.catalog.writing.test_running import end, run, step

MANIFEST = digest_of(b"manifest")
RUN, STEP, VERSION = (f"deadbeef-0000-4000-8000-00000000000{i}" for i in (1, 2, 3))
ROWS = (
    "INSERT INTO artifact VALUES"
    " (1,'deadbeef-0000-4000-8000-0000000000a1','a',0,12,'c','u',3,2,NULL)",
    "INSERT INTO artifact_version VALUES (7,:version,1,'12',12,'DataArtifact','file',NULL,NULL,"
    f"'{MANIFEST}',NULL,7,1,'2025-01-01T00:00:00.000000Z','u','f',2,1,'x.Y','m',:run,'fit',NULL)",
    "INSERT INTO version_metadata VALUES (7,'acc','0.5',0.5,NULL)",
    "INSERT INTO deleted_version VALUES (6,'i6',1,'11',11,'c','d',2,2)",
    "INSERT INTO run VALUES (4,:run,'nightly','train','completed','2025-01-01T00:00:00.000000Z',"
    "'2025-01-02T00:00:00.000000Z','{\"k\": 1}',3,3)",
    "INSERT INTO run_step VALUES (9,:step,4,'fit','completed','{}')",
    "INSERT INTO step_version VALUES (9,'output','o',7)",
    "INSERT INTO step_version VALUES (9,'input','x',6)",
)


def make_second(path: Path) -> None:
    """Make a catalog of schema 2 with a row in most tables."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, STEPS[:2])
        for statement in ROWS:
            connection.execute(statement, {"run": RUN, "step": STEP, "version": VERSION})


@pytest.fixture
def db(tmp_path: Path):
    make_second(tmp_path / "catalog.db")
    made = open_database(tmp_path)
    yield made
    made.close()


def test_it_keeps_all_that_it_says(db):
    found, version = find_run(db, "nightly"), find(db, "a")
    assert db.schema_version() == SCHEMA_VERSION == 6
    assert (found.seq, found.id, found.status, found.details) == (4, RUN, "completed", {"k": 1})
    (fit,) = found.steps
    assert (fit.seq, fit.id, fit.outputs, fit.inputs) == (9, STEP, (("o", VERSION),), ())
    assert (version.seq, version.producer_name, version.producer_step) == (7, "nightly", "fit")
    assert (version.data_type, version.materializer) == ("x.Y", "m")
    assert [row.id for row in listed(db, ("metadata.acc", "0.5"))] == [VERSION]
    db.check()


def test_what_it_never_noted_is_absent(db):
    found = find_run(db, RUN)
    assert (found.tags, found.metadata, find(db, "a").save_type) == ((), {}, None)
    (fit,) = found.steps
    noted = (fit.started, fit.ended, fit.cache_key, fit.log, fit.log_bytes, fit.metadata)
    assert noted == (None, None, None, None, None, {})


def test_it_goes_on_from_there(db):
    assert put_run_metadata(db, RUN, {"late": {"r": 1}}) == [RUN]
    run_id = run(db)
    step_id = step(db, run_id, cache_key="k")
    (made,) = end(db, step_id, outputs=[("o", new_version("a"))])
    assert find(db, made).version == "13"
    found = find_cached(db, "k")
    assert found is not None
    assert (found.id, found.outputs) == (step_id, [("o", made)])
    assert find_run(db, run_id).steps[0].seq == 10
    add(db, "a")
    wish = Listing(filters=[("metadata.late.r", "1")])
    assert [item.id for item in list_runs(db, wish, lambda row: row)] == [RUN]


def test_one_that_is_only_read_stays_as_it_is(tmp_path: Path):
    path = tmp_path / "catalog.db"
    make_second(path)
    before = path.read_bytes()
    reader = SqliteDatabase(path, tmp_path, lambda: False, read_only=True)
    assert reader.schema_version() == 2
    reader.close()
    assert path.read_bytes() == before
