"""One level of the graph of what was made from what."""

import pytest

from artifactctl.catalog import backups
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.reading.lineage import links_of_run, made_from, names_of, used_for
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.errors import NotFoundError
from artifactctl.json_text import canonical_json
from tests.catalog.test_rows import add, find, new_version, open_database
from tests.catalog.writes import delete_versions
from tests.catalog.writing.test_running import end, run, step

NO_ID = "deadbeef-0000-4000-8000-000000000001"


@pytest.fixture
def db(tmp_path):
    made = open_database(tmp_path)
    yield made
    made.close()


def did(db, inputs=(), outputs=(), reused=(), name="fit", status="completed", run_id=None):
    """A step that took, made and reused versions, by their artifacts; its run's ID."""
    run_id = run_id or run(db)
    step_id = step(db, run_id, name, inputs=[(ref, find(db, ref).id) for ref in inputs])
    end(
        db,
        step_id,
        status,
        outputs=[(item, new_version(item)) for item in outputs],
        reused=[(ref, find(db, ref).id) for ref in reused],
    )
    return run_id


def up(db, *refs):
    return ends(db, made_from(db, [find(db, ref).seq for ref in refs]))


def down(db, *refs):
    return ends(db, used_for(db, [find(db, ref).seq for ref in refs]))


def ends(db, links):
    seqs = [key for link in links for key in (link.source, link.target) if isinstance(key, int)]
    names = {seq: name.ref for seq, name in names_of(db, seqs).items()}
    return [(names.get(x.source, ""), x.step, names.get(x.target, "")) for x in links]


def test_steps_link_what_they_took_with_what_they_made(db):
    add(db, "a")
    add(db, "b")
    did(db, ["a", "b"], ["m", "n"])
    assert up(db, "m") == [("a:1", "fit", "m:1"), ("b:1", "fit", "m:1")]
    assert down(db, "a") == [("a:1", "fit", "m:1"), ("a:1", "fit", "n:1")]
    assert sorted(up(db, "m", "n")) == sorted({*up(db, "m"), *up(db, "n")})
    assert up(db, "a") == down(db, "m") == []


def test_a_step_that_took_or_made_nothing_stands_for_itself(db):
    did(db, [], ["a"], name="load")
    did(db, ["a"], [], name="check", status="failed")
    (loaded,), (checked,) = made_from(db, [1]), used_for(db, [1])
    assert (loaded.source, loaded.step) == (loaded.step_id, "load")
    assert (checked.target, checked.step) == (checked.step_id, "check")


def test_what_is_cached_was_made_by_the_first_one(db):
    add(db, "a")
    first = did(db, ["a"], ["m"])
    for _ in range(3):
        did(db, ["a"], reused=["m"], status="cached")
        did(db, ["a"], status="cached", name="check")
    assert [link.run_id for link in made_from(db, [find(db, "m").seq])] == [first]
    assert [link.run_id for link in used_for(db, [find(db, "a").seq])] == [first]


def test_nothing_is_made_from_itself(db):
    add(db, "a")
    did(db, ["a"], reused=["a"])
    assert up(db, "a") == down(db, "a") == []
    again = new_version("a", inputs=[find(db, "a").id], if_changed=True)
    assert add(db, "b", inputs=[find(db, "a").id] * 2)
    assert down(db, "a") == [("a:1", None, "b:1")]
    assert again.inputs


def test_a_registered_version_names_what_it_was_made_from(db):
    first, second = add(db, "a"), add(db, "b")
    add(db, "m", inputs=[second, first])
    assert up(db, "m") == [("a:1", None, "m:1"), ("b:1", None, "m:1")]
    assert down(db, "b") == [("b:1", None, "m:1")]
    with pytest.raises(NotFoundError):
        add(db, "n", inputs=[NO_ID])


def test_inputs_are_added_to_a_version_that_has_not_changed(db):
    used = add(db, "a")
    new = new_version("m")
    add(db, "m", digest=new.digest)
    revision = find(db, "m").revision
    for changed in (1, 1):
        add(db, "m", digest=new.digest, if_changed=True, inputs=[used])
        assert find(db, "m").revision == revision + changed
    assert up(db, "m") == [("a:1", None, "m:1")]


def test_deleted_versions_keep_their_names_in_the_graph(db):
    used = add(db, "a")
    did(db, ["a"], ["m"])
    add(db, "n", inputs=[used])
    delete_versions(db, [find(db, "a")], force=True)
    (seq,) = {link.source for link in made_from(db, [2, 3])}
    (name,) = names_of(db, [seq]).values()
    assert (name.ref, name.type, name.is_deleted) == ("a:1", None, True)
    assert names_of(db, [99]) == {}
    add(db, "o", inputs=[used])
    delete_versions(db, [find(db, "n")])
    assert db.rows("SELECT version_seq FROM version_input") == [(find(db, "o").seq,)]
    db.check()


def test_a_run_took_what_it_has_not_made(db):
    add(db, "a")
    run_id = did(db, ["a"], ["m"], name="train")
    did(db, ["m", "a"], ["r"], name="report", run_id=run_id)
    taken, given = links_of_run(db, find_run(db, run_id).id)
    assert ends(db, taken) == [("a:1", "train", "")]
    assert ends(db, given) == [("", "train", "m:1"), ("", "report", "r:1")]
    assert links_of_run(db, NO_ID) == ([], [])


def test_a_level_takes_a_fixed_number_of_statements(db, monkeypatch):
    for i in range(40):
        add(db, f"a{i}")
    did(db, [f"a{i}" for i in range(40)], [f"m{i}" for i in range(40)])
    seqs, count = [seq for (seq,) in db.rows("SELECT seq FROM artifact_version")], []
    rows = db.rows
    monkeypatch.setattr(db, "rows", lambda *given: count.append(given) or rows(*given))
    assert len(made_from(db, seqs)) == len(used_for(db, seqs)) == 1600
    assert len(names_of(db, seqs)) == 80
    assert len(count) == 5


def test_inputs_are_made_again_from_records(db, tmp_path):
    first, second = add(db, "a"), add(db, "b")
    made = add(db, "m", inputs=[first, second])
    delete_versions(db, [find(db, "b")])
    assert record_of(db, made)[1]["inputs"] == [first, second]
    assert "inputs" not in record_of(db, first)[1]
    stored = [
        (row_id, canonical_json(record_of(db, row_id)[1])) for row_id in (made, second, first)
    ]
    new = open_database(tmp_path / "new")
    add(new, "other")  # has the place of one of them
    done = backups.rebuild(new, tmp_path / "kept", lambda: stored)
    assert (done.problems, done.versions, done.deletions) == ([], 2, 1)
    assert sorted(up(new, "m")) == up(db, "m")
    new.check()
    new.close()


@pytest.mark.parametrize("inputs", ["x", [1], ["x"], None, {"a": 1}])
def test_a_record_with_damaged_inputs_is_a_problem_of_that_one(db, tmp_path, inputs):
    record = {**record_of(db, add(db, "a"))[1], "inputs": inputs}
    new = open_database(tmp_path / "new")
    done = backups.rebuild(new, tmp_path / "kept", lambda: [(record["id"], canonical_json(record))])
    assert len(done.problems) == 1
    new.close()


def test_a_record_whose_inputs_nobody_knows_comes_back_without(db, tmp_path):
    made = add(db, "m", inputs=[add(db, "a")])
    new = open_database(tmp_path / "new")
    record = (made, canonical_json(record_of(db, made)[1]))
    done = backups.rebuild(new, tmp_path / "kept", lambda: [record])
    assert (done.problems, done.versions) == ([], 1)
    assert up(new, "m") == []
    new.close()
