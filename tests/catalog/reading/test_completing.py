import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.engine import sqlite_session
from artifactctl.catalog.engine.glance import Glance
from artifactctl.catalog.migrations import SCHEMA_VERSION
from artifactctl.catalog.reading import completing
from artifactctl.catalog.reading.completing import (
    artifact_names,
    pipeline_names,
    run_names,
    step_names,
    tag_names,
    version_names,
)
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.errors import ArtifactctlError
from tests.catalog.test_rows import add, open_database
from tests.catalog.writes import change_artifact, delete_artifact
from tests.catalog.writing.test_running import run, step


@pytest.fixture
def db(tmp_path: Path):
    with closing(open_database(tmp_path)) as opened:
        yield opened


def glance_at(path: Path):
    return closing(Glance(path))


def test_names_are_those_with_the_prefix_and_no_more_than_asked_for(db):
    for name in ("iris", "iris_model", "iriz", "Iris", "ir%is", "früh", "früh日"):
        add(db, name)
    assert artifact_names(db, "iris", 9) == ["iris", "iris_model"]
    assert artifact_names(db, "ir%", 9) == ["ir%is"]
    assert artifact_names(db, "", 3) == ["Iris", "früh", "früh日"]
    assert artifact_names(db, "fru\u0308h", 9) == ["früh", "früh日"]
    assert artifact_names(db, "zzz", 9) == []


def test_a_deleted_artifact_is_not_offered(db):
    for name in ("gone", "good"):
        add(db, name)
    delete_artifact(db, find_artifact(db, "gone").id)
    assert artifact_names(db, "g", 9) == ["good"]
    assert version_names(db, "gone", "", 9) == []


def test_versions_come_newest_first_and_old_ones_behind_the_recent(db, monkeypatch):
    for version in ("raw_1", None, None, "raw_2", None):
        add(db, "a", version)
    add(db, "b", "other")
    assert version_names(db, "a", "", 9) == ["3", "raw_2", "2", "1", "raw_1"]
    assert version_names(db, "a", "raw", 9) == ["raw_2", "raw_1"]
    assert version_names(db, "a", "", 2) == ["3", "raw_2"]
    assert version_names(db, "unknown", "", 9) == []
    bounded = completing._RECENT_VERSIONS.replace("LIMIT 5000", "LIMIT 2")
    monkeypatch.setattr(completing, "_RECENT_VERSIONS", bounded)
    assert version_names(db, "a", "", 9) == ["3", "raw_2", "1", "2", "raw_1"]


def test_tags_are_those_of_everything_or_of_one_artifact(db):
    add(db, "a", tags=["prod", "raw"])
    add(db, "a", tags=["dev", "raw"])
    add(db, "b", tags=["prod", "other"])
    change_artifact(db, find_artifact(db, "a").id, Labels(["project"]))
    assert tag_names(db, "", 9) == ["dev", "other", "prod", "project", "raw"]
    assert tag_names(db, "pro", 9) == ["prod", "project"]
    assert tag_names(db, "", 2) == ["dev", "other"]
    assert tag_names(db, "", 9, "b") in (["other", "prod"], ["prod", "other"])
    assert tag_names(db, "r", 9, "a") == ["raw"]
    assert tag_names(db, "zzz", 9) == tag_names(db, "", 9, "unknown") == []


def test_a_glance_makes_nothing_where_there_is_nothing(tmp_path):
    with glance_at(tmp_path / "none" / "catalog.db") as glance:
        assert artifact_names(glance, "", 9) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite_only
@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_glance_leaves_no_files_beside_the_catalog(db, tmp_path, journal):
    add(db, "a")
    db.close()
    with closing(sqlite3.connect(db.path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    before = sorted(path.name for path in tmp_path.iterdir())
    with glance_at(db.path) as glance:
        assert artifact_names(glance, "", 9) == ["a"]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.sqlite_only
def test_a_glance_does_not_wait_for_a_writer_nor_migrate(db, monkeypatch):
    add(db, "a")
    db.close()
    with closing(sqlite3.connect(db.path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("DELETE FROM version_tag")
        writer.execute("UPDATE artifact SET name = 'b'")
        with glance_at(db.path) as glance, pytest.raises(ArtifactctlError) as caught:
            artifact_names(glance, "", 9)
        assert caught.value.exit_code == 9
        writer.execute("ROLLBACK")
        monkeypatch.setattr(sqlite_session, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
        with glance_at(db.path) as glance:
            assert artifact_names(glance, "", 9) == ["a"]
        assert writer.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_runs_pipelines_and_steps_are_found_by_their_beginning(db):
    for name, pipeline in (("nightly-1", "train"), ("nightly-2", "train"), ("weekly", "report")):
        run_id = run(db, pipeline, name=name, tags=["of a run"])
        for part in ("load", "learn", "check"):
            step(db, run_id, f"{part} {name}")
    again = run(db, "train", name="weekly")
    step(db, again, "last")
    assert run_names(db, "", 9) == ["nightly-1", "nightly-2", "weekly"]
    assert run_names(db, "nightly-", 1) == ["nightly-1"]
    assert pipeline_names(db, "", 9) == ["report", "train"]
    assert step_names(db, "nightly-1", "l", 9) == ["load nightly-1", "learn nightly-1"]
    assert step_names(db, "weekly", "", 9) == ["last"]
    assert step_names(db, "gone", "", 9) == run_names(db, "x", 9) == []
    assert "of a run" in tag_names(db, "of", 9)
