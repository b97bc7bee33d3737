"""`runs list`, `runs describe`, `runs logs`, `runs delete`."""

import csv
import json

import pytest
import yaml

from artifactctl.verbs import recording
from tests.cli.test_errors import in_process
from tests.recorded import Did, make, record

RUN = ["id", "name", "pipeline", "status", "tags", "metadata", "started", "ended", "duration_s"]
RUN += ["git", "environment", "error", "steps", "description"]
DESCRIBED = ["id", "name", "pipeline", "status", "started", "ended", "duration_s", "tags"]
DESCRIBED += ["description", "metadata", "series", "git", "environment", "error", "details"]
DESCRIBED += ["steps"]
STEP = ["name", "id", "status", "started", "ended", "duration_s", "parameters", "inputs"]
STEP += ["outputs", "metadata", "error", "details"]


KEPT = {
    "output_names": {"o_{date}": "o_today"},
    "cache_parts": {"command": "blake3:0"},
    "source_code": "def check(): ...",
    "exit_code": 0,
}


@pytest.fixture
def three(client, work):
    """Runs `first` (failed), `nightly`, `nightly` (running): IDs in the order they began."""
    make(client, "raw")
    failed = {"error": {"type": "ValueError", "message": "no\x1b[31m rows", "traceback": "at …"}}
    first = record(
        client,
        "first",
        Did("train", {"data": "raw"}, status="failed", log="boom\n", details=failed),
        status="failed",
        tags=["old"],
    )
    second = record(
        client,
        "nightly",
        Did("train", {"data": "raw"}, ["model"], "epoch 1\n\x1b[2Jdone\n", parameters={"lr": 0.1}),
        Did("check", {"model": "model"}, log="fine", metadata={"acc": 0.9}, details=KEPT),
        Did("quiet"),
        metadata={"trigger": "ci"},
        tags=["b", "a"],
        details={
            "git": {"commit": "0123456789abcdef", "branch": "main", "dirty": True},
            "environment": {"python": "3.11.7", "user": "me"},
            "source": "train:main",
            "options": {"enable_cache": True},
            "substitutions": {"date": "today"},
        },
    )
    third = record(client, "nightly", Did("train"), pipeline="other", status=None)
    client.close()
    return [run.id_text for run in (first, second, third)]


def listed(run, *words):
    return run("runs", "list", "-q", *words).ok().out.split()


def test_runs_are_listed_newest_first(run, three):
    done = run("runs", "list").ok()
    lines = done.out.splitlines()
    header = ["ID", "NAME", "PIPELINE", "STATUS", "TAGS", "STARTED", "DURATION"]
    assert lines[0].split() == header
    assert [line.split()[0] for line in lines[2:]] == three[::-1]
    assert "a,b" in lines[3]
    assert done.err == "Page (1/1), 3 items found for the applied filters.\n"
    assert listed(run) == three[::-1]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--name", "first"), [0]),
        (("--run", "startswith:nigh", "--status", "running"), [2]),
        (("--pipeline", "training"), [1, 0]),
        (("--status", "oneof:failed,running"), [2, 0]),
        (("--tag", "old"), [0]),
        (("--tags", "isnull:"), [2]),
        (("--metadata", "acc=gt:0.5"), [1]),
        (("--metadata", "trigger=ci", "--created", "gte:1d"), [1]),
        (("--started", "lt:1d"), []),
        (("--ended", "isnull:"), [2]),
        (("--name", "first", "--pipeline", "other", "--logical-operator", "or"), [2, 0]),
        (("--sort-by", "name", "--sort_by", "asc:status"), [0, 1, 2]),
        (("--sort-by", "asc:started", "--size", "1", "--page", "2"), [1]),
        (("--size", "0"), [2, 1, 0]),
    ],
    ids=str,
)
def test_runs_are_filtered_sorted_and_paged(run, three, words, wanted):
    assert listed(run, *words) == [three[i] for i in wanted]


def test_one_run_is_found_by_its_id(run, three):
    assert listed(run, "--id", three[1]) == [three[1]]
    assert listed(run, "--id", f"startswith:{three[0][:8]}") == [three[0]]


def test_the_keys_of_a_run_are_pinned(run, three):
    found = json.loads(run("runs", "list", "-o", "json").ok().out)
    assert list(found) == ["items", "pagination"]
    assert [list(item) for item in found["items"]] == [RUN] * 3
    running, nightly, failed = found["items"]
    assert (running["status"], running["ended"], running["duration_s"]) == ("running", None, None)
    assert nightly["metadata"] == {"trigger": "ci", "acc": 0.9}
    assert nightly["tags"] == ["a", "b"]
    assert nightly["duration_s"] >= 0
    assert nightly["git"]["dirty"] is True
    assert failed["steps"] == [{"name": "train", "status": "failed"}]
    assert yaml.safe_load(run("runs", "list", "-o", "yaml").ok().out) == found
    default = "id,name,pipeline,status,tags,started,duration_s"
    assert run("runs", "list", "-o", "csv").ok().out.splitlines()[0] == default
    rows = run("runs", "list", "--columns", "all", "-o", "tsv").ok().out.splitlines()
    assert rows[0].split("\t") == RUN
    assert len(rows) == 4


def test_columns_are_chosen(run, three):
    shown = run("runs", "list", "-c", "name,duration,STATUS", "-o", "csv", "--name", "first")
    lines = shown.ok().out.splitlines()
    assert lines[0] == "name,duration_s,status"
    assert lines[1].startswith("first,0.")
    wrong = run("runs", "list", "-c", "size")
    assert (wrong.code, wrong.out) == (2, "")
    assert "duration_s" in wrong.err


def test_nothing_to_list_is_said(run, home):
    done = run("runs", "list")
    assert (done.ok().out, done.err.splitlines()[0]) == ("", "No runs found.")
    assert "To make a run: artifactctl run FILE" in done.err
    assert json.loads(run("runs", "list", "-o", "json").ok().out)["items"] == []
    assert not home.exists()


def test_a_run_is_described_as_one_object(run, three):
    found = json.loads(run("runs", "describe", three[1], "-o", "json").ok().out)
    assert list(found) == DESCRIBED
    assert [list(step) for step in found["steps"]] == [STEP] * 3
    train, check, _quiet = found["steps"]
    assert train["inputs"] == [{"name": "data", "ref": "raw:1", "deleted": False}]
    assert train["outputs"] == [{"name": "model", "ref": "model:1", "deleted": False}]
    assert train["parameters"] == {"lr": 0.1}
    assert check["metadata"] == {"acc": 0.9}
    assert check["details"] == {"exit_code": 0}
    assert (found["metadata"], found["error"]) == ({"trigger": "ci", "acc": 0.9}, None)
    assert found["details"] == {"source": "train:main"}
    assert found["environment"] == {"python": "3.11.7", "user": "me"}
    assert yaml.safe_load(run("runs", "describe", three[1], "-o", "yaml").ok().out) == found
    (row,) = csv.DictReader(run("runs", "describe", three[1], "-o", "csv").ok().out.splitlines())
    assert list(row) == DESCRIBED


def test_a_run_is_described_to_people(run, three):
    shown = run("runs", "describe", three[1]).ok().out
    assert "0123456789ab on main, with uncommitted changes" in shown
    assert "python=3.11.7 user=me" in shown
    facts, steps = shown.split("\n\n")
    assert "STEPS" not in facts
    header, _, *rows = steps.splitlines()
    assert header.split()[:3] == ["STEP", "STATUS", "DURATION"]
    assert [row.split()[0] for row in rows] == ["train", "check", "quiet"]
    assert "lr=0.1" in rows[0]
    assert "data=raw:1" in rows[0]
    assert "model:1" in rows[1]
    assert "model=model:1" not in rows[1]
    assert run("runs", "describe", "nightly", "-q").ok().out == f"{three[2]}\n"


def test_a_failure_is_described_without_escape_codes(run, three):
    done = run("runs", "describe", "first", "-o", "json").ok()
    assert json.loads(done.out)["steps"][0]["error"]["message"] == "no\x1b[31m rows"
    for output in ("table", "json", "yaml", "csv", "tsv"):
        assert "\x1b" not in run("runs", "describe", "first", "-o", output).ok().out


def test_what_steps_printed_is_printed_harmlessly(run, three):
    assert run("runs", "logs", three[1]).ok().out == (
        "==> train <==\nepoch 1\n\\x1b[2Jdone\n\n==> check <==\nfine\n"
    )
    assert run("runs", "logs", three[1], "check").ok().out == "fine\n"
    assert run("runs", "logs", "first").ok().out == "boom\n"
    assert run("runs", "logs", three[1], "-q").ok().out == "train\ncheck\n"
    nothing = run("runs", "logs", three[1], "quiet").ok()
    assert (nothing.out, len(nothing.err.splitlines())) == ("", 1)


def test_logs_are_given_to_programs_as_they_are(run, three):
    found = json.loads(run("runs", "logs", three[1], "-o", "json").ok().out)
    assert found == {
        "id": three[1],
        "run": "nightly",
        "steps": [
            {"step": "train", "log": "epoch 1\n\x1b[2Jdone\n"},
            {"step": "check", "log": "fine"},
            {"step": "quiet", "log": ""},
        ],
    }
    only = json.loads(run("runs", "logs", three[1], "check", "-o", "json").ok().out)
    assert only["steps"] == [{"step": "check", "log": "fine"}]
    lines = run("runs", "logs", three[1], "-o", "csv").ok().out.splitlines()
    assert lines[:2] == ["step,log", r"train,epoch 1\n\x1b[2Jdone\n"]


def test_a_run_under_way_is_deleted_by_force_alone(run, client):
    with recording.begin_run(client.home, "training", "now", details={}, metadata={}):
        refused = run("runs", "delete", "now", "--yes")
        assert refused.code == 4
        assert "--force" in refused.err
        run("runs", "delete", "now", "--yes", "--force").ok()
    assert run("runs", "list", "-q").ok().out == ""


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("runs", "describe", "nothing"), 3, "nothing"),
        (("runs", "describe", "nihgtly"), 3, "did you mean 'nightly'"),
        (("runs", "describe", "n"), 5, "nightly"),
        (("runs", "delete", "fir", "--yes"), 3, "did you mean 'first'"),
        (("runs", "logs", "gone"), 3, "gone"),
        (("runs", "logs", "first", "fit"), 3, "train"),
        (("runs", "delete", "first", "gone", "--yes"), 3, "gone"),
        (("runs", "delete", "first"), 2, "--yes"),
        (("runs", "delete", "--yes"), 2, "RUN"),
        (("runs", "list", "--sort-by", "size"), 2, "started"),
        (("runs", "list", "--started", "yesterday"), 2, "yesterday"),
        (("runs", "describe"), 2, "RUN"),
    ],
    ids=str,
)
def test_errors_are_one_line_and_change_nothing(capsys, home, three, words, code, text):
    failed = in_process(capsys, home, *words)
    assert (failed.code, failed.out) == (code, "")
    assert text in failed.err
    assert len(failed.err.splitlines()) == 1
    as_json = in_process(capsys, home, *words, "-o", "json")
    assert json.loads(as_json.err)["error"]["code"] == code
    assert in_process(capsys, home, "runs", "list", "-q").out.split() == three[::-1]


def test_runs_are_deleted_and_their_versions_stay(run, home, three):
    done = run("runs", "delete", three[1], "first", "--yes", "-o", "json").ok()
    assert json.loads(done.out) == {"deleted": [three[1], three[0]]}
    assert listed(run) == [three[2]]
    assert run("artifact", "prune", "--dry-run", "-q").ok().out == "model:1\n"
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert listed(run) == [three[2]]
    assert run("download", "model:1", "out").ok()
    assert run("runs", "delete", "nightly", "-yf", "-q").ok().out == f"{three[2]}\n"
    assert run("runs", "describe", "nightly").code == 3


def test_a_deletion_says_what_went(run, three):
    assert run("runs", "delete", "first", "--yes").ok().out == "Deleted first\n"
    run("verify").ok()


def test_runs_are_tagged_and_get_metadata(run, three):
    assert run("tag", "run:first", "kept", "-r", "old").ok().out == "run:first  kept\n"
    assert run("tag", "run:nightly", "-q").ok().out == f"{three[2]}\n"
    shown = json.loads(run("metadata", "log", "run:first", "k=1", "-o", "json").ok().out)
    assert shown == {"id": three[0], "name": "first", "tags": ["kept"], "metadata": {"k": 1}}
    assert run("metadata", "log", "run:first", "k=2").ok().out == "Logged k to run:first\n"
    merged = json.loads(run("metadata", "list", f"run:{three[1]}", "-o", "json").ok().out)
    assert merged == {"trigger": "ci", "acc": 0.9}
    assert "run:nightly has no metadata" in run("metadata", "list", "run:nightly").ok().err
    for words in (
        ("tag", "run:gone", "x"),
        ("metadata", "log", "run:gone", "k=1"),
        ("metadata", "list", "run:gone"),
    ):
        assert run(*words).code == 3
    for flag in ("--artifact", "--expect="):
        assert run("tag", "run:first", "x", flag).code == 2


def test_an_exclusive_tag_leaves_the_other_runs_of_the_pipeline(run, three):
    run("tag", "run:first", "a", "--exclusive").ok()
    assert listed(run, "--tag", "a") == [three[0]]


def test_an_artifact_called_run_is_named_with_its_version_beside(run, work):
    (work / "f").write_text("x")
    run("register", "run", "f").ok()
    assert run("tag", "run", "x", "-v", "1").ok().out == "run:1  x\n"
    assert run("tag", "run:1", "x").code == 3
    assert run("download", "run:1", "out").ok()
