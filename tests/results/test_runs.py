"""Runs and steps as the client gives them, and what is said of them afterwards."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifactctl import Tag
from artifactctl.client import Client
from artifactctl.context import StepScope
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.results.runs import PipelineRun
from artifactctl.verbs import recording
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.recording import Outcome
from artifactctl.verbs.saving import NewObject
from tests.checker import records

Run = Callable[..., PipelineRun]


@pytest.fixture
def run(client: Client, tmp_path: Path) -> Run:
    """Record a run of one step: `run("nightly", outputs={"n": 3}, tags=["t"])`."""

    def record(
        name: str,
        outputs: dict[str, Any] = {},  # noqa: B006 (never changed)
        status: str = "completed",
        pipeline: str = "training",
        inputs: Any = (),
        metadata: Any = {},  # noqa: B006 (never changed)
        **said: Any,
    ) -> PipelineRun:
        log = tmp_path / "log"
        log.write_text("said\n")
        said = {"metadata": {}, "details": {"git": {"dirty": True}}, **said}
        with recording.begin_run(client.home, pipeline, name, **said) as began:
            step_id = recording.begin_step(
                client.home, began, "fit", details={"parameters": {"lr": 0.1}}, cache_key=None,
                inputs=inputs,
            )  # fmt: skip
            scope = StepScope(client.settings.home.value, began.id, name, pipeline, step_id, "fit")
            made = [
                (key, NewObject(value, VersionSpec(f"a_{key}"))) for key, value in outputs.items()
            ]
            done = Outcome(StepStatus(status), metadata=metadata, log=log, outputs=made)
            recording.end_step(client.home, scope, done)
            recording.end_run(client.home, began.id, RunStatus(status), {})
        return client.get_pipeline_run(began.id)

    return record


def test_a_run_is_found_by_its_name_or_id(client: Client, run: Run) -> None:
    first, second = run("nightly", {"n": 1}), run("nightly", {"n": 2})
    assert client.get_pipeline_run("nightly") == second
    assert client.get_pipeline_run(name_id_or_prefix=first.id_text[:10], hydrate=True) == first
    assert client.get_run_step(step_run_id=first.steps["fit"].id) == first.steps["fit"]
    for ask in (client.get_pipeline_run, client.get_pipeline, client.get_run_step):
        with pytest.raises(KeyError):
            ask("nothing")


def test_a_run_tells_what_it_was(client: Client, run: Run) -> None:
    done = run("nightly", {"n": 3}, tags=["b", Tag("a", exclusive=True)], metadata={"own": 1})
    assert (done.name, done.pipeline.name, done.status) == ("nightly", "training", "completed")
    assert [tag.name for tag in done.tags] == ["a", "b"]
    assert done.git["dirty"] is True
    assert done.environment == {}
    assert done.error is None
    assert done.end_time is not None
    assert done.start_time <= done.end_time
    step = done.steps["fit"]
    assert (step.name, step.status, step.parameters["lr"]) == ("fit", "completed", 0.1)
    assert step.run == done
    assert step.log() == "said\n"
    assert step.error is None
    assert done.get_hydrated_version() is done


def test_a_run_is_plain_json_but_for_its_properties(run: Run) -> None:
    done = run("nightly", {"n": 3})
    plain = json.loads(json.dumps(done.as_json()))
    assert list(plain) == [
        "id", "name", "pipeline", "status", "started", "ended", "tags", "metadata", "details",
        "steps", "description",
    ]  # fmt: skip
    assert plain["steps"]["fit"]["output_ids"] == [["n", done.steps["fit"].output.id_text]]
    back = pickle.loads(pickle.dumps(done))
    assert back == done
    assert back.steps["fit"].log() == "said\n"


def test_what_a_step_took_and_gave_is_found_by_name_or_artifact(client: Client, run: Run) -> None:
    first = run("one", {"n": 3})
    given = first.steps["fit"].output
    assert (given.ref, given.load(), given.save_type) == ("a_n:1", 3, "manual")
    assert (given.run, given.step) == (first, first.steps["fit"])
    assert given.producer_pipeline_run_id == first.id
    assert given.producer_step_run_id == first.steps["fit"].id
    second = run("two", {"x": 1, "y": 2}, inputs=[("number", given.id_text)]).steps["fit"]
    assert second.input == given
    assert second.inputs["number"].load() == second.inputs["a_n"].load() == 3
    assert second.outputs["y"].load() == second.outputs["a_y"][0].load() == 2
    assert second.outputs["x"].run_metadata["storage_size"].value > 0
    assert list(second.outputs) == ["x", "y"]
    assert first.steps["fit"].inputs == {}
    with pytest.raises(WrongUsageError, match="does not have exactly one output: it has x, y"):
        second.output  # noqa: B018
    with pytest.raises(ValueError, match="not have exactly one input: it has none"):
        first.steps["fit"].input  # noqa: B018
    with pytest.raises(KeyError, match="no 'z' among x, y"):
        second.outputs["z"]
    with pytest.raises(AttributeError):
        second.outputs["x"].nothing  # noqa: B018


def test_a_version_that_was_deleted_is_no_output_any_more(client: Client, run: Run) -> None:
    done = run("one", {"x": 1, "y": 2})
    client.delete_artifact_version("a_x", force=True)
    assert done.steps["fit"].outputs["x"] == ()
    with pytest.raises(AttributeError):
        done.steps["fit"].outputs["x"].load()
    fresh = client.get_pipeline_run("one").steps["fit"]
    assert fresh.output.ref == "a_y:1"


def test_runs_are_listed_newest_first(client: Client, run: Run) -> None:
    run("one", tags=["t"])
    run("two", status="failed")
    run("three", pipeline="other", metadata={"lr": 0.5})

    def names(*positional: Any, **wish: Any) -> list[str]:
        return [found.name for found in client.list_pipeline_runs(*positional, **wish)]

    assert names() == ["three", "two", "one"]
    assert names("name", 1, 2) == ["one", "three"]
    assert names(pipeline="training", status="failed") == ["two"]
    assert names(tags="t", hydrate=True) == ["one"]
    assert names(run_metadata={"lr": "gt:0.4"}) == ["three"]
    with pytest.raises(WrongUsageError):
        names(user="me")


def test_a_pipeline_has_its_runs(client: Client, run: Run) -> None:
    good, bad = run("good"), run("bad", status="failed")
    found = client.get_pipeline(name_id_or_prefix="training")
    assert found.name == "training"
    assert found.runs == [bad, good]
    assert (found.last_run, found.last_successful_run) == (bad, good)
    run("worse", status="failed", pipeline="hopeless")
    with pytest.raises(NotFoundError, match="no completed run"):
        client.get_pipeline("hopeless").last_successful_run  # noqa: B018


def test_what_is_said_of_a_run_changes_and_is_recorded(
    client: Client, run: Run, home: Path
) -> None:
    done = run("one", metadata={"loss": 0.5, "epochs": 3})
    client.log_step_metadata(done.steps["fit"].id, {"note": {"a": 1}})
    changed = client.log_run_metadata("one", {"loss": 0.1, "trigger": "ci"})
    assert changed.metadata == {"loss": 0.1, "trigger": "ci"}
    assert changed.run_metadata == {
        "loss": 0.1, "trigger": "ci", "fit::loss": 0.5, "epochs": 3, "note": {"a": 1},
    }  # fmt: skip
    assert changed.run_metadata["fit::epochs"].value == 3
    assert changed.steps["fit"].run_metadata["note"].value == {"a": 1}
    assert client.tag_run(done.id, ["x", "y"]).tags == ("x", "y")
    assert client.tag_run("one", Tag("best", exclusive=True), remove="x").tags == ("best", "y")
    (record,) = records(home, "run")
    assert (sorted(record["tags"]), record["metadata"]["loss"]) == (["best", "y"], 0.1)
    run("two")
    client.tag_run("two", [Tag("best", exclusive=True)])
    assert client.get_pipeline_run("one").tags == ("y",)
    client.create_run_metadata(
        {"both": 1}, [(done.id, "pipeline_run"), (done.steps["fit"].id, "step_run")]
    )
    assert client.get_pipeline_run(done.id).run_metadata["fit::both"] == 1
    with pytest.raises(KeyError):
        client.log_step_metadata("nothing", {"a": 1})


def test_data_that_a_run_used_is_not_given_up_unasked(client: Client, run: Run) -> None:
    from artifactctl.errors import ConflictError

    run("one", {"n": 3})
    only_data = {"delete_metadata": False, "delete_from_artifact_store": True}
    with pytest.raises(ConflictError, match="by step 'fit' of run 'one'"):
        client.delete_artifact_version("a_n", **only_data)
    assert client.delete_artifact_version("a_n", force=True, **only_data) == ["a_n:1"]
    with pytest.raises(NotFoundError, match="was deleted on"):
        client.get_artifact_version("a_n").load()


def test_what_is_linked_in_a_step_becomes_an_output_of_it(client: Client, work: Path) -> None:
    from artifactctl import context

    (work / "f").write_text("x")
    with recording.begin_run(client.home, "p", "one", details={}, metadata={}) as began:
        step_id = recording.begin_step(
            client.home, began, "s", details={}, cache_key=None, inputs=()
        )
        scope = StepScope(client.settings.home.value, began.id, "one", "p", step_id, "s")
        with context.executing(scope):
            client.register_artifact("f", "linked")
            client.register("copied", "f")
        recording.end_step(client.home, scope, Outcome(StepStatus.COMPLETED))
        recording.end_run(client.home, began.id, RunStatus.COMPLETED, {})
    step = client.get_pipeline_run("one").steps["s"]
    assert list(step.outputs) == ["copied", "linked"]
    assert client.get_artifact_version("linked").step == step
