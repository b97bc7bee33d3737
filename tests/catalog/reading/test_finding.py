"""From a reference to one row, or to an error that helps."""

from pathlib import Path

import pytest

from artifactctl.catalog.reading.finding import find_artifact, find_version, newer_with_tag
from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.refs import parse_ref
from tests.catalog.test_rows import add, open_database

ALIKE = ("deadbeef-0000-4000-8000-000000000001", "deadbeef-0000-4000-8000-000000000002")


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def find(db, text: str):
    return find_version(db, parse_ref(text))


def test_a_name_a_version_and_a_tag_each_mean_one_version(db):
    ids = [add(db, "p::s::output", tags=["prod"] if i < 2 else []) for i in range(3)]
    custom = add(db, "p::s::output", "raw_2023")
    assert find(db, "p::s::output").id == custom
    assert find(db, "p::s::output:latest").id == custom
    assert find(db, "p::s::output:1").id == ids[0]
    assert find(db, "p::s::output@prod").id == ids[1]


def test_versions_and_tags_are_compared_exactly(db):
    add(db, "a", "05", tags=["Prod"])
    for text in ("a:5", "a@prod", "a@Pro%", "A:05", "a@Prod_"):
        with pytest.raises(NotFoundError):
            find(db, text)


def test_an_id_and_any_unique_start_of_it_mean_that_version(db):
    for row_id in ALIKE:
        add(db, "a", id=row_id)
    assert find(db, ALIKE[1]).id == ALIKE[1]
    assert find(db, ALIKE[1].upper()).id == ALIKE[1]
    assert find(db, ALIKE[1].replace("-", "")).id == ALIKE[1]
    only = add(db, "a", id="deadbeef-0001-4000-8000-000000000001")
    for text in ("deadbeef-0001", "deadbeef0001", "DEADBEEF-0001-4"):
        assert find(db, text).id == only


def test_an_ambiguous_start_lists_the_candidates(db):
    for row_id in ALIKE:
        add(db, "a", id=row_id)
    with pytest.raises(InvalidInputError) as caught:
        find(db, "deadbeef")
    assert all(row_id in caught.value.message for row_id in ALIKE)
    assert "a:1" in caught.value.message


def test_a_name_is_tried_before_the_start_of_an_id(db):
    add(db, "a", id=ALIKE[0])
    named = add(db, "deadbeef")
    assert find(db, "deadbeef").id == named
    assert find(db, "deadbeef-0").id == ALIKE[0]


def test_fewer_than_eight_digits_are_only_a_name(db):
    add(db, "a", id=ALIKE[0])
    with pytest.raises(NotFoundError):
        find(db, "deadbee")


@pytest.mark.sqlite_only
def test_nothing_is_found_in_a_catalog_that_does_not_exist_and_none_is_made(db):
    for text in ("a", "a:1", "a@t", ALIKE[0], "deadbeef"):
        with pytest.raises(NotFoundError):
            find(db, text)
    assert not db.path.exists()


def test_the_error_says_what_exists_instead(db):
    add(db, "iris_dataset", "7")
    with pytest.raises(NotFoundError) as caught:
        find(db, "iris_datset")
    assert "iris_dataset" in caught.value.hint
    with pytest.raises(NotFoundError, match="no version '8'") as caught:
        find(db, "iris_dataset:8")
    assert "7" in caught.value.hint
    with pytest.raises(NotFoundError, match="tag 'prod'"):
        find(db, "iris_dataset@prod")


def test_an_artifact_is_found_by_its_exact_name(db):
    add(db, "a%b")
    assert find_artifact(db, "a%b").version_count == 1
    for name in ("axb", "A%B", "a%"):
        with pytest.raises(NotFoundError):
            find_artifact(db, name)


def test_a_newer_version_with_the_tag_is_the_newest_of_the_same_artifact(db):
    for _ in range(3):
        add(db, "a", tags=["t"])
    add(db, "b", tags=["t"])
    newer = newer_with_tag(db, find(db, "a:1"), "t")
    assert newer is not None
    assert newer.version == "3"
    assert newer_with_tag(db, find(db, "a:3"), "t") is None
    assert newer_with_tag(db, find(db, "a:1"), "other") is None
