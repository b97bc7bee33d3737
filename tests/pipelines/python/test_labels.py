"""Metadata and tags from scripts, steps and pipelines."""

from typing import Annotated

import numpy as np
import pytest

from artifactctl import (
    Tag,
    add_tags,
    get_pipeline_context,
    get_step_context,
    log_artifact_metadata,
    log_metadata,
    pipeline,
    remove_tags,
    save_artifact,
    step,
)
from artifactctl.client import Client
from artifactctl.errors import StepContextError, WrongUsageError


def in_a_step(here: Client, work):
    """Run `work` in a step with two outputs; return the run."""

    @step(enable_cache=False)
    def working() -> tuple[Annotated[int, "one"], Annotated[int, "two"]]:
        work()
        return 1, 2

    @pipeline
    def flow() -> None:
        working()

    return flow()


def test_metadata_of_a_step_shows_in_its_run(here: Client) -> None:
    run = in_a_step(here, lambda: log_metadata({"lr": 0.1, "deep": {"a": 1}}))
    assert run.steps["working"].run_metadata["deep"] == {"a": 1}
    assert run.run_metadata["lr"].value == 0.1
    assert run.metadata == {}


def test_keys_that_clash_show_with_the_steps_name(here: Client) -> None:
    run = in_a_step(here, lambda: log_metadata({"lr": 0.1}))
    log_metadata({"lr": 0.2}, run_id_name_or_prefix=run.id)
    found = here.get_pipeline_run(run.id).run_metadata
    assert (found["lr"], found["working::lr"]) == (0.2, 0.1)


def test_what_is_logged_before_a_step_fails_stays(here: Client) -> None:
    def work() -> None:
        log_metadata({"epoch": 3})
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        in_a_step(here, work)
    assert here.get_pipeline("flow").last_run.run_metadata["epoch"] == 3


def test_with_infer_artifact_it_is_the_output_that_is_meant(here: Client) -> None:
    def work() -> None:
        log_metadata({"a": 1}, artifact_name="one", infer_artifact=True)
        log_artifact_metadata({"b": 2}, artifact_name="two")
        add_tags(["good", "bad"], artifact_name="two", infer_artifact=True)
        remove_tags("bad", artifact_name="two", infer_artifact=True)

    outputs = in_a_step(here, work).steps["working"].outputs
    assert outputs["one"].metadata["a"] == 1
    assert "b" not in outputs["one"].metadata
    assert outputs["two"].metadata["b"] == 2
    assert outputs["two"].tags == ("good",)


def test_of_several_outputs_one_has_to_be_named(here: Client) -> None:
    with pytest.raises(StepContextError, match="several outputs: one, two"):
        in_a_step(here, lambda: log_metadata({"a": 1}, infer_artifact=True))
    with pytest.raises(StepContextError, match="'three'"):
        in_a_step(here, lambda: log_metadata({"a": 1}, artifact_name="three", infer_artifact=True))


def test_tags_in_a_step_are_its_runs(here: Client) -> None:
    run = in_a_step(here, lambda: add_tags("quick"))
    assert run.tags == ("quick",)
    remove_tags("quick", run=run.name)
    assert here.get_pipeline_run(run.id).tags == ()


def test_an_exclusive_tag_is_on_one_run_of_a_pipeline(here: Client) -> None:
    first, second = (
        in_a_step(here, lambda: add_tags(Tag("best", exclusive=True))) for _ in range(2)
    )
    assert here.get_pipeline_run(first.id).tags == ()
    assert here.get_pipeline_run(second.id).tags == ("best",)


def test_in_a_script_it_is_said_what_is_meant(here: Client) -> None:
    first = save_artifact(1, "x")
    save_artifact(2, "x")
    log_metadata({"a": 1}, artifact_name="x", artifact_version="1")
    log_metadata({"b": np.int64(2)}, artifact_version_id=first.id)
    log_metadata({"c": 3}, artifact_name="x")
    log_artifact_metadata({"d": 4}, artifact_name="x")
    add_tags(["t", Tag("one", exclusive=True)], artifact_name="x", artifact_version="1")
    add_tags("whole", artifact="x")
    one, two = here.get_artifact_version("x", "1"), here.get_artifact_version("x", 2)
    assert {k: one.metadata[k] for k in ("a", "b")} == {"a": 1, "b": 2}
    assert {k: two.metadata[k] for k in ("c", "d")} == {"c": 3, "d": 4}
    assert (one.tags, two.tags) == (("one", "t"), ())
    assert here.get_artifact("x").tags == ("whole",)
    add_tags(Tag("one", exclusive=True), artifact_version_id=two.id)
    assert here.get_artifact_version("x", "1").tags == ("t",)
    remove_tags(["t", "never there"], artifact_name="x", artifact_version="1")
    assert here.get_artifact_version("x", "1").tags == ()


@pytest.mark.parametrize(
    "call",
    [
        lambda: log_metadata({"a": 1}),
        lambda: log_metadata({"a": 1}, infer_artifact=True),
        lambda: log_metadata({"a": 1}, artifact_name="x", run_id_name_or_prefix="y"),
        lambda: log_metadata({"a": 1}, step_name="x"),
        lambda: log_artifact_metadata({"a": 1}),
        lambda: add_tags("a"),
        lambda: add_tags("a", artifact="x", artifact_name="x"),
        lambda: add_tags(Tag("a", cascade=True), artifact_name="x"),
        get_step_context,
        get_pipeline_context,
    ],
)
def test_saying_nothing_or_too_much_is_an_error(here: Client, call) -> None:
    save_artifact(1, "x")
    with pytest.raises(WrongUsageError):
        call()


def test_nan_in_metadata_is_null_and_training_goes_on(here: Client) -> None:
    with pytest.warns(UserWarning, match="kept as null"):
        in_a_step(here, lambda: log_metadata({"loss": float("nan")}))
    assert here.get_pipeline("flow").last_run.run_metadata["loss"] is None


def test_the_context_knows_what_runs(here: Client) -> None:
    seen = {}

    def work() -> None:
        context = get_step_context()
        seen["names"] = (context.pipeline_name, context.step_name, context.run_name)
        seen["status"] = (context.pipeline_run.status, context.step_run.status)

    run = in_a_step(here, work)
    assert seen["names"] == ("flow", "working", run.name)
    assert seen["status"] == ("running", "running")


def test_a_pipeline_function_knows_its_own_context(here: Client) -> None:
    @pipeline(extra={"rows": 3})
    def asking() -> None:
        assert get_pipeline_context().name == "asking"
        assert get_pipeline_context().extra == {"rows": 3}

    assert asking().status == "completed"
