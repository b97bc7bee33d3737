"""A catalog made again from records: the same one, whatever became of some of the records."""

import contextlib
import copy
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.catalog import backups
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.outside_rows import bad_rows
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.reading.listing import list_artifacts
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.catalog.reading.versions import iterate_ids, list_unrecorded
from artifactctl.catalog.rebuilding import Rebuilt
from artifactctl.catalog.rows import Listing
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.errors import ConflictError, NotFoundError
from artifactctl.refs import check_name
from tests.catalog.test_rows import add, everything, find, listed, new_version, open_database, use
from tests.catalog.writes import (
    add_version,
    change_artifact,
    change_version_tags,
    delete_artifact,
    delete_versions,
    give_up_data,
    put_version_metadata,
)

Records = dict[str, bytes]

NAMES = ("a", "b", "p::s::o")
TAGS = ("x", "y", "é")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ij"), inner),
    max_leaves=4,
)


class History:
    """A catalog, and the records that a store would have of it."""

    def __init__(self, folder: Path) -> None:
        self.db = open_database(folder)
        self.records: Records = {}

    def note(self, row_ids: Any) -> None:
        """Write records as every verb does: those of what it has changed."""
        for row_id in row_ids:
            found = record_of(self.db, row_id)
            assert found is not None
            self.records[row_id] = json.dumps(found[1]).encode()

    def add(self, name: str, version: str | None, **labels: Any) -> None:
        added = add_version(self.db, new_version(name, version, **labels))
        self.note([added.id, *added.others])

    def tag(self, position: int, labels: Labels) -> None:
        self.note(change_version_tags(self.db, self.version(position).id, labels).ids)

    def log(self, position: int, metadata: dict[str, Any]) -> None:
        self.note(put_version_metadata(self.db, self.version(position).id, metadata))

    def label(self, name: str, labels: Labels, new_name: str | None = None) -> None:
        self.note(change_artifact(self.db, find_artifact(self.db, name).id, labels, new_name))

    def delete(self, position: int) -> None:
        done = delete_versions(self.db, [self.version(position)], force=True)
        self.note(done.changed)

    def give_up(self, position: int) -> None:
        done = give_up_data(self.db, [self.version(position)], include_runs=True)
        self.note(done.changed)

    def delete_artifact(self, name: str) -> None:
        done = delete_artifact(self.db, find_artifact(self.db, name).id, force=True)
        self.note(done.changed)

    def run(self, position: int, direction: str) -> None:
        version_id = self.version(position).id
        self.note([use(self.db, version_id, direction), version_id])

    def version(self, position: int):
        found = listed(self.db)
        if not found:
            raise ConflictError("there is none")
        return found[position % len(found)]


def rebuilt(folder: Path, records: Records) -> tuple[SqliteDatabase, Rebuilt]:
    """A new catalog from records alone, which a store gives in any order."""
    db = open_database(folder)
    return db, backups.rebuild(db, folder / "kept", lambda: sorted(records.items()))


def state(db: SqliteDatabase) -> dict[str, Any]:
    """All that a catalog says, but for which records it knows to be written."""
    rows = {row_id: record_of(db, row_id) for row_id in iterate_ids(db)}
    artifacts = list_artifacts(db, Listing(size=0), lambda row: row)
    return {"rows": rows, "versions": listed(db), "artifacts": list(artifacts)}


def next_of(db: SqliteDatabase) -> dict[str, Any]:
    """What the next registration under each name would be given."""
    found = {}
    for name in (*NAMES, "renamed"):
        row_id = add(db, name)
        found[name] = find(db, row_id).version, find(db, row_id).seq
    return found


labels = st.builds(
    Labels,
    st.lists(st.sampled_from(TAGS), max_size=2),
    st.lists(st.sampled_from(TAGS), max_size=2),
    st.lists(st.sampled_from(TAGS), max_size=1),
)
names = st.sampled_from(NAMES)
positions = st.integers(0, 30)
metadata = st.dictionaries(st.sampled_from(["k", "l", "é.m"]), values, max_size=2)
additions = st.tuples(
    st.just("add"),
    names,
    st.sampled_from([None, None, None, "2", "7", "raw", "05"]),
    st.fixed_dictionaries(
        {"tags": st.lists(st.sampled_from(TAGS), max_size=2), "metadata": metadata},
        optional={"exclusive_tags": st.just(["x"]), "link": st.just("file:///data")},
    ),
)
steps = st.one_of(
    additions,
    additions,
    st.tuples(st.just("tag"), positions, labels),
    st.tuples(st.just("log"), positions, metadata),
    st.tuples(st.just("label"), names, labels, st.sampled_from([None, "renamed", *NAMES])),
    st.tuples(st.just("delete"), positions),
    st.tuples(st.just("give_up"), positions),
    st.tuples(st.just("delete_artifact"), names),
    st.tuples(st.just("run"), positions, st.sampled_from(["input", "output"])),
)


def live(folder: Path, story: list[tuple]) -> History:
    history = History(folder)
    history.add("a", None, tags=["x"], metadata={"k": {"i": 1}})
    for verb, *words in story:
        options = words.pop() if verb == "add" else {}
        with contextlib.suppress(ConflictError, NotFoundError):
            getattr(history, verb)(*words, **options)
    return history


@pytest.mark.sqlite_only
@settings(max_examples=60)
@given(st.lists(steps, max_size=25))
def test_a_catalog_rebuilt_from_its_records_is_the_same(tmp_path_factory, story):
    history = live(tmp_path_factory.mktemp("before"), story)
    db, done = rebuilt(tmp_path_factory.mktemp("after"), history.records)
    assert done.problems == []
    assert state(db) == state(history.db)
    assert done.versions == len(listed(db))
    db.check()
    assert next_of(db) == next_of(history.db)
    db.close()
    history.db.close()


@pytest.mark.sqlite_only
@settings(max_examples=30)
@given(st.lists(steps, min_size=4, max_size=15), st.data())
def test_what_is_known_already_is_never_changed(tmp_path_factory, story, data):
    history = live(tmp_path_factory.mktemp("before"), story)
    before = state(history.db)
    done = backups.rebuild(
        history.db, tmp_path_factory.mktemp("kept") / "kept", history.records.items
    )
    assert (done.versions, done.artifacts, done.deletions, done.runs) == (0, 0, 0, 0)
    assert done.problems == []
    assert state(history.db) == before
    history.db.close()


@pytest.mark.sqlite_only
def test_a_catalog_gets_what_only_records_know_and_keeps_what_only_it_knows(tmp_path: Path):
    history = live(tmp_path, [("add", "a", None, {}), ("add", "b", "raw", {"tags": ["t"]})])
    saved = tmp_path / "saved.db"
    backups.back_up(history.db, saved)
    history.add("a", None, tags=["new"], metadata={"k": 1})
    history.add("c", None)
    wanted = state(history.db)
    history.db.close()
    saved.replace(tmp_path / "catalog.db")
    unrecorded = add(history.db, "d")
    done = backups.rebuild(history.db, tmp_path / "kept", history.records.items)
    assert (done.versions, done.artifacts, done.problems) == (2, 1, [])
    found = {row.id: row for row in listed(history.db)}
    assert unrecorded in found
    assert {row.id for row in wanted["versions"]} < found.keys()
    assert find(history.db, "a@new").version == "3"
    # `c:1` had the place of `d:1`, which nobody takes away from it.
    assert len({row.seq for row in found.values()}) == len(found)
    history.db.close()


@pytest.mark.sqlite_only
def test_the_number_that_a_lost_catalog_gave_away_is_not_given_again(tmp_path: Path):
    history = live(tmp_path, [])
    saved = tmp_path / "saved.db"
    backups.back_up(history.db, saved)
    history.add("a", None)
    history.note(delete_versions(history.db, [find(history.db, "a")]).changed)
    history.db.close()
    saved.replace(tmp_path / "catalog.db")
    backups.rebuild(history.db, tmp_path / "kept", history.records.items)
    add(history.db, "a")
    assert find(history.db, "a").version == "3"
    history.db.close()


@pytest.fixture
def history(tmp_path: Path):
    made = live(
        tmp_path,
        [
            ("add", "a", "raw", {"tags": ["x"], "metadata": {"k": {"i": [1]}}}),
            ("add", "b", None, {}),
            ("delete", 0),
            ("add", "b", None, {"link": "file:///data"}),
            ("label", "a", Labels(["team"])),
            ("run", 0, "output"),
        ],
    )
    yield made
    made.db.close()


def only(history: History, kind: str) -> str:
    """The ID of the newest record of a kind."""
    return [key for key, text in history.records.items() if json.loads(text)["record"] == kind][-1]


def changed(content: bytes, **values: Any) -> bytes:
    return json.dumps({**json.loads(content), **values}).encode()


DAMAGED = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"null",
    b"7",
    b'{"record": "version"}',
    b'{"record": "artefact", "format": 1}',
    b'{"record": []}',
    b"[" * 100_000,
    b'{"record": "run", "record": "run"}',
    b'{"a": NaN}',
]


@pytest.mark.sweep_on_postgres(but_each=6)
@pytest.mark.parametrize("content", DAMAGED, ids=[repr(item[:30]) for item in DAMAGED])
def test_a_damaged_record_is_a_problem_of_its_own(history, tmp_path: Path, content: bytes):
    row_id = only(history, "version")
    db, done = rebuilt(tmp_path / "new", {**history.records, row_id: content})
    assert [problem.partition(":")[0] for problem in done.problems] == [f"record {row_id}"]
    wanted = {row.id for row in listed(history.db)} - {row_id}
    assert {row.id for row in listed(db)} == wanted
    db.close()


HOSTILE: list[tuple[str, dict[str, Any]]] = [
    ("version", {"version": "../../x"}),
    ("version", {"version": "latest"}),
    ("version", {"version": None}),
    ("version", {"manifest": "../../etc/passwd"}),
    ("version", {"manifest": None}),
    ("version", {"tags": ["a,b"]}),
    ("version", {"tags": "text"}),
    ("version", {"tags": ["\x1b[31m"]}),
    ("version", {"tags": 7}),
    ("version", {"metadata": {"k": "\ud800"}}),
    ("version", {"metadata": [1]}),
    ("version", {"type": "ModelArtifact"}),
    ("version", {"size_bytes": 7}),
    ("version", {"facts": "blake3:" + "0" * 64}),
    ("version", {"id": "00000000-0000-4000-8000-000000000000"}),
    ("version", {"id": "../../x"}),
    ("version", {"seq": "1"}),
    ("version", {"seq": True}),
    ("version", {"revision": None}),
    ("version", {"format": 2}),
    ("version", {"artifact": None}),
    ("version", {"artifact": {}}),
    ("version", {"created": 7}),
    ("deletion", {"version": "\x00"}),
    ("deletion", {"created": None}),
    ("deletion", {"seq": 2**80}),
    ("artifact", {"name": "../x"}),
    ("artifact", {"name": "-rf"}),
    ("artifact", {"last_number": "9"}),
    ("artifact", {"last_number": 2**80}),
    ("artifact", {"created": None}),
    ("run", {"steps": [{"name": "x"}]}),
    ("run", {"steps": None}),
    ("run", {"name": None}),
    ("run", {"started": [1]}),
]


@pytest.mark.sweep_on_postgres(but_each=8)
@pytest.mark.parametrize(("kind", "lie"), HOSTILE, ids=[f"{k} {v!r:.50}" for k, v in HOSTILE])
def test_a_hostile_record_is_a_problem_and_brings_nothing_back(history, tmp_path, kind, lie):
    row_id = only(history, kind)
    db, done = rebuilt(
        tmp_path / "new", {**history.records, row_id: changed(history.records[row_id], **lie)}
    )
    assert any(problem.startswith(f"record {row_id}") for problem in done.problems), done.problems
    assert row_id not in {row.id for row in listed(db)}
    for row in listed(db):
        wanted = find(history.db, row.id)
        assert (row.artifact, row.version, row.tags) == (
            wanted.artifact,
            wanted.version,
            wanted.tags,
        )
    db.check()
    db.close()


def test_a_record_under_the_name_of_another_is_a_problem(history, tmp_path: Path):
    row_id, other = only(history, "version"), str(uuid.uuid4())
    db, done = rebuilt(
        tmp_path / "new", {**history.records, other: history.records[row_id], "x/../y": b"{}"}
    )
    assert {problem.partition(":")[0] for problem in done.problems} == {
        f"record {other}",
        "record x/../y",
    }
    assert state(db) == state(history.db)
    db.close()


def test_of_two_records_of_one_version_only_one_comes_back(history, tmp_path: Path):
    """Two catalogs wrote into one store: nothing is lost, and both are named."""
    other = History(tmp_path / "other")
    other.add("c", None)
    forged = json.loads(history.records[only(history, "version")])
    record = json.loads(next(iter(other.records.values())))
    twin = new_version("b", forged["version"])
    second = History(tmp_path / "second")
    add_version(second.db, twin)
    second.note([twin.id])
    record = json.loads(second.records[twin.id])
    record["artifact"] = forged["artifact"]
    record["facts"] = facts_with(record)
    db, done = rebuilt(tmp_path / "new", {**history.records, twin.id: json.dumps(record).encode()})
    (problem,) = done.problems
    assert twin.id in problem
    assert forged["id"] in problem
    found = {row.id for row in listed(db)}
    others = {row.id for row in listed(history.db)} - {forged["id"]}
    assert found in ({*others, forged["id"]}, {*others, twin.id})
    db.check()
    for made in (db, other.db, second.db):
        made.close()


def facts_with(record: dict[str, Any]) -> str:
    from artifactctl.catalog.facts import facts_of

    return facts_of({**record, "artifact_id": record["artifact"]["id"]})


def test_two_artifacts_of_one_name_both_come_back_under_names_of_their_own(tmp_path: Path):
    one, two = History(tmp_path / "one"), History(tmp_path / "two")
    for history in (one, two):
        history.add("a", None)
        history.add("a", "raw")
    records = {**one.records, **two.records}
    db, done = rebuilt(tmp_path / "new", records)
    assert done.problems == []
    assert {row.id for row in listed(db)} == records.keys()
    names = {row.artifact for row in listed(db)}
    assert len(names) == 2
    assert "a" in names
    (other,) = names - {"a"}
    assert other.startswith("a-")
    assert len({row.seq for row in listed(db)}) == 4
    for made in (db, one.db, two.db):
        made.close()


@pytest.mark.parametrize("name", ["x" * 239 + "::output", "x" * 238 + "::output", "é" * 255])
def test_a_name_of_its_own_is_one_that_can_be_typed(tmp_path: Path, name: str):
    one, two = History(tmp_path / "one"), History(tmp_path / "two")
    for history in (one, two):
        history.add(name, None)
    db, _ = rebuilt(tmp_path / "new", {**one.records, **two.records})
    found = {row.artifact for row in listed(db)}
    assert {check_name(text) for text in found} == found
    assert len(found) == 2
    for text in found:
        assert find(db, f"{text}:1").artifact == text
    for made in (db, one.db, two.db):
        made.close()


def test_a_record_and_a_deletion_of_one_version_leave_it_deleted_or_living_not_both(history):
    row_id = only(history, "deletion")
    before = state(history.db)
    done = backups.rebuild(history.db, Path("unused"), history.records.items)
    assert done.deletions == 0
    assert row_id not in {row.id for row in listed(history.db)}
    assert state(history.db) == before


def test_records_of_the_first_schema_come_back(tmp_path: Path):
    history = live(tmp_path / "old", [("add", "b", "raw", {"tags": ["t"], "metadata": {"k": 1}})])
    later = ("data_type", "materializer", "producer_run", "producer_step", "data_deleted")
    records = {}
    for row_id, content in history.records.items():
        record = json.loads(content)
        if record["record"] == "tag":  # the first schema knew only exclusive tags
            continue
        del record["artifact"]["deleted"]
        records[row_id] = json.dumps(
            {key: value for key, value in record.items() if key not in later}
        ).encode()
    db, done = rebuilt(tmp_path / "new", records)
    assert done.problems == []
    said = []
    for found in (state(db), state(history.db)):
        tags = {row_id for row_id, row in found["rows"].items() if row[1]["record"] == "tag"}
        others = {row_id: row for row_id, row in found["rows"].items() if row_id not in tags}
        said.append({**found, "rows": others, "tags": tags})
    assert said[0] == said[1]
    db.close()
    history.db.close()


def test_an_artifact_whose_deletion_was_cut_short_lives_with_what_it_has(tmp_path: Path):
    history = live(tmp_path / "old", [("add", "a", None, {})])
    before = dict(history.records)
    artifact = find_artifact(history.db, "a").id
    history.delete_artifact("a")
    records = {**history.records, **{row_id: before[row_id] for row_id in list(before)[:1]}}
    assert artifact in records
    db, done = rebuilt(tmp_path / "new", records)
    assert (done.versions, done.deletions) == (1, 1)
    assert [row.artifact for row in listed(db)] == ["a"]
    assert find_artifact(db, "a").version_count == 1
    add(db, "a")
    assert find(db, "a").version == "3"
    db.close()
    history.db.close()


def test_what_comes_back_counts_as_recorded_unless_its_record_is_older(history, tmp_path: Path):
    db, _ = rebuilt(tmp_path / "new", history.records)
    assert list_unrecorded(db) == []
    db.close()


paths = st.lists(st.integers(0, 30), min_size=1, max_size=3)
junk = st.one_of(
    values,
    st.text(max_size=5),
    st.sampled_from(["", "a", "blake3:", "../x", -1, 2**70, True, [], {}, [[]], {"a": []}]),
)


def replace_at(value: Any, path: list[int], new: Any) -> None:
    """Put something else at a place inside of a JSON value."""
    first, *rest = path
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not keys:
        return
    key = keys[first % len(keys)]
    if rest and isinstance(value[key], dict | list) and value[key]:
        replace_at(value[key], rest, new)
    else:
        value[key] = new


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    made = live(
        tmp_path_factory.mktemp("sample"),
        [
            ("add", "a", "raw", {"tags": ["x"], "metadata": {"k": {"i": [1]}}}),
            ("add", "b", None, {}),
            ("delete", 0),
            ("add", "b", None, {}),
            ("label", "a", Labels(["team"])),
            ("run", 0, "output"),
        ],
    )
    yield made
    made.db.close()


@pytest.mark.sweep_on_postgres
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 30), paths, junk), min_size=1, max_size=3))
def test_whatever_records_say_a_sound_catalog_comes_of_it(sample, tmp_path_factory, changes):
    records = {key: json.loads(text) for key, text in sample.records.items()}
    for position, path, new in changes:
        replace_at(records[list(records)[position % len(records)]], path, copy.deepcopy(new))
    texts = {key: json.dumps(record).encode() for key, record in records.items()}
    db, done = rebuilt(tmp_path_factory.mktemp("new"), texts)
    db.check()
    listed(db, sort_by=["artifact", "version"])
    state(db)
    touched = {list(records)[position % len(records)] for position, *_ in changes}
    if not any(records[row_id] for row_id in touched):
        assert done.problems
    add(db, "a")
    db.close()


@pytest.mark.sweep_on_postgres
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=40), max_size=4))
def test_records_of_any_bytes_never_crash(tmp_path_factory, contents):
    records = {str(uuid.uuid4()): content for content in contents}
    db, done = rebuilt(tmp_path_factory.mktemp("new"), records)
    assert len(done.problems) == len(records)
    assert listed(db) == []
    assert everything(db)[0] == []
    db.close()


def test_metadata_with_a_nul_in_an_old_record_comes_back_and_is_compared_without_it(
    tmp_path: Path,
) -> None:
    history = History(tmp_path / "old")
    history.add("a", None, metadata={"k": "x", "o": {"i": "x"}})
    ((row_id, content),) = history.records.items()
    record = json.loads(content)
    record["metadata"] = {"k": "a\0b", "o": {"i\0": "\0"}}
    db, done = rebuilt(tmp_path / "new", {row_id: json.dumps(record).encode()})
    assert done.problems == []
    again = record_of(db, row_id)
    assert again is not None
    assert again[1]["metadata"] == record["metadata"]
    cells = [cell for row in db.rows("SELECT * FROM version_metadata") for cell in row]
    cells += [cell for row in db.rows("SELECT * FROM version_metadata_leaf") for cell in row]
    assert not [cell for cell in cells if isinstance(cell, str) and "\0" in cell]
    assert list(bad_rows(db)) == []


@pytest.mark.sqlite_only  # PostgreSQL has no text with it
def test_text_with_a_nul_that_another_program_wrote_is_found(tmp_path: Path) -> None:
    history = History(tmp_path / "old")
    history.add("a", None, metadata={"k": "x"})
    with history.db.transaction() as transaction:
        transaction.execute("UPDATE version_metadata SET text = text || char(0) WHERE key = 'k'")
    assert [bad.column for bad in bad_rows(history.db)] == ["text"]
