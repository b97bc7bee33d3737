"""Throwing away: what goes, what stays, and what is never used again."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactctl.catalog.reading.finding import check_free, find_artifact
from artifactctl.catalog.reading.versions import list_unrecorded
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.errors import ConflictError, NotFoundError
from tests.catalog.test_rows import add, everything, find, listed, open_database, use
from tests.catalog.writes import (
    change_artifact,
    change_version_tags,
    delete_artifact,
    delete_versions,
    give_up_data,
    prune_versions,
    put_version_metadata,
)

LABELS = ("version_tag", "version_metadata", "version_metadata_leaf")


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def names(db) -> list[str]:
    return [f"{row.artifact}:{row.version}" for row in listed(db)][::-1]


def test_a_deleted_version_leaves_only_what_it_has_used_up(db):
    add(db, "a")
    row_id = add(db, "a", tags=["t"], metadata={"k": 1, "o": {"p": 1}})
    before = find(db, "a:2")
    done = delete_versions(db, [before])
    assert (done.versions, done.artifacts, done.changed) == ([row_id], (), [row_id])
    assert names(db) == ["a:1"]
    assert [db.rows(f"SELECT * FROM {table}") for table in LABELS] == [[], [], []]
    (row,) = db.rows("SELECT seq, id, version, number, created, revision FROM deleted_version")
    assert row == (before.seq, row_id, "2", 2, before.created, 2)
    assert find_artifact(db, "a").version_count == 1


@pytest.mark.parametrize("text", ["a:2", "a:raw"])
def test_a_deleted_version_is_said_to_be_deleted_and_is_taken(db, text: str):
    for version in (None, "2", "raw"):
        add(db, "a", version)
    delete_versions(db, [find(db, text)])
    with pytest.raises(NotFoundError, match="was deleted"):
        find(db, text)
    for take in (check_free, add):
        with pytest.raises(ConflictError, match="was deleted and stays used up"):
            take(db, "a", text.partition(":")[2])


def test_the_latest_is_the_newest_that_is_left_and_numbers_go_on(db):
    ids = [add(db, "a", tags=["t"]) for _ in range(3)]
    delete_versions(db, [find(db, "a")])
    assert find(db, "a").id == find(db, "a@t").id == ids[1]
    add(db, "a")
    assert names(db) == ["a:1", "a:2", "a:4"]


def test_all_go_or_none(db):
    ids = [add(db, "a") for _ in range(3)]
    versions = [find(db, row_id) for row_id in ids]
    delete_versions(db, versions[1:2])
    before = everything(db)
    with pytest.raises(NotFoundError, match="a:2 was deleted meanwhile"):
        delete_versions(db, versions)
    assert everything(db) == before


@pytest.mark.parametrize("direction", ["input", "output"])
@pytest.mark.parametrize("what", ["version", "artifact"])
def test_what_a_run_made_or_used_goes_only_by_force(db, direction: str, what: str):
    add(db, "a")
    use(db, add(db, "a"), direction, name="nightly", step="fit")
    before = everything(db)

    def delete(**options: bool):
        if what == "version":
            return delete_versions(db, [find(db, "a:1"), find(db, "a:2")], **options)
        return delete_artifact(db, find_artifact(db, "a").id, **options)

    verb = "made" if direction == "output" else "used"
    with pytest.raises(ConflictError, match=f"a:2 was {verb} by step 'fit' of run 'nightly'"):
        delete()
    assert everything(db) == before
    assert len(delete(force=True).versions) == 2
    assert names(db) == []
    assert db.rows("SELECT version_seq FROM step_version") == [(2,)]


def test_a_deleted_artifact_is_gone_with_its_versions_and_its_tags(db):
    ids = [add(db, "a", tags=["x"]) for _ in range(2)]
    add(db, "b")
    artifact_id = find_artifact(db, "a").id
    change_artifact(db, artifact_id, Labels(["team"]))
    done = delete_artifact(db, artifact_id)
    assert (sorted(done.versions), done.artifacts) == (sorted(ids), [artifact_id])
    assert names(db) == ["b:1"]
    for name in ("a", artifact_id):
        with pytest.raises(NotFoundError):
            find_artifact(db, name)
    with pytest.raises(NotFoundError, match="deleted meanwhile"):
        delete_artifact(db, artifact_id)
    assert db.rows("SELECT * FROM artifact_tag") == []


def test_the_name_of_a_deleted_artifact_comes_back_with_its_numbers_used_up(db):
    for version in (None, None, "raw"):
        add(db, "a", version, tags=["old"])
    artifact = find_artifact(db, "a")
    delete_artifact(db, artifact.id)
    before = everything(db)
    for version in ("2", "raw"):
        with pytest.raises(ConflictError, match="was deleted"):
            add(db, "a", version)
    assert everything(db) == before
    add(db, "a")
    assert names(db) == ["a:3"]
    again = find_artifact(db, "a")
    assert (again.id, again.tags, again.version_count) == (artifact.id, (), 1)
    assert again.created > artifact.created


def test_pruning_takes_the_artifacts_that_it_empties_and_no_others(db):
    ids = [add(db, name) for name in ("a", "a", "b")]
    chosen = [find(db, ref) for ref in ("a:1", "b")]
    b = find_artifact(db, "b")
    done = prune_versions(db, chosen, include_runs=False)
    assert (done.versions, done.artifacts, done.kept) == ([ids[0], ids[2]], [b.id], [])
    assert names(db) == ["a:2"]
    add(db, "b")
    assert names(db) == ["a:2", "b:2"]


CHANGES = [
    lambda db, row_id: change_version_tags(db, row_id, Labels(["keep"])),
    lambda db, row_id: put_version_metadata(db, row_id, {"k": 1}),
    use,
]


@pytest.mark.parametrize("change", CHANGES, ids=["tags", "metadata", "used"])
@pytest.mark.parametrize("prune", [prune_versions, give_up_data])
def test_what_changed_or_was_used_since_it_was_chosen_is_kept(db, change, prune):
    ids = [add(db, "a"), add(db, "a")]
    chosen = [find(db, row_id) for row_id in ids]
    change(db, ids[0])
    done = prune(db, chosen, include_runs=False)
    assert (done.versions, done.kept) == ([ids[1]], [ids[0]])
    assert find(db, ids[0]).data_deleted is None


def test_what_is_used_since_goes_when_runs_are_included(db):
    row_id = add(db, "a")
    chosen = [find(db, "a")]
    use(db, row_id)
    assert prune_versions(db, chosen, include_runs=True).versions == [row_id]


@pytest.mark.parametrize("prune", [prune_versions, give_up_data])
def test_what_was_deleted_since_is_passed_over(db, prune):
    add(db, "a")
    chosen = [find(db, "a")]
    delete_versions(db, chosen)
    done = prune(db, chosen, include_runs=False)
    assert (done.versions, done.artifacts, done.kept) == ([], [], []) or not done.changed
    assert db.rows("SELECT COUNT(*) FROM deleted_version") == [(1,)]


def test_a_version_whose_data_is_given_up_keeps_everything_else(db):
    add(db, "a", tags=["t"], metadata={"k": 1})
    before = find(db, "a")
    give_up_data(db, [before], include_runs=False)
    after = find(db, "a")
    assert (after.data_deleted or "").endswith("Z")
    assert (after.tags, after.metadata, after.facts) == (before.tags, before.metadata, before.facts)
    assert after.revision == 2
    assert add(db, "a", digest=before.digest, if_changed=True) != before.id


def test_every_row_that_changed_waits_for_its_record(db):
    version, other = add(db, "a"), add(db, "b")
    artifact = find_artifact(db, "b").id
    delete_versions(db, [find(db, "a")])
    delete_artifact(db, artifact)
    found = {(item.kind, item.id) for item in list_unrecorded(db)}
    assert found == {("deletion", version), ("deletion", other), ("artifact", artifact)}


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.just(("add", None)),
            st.tuples(st.just("add"), st.sampled_from(["3", "7", "10", "raw", "05"])),
            st.tuples(st.just("delete"), st.integers(0, 20)),
            st.just(("delete artifact", None)),
        ),
        max_size=25,
    )
)
def test_no_number_and_no_name_is_ever_used_twice(tmp_path_factory, steps):
    db = open_database(tmp_path_factory.mktemp("catalog"))
    used: list[str] = []
    living: list[str] = []
    for action, value in steps:
        highest = max([int(name) for name in used if name.isdigit() and name[0] != "0"], default=0)
        if action == "add" and value in used:
            with pytest.raises(ConflictError):
                add(db, "a", value)
        elif action == "add":
            add(db, "a", value)
            name = value or str(highest + 1)
            assert find(db, "a").version == name
            used.append(name)
            living.append(name)
        elif action == "delete" and living:
            name = living.pop(value % len(living))
            delete_versions(db, [find(db, f"a:{name}")])
        elif action == "delete artifact" and living:
            delete_artifact(db, find_artifact(db, "a").id)
            living = []
    assert names(db) == [f"a:{name}" for name in living]
    db.close()
