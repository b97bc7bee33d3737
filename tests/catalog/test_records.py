"""What the store is given to keep of the catalog's rows."""

import json
from pathlib import Path

import pytest

from artifactctl.catalog import changes
from artifactctl.catalog.finding import find_artifact, find_version
from artifactctl.catalog.records import record_of
from artifactctl.catalog.rows import Version
from artifactctl.refs import parse_ref
from tests.catalog.test_rows import add, open_database


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def test_a_version_could_be_made_again_from_its_record(db):
    metadata = {"shape": [3, 4], "né": {"deep": None}, "zero": 0}
    row_id = add(db, "a", "10", tags=["y", "x"], metadata=metadata, link="file:///data")
    revision, record = record_of(db, row_id)
    row = find_version(db, parse_ref("a"))
    assert revision == 1
    names = set(Version.__slots__) - {"artifact", "artifact_id", "tags", "metadata"}
    assert {name: record[name] for name in names} == {name: getattr(row, name) for name in names}
    assert record["number"] == 10
    assert (record["tags"], record["metadata"]) == (["x", "y"], metadata)
    assert record["artifact"]["name"] == "a"
    assert record["artifact"]["last_number"] == 10
    assert changes.facts_of({**record, "artifact_id": record["artifact"]["id"]}) == row.facts


def test_each_change_gives_a_record_of_a_higher_revision(db):
    row_id = add(db, "a")
    changes.change_version_tags(db, 1, ["t"], [], exclusive=False)
    revision, record = record_of(db, row_id)
    assert (revision, record["revision"], record["tags"]) == (2, 2, ["t"])


def test_an_artifact_has_a_record_of_its_own(db):
    add(db, "a")
    artifact = find_artifact(db, "a")
    changes.change_artifact_tags(db, artifact.seq, ["team"], [])
    revision, record = record_of(db, artifact.id)
    assert (revision, record["record"], record["name"]) == (1, "artifact", "a")
    assert (record["tags"], record["has_custom_name"]) == (["team"], True)


def test_a_record_is_plain_json_and_names_its_format(db):
    for row_id in (add(db, "a"), find_artifact(db, "a").id):
        _, record = record_of(db, row_id)
        assert json.loads(json.dumps(record)) == record
        assert record["format"] == 1


def test_what_does_not_exist_has_no_record(db):
    assert record_of(db, "deadbeef-0000-4000-8000-000000000001") is None
    add(db, "a")
    assert record_of(db, "deadbeef-0000-4000-8000-000000000001") is None
