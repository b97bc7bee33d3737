"""Runs that are thrown away: what goes with them, what stays, and what never comes back."""

import uuid

import pytest

from artifactctl.catalog import backups
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.reading.lineage import uses_of
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.catalog.reading.versions import list_unrecorded
from artifactctl.catalog.references import logs_among, unknown_ids
from artifactctl.catalog.writing.entries import note_recorded
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.digests import digest_of
from artifactctl.errors import ConflictError, NotFoundError
from artifactctl.json_text import canonical_json
from tests.catalog.test_rows import add, everything, find, new_version, open_database
from tests.catalog.writes import change_run_tags, delete_runs, end_run, put_run_metadata
from tests.catalog.writing.test_running import end, run, step

LOG = digest_of(b"log")
OF_RUNS = ("run", "run_step", "step_version", "run_tag", "run_metadata", "run_metadata_leaf")
OF_RUNS += ("step_metadata", "step_metadata_leaf")


@pytest.fixture
def db(tmp_path):
    made = open_database(tmp_path)
    yield made
    made.close()


def finished(db, **changed):
    """A run with everything that can hang on one, ended; its ID."""
    run_id = run(db, tags=["t"], metadata={"k": {"deep": 1}}, **changed)
    used = add(db, "used")
    step_id = step(db, run_id, inputs=[("x", used)])
    end(
        db,
        step_id,
        metadata={"m": {"deep": 2}},
        log=LOG,
        log_bytes=3,
        outputs=[("o", new_version("made"))],
    )
    end_run(db, run_id, "completed", {})
    return run_id


def test_a_run_goes_with_all_that_hangs_on_it_and_its_versions_stay(db):
    run_id = finished(db)
    assert logs_among(db, [LOG]) == {LOG}
    assert delete_runs(db, [run_id]) == [run_id]
    assert all(db.rows(f"SELECT * FROM {table}") == [] for table in OF_RUNS)
    made = find(db, "made")
    assert (made.producer_run, made.producer_name) == (run_id, run_id)
    assert uses_of(db, [made.seq, find(db, "used").seq]) == []
    assert logs_among(db, [LOG]) == set()
    assert unknown_ids(db, [run_id]) == []
    with pytest.raises(NotFoundError):
        find_run(db, run_id)
    db.check()


def test_other_runs_keep_what_they_have(db):
    gone, kept = finished(db), finished(db)
    before = find_run(db, kept)
    delete_runs(db, [gone])
    assert find_run(db, kept) == before


def test_of_several_all_go_or_none(db):
    first, second, running = finished(db), finished(db), run(db)
    before = everything(db)
    for bad, error in ((running, ConflictError), (str(uuid.uuid4()), NotFoundError)):
        with pytest.raises(error):
            delete_runs(db, [first, bad, second])
        assert everything(db) == before
    assert delete_runs(db, [first, second, first]) == [first, second]


def test_a_run_that_is_running_goes_only_by_force(db):
    running = run(db)
    open_step = step(db, running)
    with pytest.raises(ConflictError, match="running"):
        delete_runs(db, [running])
    delete_runs(db, [running], force=True)
    for late in (
        lambda: end(db, open_step),
        lambda: step(db, running, "more"),
        lambda: end_run(db, running, "completed", {}),
        lambda: put_run_metadata(db, running, {"a": 1}),
        lambda: change_run_tags(db, running, Labels(["t"], [], [])),
        lambda: delete_runs(db, [running], force=True),
    ):
        with pytest.raises(NotFoundError):
            late()


def test_what_is_left_is_recorded(db):
    run_id = finished(db)
    revision, _ = record_of(db, run_id)
    delete_runs(db, [run_id])
    found, record = record_of(db, run_id)
    assert found == revision + 1
    assert {key: record[key] for key in ("record", "id", "name", "pipeline")} == {
        "record": "run_deletion",
        "id": run_id,
        "name": "nightly",
        "pipeline": "train",
    }
    pending = [item for item in list_unrecorded(db, 1000) if item.id == run_id]
    assert [item.kind for item in pending] == ["run_deletion"]
    with db.transaction() as transaction:
        note_recorded(transaction, pending)
    assert run_id not in [item.id for item in list_unrecorded(db, 1000)]


def rebuilt(db, folder, *more):
    """A catalog made from the records of `db`, and of `more` that lie about; and what came back."""
    ids = [row_id for table in ("artifact", "artifact_version", "deleted_version", "run")
           for (row_id,) in db.rows(f"SELECT id FROM {table}")]  # fmt: skip
    ids += [row_id for (row_id,) in db.rows("SELECT id FROM deleted_run")]
    stored = [(row_id, canonical_json(record_of(db, row_id)[1])) for row_id in ids]
    made = open_database(folder)
    done = backups.rebuild(made, folder / "kept", lambda: [*more, *stored])
    return made, done


def test_a_deleted_run_does_not_come_back(db, tmp_path):
    run_id, kept = finished(db), finished(db)
    old = (run_id, canonical_json(record_of(db, run_id)[1]))
    delete_runs(db, [run_id])
    made, done = rebuilt(db, tmp_path / "new")
    assert (done.problems, done.runs, done.deletions) == ([], 1, 1)
    assert made.rows("SELECT * FROM deleted_run") != []
    assert find_run(made, kept).steps == find_run(db, kept).steps
    assert find(made, "made:1").producer_run == run_id
    new = run(made)
    assert find_run(made, new).seq > find_run(made, kept).seq
    # A record that was put back by hand is of no use either.
    backups.rebuild(made, tmp_path / "kept", lambda: [old])
    with pytest.raises(NotFoundError):
        find_run(made, run_id)
    made.check()
    made.close()


def test_the_order_of_deleted_runs_is_not_used_again(db, tmp_path):
    last = [finished(db), finished(db)][-1]
    seq = find_run(db, last).seq
    delete_runs(db, [last])
    assert find_run(db, run(db)).seq > seq
    made, _ = rebuilt(db, tmp_path / "new")
    assert find_run(made, run(made)).seq > seq + 1
    made.close()


@pytest.mark.sqlite_only
def test_a_run_that_a_catalog_still_has_is_not_deleted_by_a_record(db, tmp_path):
    run_id = finished(db)
    copy = tmp_path / "backup.db"
    backups.back_up(db, copy)
    delete_runs(db, [run_id])
    record = (run_id, canonical_json(record_of(db, run_id)[1]))
    with backups.checked_copy(db, copy) as checked:
        backups.put_back(db, checked, tmp_path / "kept", lambda: [record], lambda _ids: None)
    assert find_run(db, run_id).name == "nightly"
    assert db.rows("SELECT * FROM deleted_run") == []
    db.check()


@pytest.mark.parametrize("change", [{"name": None}, {"deleted": None}, {"seq": 0}, {"started": 3}])
def test_a_damaged_record_of_a_deletion_is_a_problem_of_that_one(db, tmp_path, change):
    run_id = finished(db)
    delete_runs(db, [run_id])
    record = {**record_of(db, run_id)[1], **change}
    made = open_database(tmp_path / "new")
    stored = [(run_id, canonical_json(record))]
    done = backups.rebuild(made, tmp_path / "kept", lambda: stored)
    assert len(done.problems) == 1
    assert made.rows("SELECT * FROM deleted_run") == []
    made.close()
