"""Runs: what is recorded, what is published, and what is left when a step fails."""

import logging
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import pytest

from artifactctl import (
    ArtifactConfig,
    ArtifactctlError,
    Tag,
    get_step_context,
    load_artifact,
    log_metadata,
    pipeline,
    save_artifact,
    step,
)
from artifactctl.client import Client
from artifactctl.errors import ConflictError, InvalidInputError, NotFoundError, StepInterfaceError
from tests.commands import environment
from tests.needed import needs


@step
def make(value: int = 1) -> Annotated[int, "number"]:
    return value


@step
def fail(number: int) -> tuple[Annotated[int, "first"], Annotated[int, "second"]]:
    print("about to fail")
    raise RuntimeError(f"no luck with {number}")


def test_a_run_says_what_ran_with_what(here: Client) -> None:
    @step
    def add(number: int, more: int, config: dict[str, float]) -> Annotated[int, "sum"]:
        logging.getLogger("mine").warning("adding %s", more)
        print("number is", number)
        return number + more

    @pipeline(tags=["nightly"])
    def adding(more: int) -> None:
        add(make(), more, config={"lr": 0.1})

    run = adding(more=4)
    assert (run.pipeline.name, run.status) == ("adding", "completed")
    assert run.name.startswith("adding-20")
    assert run.tags == ("nightly",)
    assert list(run.steps) == ["make", "add"]
    added = run.steps["add"]
    assert added.status == "completed"
    assert added.inputs["number"].version == "1"
    assert list(added.inputs) == ["number"]
    assert added.parameters == {"more": 4, "config": {"lr": 0.1}}
    assert added.outputs["sum"].load() == 5
    assert added.output.producer == {"run": run.name, "step": "add"}
    assert "number is 1\n" in added.log()
    assert "WARNING mine: adding 4" in added.log()
    assert added.start_time <= added.end_time
    assert run.environment["python"]


def test_code_of_a_repository_is_recorded(here: Client, work: Path) -> None:
    needs("git")
    script = work / "train.py"
    script.write_text(
        "from artifactctl import pipeline, step\n"
        "@step\ndef one() -> int:\n    return 1\n"
        "@pipeline\ndef training():\n    one()\n"
        "if __name__ == '__main__':\n    training()\n"
    )
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(work)]
    for words in (["init", "-q", "-b", "trunk"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    facts = environment(here.settings.home_path)
    subprocess.run([sys.executable, str(script)], cwd="/", env=facts, check=True)
    run = here.get_pipeline("training").last_run
    assert run.git == {"commit": commit.strip(), "branch": "trunk", "dirty": False}
    script.write_text(script.read_text() + "# changed\n")
    subprocess.run([sys.executable, str(script)], cwd="/", env=facts, check=True)
    assert here.get_pipeline("training").last_run.git["dirty"] is True


def test_a_step_that_raises_leaves_a_failed_run_and_nothing_of_its_own(here: Client) -> None:
    @pipeline(enable_cache=False)
    def failing() -> None:
        fail(make())

    with pytest.raises(RuntimeError, match="no luck with 1"):
        failing()
    run = failing.model.last_run
    assert run.status == "failed"
    assert run.error["type"] == "RuntimeError"
    assert [(name, found.status) for name, found in run.steps.items()] == [
        ("make", "completed"),
        ("fail", "failed"),
    ]
    assert "in fail" in run.steps["fail"].error["traceback"]
    told = run.steps["fail"].log()
    assert told.startswith("about to fail\nTraceback (most recent call last):\n")
    assert "artifactctl/pipelines" not in told
    assert told.endswith("RuntimeError: no luck with 1\n")
    assert run.steps["fail"].outputs == {}
    assert [version.ref for version in here.list_artifact_versions()] == ["number:1"]


def test_outputs_are_published_together_or_not_at_all(here: Client) -> None:
    @step
    def two() -> tuple[
        Annotated[int, "first"], Annotated[int, ArtifactConfig(name="second", version="x")]
    ]:
        save_artifact(0, "second", version="x")  # somebody is faster
        return 1, 2

    @pipeline
    def both() -> None:
        two()

    with pytest.raises(ConflictError, match="'x' of 'second'"):
        both()
    assert [version.ref for version in here.list_artifact_versions()] == ["second:x"]
    assert both.model.last_run.steps["two"].status == "failed"


def test_a_value_that_cannot_be_saved_publishes_nothing(here: Client) -> None:
    @step
    def two() -> tuple[Annotated[int, "first"], Annotated[object, "second"]]:
        return 1, threading.Lock()

    @pipeline
    def both() -> None:
        two()

    with pytest.raises(ArtifactctlError):
        both()
    assert here.list_artifact_versions().total == 0


@pytest.mark.parametrize("result", [1, (1,), (1, 2, 3)])
def test_another_number_of_results_than_was_said_is_an_error(here: Client, result) -> None:
    @step
    def two(result: object) -> tuple[Annotated[int, "first"], Annotated[int, "second"]]:
        return result

    @pipeline
    def both() -> None:
        two(list(result) if isinstance(result, tuple) else result)

    with pytest.raises(InvalidInputError, match="2 outputs"):
        both()
    assert here.list_artifact_versions().total == 0


def test_a_step_that_is_interrupted_is_cancelled(here: Client) -> None:
    @step
    def stop() -> Annotated[int, "never"]:
        raise KeyboardInterrupt

    @pipeline
    def stopping() -> None:
        stop()

    with pytest.raises(KeyboardInterrupt):
        stopping()
    run = stopping.model.last_run
    assert (run.status, run.steps["stop"].status) == ("cancelled", "cancelled")


def test_a_run_whose_process_was_killed_is_marked_by_the_next(here: Client, work: Path) -> None:
    script = work / "killed.py"
    script.write_text(
        "import os, signal\nfrom artifactctl import pipeline, step\n"
        "@step\ndef one() -> int:\n    os.kill(os.getpid(), signal.SIGKILL)\n    return 1\n"
        "@pipeline\ndef dying():\n    one()\n"
        "dying()\n"
    )
    facts = environment(here.settings.home_path)
    done = subprocess.run([sys.executable, str(script)], env=facts, cwd=work)
    assert done.returncode == -signal.SIGKILL
    assert here.get_pipeline("dying").last_run.status == "running"

    @pipeline
    def living() -> None:
        make()

    assert living().status == "completed"
    run = here.get_pipeline("dying").last_run
    assert (run.status, run.steps["one"].status) == ("failed", "failed")
    assert "was killed or crashed" in run.error["message"]
    assert os.listdir(here.settings.home_path / "store" / "tmp") != []
    here.collect_garbage(grace_s=0)
    assert os.listdir(here.settings.home_path / "store" / "tmp") == []


def test_a_run_that_is_under_way_is_not_taken_for_dead(here: Client) -> None:
    @step
    def nested() -> Annotated[int, "x"]:
        subprocess.run(
            [sys.executable, "-c", _OTHER], env=environment(here.settings.home_path), check=True
        )
        return 1

    @pipeline
    def outer() -> None:
        nested()

    assert outer().status == "completed"


_OTHER = """
from artifactctl import pipeline, step
@step
def one() -> int:
    return 1
@pipeline
def other():
    one()
other()
"""


def test_a_pipelines_hooks_are_those_of_its_steps_without_own_ones(here: Client) -> None:
    heard: list[object] = []

    @step(on_success=lambda: heard.append("step"))
    def good() -> int:
        return 1

    @step(on_failure=lambda error: heard.append(str(error)))
    def bad() -> int:
        raise ValueError("bad")

    @step
    def plain(is_bad: bool = False) -> None:
        if is_bad:
            raise ValueError("plain")

    def told(error: BaseException) -> None:
        context = get_step_context()
        heard.append(f"{context.step_name} of {context.pipeline.name}: {error}")

    @pipeline(on_success=lambda: heard.append("pipeline"), enable_cache=False)
    def going() -> None:
        good()
        plain()

    @pipeline(on_failure=told)
    def breaking(own: bool) -> None:
        bad() if own else plain(True)

    going()
    for own in (True, False):
        with pytest.raises(ValueError, match=r"bad|plain"):
            breaking(own)
    assert heard == ["step", "pipeline", "bad", "plain of breaking: plain"]


def test_a_step_called_by_itself_is_a_run_and_gives_its_value(here: Client) -> None:
    assert make(value=7) == 7
    run = here.get_pipeline("make").last_run
    assert run.steps["make"].parameters == {"value": 7}
    assert load_artifact("number") == 7


def test_a_step_called_in_a_step_is_the_plain_function(here: Client) -> None:
    @step
    def outer() -> Annotated[int, "outer"]:
        return make(2) + 1

    @pipeline
    def calling() -> None:
        outer()

    calling()
    assert load_artifact("outer") == 3
    assert [version.ref for version in here.list_artifact_versions()] == ["outer:1"]


def test_what_is_saved_and_loaded_in_a_step_belongs_to_it(here: Client) -> None:
    save_artifact([1, 2], "before")

    @step
    def work_on() -> Annotated[int, "count"]:
        save_artifact("extra", "side_{date}")
        return len(load_artifact("before"))

    @pipeline
    def working() -> None:
        work_on()

    done = working().steps["work_on"]
    assert done.inputs["before"].version == "1"
    assert set(done.outputs) == {"count", f"side_{get_date(done)}"}
    assert done.outputs["count"].load() == 2


def get_date(found) -> str:
    return found.start_time.strftime("%Y_%m_%d")


def test_names_and_versions_are_filled_the_step_before_the_pipeline(here: Client) -> None:
    @step(substitutions={"stage": "step"})
    def one() -> Annotated[int, ArtifactConfig(name="{who}_{stage}", version="v{who}")]:
        assert get_step_context().substitutions["stage"] == "step"
        return 1

    @step
    def two() -> Annotated[int, "{stage}"]:
        return 1

    @pipeline(substitutions={"stage": "pipeline", "who": "me"})
    def naming() -> None:
        one()
        two()

    naming()
    refs = {version.ref for version in here.list_artifact_versions()}
    assert refs == {"me_step:vme", "pipeline:1"}


def test_a_tag_that_cascades_is_on_every_version_of_the_run(here: Client) -> None:
    @pipeline(tags=["plain", Tag("wide", cascade=True)])
    def tagging() -> None:
        make()

    run = tagging()
    assert set(run.tags) == {"plain", "wide"}
    assert run.steps["make"].output.tags == ("wide",)


def test_a_pipeline_without_what_a_step_needs_fails_before_anything_runs(here: Client) -> None:
    @step
    def need(x: int, y: int) -> int:
        return x + y

    @pipeline
    def needing() -> None:
        need(x=make())

    with pytest.raises(StepInterfaceError, match="'y'"):
        needing()
    assert here.list_artifact_versions().total == 0


def test_a_lazy_version_that_does_not_exist_is_an_error_of_the_run(here: Client) -> None:
    @pipeline
    def looking() -> None:
        fail(Client().get_artifact_version("nowhere"))

    with pytest.raises(NotFoundError, match="nowhere"):
        looking()
    assert looking.model.last_run.status == "failed"


def test_data_that_is_no_plain_value_has_to_be_wrapped(here: Client) -> None:
    @step
    def take(x: object) -> None: ...

    @pipeline
    def taking() -> None:
        take(object())

    with pytest.raises(InvalidInputError, match="not a plain value") as caught:
        taking()
    assert "ExternalArtifact" in caught.value.hint


def test_threads_of_a_step_belong_to_it(here: Client) -> None:
    @step
    def work_on() -> Annotated[int, "count"]:
        with ThreadPoolExecutor(2) as pool:
            for i in range(3):
                pool.submit(save_artifact, i, f"side_{i}").result()
            pool.submit(log_metadata, {"a": 1}).result()
        return 1

    @pipeline
    def working() -> None:
        work_on()

    done = working().steps["work_on"]
    assert set(done.outputs) == {"count", "side_0", "side_1", "side_2"}
    assert done.run_metadata == {"a": 1}


def test_steps_of_a_pipeline_within_a_pipeline_are_the_outer_ones(here: Client) -> None:
    @pipeline
    def inner() -> object:
        return make(3)

    @step
    def add(number: int) -> Annotated[int, "sum"]:
        return number + 1

    @pipeline
    def outer() -> None:
        add(inner())

    assert list(outer().steps) == ["make", "add"]
    assert load_artifact("sum") == 4
    with pytest.raises(NotFoundError):
        here.get_pipeline("inner")


def test_a_run_says_what_it_does(here: Client, work: Path) -> None:
    script = work / "told.py"
    script.write_text(
        "import sys\nfrom artifactctl import pipeline, step\n"
        "@step\ndef one() -> int:\n    print('mine')\n    return 1\n"
        "@step(enable_cache=False)\ndef two(x: int):\n    assert 'fail' not in sys.argv, 'no'\n"
        "@pipeline\ndef telling():\n    two(one())\n"
        "telling.with_options(run_name=f'given {len(sys.argv)}')()\n"
    )
    facts = environment(here.settings.home_path)
    told = [
        subprocess.run(
            [sys.executable, str(script), *words], env=facts, capture_output=True, text=True
        )
        for words in ((), ("fail",))
    ]
    assert told[0].stdout == "mine\n"
    assert told[0].stderr.splitlines() == [
        "artifactctl: run given 1 of pipeline telling begins",
        "artifactctl: step one completed: telling::one::output:1",
        "artifactctl: step two completed",
        "artifactctl: run given 1 completed",
    ]
    assert told[1].stderr.splitlines()[:4] == [
        "artifactctl: run given 2 of pipeline telling begins",
        "artifactctl: step one cached: telling::one::output:1",
        "artifactctl: step two failed: AssertionError: no",
        "artifactctl: run given 2 failed",
    ]


def test_a_step_that_ends_the_program_has_failed(here: Client) -> None:
    @step
    def leave() -> None:
        sys.exit(3)

    @pipeline
    def leaving() -> None:
        leave()

    with pytest.raises(SystemExit):
        leaving()
    assert leaving.model.last_run.status == "failed"


def test_steps_that_return_no_value_but_a_promise_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="asynchronous"):

        @step
        async def later() -> int:
            return 1
