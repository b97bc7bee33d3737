"""`pipeline list` and `pipeline delete`."""

import json

import pytest

from artifactctl.client import Client
from artifactctl.verbs import recording
from tests.recorded import record


@pytest.fixture
def some(client: Client) -> Client:
    for name in ("train", "training", "training"):
        record(client, pipeline=name, status="failed" if name == "train" else "completed")
    client.tag_pipeline("training", ["t"])
    return client


def test_pipelines_are_listed_in_every_format_with_filters_and_zenmls_words(run, some: Client):
    table = run("pipeline", "list").ok().out
    assert "LATEST RUN STATUS" in table
    columns = ("--columns", "name,tags,num_runs,latest_run_status,user")
    assert run("pipeline", "list", *columns, "-o", "csv").ok().out == (
        "name,tags,num_runs,latest_run_status,user\ntraining,t,2,completed,\ntrain,,1,failed,\n"
    )
    for words, names in (
        (("--latest_run_status", "failed"), "train\n"),
        (("--tag", "t"), "training\n"),
        (("--name", "startswith:train", "--sort_by", "name"), "train\ntraining\n"),
        (("--run-count", "gt:1"), "training\n"),
        (("--id", str(some.get_pipeline("train").id)), "train\n"),
        (("--created", "lt:1h", "--size", "1"), ""),
    ):
        assert run("pipeline", "list", "-q", *words).ok().out == names
    found = json.loads(run("pipeline", "list", "-o", "json", "--columns", "all").ok().out)
    assert found["items"][0]["latest_run_id"] == str(some.get_pipeline("training").latest_run_id)
    noted = run("pipeline", "list", "--user", "me", "--latest_run_user", "me", "-q").ok()
    assert noted.err.count("filters nothing") == 2


@pytest.mark.parametrize("words", [("--latest_run_status", "done"), ("--id", "x"), ("--page", "9")])
def test_a_wrong_filter_of_pipelines_is_a_wrong_usage(run, some: Client, words):
    assert run("pipeline", "list", *words).code == 2


def test_a_pipeline_is_deleted_by_its_whole_name_or_id_once_asked(run, some: Client):
    row_id = str(some.get_pipeline("training").id)
    for part in ("trainin", row_id[:8], "Training"):
        assert run("pipeline", "delete", part, "--yes").code == 3
    asked = run("pipeline", "delete", "training")
    assert (asked.code, "Delete pipeline 'training' with 2 runs?" in asked.err) == (2, True)
    assert run("pipeline", "delete", row_id, "-y").ok().out == "Deleted training (2 runs)\n"
    assert run("pipeline", "list", "-q").ok().out == "train\n"
    assert run("runs", "list", "-q").ok().out.count("\n") == 1


def test_a_pipeline_that_is_running_is_deleted_only_with_force(run, some: Client):
    with recording.begin_run(some.home, "train", "now", details={}, metadata={}):
        refused = run("pipeline", "delete", "train", "--yes")
        assert (refused.code, "is running" in refused.err) == (4, True)
        assert len(some.get_pipeline("train").runs) == 2
        found = run("pipeline", "delete", "train", "--yes", "--force", "-o", "json").ok().out
    assert len(json.loads(found)["deleted"]) == 2
