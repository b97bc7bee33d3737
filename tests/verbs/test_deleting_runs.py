"""Throwing runs away, and describing them before."""

import pytest

from artifactctl.client import Client
from artifactctl.errors import ConflictError, NotFoundError
from artifactctl.verbs import recording
from tests.checker import records
from tests.recorded import Did, make, record


def test_a_deleted_run_leaves_its_versions_to_prune(client: Client) -> None:
    make(client, "raw")
    run = record(client, "nightly", Did(inputs={"x": "raw"}, outputs=["model"], log="said"))
    assert client.prune_artifacts(dry_run=True).going == []
    assert client.delete_pipeline_run("nightly") == [run.id_text]
    (choice,) = client.prune_artifacts(dry_run=True).going
    assert (choice.version.artifact, choice.reason) == ("model", "its run was deleted")
    assert client.get_artifact_version("model").producer == {"run": run.id_text, "step": "fit"}
    assert client.collect_garbage(grace_s=0).blobs == 1  # what it printed
    assert client.load("model") == "model"
    with pytest.raises(NotFoundError):
        client.get_pipeline_run(run.id)
    (left,) = records(client.settings.home_path, "run_deletion")
    assert (left["id"], left["name"]) == (run.id_text, "nightly")
    assert client.verify() == []


def test_several_go_or_none(client: Client) -> None:
    first, second = record(client, "a"), record(client, "b")
    with recording.begin_run(client.home, "training", "c", details={}, metadata={}) as third:
        with pytest.raises(ConflictError, match="'c' is running"):
            client.delete_pipeline_run([first.id_text, "c"])
        with pytest.raises(NotFoundError):
            client.delete_pipeline_run([first.id_text, "gone"])
        assert client.list_pipeline_runs().total == 3
        assert client.delete_pipeline_run(["b", second.id_text, "a"]) == [
            second.id_text,
            first.id_text,
        ]
        assert client.delete_pipeline_run(third.id, force=True) == [third.id]
    assert client.list_pipeline_runs().total == 0


def test_a_run_whose_process_is_gone_is_running_no_more(client: Client) -> None:
    dead = record(client, "dead", status=None)
    assert client.delete_pipeline_run("dead") == [dead.id_text]


def test_an_id_means_that_run_whatever_another_is_called(client: Client) -> None:
    first = record(client, "a")
    named = record(client, first.id_text)
    assert client.delete_pipeline_run(first.id) == [first.id_text]
    assert client.delete_pipeline_run(first.id_text) == [named.id_text]
    with pytest.raises(NotFoundError):
        client.delete_pipeline_run(first.id)


def test_deleted_runs_stay_deleted_after_a_rebuild(client: Client) -> None:
    gone, kept = record(client, "a", Did(outputs=["m"])), record(client, "b")
    client.delete_pipeline_run(gone.id_text)
    client.settings.catalog_path.unlink()
    client.close()
    done = client.rebuild_catalog()
    assert (done.problems, done.runs, done.deletions, done.versions) == ((), 1, 1, 1)
    assert [run.id for run in client.list_pipeline_runs()] == [kept.id]
    assert client.verify() == []


def test_a_deletion_whose_record_is_late_is_recorded_by_the_next_change(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = record(client, "a")

    def fail(_records: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(client.store, "put_records", fail)
        client.delete_pipeline_run(gone.id_text)
    assert records(client.settings.home_path, "run_deletion") == []
    make(client, "raw")
    assert [item["id"] for item in records(client.settings.home_path, "run_deletion")] == [
        gone.id_text
    ]


def test_a_run_is_described_with_the_names_of_versions(client: Client) -> None:
    make(client, "raw")
    record(
        client,
        "nightly",
        Did("train", {"data": "raw"}, ["model", "report"]),
        Did("check", {"model": "model"}, status="failed"),
    )
    client.delete_artifact_version("raw", force=True)
    found = client.describe_pipeline_run("nightly")
    train, check = found.steps
    assert [(use.name, use.ref, use.deleted) for use in train.inputs] == [("data", "raw:1", True)]
    assert [use.ref for use in train.outputs] == ["model:1", "report:1"]
    assert (check.step.status, [use.ref for use in check.inputs]) == ("failed", ["model:1"])
    assert found.run == client.get_pipeline_run("nightly")
    assert found.run.duration_s is not None
    assert found.run.duration_s >= 0
    assert record(client, "under way", status=None).duration_s is None
