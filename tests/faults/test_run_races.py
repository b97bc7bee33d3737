"""Objects are saved and steps end while others save, load, delete and clear away."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest

from artifactctl import pipeline, step
from artifactctl.client import Client
from artifactctl.verbs import recording
from tests.checker import assert_gapless, check_home, leftovers
from tests.faults.processes import Balance, Process, Worker, finish, start, workers
from tests.faults.scripts import RUN, runs_of, versions_of
from tests.faults.test_races import COLLECT, UNTIL_TOLD

pytestmark = pytest.mark.sweep

HEAD = """
import json, os, sys, threading
from typing import Annotated
from artifactctl import get_step_context, pipeline, save_artifact, step
from artifactctl.client import Client
"""
END_STEPS = (
    HEAD
    + """
BIG = bytes(range(256)) * (6 << 10)

@step(enable_cache=False)
def again() -> tuple[Annotated[bytes, "big"], Annotated[dict, "small"]]:
    print("the same in each log")
    for name in ("big", "small"):
        for version in Client().list_artifact_versions(artifact=name, size=0):
            Client().delete_artifact_version(version.id, force=True)
    return BIG, {"a": 1}

@pipeline
def ending():
    for _ in range(10):
        again()

for _ in range(int(sys.argv[2]) // 10):
    assert ending().status == "completed"
"""
)
DELETE = UNTIL_TOLD.replace(
    "VERB",
    """for version in client.list_artifact_versions(size=0):
        try:
            client.delete_artifact_version(version.id, force=True)
        except KeyError:
            pass""",
)
CACHED = RUN.replace(
    "print(adding().status, flush=True)",
    """
import sys
done = 0
for _ in range(int(sys.argv[2])):
    try:
        done += adding().status == "completed"
    except KeyError:  # what a step gave went before the next one took it
        pass
print("completed", done)
""",
)
SAVE_MANY = (
    HEAD
    + """
for number in range(int(sys.argv[3])):
    print(save_artifact({sys.argv[2]: number}, "x").version, flush=True)
"""
)
SAVE_IN_THREADS = (
    HEAD
    + """
@step(enable_cache=False)
def printing(number: int) -> Annotated[int, "number"]:
    print("thread", number)
    save_artifact(number, "x")
    return number

@pipeline
def printed(number: int):
    printing(number)

def work(number):
    for count in range(8):
        save_artifact({number: count}, "x")
    logs[number] = printed(number=number).steps["printing"].log()

out, logs = sys.stdout, {}
threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sys.stdout is out
assert logs == {number: f"thread {number}\\n" for number in range(4)}, logs
"""
)
FORK = (
    HEAD
    + """
def fork(leave):
    child = os.fork()
    if child == 0:
        save_artifact(leave.__name__, "child")
        print("in a child", get_step_context().step_run.name, flush=True)
        leave(0)
    assert os.waitpid(child, 0)[1] == 0

@step(enable_cache=False)
def forking(client: int) -> Annotated[int, "number"]:
    for leave in (os._exit, sys.exit):
        fork(leave)
        save_artifact("parent", "parent")
    return 1

@pipeline
def forked():
    forking(0)

run = forked()
assert run.status == "completed"
assert run.steps["forking"].log().splitlines() == ["in a child forking"] * 2
client = Client()
save_artifact("before", "x")
client.list_artifacts()
for number in range(4):
    if os.fork() == 0:
        for _ in range(5):
            client.tag("x", [f"t{number}"])
        os._exit(0)
for number in range(4):
    assert os.wait()[1] == 0
assert set(client.get_artifact_version("x").tags) == {"t0", "t1", "t2", "t3"}
"""
)


@pytest.fixture
def pair(home: Path, work: Path) -> Iterator[tuple[Worker, Worker]]:
    """Two processes at one home."""
    with workers(home, work, 2) as (first, second):
        yield first, second


@pytest.mark.parametrize(
    "steps", [20, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_steps_end_while_gc_takes_away_what_they_make_again(home: Path, work: Path, steps: int):
    collector = start(home, work, COLLECT)
    finish(_script(home, work, END_STEPS, steps))
    assert int(finish(collector, "stop\n")) > 0
    assert_gapless(home, "big", steps)
    assert_gapless(home, "small", steps)
    _check_at_rest(home)


def test_objects_are_loaded_while_they_are_deleted_with_their_bytes(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker]
):
    seen, balance = set(), Balance()
    for number in range(30):
        (work / "f").write_text(f"{number}")
        version = client.register("x", work / "f").version.id_text
        loads_after_s, deletes_after_s = balance.delays_s()
        pair[0].begin("load", version, delay_s=loads_after_s)
        pair[1].begin(
            "delete_artifact_version",
            version,
            delete_from_artifact_store=True,
            delay_s=deletes_after_s,
        )
        loaded, deleted = pair[0].end(), pair[1].end()
        deleted.ok()
        assert loaded.code in (0, 3), loaded
        seen.add(loaded.code)
        balance.won(first=loaded.code == 0)
    assert seen == {0, 3}
    _check_at_rest(home)


def test_a_cached_run_whose_versions_are_deleted_meanwhile_runs_its_steps(home: Path, work: Path):
    deleting = start(home, work, DELETE)
    done = int(finish(_script(home, work, CACHED, 8)).split()[-1])
    assert int(finish(deleting, "stop\n")) > 0
    assert done == sum(status == "completed" for status, _ in runs_of(home))
    assert {status for status, _ in runs_of(home)} <= {"completed", "failed"}
    assert finish(_script(home, work, CACHED, 2)).endswith("completed 2\n")
    _check_at_rest(home)


def test_a_step_whose_cached_versions_go_at_the_last_moment_runs(
    home: Path, client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    calls = []

    @step
    def one() -> Annotated[int, "number"]:
        calls.append(1)
        return 1

    @pipeline
    def ones() -> None:
        one()

    first = ones()
    find = recording.find_cached

    def find_and_lose(*words: Any) -> Any:
        found = find(*words)
        client.delete_artifact_version("number:1", force=True)
        return found

    monkeypatch.setattr(recording, "find_cached", find_and_lose)
    again = ones()
    assert (first.status, again.status, len(calls)) == ("completed", "completed", 2)
    assert again.steps["one"].status == "completed"
    assert again.steps["one"].output.version == "2"
    monkeypatch.undo()
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    assert ones().steps["one"].output.version == "2"


def test_4_processes_save_100_objects_of_one_name_without_a_gap(home: Path, work: Path):
    started = [start(home, work, SAVE_MANY, f"p{n}", 25) for n in range(4)]
    printed = [finish(process).split() for process in started]
    assert sorted(int(word) for words in printed for word in words) == list(range(1, 101))
    assert_gapless(home, "x", 100)
    _check_at_rest(home)


def test_a_pipeline_that_runs_twice_at_once_completes_twice(home: Path, work: Path):
    started = [_script(home, work, RUN) for _ in range(3)]
    assert {finish(process).split()[-1] for process in started} == {"completed"}
    assert [status for status, _ in runs_of(home)] == ["completed"] * 3
    finish(_script(home, work, RUN))
    assert runs_of(home)[-1] == ("completed", ["cached"] * 3)
    digests = {name: digest for name, _, digest in versions_of(home)}
    assert len({(name, digest) for name, _, digest in versions_of(home)}) == len(digests)
    _check_at_rest(home)


def test_threads_of_one_process_save_and_run_at_once(home: Path, work: Path):
    finish(_script(home, work, SAVE_IN_THREADS))
    assert_gapless(home, "x", 36)
    assert [status for status, _ in runs_of(home)] == ["completed"] * 4
    _check_at_rest(home)


def test_forks_of_a_step_save_and_end_nothing_of_it(home: Path, work: Path):
    finish(_script(home, work, FORK))
    assert runs_of(home) == [("completed", ["completed"])]
    found = [(name, version) for name, version, _ in versions_of(home)]
    assert found[:4] == [("child", "1"), ("parent", "1"), ("child", "2"), ("parent", "2")]
    _check_at_rest(home)


def _script(home: Path, work: Path, text: str, *words: object) -> Process:
    """Start a script from a file of its own, so that the code of its steps can be looked up."""
    (work / "script.py").write_text(text)
    run = "import runpy, sys; runpy.run_path('script.py', run_name='__main__')"
    return start(home, work, run, *words)


def _check_at_rest(home: Path) -> None:
    """Every promise, and that nothing temporary is left."""
    check_home(home)
    assert leftovers(home) == []
    client = Client(home)
    assert client.verify() == []
    client.close()
