"""Users' scripts to be cut short, and what must be true of each afterwards."""

import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artifactctl.client import Client
from tests.checker import check_home, leftovers
from tests.commands import Result
from tests.faults.scenarios import Place, files_of

State = list[tuple[Any, ...]]

SAVE = """
from artifactctl import save_artifact
big = bytes(range(256)) * (6 << 10)
for value in ({"a": 1}, b"big" + big, {"part": b"moved" + big, "other": [1, 2.5]}, b"small"):
    print(save_artifact(value, "x").ref, flush=True)
"""
RUN = """
from typing import Annotated
from artifactctl import pipeline, save_artifact, step

@step
def one() -> Annotated[dict, "first"]:
    print("one begins")
    return {"a": 1}

@step
def two(first: dict) -> tuple[Annotated[bytes, "big"], Annotated[list, "small"]]:
    save_artifact([first], "extra")
    return bytes(range(256)) * (6 << 10), [first, 2]

@step
def three(big: bytes, small: list) -> Annotated[int, "sum"]:
    return len(big) + len(small)

@pipeline
def adding():
    three(*two(one()))

print(adding().status, flush=True)
"""


@dataclass(frozen=True)
class Script:
    """A script that leaves some of its versions when it is cut short, and runs again.

    `once`: what is there already counts, so that both runs together leave what one leaves.
    """

    name: str
    text: str
    once: bool
    code: int = 0
    goals: dict[Path, State] = field(default_factory=dict, compare=False)

    @property
    def argv(self) -> list[str]:
        return [sys.executable, "script.py"]

    def prepare_in(self, folder: Path) -> Place:
        """A place with the script, as durable as it gets."""
        place = Place(folder)
        place.work.mkdir(parents=True, exist_ok=True)
        (place.work / "script.py").write_text(self.text)
        os.sync()
        return place

    def prepare(self, folder: Path) -> Place:
        """A home with something in it already, and the script beside it."""
        place = self.prepare_in(folder)
        (place.work / "f").write_text("f")
        with closing(Client(place.home)) as client:
            client.register("before", place.work / "f")
        return place

    def goal(self, base: Place) -> State:
        """The versions that one whole run leaves."""
        if base.folder not in self.goals:
            with base.copied("goal") as place:
                place.start(self.argv).ok()
                self.goals[base.folder] = versions_of(place.home)
        return self.goals[base.folder]

    def judge(self, place: Place, base: Place, broken: Result) -> None:
        """Assert all promises after the fault, and again after the same script has run again."""
        goal, found = self.goal(base), versions_of(place.home)
        if self.once:
            _judge_run(place, broken, goal, found)
        else:
            _judge_saved(broken, goal, found)
        place.start(self.argv).ok()
        _judge_after(place, goal if self.once else _numbered([*found, *goal[1:]]))


def _judge_saved(broken: Result, goal: State, found: State) -> None:
    """What was printed is there, and at most one version more."""
    assert found == goal[: len(found)]
    printed = broken.out.split()
    assert len(found) - 1 - len(printed) in (0, 1), printed
    assert (broken.code == 0) <= (len(found) == len(goal))


def _judge_run(place: Place, broken: Result, goal: State, found: State) -> None:
    """Steps are published whole, in their order, and the run says how it went."""
    names = {name for name, *_ in found}
    assert ("big" in names) == ("small" in names), "half of a step was published"
    finished = [("first",), ("big", "small"), ("sum",)]
    done = [names >= set(outputs) for outputs in finished]
    assert done == sorted(done, reverse=True)
    assert set(found) <= set(goal) | {("extra", "1", found[-1][2])}
    ((status, steps),) = runs_of(place.home) or [("none", [])]
    assert steps.count("completed") == sum(done)
    assert (status == "completed") >= (broken.out == "completed\n")
    assert (status == "completed") >= (broken.code == 0)
    assert (status == "completed") <= all(done)


def _judge_after(place: Place, expected: State) -> None:
    """Assert what is true once the script has run again and its remains were cleared away."""
    with closing(Client(place.home)) as client:
        assert client.verify() == []
        client.collect_garbage(grace_s=0)
    found = versions_of(place.home)
    # What a step saves by hand before it is cut short stays, and is saved again.
    extra = sum(name == "extra" for name, *_ in found)
    assert extra <= 2
    assert [row for row in found if row[0] != "extra"] == [
        row for row in expected if row[0] != "extra"
    ]
    statuses = [status for status, _ in runs_of(place.home)]
    assert statuses[-1:] in ([], ["completed"])
    assert "running" not in statuses
    assert leftovers(place.home) == []
    _judge_blobs(place.home)


def _judge_blobs(home: Path) -> None:
    """Assert that there are the bytes of versions and the logs of steps, and nothing else."""
    needed = {digest for version in check_home(home) for digest in files_of(home, version).values()}
    logs = _rows(home, "SELECT log FROM run_step WHERE log IS NOT NULL")
    needed |= {log.removeprefix("blake3:") for (log,) in logs}
    assert {path.name for path in (home / "store" / "blobs").glob("*/*")} == needed
    recorded = {path.stem for path in (home / "store" / "records").iterdir()}
    assert recorded >= {run_id for (run_id,) in _rows(home, "SELECT id FROM run")}


def versions_of(home: Path) -> State:
    """Every version's name, number and content, in the order in which they were made."""
    rows = [(row["name"], row["version"], row["digest"]) for row in check_home(home)]
    return sorted(rows) if any(name == "first" for name, *_ in rows) else rows


def runs_of(home: Path) -> list[tuple[str, list[str]]]:
    """The status of every run and of its steps, oldest first."""
    return [
        (
            status,
            [
                step
                for (step,) in _rows(
                    home, f"SELECT status FROM run_step WHERE run_seq = {seq} ORDER BY seq"
                )
            ],
        )
        for seq, status in _rows(home, "SELECT seq, status FROM run ORDER BY seq")
    ]


def _numbered(rows: State) -> State:
    """The versions of `x` counted up, in this order."""
    counts: dict[str, int] = {}
    made = []
    for name, _, digest in rows:
        counts[name] = counts.get(name, 0) + 1
        made.append((name, f"{counts[name]}", digest))
    return made


def _rows(home: Path, sql: str) -> list[tuple[Any, ...]]:
    # Opened by the product first, so that nothing half-done is left to be taken back.
    with closing(sqlite3.connect(home / "catalog.db")) as connection:
        return connection.execute(sql).fetchall()


SCRIPTS = [Script("save", SAVE, once=False), Script("run", RUN, once=True)]
