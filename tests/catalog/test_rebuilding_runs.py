"""Runs made again from records: every row as it was, wherever their versions have to be."""

import contextlib
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactctl.catalog import backups
from artifactctl.catalog.cells import CELLS
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.catalog.run_rows import NewRun, NewStep, StepEnd
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.digests import digest_of
from artifactctl.errors import ConflictError, NotFoundError
from tests.catalog.test_rebuilding import NAMES, TAGS, History, rebuilt, values
from tests.catalog.test_rows import TABLES, add, find, listed, new_version
from tests.catalog.writes import (
    add_version,
    begin_run,
    begin_step,
    change_run_tags,
    end_run,
    end_step,
    put_run_metadata,
    put_step_metadata,
)

LOG = digest_of(b"log")


class RunHistory(History):
    """A catalog in which runs happen, and the records of all that."""

    def begin(self, pipeline: str, tag: str, metadata: dict[str, Any]) -> None:
        new = NewRun(str(uuid.uuid4()), "r", pipeline, {"lock": "é"}, ["t"], [tag], metadata)
        self.note(begin_run(self.db, new))

    def step(self, position: int, name: str, used: int) -> None:
        inputs = [("x", self.version(used).id)] if listed(self.db) else []
        run_id = self.one_of("run", position)
        new = NewStep(str(uuid.uuid4()), run_id, name, {"p": [1]}, f"key of {name}", inputs)
        self.note(begin_step(self.db, new))

    def finish(self, position: int, artifacts: list[str], used: int, found: Any) -> None:
        step_id = self.one_of("run_step", position)
        made = [(f"output_{i}", new_version(name)) for i, name in enumerate(artifacts)]
        reused = [("r", self.version(used).id)] if listed(self.db) else []
        ended = StepEnd(
            step_id,
            "completed",
            {"seconds": 1},
            {"k": found},
            LOG,
            3,
            inputs=reused,
            outputs=made,
            reused=reused,
            reused_tags=["again"],
        )
        self.note(end_step(self.db, ended)[1])

    def save(self, position: int, name: str) -> None:
        step_id = self.one_of("run_step", position)
        added = add_version(self.db, new_version(name, has_custom_name=False), step_id=step_id)
        self.note([added.id, *added.others])

    def finish_run(self, position: int, status: str) -> None:
        self.note(end_run(self.db, self.one_of("run", position), status, {"seconds": 2}))

    def log_run(self, position: int, found: Any) -> None:
        self.note(put_run_metadata(self.db, self.one_of("run", position), {"m": found}))
        self.note(put_step_metadata(self.db, self.one_of("run_step", position), {"k": found}))

    def tag_run(self, position: int, labels: Labels) -> None:
        self.note(change_run_tags(self.db, self.one_of("run", position), labels).ids)

    def one_of(self, table: str, position: int) -> str:
        ids = [row_id for (row_id,) in self.db.rows(f"SELECT id FROM {table} ORDER BY seq")]
        if not ids:
            raise NotFoundError("there is none")
        return ids[position % len(ids)]


def dump(db: SqliteDatabase) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but for what is known of its record."""
    found = {}
    for table in TABLES:
        names = list(CELLS[table])
        cells = db.rows(f"SELECT {', '.join(names)} FROM {table}")
        rows = [dict(zip(names, row, strict=True)) for row in cells]
        kept = [{**row, "recorded": None} for row in rows]
        found[table] = sorted(kept, key=repr)
    return found


positions = st.integers(0, 20)
names = st.sampled_from(NAMES)
tags = st.sampled_from(TAGS)
changes = st.one_of(
    st.tuples(st.just("begin"), st.sampled_from("pq"), tags, st.dictionaries(tags, values)),
    st.tuples(st.just("step"), positions, st.sampled_from("xyz"), positions),
    st.tuples(st.just("finish"), positions, st.lists(names, max_size=3), positions, values),
    st.tuples(st.just("save"), positions, names),
    st.tuples(st.just("finish_run"), positions, st.sampled_from(["completed", "cancelled"])),
    st.tuples(st.just("log_run"), positions, values),
    st.tuples(st.just("tag_run"), positions, st.builds(Labels, st.lists(tags), st.lists(tags))),
    st.tuples(st.just("delete"), positions),
    st.tuples(st.just("delete_artifact"), names),
)


@pytest.mark.sqlite_only
@settings(max_examples=25)
@given(st.lists(changes, max_size=20))
def test_a_catalog_with_runs_is_the_same_after_a_rebuild_to_the_last_row(tmp_path_factory, story):
    history = RunHistory(tmp_path_factory.mktemp("before"))
    history.begin("p", "x", {"k": {"i": 1}})
    history.step(0, "x", 0)
    for verb, *words in story:
        with contextlib.suppress(ConflictError, NotFoundError):
            getattr(history, verb)(*words)
    db, done = rebuilt(tmp_path_factory.mktemp("after"), history.records)
    assert done.problems == []
    assert dump(db) == dump(history.db)
    db.check()
    db.close()
    again = backups.rebuild(
        history.db, tmp_path_factory.mktemp("kept") / "kept", history.records.items
    )
    assert (again.versions, again.runs, again.repaired) == (0, 0, 0)
    assert dump(history.db) == dump(db)
    for made in (db, history.db):
        made.close()


@pytest.fixture
def history(tmp_path: Path):
    """A run with one step that used `data:1`, and made `a:1` and `b:1`."""
    made = RunHistory(tmp_path)
    made.add("data", None)
    made.begin("train", "best", {"acc": 1})
    made.step(0, "fit", 0)
    made.finish(0, ["a", "b"], 0, {"i": 1})
    yield made
    made.db.close()


def uses(db: SqliteDatabase) -> list[tuple[str, str, str]]:
    """What the step of the run refers to, by the versions' names."""
    (step,) = find_run(db, "r").steps
    pairs = [("input", *pair) for pair in step.inputs] + [
        ("output", *pair) for pair in step.outputs
    ]
    return [(way, name, find(db, row_id).artifact) for way, name, row_id in pairs]


USES = [
    *(("input", "r", "data"), ("input", "x", "data")),
    *(("output", "output_0", "a"), ("output", "output_1", "b"), ("output", "r", "data")),
]


def test_versions_that_had_to_move_are_those_of_their_run_still(history, tmp_path: Path):
    assert uses(history.db) == USES
    (tmp_path / "new").mkdir()
    db = SqliteDatabase(tmp_path / "new" / "catalog.db", tmp_path / "new", lambda: False)
    others = [add(db, "other") for _ in range(4)]
    done = backups.rebuild(db, tmp_path / "kept", history.records.items)
    assert (done.versions, done.runs, done.problems) == (3, 1, [])
    assert uses(db) == USES
    assert find(db, "a").seq > 4
    assert len({row.seq for row in listed(db)}) == 7
    assert not {row_id for _, row_id in find_run(db, "r").steps[0].outputs} & set(others)
    db.close()


def test_a_version_of_which_no_record_is_left_is_nobody_elses_place(history, tmp_path: Path):
    lost = find(history.db, "b").id
    del history.records[lost]
    db, done = rebuilt(tmp_path / "new", history.records)
    assert done.problems == []
    assert uses(db) == [use for use in USES if use[1] != "output_1"]
    new = add(db, "new")
    assert find(db, new).seq > find(history.db, lost).seq
    assert uses(db) == [use for use in USES if use[1] != "output_1"]
    db.close()


def old_form(content: bytes) -> bytes:
    """The record of a run as an earlier artifactctl wrote it."""
    record = json.loads(content)
    del record["tags"], record["metadata"]
    kept = ("seq", "id", "name", "status", "details", "versions")
    record["steps"] = [{key: step[key] for key in kept} for step in record["steps"]]
    return json.dumps(record).encode()


def test_records_of_runs_that_earlier_ones_wrote_are_as_good_as_ever(history, tmp_path: Path):
    run_id = find_run(history.db, "r").id
    records = {**history.records, run_id: old_form(history.records[run_id])}
    db, done = rebuilt(tmp_path / "new", records)
    assert (done.runs, done.problems) == (1, [])
    assert uses(db) == USES
    run = find_run(db, "r")
    assert (run.tags, run.metadata, run.steps[0].cache_key) == ((), {}, None)
    assert (run.steps[0].log, run.steps[0].started, run.steps[0].metadata) == (None, None, {})
    db.close()


@pytest.mark.sqlite_only
def test_what_was_recorded_since_a_backup_includes_runs_and_how_they_went_on(
    history, tmp_path: Path
):
    history.begin("train", "best", {})
    history.step(1, "second", 1)
    saved = tmp_path / "saved.db"
    backups.back_up(history.db, saved)
    history.finish(1, ["a"], 0, 1)
    history.step(1, "third", 1)
    history.finish(2, ["c"], 0, 1)
    history.finish_run(1, "completed")
    history.begin("train", "best", {"k": {"late": 1}})
    wanted = {row_id: record_of(history.db, row_id) for row_id in history.records}
    with backups.checked_copy(history.db, saved) as copy:
        done = backups.put_back(
            history.db, copy, tmp_path / "kept", history.records.items, lambda _ids: None
        )
    assert (done.runs, done.versions, done.problems) == (1, 2, [])
    for row_id, record in wanted.items():
        if record[1]["record"] == "run":
            assert record_of(history.db, row_id) == record
    history.db.check()


SPOILED: dict[str, Any] = {
    "no tags": lambda run: run.update(tags="abc"),
    "a tag that is none": lambda run: run.update(tags=["a,b"]),
    "metadata that is none": lambda run: run.update(metadata=[1]),
    "details that are none": lambda run: run.update(details=3),
    "a step without a name": lambda run: run["steps"][0].pop("name"),
    "a step's metadata": lambda run: run["steps"][0].update(metadata=None),
    "a place": lambda run: run["steps"][0].update(seq=1 << 62),
    "no place": lambda run: run["steps"][0].update(seq="1"),
    "a log that is no digest": lambda run: run["steps"][0].update(log="../../etc/passwd"),
    "a size": lambda run: run["steps"][0].update(log_bytes=-1),
    "fewer IDs than versions": lambda run: run["steps"][0]["version_ids"].pop(),
    "an ID that is none": lambda run: run["steps"][0]["version_ids"].__setitem__(0, 1),
    "a direction": lambda run: run["steps"][0]["versions"][0].__setitem__(0, "sideways"),
    "a version's place": lambda run: run["steps"][0]["versions"][0].__setitem__(2, 1 << 63),
    "a name that is none": lambda run: run["steps"][0]["versions"][0].__setitem__(1, ["x"]),
}


@pytest.mark.sweep_on_postgres(but_each=5)
@pytest.mark.parametrize("reason", SPOILED)
def test_the_record_of_a_run_that_cannot_be_relied_upon_is_a_problem_of_it_alone(
    history, tmp_path: Path, reason: str
):
    run_id = find_run(history.db, "r").id
    record = json.loads(history.records[run_id])
    SPOILED[reason](record)
    db, done = rebuilt(tmp_path / "new", {**history.records, run_id: json.dumps(record).encode()})
    assert (done.runs, done.versions) == (0, 3)
    (problem,) = done.problems
    assert run_id in problem
    assert db.rows("SELECT * FROM step_version") == db.rows("SELECT * FROM run_step") == []
    db.check()
    db.close()


def test_metadata_of_a_step_may_be_nested_as_deep_as_any(history, tmp_path: Path):
    deep: Any = 1
    for _ in range(31):
        deep = {"d": deep}
    history.log_run(0, deep)
    db, done = rebuilt(tmp_path / "new", history.records)
    assert done.problems == []
    assert find_run(db, "r").steps[0].metadata == find_run(history.db, "r").steps[0].metadata
    db.close()
