"""What is written to the catalog: numbers, labels, and nothing at all when something is wrong."""

from pathlib import Path

import pytest

from artifactctl.catalog import changes, queries
from artifactctl.catalog.finding import find_artifact, find_version
from artifactctl.catalog.rows import Listing, Unrecorded
from artifactctl.catalog.sqlite import Database
from artifactctl.errors import BusyError, ConflictError, InvalidInputError, NotFoundError
from artifactctl.refs import MAX_NUMBER, parse_ref
from tests.catalog.test_rows import add, new_version, open_database


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def versions(db: Database, artifact: str = "a") -> list[str]:
    """The versions of an artifact in the order of their allocation."""
    listing = Listing(size=0, filters=[("artifact", f"equals:{artifact}")])
    return [version.version for version in queries.list_versions(db, listing).items][::-1]


def tags_of(db: Database, ref: str) -> tuple[str, ...]:
    return find_version(db, parse_ref(ref)).tags


def everything(db: Database) -> list:
    tables = ("artifact", "artifact_version", "artifact_tag", "version_tag", "version_metadata")
    return [db.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


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


def test_bytes_that_went_missing_leave_nothing_behind_not_even_the_name(db):
    add(db, "other")
    before = everything(db)
    with pytest.raises(BusyError, match="removed"):
        add(db, "new", tags=["t"], metadata={"k": 1}, find_missing=lambda: ["blake3:00"])
    assert everything(db) == before
    with pytest.raises(NotFoundError):
        find_artifact(db, "new")
    add(db, "new")
    assert versions(db, "new") == ["1"]


def test_an_error_while_bytes_are_looked_for_leaves_nothing_behind(db):
    def fail():
        raise OSError(5, "device")

    with pytest.raises(OSError, match="device"):
        add(db, "a", find_missing=fail)
    assert everything(db) == [[], [], [], [], []]
    add(db, "a")


def test_bytes_are_looked_for_while_the_write_lock_is_held(db, tmp_path):
    other = open_database(tmp_path)
    seen = []

    def look():
        seen.extend(other.rows("SELECT COUNT(*) FROM artifact_version"))
        return []

    add(db, "a", find_missing=look)
    other.close()
    assert seen == [(0,)]


def test_the_latest_is_by_allocation_whatever_the_clock_says(db, monkeypatch):
    backwards = (f"2024-01-01T00:00:{second:02}.000000Z" for second in range(59, 0, -1))
    monkeypatch.setattr(changes, "now", lambda: next(backwards))
    ids = [add(db, "a", tags=["t"]) for _ in range(4)]
    for ref in ("a", "a@t"):
        assert find_version(db, parse_ref(ref)).id == ids[-1]
    assert find_artifact(db, "a").latest_version_name == "4"
    assert [item.id for item in queries.list_versions(db, Listing()).items] == ids[::-1]
    by_clock = queries.list_versions(db, Listing(sort_by="desc:created")).items
    assert [item.id for item in by_clock] == ids


def test_facts_are_hashed_over_what_never_changes(db):
    add(db, "a")
    before = find_version(db, parse_ref("a"))
    changes.change_version_tags(db, before.seq, ["t"], [], exclusive=False)
    after = find_version(db, parse_ref("a"))
    row = {fact: getattr(after, fact) for fact in changes.FACTS}
    assert after.facts == before.facts == changes.facts_of(row)
    for fact in changes.FACTS:
        assert changes.facts_of({**row, fact: "other"}) != after.facts


def test_if_changed_makes_no_version_of_equal_content_but_labels_it(db):
    first = add(db, "a", digest="blake3:1", tags=["x"], metadata={"k": 1, "l": 2})
    same = new_version("a", digest="blake3:1", tags=["y"], metadata={"k": 3}, if_changed=True)
    assert changes.add_version(db, same) == (first, False)
    found = find_version(db, parse_ref("a"))
    assert (found.version, found.tags, found.metadata) == ("1", ("x", "y"), {"k": 3, "l": 2})


def test_if_changed_compares_with_the_latest_version_only(db):
    add(db, "a", digest="blake3:1")
    add(db, "a", digest="blake3:2")
    add(db, "b", digest="blake3:3")
    for digest in ("blake3:1", "blake3:3"):
        assert changes.add_version(db, new_version("a", digest=digest, if_changed=True))[1]
    assert versions(db) == ["1", "2", "3", "4"]


def test_if_changed_knows_the_latest_version_whatever_the_clock_says(db, monkeypatch):
    backwards = (f"2024-01-01T00:00:{second:02}.000000Z" for second in range(59, 0, -1))
    monkeypatch.setattr(changes, "now", lambda: next(backwards))
    add(db, "a", digest="blake3:1")
    latest = add(db, "a", digest="blake3:2")
    same = new_version("a", digest="blake3:2", if_changed=True)
    assert changes.add_version(db, same) == (latest, False)


def test_if_changed_never_takes_two_unknown_contents_for_equal(db):
    add(db, "a", digest=None)
    assert changes.add_version(db, new_version("a", digest=None, if_changed=True))[1]


def test_an_exclusive_tag_is_taken_from_all_other_versions_of_that_artifact_only(db):
    for _ in range(3):
        add(db, "a", tags=["prod", "kept"])
    add(db, "b", tags=["prod"])
    target = find_version(db, parse_ref("a:1"))
    changed = changes.change_version_tags(db, target.seq, ["prod"], [], exclusive=True)
    losers = {find_version(db, parse_ref(ref)).id for ref in ("a:2", "a:3")}
    assert set(changed) == losers
    assert find_version(db, parse_ref("a@prod")).version == "1"
    assert [tags_of(db, ref) for ref in ("a:2", "a:3", "b")] == [("kept",), ("kept",), ("prod",)]


def test_an_exclusive_tag_that_cannot_be_given_is_taken_from_nobody(db):
    add(db, "a", tags=["prod"])
    before = everything(db)
    with pytest.raises(Exception, match="NOT NULL"):
        changes.change_version_tags(db, 1, ["next", None], [], exclusive=True)  # type: ignore[list-item]
    with pytest.raises(Exception, match="FOREIGN KEY"):
        changes.change_version_tags(db, 99, ["prod"], [], exclusive=False)
    assert everything(db) == before


def test_changing_tags_names_what_changed_and_counts_it(db):
    add(db, "a", tags=["x"])
    seq = find_version(db, parse_ref("a")).seq
    assert changes.change_version_tags(db, seq, ["x"], ["absent"], exclusive=True) == []
    assert len(changes.change_version_tags(db, seq, ["y", "y"], ["x"], exclusive=False)) == 1
    assert tags_of(db, "a") == ("y",)
    assert db.rows("SELECT revision FROM artifact_version") == [(2,)]


def test_tags_of_an_artifact_are_a_set_of_their_own(db):
    add(db, "a", tags=["x"])
    artifact = find_artifact(db, "a")
    assert changes.change_artifact_tags(db, artifact.seq, ["y"], []) == [artifact.id]
    assert changes.change_artifact_tags(db, artifact.seq, ["y"], ["x"]) == []
    assert find_artifact(db, "a").tags == ("y",)
    assert tags_of(db, "a") == ("x",)


def test_a_change_is_unrecorded_until_a_later_one_notes_it(db):
    row_id = add(db, "a")
    assert queries.list_unrecorded(db) == [Unrecorded("version", row_id, 1)]
    changes.change_version_tags(db, 1, ["t"], [], exclusive=False)
    pending = [Unrecorded("version", row_id, 2)]
    assert queries.list_unrecorded(db) == pending
    other = add(db, "b")
    changes.add_version(db, new_version("b"), [*pending, Unrecorded("version", other, 1)])
    assert row_id not in {item.id for item in queries.list_unrecorded(db)}


def test_what_is_noted_as_recorded_never_goes_back(db):
    row_id = add(db, "a")
    for revision in (5, 3):
        noted = [Unrecorded("version", row_id, revision)]
        changes.change_version_tags(db, 1, [], [], exclusive=False, recorded=noted)
    assert db.rows("SELECT recorded FROM artifact_version") == [(5,)]


def test_a_change_that_fails_notes_nothing(db):
    row_id = add(db, "a", "1")
    with pytest.raises(ConflictError):
        changes.add_version(db, new_version("a", "1"), [Unrecorded("version", row_id, 1)])
    assert queries.list_unrecorded(db) == [Unrecorded("version", row_id, 1)]
