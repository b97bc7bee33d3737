"""Rows read one after the other, and what is not recorded yet; who uses what."""

import sqlite3
import uuid
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from artifactctl.catalog.reading import versions
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.reading.lineage import uses_of
from artifactctl.catalog.reading.statements import batches, numbered
from artifactctl.catalog.reading.versions import iterate_ids, iterate_versions, list_unrecorded
from artifactctl.catalog.rows import Unrecorded
from artifactctl.catalog.writing.labelling import Labels
from tests.catalog.test_rows import add, find, listed, open_database, use
from tests.catalog.writes import change_version_tags, delete_artifact, delete_versions


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def test_everything_that_has_a_record_is_walked_through_once(db, monkeypatch):
    monkeypatch.setattr(versions, "BATCH", 2)
    ids = [add(db, name) for name in "aabab"]
    run_id = use(db, ids[0])
    delete_versions(db, [find(db, ids[4])])
    artifacts = [find_artifact(db, name).id for name in "ab"]
    assert list(iterate_ids(db)) == [ids[4], *artifacts, *ids[:4], run_id]


@pytest.mark.sqlite_only
def test_rows_whose_number_is_text_that_cannot_be_read_are_walked_through_once(db):
    ids = [add(db, "a") for _ in range(3)]
    delete_versions(db, [find(db, ids[0])])
    with closing(sqlite3.connect(db.path)) as connection, connection:
        connection.execute("UPDATE deleted_version SET seq = CAST(x'ff2e' AS TEXT)")
    artifact_id = find_artifact(db, "a").id
    assert list(islice(iterate_ids(db), 9)) == [ids[0], artifact_id, *ids[1:]]


@pytest.mark.sqlite_only
def test_a_catalog_that_does_not_exist_has_nothing_to_walk_through(db):
    assert list(iterate_versions(db)) == list(iterate_ids(db)) == list_unrecorded(db) == []
    assert uses_of(db, [1]) == []
    assert not db.path.exists()


def test_what_is_not_recorded_is_listed_up_to_a_limit_of_each_kind(db):
    for _ in range(5):
        add(db, "a")
    assert len(list_unrecorded(db, 3)) == 3
    assert len(list_unrecorded(db)) == 5


def test_rows_of_every_kind_may_be_unrecorded(db):
    used = add(db, "a")
    run_id = use(db, used)
    gone = add(db, "b")
    artifact = find_artifact(db, "b").id
    delete_artifact(db, artifact)
    assert set(list_unrecorded(db)) == {
        Unrecorded("version", used, 1),
        Unrecorded("run", run_id, 1),
        Unrecorded("deletion", gone, 2),
        Unrecorded("artifact", artifact, 1),
    }


def test_metadata_that_is_not_json_is_shown_as_the_text_that_it_is(db):
    add(db, "a", metadata={"k": 1})
    with db.transaction() as connection:
        connection.execute("UPDATE version_metadata SET value = '{'")
    assert listed(db)[0].metadata == {"k": "{"}


def test_a_version_walked_through_carries_everything(db):
    add(db, "a", tags=["t"], metadata={"k": 1})
    change_version_tags(db, find(db, "a").id, Labels(["u"]))
    assert list(iterate_versions(db)) == listed(db) == [find(db, "a")]


def test_uses_are_those_of_the_versions_asked_for_oldest_run_first(db):
    one, two, _ = (add(db, "a") for _ in range(3))
    first = use(db, one, "output", name="first", step="make")
    second = use(db, one, name="second", step="read")
    third = use(db, two, name="third")
    found = uses_of(db, [1, 3])
    assert [
        (item.version_seq, item.run_id, item.run, item.step, item.direction) for item in found
    ] == [
        (1, first, "first", "make", "output"),
        (1, second, "second", "read", "input"),
    ]
    assert [item.run_id for item in uses_of(db, [2])] == [third]
    assert uses_of(db, []) == []


def test_more_versions_than_one_statement_takes_are_asked_for_in_parts(db, monkeypatch):
    ids = [add(db, "a") for _ in range(3)]
    runs = [use(db, row_id) for row_id in ids]
    seqs = [*range(4, 5000), 1, 2, 3]
    assert sorted(item.run_id for item in uses_of(db, seqs)) == sorted(runs)


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1234])
def test_batches_hold_everything_in_its_order(count: int):
    parts = list(batches(range(count)))
    assert [item for part in parts for item in part] == list(range(count))
    assert all(0 < len(part) <= 500 for part in parts)
    places, params = numbered(range(count))
    assert len(params) == count == len([place for place in places.split(", ") if place])


def test_a_run_that_was_deleted_is_named_by_its_id(db):
    run_id = str(uuid.uuid4())
    row_id = add(db, "a")
    with db.transaction() as connection:
        connection.execute("UPDATE artifact_version SET producer_run = :run", {"run": run_id})
    assert find(db, row_id).producer_name == run_id
    use(db, row_id, "output", name="known")
    assert find(db, row_id).producer_name == "known"
