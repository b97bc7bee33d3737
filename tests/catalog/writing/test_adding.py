"""What is added to the catalog: numbers, and nothing at all when something is wrong."""

from pathlib import Path

import pytest

from artifactctl.catalog import facts
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.reading.finding import find_artifact, find_version
from artifactctl.catalog.writing import adding
from artifactctl.catalog.writing.adding import Added
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.digests import digest_of
from artifactctl.errors import ConflictError, InvalidInputError, NotFoundError
from artifactctl.refs import MAX_NUMBER, parse_ref, tag_id
from tests.catalog.test_rows import add, everything, listed, new_version, open_database
from tests.catalog.writes import add_version, change_version_tags


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def versions(db: SqliteDatabase, artifact: str = "a") -> list[str]:
    """The versions of an artifact in the order of their allocation."""
    found = listed(db, ("artifact", f"equals:{artifact}"))
    return [version.version for version in found][::-1]


@pytest.mark.parametrize(
    ("given_versions", "allocated"),
    [
        ([None, None, None], ["1", "2", "3"]),
        (["10", None], ["10", "11"]),
        (["10", "3", None], ["10", "3", "11"]),
        (["raw_2023", None], ["raw_2023", "1"]),
        (["05", "0", "1.0", "7x", None], ["05", "0", "1.0", "7x", "1"]),
        ([None, "2", None], ["1", "2", "3"]),
        ([str(MAX_NUMBER - 1), None], [str(MAX_NUMBER - 1), str(MAX_NUMBER)]),
        ([str(2**63), None], [str(2**63), "1"]),
    ],
)
def test_the_next_number_is_the_highest_ever_used_plus_one(db, given_versions, allocated):
    for version in given_versions:
        add(db, "a", version)
    assert versions(db) == allocated


def test_each_artifact_counts_for_itself(db):
    add(db, "a", "41")
    add(db, "b")
    add(db, "a")
    assert (versions(db, "a"), versions(db, "b")) == (["41", "42"], ["1"])


def test_after_the_last_number_only_custom_versions_are_left(db):
    add(db, "a", str(MAX_NUMBER))
    before = everything(db)
    with pytest.raises(InvalidInputError, match="used up"):
        add(db, "a")
    assert everything(db) == before
    add(db, "a", "custom")
    assert versions(db)[-1] == "custom"


@pytest.mark.parametrize("version", ["1", "raw_2023"])
def test_a_version_that_exists_is_a_conflict_and_nothing_is_written(db, version: str):
    add(db, "a", version)
    before = everything(db)
    with pytest.raises(ConflictError, match="exists already"):
        add(db, "a", version, tags=["t"], metadata={"k": 1})
    assert everything(db) == before


def test_an_error_after_a_version_was_added_leaves_nothing_behind_not_even_the_name(db):
    add(db, "other")
    before = everything(db)

    def fail():
        with db.transaction() as transaction:
            adding.add_version(transaction, new_version("new", tags=["t"], metadata={"k": 1}))
            raise OSError(5, "device")

    with pytest.raises(OSError, match="device"):
        fail()
    assert everything(db) == before
    with pytest.raises(NotFoundError):
        find_artifact(db, "new")
    add(db, "new")
    assert versions(db, "new") == ["1"]


def test_a_version_is_seen_by_nobody_before_its_transaction_ends(db, tmp_path):
    other = open_database(tmp_path)
    with db.transaction() as transaction:
        adding.add_version(transaction, new_version("a"))
        seen = other.rows("SELECT COUNT(*) FROM artifact_version")
    other.close()
    assert seen == [(0,)]


def test_the_latest_is_by_allocation_whatever_the_clock_says(db, monkeypatch):
    backwards = (f"2024-01-01T00:00:{second:02}.000000Z" for second in range(59, 0, -1))
    monkeypatch.setattr(adding, "now", lambda: next(backwards))
    ids = [add(db, "a", tags=["t"]) for _ in range(4)]
    for ref in ("a", "a@t"):
        assert find_version(db, parse_ref(ref)).id == ids[-1]
    assert find_artifact(db, "a").latest_version_name == "4"
    assert [item.id for item in listed(db)] == ids[::-1]
    assert [item.id for item in listed(db, sort_by=["desc:created"])] == ids


def test_facts_are_hashed_over_what_never_changes(db):
    add(db, "a")
    before = find_version(db, parse_ref("a"))
    change_version_tags(db, before.id, Labels(["t"]))
    after = find_version(db, parse_ref("a"))
    row = {fact: getattr(after, fact) for fact in facts.FACTS}
    assert after.facts == before.facts == facts.facts_of(row)
    for fact in facts.FACTS:
        assert facts.facts_of({**row, fact: "other"}) != after.facts


def test_if_changed_makes_no_version_of_equal_content_but_labels_it(db):
    digest = digest_of(b"1")
    first = add(db, "a", digest=digest, tags=["x"], metadata={"k": 1, "l": 2})
    same = new_version("a", digest=digest, tags=["y"], metadata={"k": 3}, if_changed=True)
    assert add_version(db, same) == Added(first, False, [tag_id("y")])
    found = find_version(db, parse_ref("a"))
    assert (found.version, found.tags, found.metadata) == ("1", ("x", "y"), {"k": 3, "l": 2})


def test_if_changed_compares_with_the_latest_version_only(db):
    add(db, "a", digest="blake3:1")
    add(db, "a", digest="blake3:2")
    add(db, "b", digest="blake3:3")
    for digest in ("blake3:1", "blake3:3"):
        assert add_version(db, new_version("a", digest=digest, if_changed=True)).is_new
    assert versions(db) == ["1", "2", "3", "4"]


def test_if_changed_knows_the_latest_version_whatever_the_clock_says(db, monkeypatch):
    backwards = (f"2024-01-01T00:00:{second:02}.000000Z" for second in range(59, 0, -1))
    monkeypatch.setattr(adding, "now", lambda: next(backwards))
    add(db, "a", digest="blake3:1")
    latest = add(db, "a", digest="blake3:2")
    same = new_version("a", digest="blake3:2", if_changed=True)
    assert add_version(db, same) == Added(latest, False, [])


def test_if_changed_never_takes_two_unknown_contents_for_equal(db):
    add(db, "a", digest=None)
    assert add_version(db, new_version("a", digest=None, if_changed=True)).is_new
