"""Steps of a pipeline in Python at the same time: each in a thread, recorded as one by one."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import pytest

from artifactctl import (
    get_step_context,
    load_artifact,
    log_metadata,
    pipeline,
    save_artifact,
    step,
)
from artifactctl.client import Client
from artifactctl.errors import InvalidInputError
from tests.commands import environment

PATIENCE_S = 60
together = threading.Barrier(2)


def meet() -> None:
    """Wait for another step: alone, a step fails here."""
    together.wait(PATIENCE_S)


@step(enable_cache=False)
def left(value: int = 1) -> Annotated[int, "left"]:
    meet()
    return value


@step(enable_cache=False)
def right(value: int = 2) -> Annotated[int, "right"]:
    meet()
    return value


@step(enable_cache=False)
def add(one: int, other: int) -> Annotated[int, "sum"]:
    return one + other


@pipeline
def adding() -> None:
    add(left(), right())


@pytest.mark.parametrize("jobs", [2, 9])
def test_steps_that_need_nothing_of_each_other_run_at_the_same_time(here: Client, jobs: int):
    run = adding.with_options(jobs=jobs)()
    assert run.status == "completed"
    assert {name: one.status for name, one in run.steps.items()} == dict.fromkeys(
        ["left", "right", "add"], "completed"
    )
    assert load_artifact("sum") == 3
    assert {name for name, _ in run.steps["add"].inputs.items()} == {"one", "other"}


def test_without_jobs_steps_run_one_after_the_other_in_the_main_thread(here: Client) -> None:
    seen = []

    @step(enable_cache=False)
    def look(number: int) -> None:
        seen.append((number, threading.current_thread() is threading.main_thread()))

    @pipeline
    def looking() -> None:
        for number in range(3):
            look(number)

    looking()
    assert seen == [(0, True), (1, True), (2, True)]


def test_each_step_has_a_log_of_its_own(here: Client, capsys: pytest.CaptureFixture[str]) -> None:
    @step(enable_cache=False)
    def talk(word: str) -> None:
        meet()
        for number in range(200):
            print(word, number)
        helper = threading.Thread(target=print, args=(f"{word} helped",))
        meet()
        helper.start()
        helper.join()

    @pipeline(jobs=2)
    def talking() -> None:
        talk("one", id="one")
        talk("two", id="two")

    run = talking()
    printed = capsys.readouterr().out
    for word, other in (("one", "two"), ("two", "one")):
        log = run.steps[word].log()
        assert log.startswith("".join(f"{word} {number}\n" for number in range(200)))
        assert f"{other} 0" not in log
        assert f"{word} helped" in log
        # The parts of a line that print() writes one by one may mix with those of the other step.
        assert printed.count(word) == 201


def test_when_one_fails_those_that_run_come_to_their_end_and_nothing_further_begins(
    here: Client,
) -> None:
    has_failed, told = threading.Event(), []

    @step(enable_cache=False, on_failure=lambda error: told.append(str(error)))
    def fail() -> Annotated[int, "never"]:
        meet()
        raise RuntimeError("no luck")

    @step(enable_cache=False)
    def slow() -> Annotated[int, "slow"]:
        meet()
        has_failed.wait(0.5)
        return 4

    @step(enable_cache=False)
    def behind(number: int) -> Annotated[int, "behind"]:
        return number

    @pipeline(jobs=2)
    def failing() -> None:
        fail()
        behind(slow())

    with pytest.raises(RuntimeError, match="no luck"):
        failing()
    run = here.get_pipeline("failing").last_run
    assert run.status == "failed"
    assert {name: one.status for name, one in run.steps.items()} == {
        "fail": "failed",
        "slow": "completed",
    }
    assert "no luck" in run.steps["fail"].log()
    assert told == ["no luck"]
    assert load_artifact("slow") == 4


def test_a_step_that_exits_ends_the_run_when_the_others_have_ended(here: Client) -> None:
    @step(enable_cache=False)
    def leave() -> None:
        meet()
        sys.exit(3)

    @step(enable_cache=False)
    def stay() -> Annotated[int, "stayed"]:
        meet()
        time.sleep(0.3)
        return 1

    @pipeline(jobs=2)
    def leaving() -> None:
        leave()
        stay()

    with pytest.raises(SystemExit, match="3"):
        leaving()
    run = here.get_pipeline("leaving").last_run
    assert {name: one.status for name, one in run.steps.items()} == {
        "leave": "failed",
        "stay": "completed",
    }


def test_each_step_has_a_context_of_its_own_and_what_it_saves(here: Client) -> None:
    seen = {}

    @step(enable_cache=False)
    def work(number: int) -> Annotated[int, "result"]:
        meet()
        context = get_step_context()
        save_artifact(number, f"extra-{number}")
        log_metadata({"number": number})
        context.add_output_metadata({"own": number})
        meet()
        seen[context.step_name] = context.parameters["number"], context.step_run.name
        return number

    @pipeline(jobs=2)
    def working() -> None:
        work(1, id="one")
        work(2, id="two")

    run = working()
    assert seen == {"one": (1, "one"), "two": (2, "two")}
    for name, number in (("one", 1), ("two", 2)):
        found = run.steps[name]
        assert found.metadata["number"] == number
        assert set(found.outputs) == {"result", f"extra-{number}"}
        assert found.outputs["result"].metadata["own"] == number
        assert found.outputs[f"extra-{number}"].load() == number


def test_the_cache_serves_steps_of_parallel_runs_as_others(here: Client) -> None:
    @step
    def square(number: int) -> Annotated[int, "square"]:
        return number * number

    @step
    def total(numbers: list[int]) -> Annotated[int, "total"]:
        return sum(numbers)

    @pipeline
    def summing(last: int) -> None:
        total([square(number) for number in (1, 2, last)])

    one_by_one = summing(3)
    again = summing.with_options(jobs=3)(3)
    other = summing.with_options(jobs=3)(4)
    assert [one.status for one in one_by_one.steps.values()] == ["completed"] * 4
    assert {one.status for one in again.steps.values()} == {"cached"}
    assert sorted(one.status for one in other.steps.values()) == [
        "cached", "cached", "completed", "completed",
    ]  # fmt: skip
    assert load_artifact("total") == 21


def test_eight_steps_write_to_one_catalog(here: Client) -> None:
    everyone = threading.Barrier(8)

    @step(enable_cache=False)
    def write(number: int) -> Annotated[int, "written"]:
        everyone.wait(PATIENCE_S)
        for count in range(4):
            save_artifact(count, f"by-{number}")
            log_metadata({f"count-{count}": count})
        return number

    @pipeline(jobs=8)
    def writing() -> None:
        for number in range(8):
            write(number, id=f"write-{number}")

    run = writing()
    assert {one.status for one in run.steps.values()} == {"completed"}
    for number in range(8):
        found = run.steps[f"write-{number}"]
        assert len(found.outputs[f"by-{number}"]) == len(found.metadata) == 4
        assert here.list_artifact_versions(name=f"equals:by-{number}").total == 4
    versions = here.list_artifact_versions(name="equals:written").items
    assert sorted(version.version for version in versions) == [str(n) for n in range(1, 9)]


@pytest.mark.parametrize("jobs", [0, -1, True, "2", 1.5])
def test_jobs_are_a_whole_number_from_one_on(jobs: object) -> None:
    with pytest.raises(InvalidInputError, match="jobs of a pipeline is"):
        adding.with_options(jobs=jobs)


INTERRUPTED = """
import pathlib, sys, threading, time
from typing import Annotated
from artifactctl import pipeline, step

@step(enable_cache=False)
def wait(name: str) -> Annotated[int, "waited"]:
    print("begun", flush=True)
    pathlib.Path(name).touch()
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            time.sleep(0.01)
    finally:
        pathlib.Path(f"{name}.cleaned").touch()
    return 1

@pipeline(jobs=2)
def waiting():
    wait("one", id="one")
    wait("two", id="two")
    wait("three", id="three")

if __name__ == "__main__":
    waiting()
"""


@pytest.mark.parametrize("is_file", [False, True], ids=["called", "from a file"])
def test_an_interruption_ends_the_run_and_every_step(
    here: Client, home: Path, work: Path, is_file: bool
) -> None:
    (work / "waits.py").write_text(INTERRUPTED)
    (work / "run.yaml").write_text("pipeline: waits:waiting\n")
    words = ["-m", "artifactctl", "run", "run.yaml", "--jobs", "2"] if is_file else ["waits.py"]
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=work,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + PATIENCE_S
    while not ((work / "one").exists() and (work / "two").exists()):
        assert time.monotonic() < until, process.communicate(os.kill(process.pid, signal.SIGKILL))
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode in (130, -signal.SIGINT), err
    run = here.get_pipeline("waiting").last_run
    assert run.status == "cancelled"
    assert {name: one.status for name, one in run.steps.items()} == {
        "one": "cancelled",
        "two": "cancelled",
    }
    assert (work / "one.cleaned").exists()
    assert (work / "two.cleaned").exists()
    assert not (work / "three").exists()


SECRETIVE = """
import threading
from artifactctl import log_metadata, pipeline, step

together = threading.Barrier(2)

@step(enable_cache=False)
def tell(word: str) -> None:
    together.wait(60)
    print("it is", word)
    together.wait(60)
    if word.startswith("first"):
        raise ValueError(f"{word} is wrong")

@pipeline
def telling():
    tell(id="one")
    tell(id="two")
"""
SECRET_FILE = """
pipeline: tellers:telling
steps:
  one: {parameters: {word: "${env:FIRST}"}}
  two: {parameters: {word: "${env:SECOND}"}}
"""


def test_no_step_shows_the_secrets_of_another(run, here: Client, home: Path, work: Path) -> None:
    (work / "tellers.py").write_text(SECRETIVE)
    (work / "run.yaml").write_text(SECRET_FILE)
    secrets = {"FIRST": "first-secret", "SECOND": "second-secret"}
    done = run("run", "run.yaml", "--jobs", "2", **secrets)
    assert done.code == 13
    assert "one | it is ***" in done.err
    assert "two | it is ***" in done.err
    for secret in secrets.values():
        assert secret not in done.err + done.out
        for path in home.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path
    found = here.get_pipeline("telling").last_run
    assert {name: one.status for name, one in found.steps.items()} == {
        "one": "failed",
        "two": "completed",
    }


def test_jobs_of_the_command_line_win_over_those_of_the_pipeline(
    run, here: Client, work: Path
) -> None:
    (work / "tellers.py").write_text(SECRETIVE.replace("@pipeline", "@pipeline(jobs=2)"))
    (work / "run.yaml").write_text(SECRET_FILE)
    words = {"FIRST": "eins", "SECOND": "zwei"}
    assert run("run", "run.yaml", **words).code == 0
    one_by_one = (work / "tellers.py").read_text().replace("wait(60)", "wait(0.1)")
    (work / "tellers.py").write_text(one_by_one)
    assert run("run", "run.yaml", "--jobs", "1", **words).code == 13
