"""Runs as they happen: what a step made appears with its end, or not at all."""

import multiprocessing
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.reading.finding_runs import find_run, find_run_of_step
from artifactctl.catalog.reading.listing_runs import list_runs
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.catalog.reading.runs import list_running
from artifactctl.catalog.reading.versions import list_unrecorded
from artifactctl.catalog.rows import Listing
from artifactctl.catalog.run_rows import NewRun, NewStep, Run, Step, StepEnd
from artifactctl.catalog.writing.entries import note_recorded
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.digests import digest_of
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import (
    ArtifactctlError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    StaleCacheError,
)
from artifactctl.refs import tag_id
from tests.catalog.test_rows import add, everything, find, listed, new_version, open_database
from tests.catalog.writes import (
    abandon_runs,
    add_version,
    begin_run,
    begin_step,
    change_artifact,
    change_run_tags,
    delete_versions,
    end_run,
    end_step,
    give_up_data,
    put_run_metadata,
    put_step_metadata,
    serve_step,
)

LOG = digest_of(b"log")
NO_ID = "deadbeef-0000-4000-8000-000000000001"


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def run(db: SqliteDatabase, pipeline: str = "train", **changed: Any) -> str:
    """Begin a run; return its ID."""
    new = NewRun(**{"id": str(uuid.uuid4()), "name": "nightly", "pipeline": pipeline, **changed})
    begin_run(db, new)
    return new.id


def step(db: SqliteDatabase, run_id: str, name: str = "load", **changed: Any) -> str:
    """Begin a step; return its ID."""
    new = NewStep(**{"id": str(uuid.uuid4()), "run_id": run_id, "name": name, **changed})
    begin_step(db, new)
    return new.id


def end(db: SqliteDatabase, step_id: str, status: str = "completed", **changed: Any) -> list[str]:
    """End a step; return the IDs of the versions that it made."""
    added, _ = end_step(db, StepEnd(id=step_id, status=status, **changed))
    return [item.id for item in added]


def test_a_step_that_is_served_has_the_metadata_of_the_one_that_made_what_it_reuses(db):
    maker = step(db, run(db))
    (made,) = end(db, maker, outputs=[("o", new_version("a"))], metadata={"acc": 0.9})
    put_step_metadata(db, maker, {"m": {"a": 1, "b": {"c": "x"}}})
    run_id = run(db)
    served = NewStep(str(uuid.uuid4()), run_id, "load")
    how = StepEnd(served.id, "cached", reused=[("o", made)], copied_from=maker)
    assert serve_step(db, served, how) == [run_id]
    before = find_run_of_step(db, maker).steps[0].metadata
    assert only_step(db, run_id).metadata == before == {"acc": 0.9, "m": {"a": 1, "b": {"c": "x"}}}
    for field in ("acc", "m.b.c", "load::acc"):
        wish = Listing(filters=[(f"metadata.{field}", "isnotnull:")])
        found = list_runs(db, wish, lambda row: row.id).items
        assert found[:1] == [run_id]
    put_step_metadata(db, served.id, {"acc": 0.8})
    assert find_run_of_step(db, maker).steps[0].metadata == before
    db.check()


def test_a_step_whose_maker_is_gone_is_not_served(db):
    (made,) = end(db, step(db, run(db)), outputs=[("o", new_version("a"))])
    served = NewStep(str(uuid.uuid4()), run(db), "load")
    how = StepEnd(served.id, "cached", reused=[("o", made)], copied_from=NO_ID)
    with pytest.raises(StaleCacheError):
        serve_step(db, served, how)
    assert find_run(db, served.run_id).steps == ()


def only_step(db: SqliteDatabase, run_id: str) -> Step:
    (found,) = find_run(db, run_id).steps
    return found


def test_a_run_that_began_is_running_and_has_what_it_was_given(db):
    details = {"lock": "0123", "né": [1, None]}
    run_id = run(db, details=details, tags=["b", "a"], metadata={"k": {"i": 1}})
    found = find_run(db, run_id)
    assert (found.id, found.name, found.pipeline, found.status) == (
        run_id,
        "nightly",
        "train",
        RunStatus.RUNNING,
    )
    assert (found.details, found.tags, found.metadata) == (details, ("a", "b"), {"k": {"i": 1}})
    assert (found.ended, found.revision, found.steps) == (None, 1, ())
    assert found.started.endswith("Z")


def test_a_step_that_began_is_running_and_has_its_inputs(db):
    used = add(db, "data")
    run_id = run(db)
    step_id = step(db, run_id, details={"p": 1}, cache_key="key", inputs=[("x", used), ("y", used)])
    found = only_step(db, run_id)
    assert (found.id, found.name, found.status) == (step_id, "load", StepStatus.RUNNING)
    assert (found.details, found.cache_key, found.ended) == ({"p": 1}, "key", None)
    assert (found.inputs, found.outputs) == ((("x", used), ("y", used)), ())
    assert find_run(db, run_id).revision == 2


def test_the_end_of_a_step_publishes_all_that_it_made(db):
    used, run_id = add(db, "data"), run(db)
    step_id = step(db, run_id, details={"p": 1, "code": "a"})
    new = new_version("model", tags=["t"], metadata={"acc": 0.5}, data_type="x.Y")
    added, changed = end_step(
        db,
        StepEnd(
            step_id,
            "completed",
            details={"code": "b", "seconds": 3},
            metadata={"loss": {"train": 1}},
            log=LOG,
            log_bytes=7,
            inputs=[("by hand", used), ("by hand", used)],
            outputs=[("model", new), ("report", new_version("report", "raw"))],
        ),
    )
    found = only_step(db, run_id)
    model, report = find(db, "model"), find(db, "report:raw")
    assert [item.id for item in added] == [model.id, report.id]
    assert changed == [model.id, tag_id("t"), report.id, run_id]
    assert (found.status, found.log, found.log_bytes) == ("completed", LOG, 7)
    assert found.details == {"p": 1, "code": "b", "seconds": 3}
    assert found.metadata == {"loss": {"train": 1}}
    assert found.inputs == (("by hand", used),)
    assert found.outputs == (("model", model.id), ("report", report.id))
    assert found.ended >= found.started
    assert (model.producer_run, model.producer_step, model.producer_name) == (
        run_id,
        "load",
        "nightly",
    )
    assert (model.version, model.tags, model.metadata) == ("1", ("t",), {"acc": 0.5})
    assert (model.data_type, model.save_type) == ("x.Y", "manual")


def test_two_outputs_of_one_artifact_are_two_versions(db):
    run_id = run(db)
    made = end(db, step(db, run_id), outputs=[("o", new_version("a")), ("o", new_version("a"))])
    assert only_step(db, run_id).outputs == tuple(("o", row_id) for row_id in made)
    assert [find(db, row_id).version for row_id in made] == ["1", "2"]


def spoiled(db: SqliteDatabase, step_id: str, gone: str) -> dict[str, StepEnd]:
    """Ends that cannot be, each for another reason; before it, all would be well."""
    first = ("first", new_version("a"))

    def ended(**changed: Any) -> StepEnd:
        values = {"outputs": [first], "metadata": {"k": 1}, "reused_tags": ["t"], "log": LOG}
        return StepEnd(**{"id": step_id, "status": "completed", **values, **changed})

    return {
        "taken": ended(outputs=[first, ("second", new_version("b", "raw"))]),
        "stale": ended(reused=[("r", find(db, "b:raw").id), ("s", gone)]),
        "never": ended(reused=[("r", NO_ID)]),
        "input": ended(inputs=[("x", NO_ID)]),
        "step": ended(id=NO_ID),
        "status": ended(status="done"),
        "metadata": ended(metadata={"big": {"b": "y" * (1 << 20)}}),
    }


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("taken", ConflictError),
        ("stale", StaleCacheError),
        ("never", StaleCacheError),
        ("input", NotFoundError),
        ("step", NotFoundError),
        ("status", ValueError),
        ("metadata", InvalidInputError),
    ],
)
def test_a_step_that_cannot_end_so_has_not_ended_at_all(db, reason: str, error: type[Exception]):
    add(db, "b", "raw")
    gone = add(db, "b")
    delete_versions(db, [find(db, gone)])
    step_id = step(db, run(db))
    put_step_metadata(db, step_id, {"big": {"a": "x"}})
    before = everything(db)
    with pytest.raises(error):
        end_step(db, spoiled(db, step_id, gone)[reason])
    assert everything(db) == before
    assert end(db, step_id, outputs=[("first", new_version("a"))])
    assert find(db, "a").version == "1"


def test_a_version_without_bytes_is_not_reused(db):
    kept = add(db)
    give_up_data(db, [find(db, kept)], include_runs=True)
    with pytest.raises(StaleCacheError) as caught:
        end(db, step(db, run(db)), "cached", reused=[("o", kept)])
    assert (caught.value.exit_code, isinstance(caught.value, ConflictError)) == (4, True)


def test_what_is_reused_is_an_output_of_both_runs_and_keeps_its_producer(db):
    first = run(db)
    (made,) = end(db, step(db, first), outputs=[("o", new_version("a"))])
    second = run(db)
    ended = StepEnd(step(db, second), "cached", reused=[("o", made)], reused_tags=["again"])
    added, changed = end_step(db, ended)
    assert (added, changed) == ([], [tag_id("again"), made, second])
    assert only_step(db, second).outputs == only_step(db, first).outputs == (("o", made),)
    assert (find(db, made).producer_run, find(db, made).tags) == (first, ("again",))


def test_a_step_that_is_served_begins_and_ends_at_once_or_not_at_all(db):
    made, used, run_id = add(db), add(db, "data"), run(db)
    new = NewStep(str(uuid.uuid4()), run_id, "load", {"p": 1}, "key", [("x", used)])
    gone = StepEnd(new.id, "cached", reused=[("o", NO_ID)])
    with pytest.raises(StaleCacheError):
        serve_step(db, new, gone)
    assert find_run(db, run_id).steps == ()
    changed = serve_step(db, new, StepEnd(new.id, "cached", reused=[("o", made)]))
    assert changed == [run_id]
    found = only_step(db, run_id)
    assert (found.status, found.inputs, found.outputs) == ("cached", (("x", used),), (("o", made),))
    assert found.ended is not None


def test_a_tag_that_a_reused_version_has_already_changes_nothing(db):
    made = add(db, tags=["t"])
    ended = StepEnd(step(db, run(db)), "cached", reused=[("o", made)], reused_tags=["t"])
    _, changed = end_step(db, ended)
    assert made not in changed


def test_a_version_that_was_used_and_deleted_by_force_is_known_to_have_been_used(db):
    used, run_id = add(db), run(db)
    step_id = step(db, run_id)
    delete_versions(db, [find(db, used)])
    end(db, step_id, inputs=[("x", used)])
    assert only_step(db, run_id).inputs == ()
    assert record_of(db, run_id)[1]["steps"][0]["version_ids"] == [used]


def test_a_run_is_readable_when_what_it_made_was_deleted_by_force(db):
    run_id = run(db)
    made = end(db, step(db, run_id), outputs=[("a", new_version("a")), ("b", new_version("b"))])
    with pytest.raises(ConflictError, match="was made by step 'load'"):
        delete_versions(db, [find(db, "a")])
    delete_versions(db, [find(db, "a")], force=True)
    assert only_step(db, run_id).outputs == (("b", made[1]),)


@pytest.mark.parametrize("status", ["completed", "cached", "failed", "cancelled"])
def test_a_step_ends_once(db, status: str):
    step_id = step(db, run(db))
    end(db, step_id, status)
    before = everything(db)
    for _ in range(2):
        with pytest.raises(ConflictError, match=f"has ended already, as {status}"):
            end(db, step_id, outputs=[("o", new_version())])
        with pytest.raises(ConflictError):
            add_version(db, new_version(), step_id=step_id)
    assert everything(db) == before


def test_a_step_begins_only_in_a_run_that_runs_under_a_name_of_its_own(db):
    run_id = run(db)
    step(db, run_id)
    with pytest.raises(ConflictError, match="'load'"):
        step(db, run_id)
    with pytest.raises(NotFoundError):
        step(db, NO_ID)
    with pytest.raises(NotFoundError):
        step(db, run_id, "other", inputs=[("x", NO_ID)])
    end_run(db, run_id, "completed", {})
    with pytest.raises(ConflictError, match="has ended already"):
        step(db, run_id, "other")
    assert [item.name for item in find_run(db, run_id).steps] == ["load"]


def test_a_version_saved_within_a_step_is_an_output_of_it(db):
    run_id = run(db)
    step_id = step(db, run_id)
    added = add_version(db, new_version("a"), step_id=step_id, output_name="best")
    other = add_version(db, new_version("b"), step_id=step_id)
    assert added.others == (run_id,)
    assert only_step(db, run_id).outputs == (("b", other.id), ("best", added.id))
    assert (find(db, "a").producer_run, find(db, "a").producer_step) == (run_id, "load")
    assert find_run(db, run_id).revision == 4


def test_a_version_is_not_saved_in_a_step_that_is_gone(db):
    with pytest.raises(NotFoundError):
        add_version(db, new_version(), step_id=NO_ID)
    assert listed(db) == []


@pytest.mark.parametrize(
    ("status", "of_step"),
    [("completed", "failed"), ("failed", "failed"), ("cancelled", "cancelled")],
)
def test_the_end_of_a_run_leaves_no_step_running(db, status: str, of_step: str):
    run_id = run(db, details={"a": 1, "b": 1})
    done, open_ = step(db, run_id, "done"), step(db, run_id, "open")
    end(db, done)
    assert end_run(db, run_id, status, {"b": 2}) == [run_id]
    found = find_run(db, run_id)
    assert (found.status, found.details) == (status, {"a": 1, "b": 2})
    assert [(item.id, item.status) for item in found.steps] == [
        (done, "completed"),
        (open_, of_step),
    ]
    assert all(item.ended for item in (found, *found.steps))
    with pytest.raises(ConflictError, match="has ended already"):
        end_run(db, run_id, "failed", {})


def test_the_end_of_a_run_that_is_gone_is_an_error(db):
    with pytest.raises(NotFoundError):
        end_run(db, NO_ID, "failed", {})


def test_runs_whose_process_died_have_failed_and_the_others_go_on(db):
    dead, done, alive = (run(db, details={"lock": name}) for name in ("dead", "done", "alive"))
    step_id = step(db, dead, details={"p": 1})
    end_run(db, done, "completed", {})
    error = {"error": {"type": "Died"}}
    assert list_running(db) == [(dead, {"lock": "dead"}), (alive, {"lock": "alive"})]
    assert abandon_runs(db, [dead, done, NO_ID], error) == [dead]
    assert abandon_runs(db, [dead, done], error) == []
    found = find_run(db, dead)
    assert (found.status, found.details) == ("failed", {"lock": "dead", **error})
    assert (found.steps[0].id, found.steps[0].status) == (step_id, "failed")
    assert found.steps[0].details == {"p": 1, **error}
    assert find_run(db, done).status == "completed"
    assert list_running(db) == [(alive, {"lock": "alive"})]


def test_an_exclusive_tag_is_on_one_run_of_a_pipeline(db):
    first, other = run(db, tags=["best"]), run(db, "other", tags=["best"])
    second = NewRun(NO_ID, "second", "train", tags=["x"], exclusive_tags=["best"])
    changed = begin_run(db, second)
    assert changed == [NO_ID, first, tag_id("x"), tag_id("best")]
    assert [find_run(db, row_id).tags for row_id in (first, other, NO_ID)] == [
        (),
        ("best",),
        ("best", "x"),
    ]
    changed = change_run_tags(db, first, Labels(["a"], exclusive=["best"]))
    assert (changed.ids, changed.taken) == ([NO_ID, tag_id("a"), first], (("best", NO_ID),))
    assert find_run(db, NO_ID).tags == ("x",)
    assert change_run_tags(db, first, Labels(["a"], exclusive=["best"])).ids == []
    assert change_run_tags(db, first, Labels(remove=["a", "none"])).ids == [first]
    assert find_run(db, first).tags == ("best",)


def test_metadata_of_runs_and_steps_is_merged_as_that_of_versions(db):
    run_id = run(db, metadata={"k": {"i": 1}, "l": 1})
    step_id = step(db, run_id)
    end(db, step_id, metadata={"k": {"i": 1}})
    assert put_run_metadata(db, run_id, {"k": {"j": 2}, "l": [1]}) == [run_id]
    assert put_step_metadata(db, step_id, {"k": {"j": 2}}) == [run_id]
    before = find_run(db, run_id)
    assert before.metadata == {"k": {"i": 1, "j": 2}, "l": [1]}
    assert before.steps[0].metadata == {"k": {"i": 1, "j": 2}}
    assert put_run_metadata(db, run_id, {"k": {"j": 2}}) == []
    assert put_step_metadata(db, step_id, {"k": {"j": 2}}) == []
    assert find_run(db, run_id) == before
    for put in (put_run_metadata, put_step_metadata):
        with pytest.raises(NotFoundError):
            put(db, NO_ID, {"k": 1})


CHANGES: dict[str, Callable[[SqliteDatabase, str, str], Any]] = {
    "begin_step": lambda db, run_id, _: step(db, run_id, "second"),
    "end_step": lambda db, _, step_id: end(db, step_id),
    "add_version": lambda db, _, step_id: add_version(db, new_version(), step_id=step_id),
    "end_run": lambda db, run_id, _: end_run(db, run_id, "failed", {}),
    "abandon": lambda db, run_id, _: abandon_runs(db, [run_id], {}),
    "run_metadata": lambda db, run_id, _: put_run_metadata(db, run_id, {"k": 1}),
    "step_metadata": lambda db, _, step_id: put_step_metadata(db, step_id, {"k": 1}),
    "tags": lambda db, run_id, _: change_run_tags(db, run_id, Labels(["t"])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_of_a_run_is_one_more_revision_to_be_recorded(db, change: str):
    run_id = run(db)
    step_id = step(db, run_id)
    with db.transaction() as transaction:
        note_recorded(transaction, list_unrecorded(db))
    begin_run(db, NewRun(NO_ID, "x", "y"))
    assert [row.id for row in list_unrecorded(db) if row.kind == "run"] == [NO_ID]
    before = find_run(db, run_id).revision
    CHANGES[change](db, run_id, step_id)
    assert find_run(db, run_id).revision == before + 1
    assert run_id in {row.id for row in list_unrecorded(db)}


def test_the_name_of_an_artifact_counts_as_chosen_once_a_person_chose_it(db):
    default = {"has_custom_name": False}
    add(db, "p::s::output", **default)
    add(db, "mine")
    assert not find_artifact(db, "p::s::output").has_custom_name
    artifact_id = find_artifact(db, "p::s::output").id
    added = add_version(db, new_version("p::s::output"))
    assert added.others == [artifact_id]
    for name in ("p::s::output", "mine"):
        assert list(add_version(db, new_version(name, **default)).others) == []
        assert find_artifact(db, name).has_custom_name
    assert change_artifact(db, artifact_id, Labels(), has_custom_name=False) == [artifact_id]
    assert change_artifact(db, artifact_id, Labels(), has_custom_name=False) == []
    assert not find_artifact(db, "p::s::output").has_custom_name


def publish(db: SqliteDatabase, name: str) -> None:
    """One run of one step with two outputs of the artifacts that everybody writes."""
    run_id = run(db, name)
    end(db, step(db, run_id), outputs=[("a", new_version("a")), ("b", new_version("b"))])
    end_run(db, run_id, "completed", {})


def _publish_often(folder: Path, name: str, times: int) -> None:
    db = open_database(folder)
    for _ in range(times):
        publish(db, name)
    db.close()


def check_published(folder: Path, count: int) -> None:
    db = open_database(folder)
    for name in ("a", "b"):
        numbers = [int(row.version) for row in listed(db, ("artifact", name))]
        assert sorted(numbers) == list(range(1, count + 1))
    found: list[Run] = [find_run(db, row_id) for (row_id,) in db.rows("SELECT id FROM run")]
    assert len(found) == count
    for item in found:
        pair = [find(db, version_id).version for _, version_id in item.steps[0].outputs]
        assert len(set(pair)) == 1  # of one transaction, so of one number
    db.check()
    db.close()


def test_numbers_have_no_gap_when_processes_end_steps_at_once(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_publish_often, args=(tmp_path, f"p{i}", 5)) for i in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    check_published(tmp_path, 20)


def test_numbers_have_no_gap_when_threads_end_steps_at_once(tmp_path: Path):
    errors: list[BaseException] = []

    def work(name: str) -> None:
        try:
            _publish_often(tmp_path, name, 4)
        except ArtifactctlError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"p{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    check_published(tmp_path, 32)
