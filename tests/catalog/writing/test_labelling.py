"""What is said of versions and artifacts: tags, metadata, names, and who may change them."""

from pathlib import Path

import pytest

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.reading.versions import list_unrecorded
from artifactctl.catalog.rows import Unrecorded
from artifactctl.catalog.writing import labelling
from artifactctl.catalog.writing.entries import note_recorded
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.errors import ConflictError, InvalidInputError, NotFoundError
from tests.catalog.test_rows import (
    add,
    everything,
    find,
    listed,
    new_version,
    open_database,
    tags_of,
)
from tests.catalog.writes import (
    add_version,
    change_artifact,
    change_version_tags,
    delete_artifact,
    delete_versions,
    put_version_metadata,
)


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def tag_id(db, name: str) -> str:
    ((row_id,),) = db.rows("SELECT id FROM tag WHERE name = :name", {"name": name})
    return row_id


def leaves_of(db) -> list[tuple]:
    return db.rows("SELECT key, number, text FROM version_metadata_leaf ORDER BY key")


def test_an_exclusive_tag_is_taken_from_all_other_versions_of_that_artifact_only(db):
    for _ in range(3):
        add(db, "a", tags=["prod", "kept"])
    add(db, "b", tags=["prod"])
    changed = change_version_tags(db, find(db, "a:1").id, Labels(exclusive=["prod"]))
    losers = [find(db, ref).id for ref in ("a:2", "a:3")]
    assert changed.taken == tuple(("prod", loser) for loser in losers)
    assert set(changed.ids) == {*losers, tag_id(db, "prod")}
    assert find(db, "a@prod").version == "1"
    assert [tags_of(db, ref) for ref in ("a:2", "a:3", "b")] == [("kept",), ("kept",), ("prod",)]


def test_a_new_version_takes_its_exclusive_tags_from_the_others(db):
    first = add(db, "a", tags=["prod", "kept"])
    other = add(db, "b", tags=["prod"])
    added = add_version(db, new_version("a", exclusive_tags=["prod"], tags=["x"]))
    assert added.taken == (("prod", first),)
    assert list(added.others) == [first, tag_id(db, "x"), tag_id(db, "prod")]
    assert [tags_of(db, ref) for ref in ("a:1", "a:2", "b")] == [
        ("kept",),
        ("prod", "x"),
        ("prod",),
    ]
    assert db.rows("SELECT id FROM artifact_version WHERE revision = 2") == [(first,)]
    assert find(db, "b").id == other


def test_an_exclusive_tag_that_cannot_be_given_is_taken_from_nobody(db):
    row_id = add(db, "a", tags=["prod"])
    add(db, "a", tags=["prod"])
    before = everything(db)
    with pytest.raises(InvalidInputError, match="must not look like an ID"):
        change_version_tags(db, row_id, Labels(["next", row_id], exclusive=["prod"]))
    assert everything(db) == before


def test_changing_tags_names_what_changed_and_counts_it(db):
    row_id = add(db, "a", tags=["x"])
    assert change_version_tags(db, row_id, Labels(["x"], ["absent"])).ids == []
    assert change_version_tags(db, row_id, Labels(exclusive=["x"])).ids == [tag_id(db, "x")]
    assert change_version_tags(db, row_id, Labels(exclusive=["x"])).ids == []
    assert change_version_tags(db, row_id, Labels(["y", "y"], ["x"])).ids == [
        tag_id(db, "y"),
        row_id,
    ]
    assert tags_of(db, "a") == ("y",)
    assert db.rows("SELECT revision FROM artifact_version") == [(2,)]


def test_a_change_says_when_it_was(db, monkeypatch):
    row_id = add(db, "a")
    before = find(db, "a")
    change_version_tags(db, row_id, Labels())
    assert find(db, "a").updated == before.updated
    change_version_tags(db, row_id, Labels(["t"]))
    assert find(db, "a").updated > before.updated
    assert find(db, "a").created == before.created


@pytest.mark.parametrize(
    "change",
    [
        lambda db, row_id: change_version_tags(db, row_id, Labels(["t"])),
        lambda db, row_id: put_version_metadata(db, row_id, {"k": 1}),
    ],
)
def test_a_version_that_was_deleted_meanwhile_is_not_found(db, change):
    row_id = add(db, "a")
    delete_versions(db, [find(db, "a")])
    before = everything(db)
    with pytest.raises(NotFoundError, match="deleted meanwhile"):
        change(db, row_id)
    assert everything(db) == before


def test_a_tag_moves_only_from_where_it_was_expected(db):
    one, two, three = (add(db, "a", tags=["prod"] if i == 0 else []) for i in range(3))
    change_version_tags(db, two, Labels(exclusive=["prod"]).expecting(one))
    before = everything(db)
    with pytest.raises(ConflictError, match="version '2' has it"):
        change_version_tags(db, three, Labels(exclusive=["prod"]).expecting(one))
    with pytest.raises(ConflictError, match="version '2' has it"):
        change_version_tags(db, three, Labels(exclusive=["prod"], expected=""))
    with pytest.raises(ConflictError, match="version '2' has it"):
        change_version_tags(db, two, Labels(remove=["prod"]).expecting(one))
    with pytest.raises(ConflictError, match="no version has it"):
        change_version_tags(db, three, Labels(["fresh"]).expecting(two))
    assert everything(db) == before
    change_version_tags(db, three, Labels(["fresh"], expected=""))
    change_version_tags(db, two, Labels(remove=["prod"]).expecting(two))
    assert [tags_of(db, f"a:{number}") for number in (1, 2, 3)] == [(), (), ("fresh",)]


def test_of_several_versions_with_a_tag_the_newest_is_the_one_that_is_expected(db):
    one, two = (add(db, "a", tags=["t"]) for _ in range(2))
    with pytest.raises(ConflictError):
        change_version_tags(db, one, Labels(["u"], ["t"]).expecting(one))
    change_version_tags(db, one, Labels(remove=["t"]).expecting(two))
    add(db, "b", tags=["t"])
    change_version_tags(db, two, Labels(remove=["t"]).expecting(two))


def test_of_two_that_swap_a_tag_at_the_same_time_one_wins(db):
    ids = [add(db, "a", tags=["prod"] if i == 0 else []) for i in range(3)]
    results = []
    for wanted in ids[1:]:
        try:
            change_version_tags(db, wanted, Labels(exclusive=["prod"]).expecting(ids[0]))
            results.append(wanted)
        except ConflictError:
            results.append(None)
    assert results == [ids[1], None]
    assert [row.version for row in listed(db, ("tag", "prod"))] == ["2"]


def test_tags_of_an_artifact_are_a_set_of_their_own(db):
    add(db, "a", tags=["x"])
    artifact = find_artifact(db, "a")
    assert change_artifact(db, artifact.id, Labels(["y"])) == [tag_id(db, "y"), artifact.id]
    assert change_artifact(db, artifact.id, Labels(["y"], ["x"])) == []
    assert find_artifact(db, "a").tags == ("y",)
    assert tags_of(db, "a") == ("x",)


def test_a_renamed_artifact_keeps_its_versions_its_id_and_its_numbers(db):
    ids = [add(db, "a"), add(db, "a")]
    artifact = find_artifact(db, "a")
    assert change_artifact(db, artifact.id, Labels(), "né") == [artifact.id]
    assert find_artifact(db, "né").id == artifact.id
    assert [row.id for row in listed(db, ("artifact", "né"))] == ids[::-1]
    with pytest.raises(NotFoundError):
        find_artifact(db, "a")
    add(db, "né")
    assert find(db, "né").version == "3"
    add(db, "a")
    assert find(db, "a").version == "1"
    assert change_artifact(db, artifact.id, Labels(), "né") == []


def test_a_name_that_is_taken_is_refused_and_nothing_is_changed(db):
    add(db, "a")
    add(db, "b")
    before = everything(db)
    with pytest.raises(ConflictError, match="exists already"):
        change_artifact(db, find_artifact(db, "a").id, Labels(["t"]), "b")
    assert everything(db) == before


def test_the_name_of_a_deleted_artifact_is_refused(db):
    add(db, "a")
    add(db, "gone")
    delete_artifact(db, find_artifact(db, "gone").id)
    before = everything(db)
    with pytest.raises(ConflictError, match="deleted artifact"):
        change_artifact(db, find_artifact(db, "a").id, Labels(["t"]), "gone")
    assert everything(db) == before


def test_a_deleted_artifact_cannot_be_changed(db):
    add(db, "a")
    artifact = find_artifact(db, "a")
    delete_artifact(db, artifact.id)
    with pytest.raises(NotFoundError, match="deleted meanwhile"):
        change_artifact(db, artifact.id, Labels(["t"]), "other")


def test_metadata_keeps_what_is_not_named_and_merges_objects(db):
    row_id = add(db, "a", metadata={"kept": 1, "o": {"a": 1, "b": {"c": 2}}, "l": [1]})
    assert put_version_metadata(db, row_id, {"o": {"b": {"d": 3}, "e": 4}, "l": [2]}) == [row_id]
    assert dict(find(db, "a").metadata) == {
        "kept": 1,
        "o": {"a": 1, "b": {"d": 3}, "e": 4},
        "l": [2],
    }


def test_metadata_that_says_nothing_new_changes_nothing(db):
    row_id = add(db, "a", metadata={"k": 0, "o": {"a": 1}, "n": None})
    before = everything(db)
    for same in ({}, {"k": 0}, {"o": {"a": 1}}, {"o": {}}, {"n": None}):
        assert put_version_metadata(db, row_id, same) == []
    assert everything(db) == before


def test_what_is_inside_of_objects_is_found_and_forgotten_with_them(db):
    row_id = add(db, "a", metadata={"o": {"a": 1, "deep": {"b": "x"}, "gone": None}})
    assert leaves_of(db) == [
        ("o.a", 1, None),
        ("o.deep", None, "o"),
        ("o.deep.b", None, "sx"),
        ("o.gone", None, None),
    ]
    put_version_metadata(db, row_id, {"o": {"a": 2, "gone": [1]}})
    assert leaves_of(db) == [
        ("o.a", 2, None),
        ("o.deep", None, "o"),
        ("o.deep.b", None, "sx"),
        ("o.gone", None, "l[1]"),
    ]
    put_version_metadata(db, row_id, {"o": 5, "p": {"q": True}})
    assert leaves_of(db) == [("p.q", None, "btrue")]
    assert [row.version for row in listed(db, ("metadata.o", "5"), ("metadata.p.q", "true"))] == [
        "1"
    ]
    put_version_metadata(db, row_id, {"p": "text"})
    assert leaves_of(db) == []


@pytest.mark.parametrize(
    ("old", "new"), [(1, True), (0, False), (1, 1.0), ("1", 1), (None, 0), ([], {})]
)
def test_a_value_of_another_type_is_a_new_value(db, old, new):
    row_id = add(db, "a", metadata={"k": old})
    assert put_version_metadata(db, row_id, {"k": new}) == [row_id]
    found = find(db, "a").metadata["k"]
    assert (found, type(found)) == (new, type(new))


def test_a_change_is_unrecorded_until_a_later_one_notes_it(db):
    row_id = add(db, "a")
    assert list_unrecorded(db) == [Unrecorded("version", row_id, 1)]
    change_version_tags(db, row_id, Labels(["t"]))
    pending = [Unrecorded("version", row_id, 2), Unrecorded("tag", tag_id(db, "t"), 1)]
    assert list_unrecorded(db) == pending
    note(db, *pending)
    assert list_unrecorded(db) == []


def note(db: Database, *recorded: Unrecorded) -> None:
    with db.transaction() as transaction:
        note_recorded(transaction, recorded)


def test_what_is_noted_as_recorded_never_goes_back(db):
    row_id = add(db, "a")
    for revision in (5, 3):
        note(db, Unrecorded("version", row_id, revision))
    assert db.rows("SELECT recorded FROM artifact_version") == [(5,)]


def test_labels_name_every_tag_that_is_added():
    labels = labelling.Labels(["a"], ["b"], ["c"])
    assert list(labels.all) == ["a", "c"]
    assert labels.expecting("id").expected == "id"
