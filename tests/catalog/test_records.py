"""What the store is given to keep of the catalog's rows."""

import json
from pathlib import Path

import pytest

from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.reading.finding import find_artifact, find_version
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.catalog.records import checked_former
from artifactctl.catalog.rows import Version
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.refs import parse_ref
from tests.catalog.test_rows import add, open_database, use
from tests.catalog.writes import (
    change_artifact,
    change_version_tags,
    delete_artifact,
    delete_versions,
)


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def test_a_version_could_be_made_again_from_its_record(db):
    metadata = {"shape": [3, 4], "né": {"deep": None}, "zero": 0}
    facts = {"link": "file:///data", "description": "*what* it is"}
    row_id = add(db, "a", "10", tags=["y", "x"], metadata=metadata, **facts)
    revision, record = record_of(db, row_id)
    row = find_version(db, parse_ref("a"))
    assert revision == 1
    names = set(Version.__slots__) - {"artifact", "artifact_id", "tags", "metadata"}
    names -= {"producer_name"}  # the run has a record of its own
    assert {name: record[name] for name in names} == {name: getattr(row, name) for name in names}
    assert record["number"] == 10
    assert (record["tags"], record["metadata"]) == (["x", "y"], metadata)
    assert record["artifact"]["name"] == "a"
    assert record["artifact"]["last_number"] == 10
    assert facts_of({**record, "artifact_id": record["artifact"]["id"]}) == row.facts


def test_each_change_gives_a_record_of_a_higher_revision(db):
    row_id = add(db, "a")
    change_version_tags(db, row_id, Labels(["t"]))
    revision, record = record_of(db, row_id)
    assert (revision, record["revision"], record["tags"]) == (2, 2, ["t"])


def test_an_artifact_has_a_record_of_its_own(db):
    add(db, "a")
    artifact = find_artifact(db, "a")
    change_artifact(db, artifact.id, Labels(["team"]))
    revision, record = record_of(db, artifact.id)
    assert (revision, record["record"], record["name"]) == (1, "artifact", "a")
    assert (record["tags"], record["has_custom_name"]) == (["team"], True)


def test_a_deletion_has_a_record_in_place_of_the_versions(db):
    row_id = add(db, "a", "10", tags=["t"], metadata={"k": 1})
    delete_versions(db, [find_version(db, parse_ref("a"))])
    revision, record = record_of(db, row_id)
    assert (revision, record["record"], record["id"], record["seq"]) == (2, "deletion", row_id, 1)
    assert (record["version"], record["number"]) == ("10", 10)
    assert record["artifact"]["last_number"] == 10
    assert "metadata" not in record
    former = record["former"]
    assert (former["id"], former["tags"], former["metadata"]) == (row_id, ["t"], {"k": 1})


def test_what_a_deletion_keeps_is_taken_only_as_it_was(db):
    row_id = add(db, "a", tags=["t"])
    artifact_id = find_artifact(db, "a").id
    delete_versions(db, [find_version(db, parse_ref("a"))])
    former = record_of(db, row_id)[1]["former"]
    kept = checked_former(former, artifact_id)
    assert kept is not None
    assert kept["id"] == row_id
    for other in (7, 1.5, None, True, "text", [former], {}, {**former, "size_bytes": 8}):
        assert checked_former(other, artifact_id) is None, other
    assert checked_former(former, row_id) is None  # another artifact's


def test_a_deleted_artifact_says_so_in_its_record(db):
    add(db, "a")
    artifact_id = find_artifact(db, "a").id
    delete_artifact(db, artifact_id)
    revision, record = record_of(db, artifact_id)
    assert (revision, record["name"], record["last_number"]) == (1, "a", 1)
    assert record["deleted"].endswith("Z")


def test_a_run_has_a_record_with_its_steps_and_what_they_used_and_made(db):
    one, two = add(db, "a"), add(db, "b")
    run_id = use(db, one, "output", name="first", pipeline="p", step="s")
    use(db, two)
    revision, record = record_of(db, run_id)
    assert (revision, record["record"], record["name"], record["pipeline"]) == (
        1,
        "run",
        "first",
        "p",
    )
    (step,) = record["steps"]
    assert (step["name"], step["versions"]) == ("s", [["output", "data", 1]])
    assert record_of(db, one)[1]["producer_run"] == run_id


def test_a_record_is_plain_json_and_names_its_format(db):
    run_id = use(db, add(db, "a"))
    gone = add(db, "a")
    delete_versions(db, [find_version(db, parse_ref("a"))])
    for row_id in (add(db, "a"), find_artifact(db, "a").id, run_id, gone):
        _, record = record_of(db, row_id)
        assert json.loads(json.dumps(record)) == record
        assert record["format"] == 1


def test_what_does_not_exist_has_no_record(db):
    assert record_of(db, "deadbeef-0000-4000-8000-000000000001") is None
    add(db, "a")
    assert record_of(db, "deadbeef-0000-4000-8000-000000000001") is None
