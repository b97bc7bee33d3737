"""Several moves into one home at once, and moves that are killed on the way."""

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.checker import check_home
from tests.commands import command, environment
from tests.faults.changes import state_of
from tests.faults.processes import Scatter, workers


def fill(home: Path, work: Path, name: str, count: int, text: str) -> None:
    with closing(Client(home)) as client:
        for number in range(count):
            (work / "f").write_text(f"{text} {number}")
            client.register(name, work / "f", tags=[text])


def test_two_homes_pushed_into_one_at_once_leave_all_versions_of_both(tmp_path: Path, work: Path):
    target = tmp_path / "target"
    Client.init(target)
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        fill(home, work, "x", 12, home.name)
    refs = [f"x:{number}" for number in range(1, 13)]
    with workers(homes[0], work, 1) as (one,), workers(homes[1], work, 1) as (two,):
        for worker in (one, two):
            worker.begin("push", refs, str(target), renumber=True)
        for worker in (one, two):
            worker.end().ok()
    versions = check_home(target / ".artifactctl")
    assert sorted(version["number"] for version in versions) == list(range(1, 25))
    with closing(Client(target / ".artifactctl")) as client:
        for name in ("one", "two"):
            found = client.list_artifact_versions(tag=name, size=0)
            texts = [Path(str(version.load())).read_text() for version in found]
            assert texts == [f"{name} {number}" for number in range(12)]


def test_the_same_versions_pushed_twice_at_once_are_there_once(tmp_path: Path, work: Path):
    home, target = tmp_path / "one", tmp_path / "target"
    Client.init(target)
    fill(home, work, "x", 12, "text")
    refs = [f"x:{number}" for number in range(1, 13)]
    with workers(home, work, 3) as several:
        for worker in several:
            worker.begin("push", refs, str(target))
        for worker in several:
            worker.end().ok()
    versions = check_home(target / ".artifactctl")
    assert [version["version"] for version in versions] == [ref[2:] for ref in refs]


def test_a_push_beside_garbage_collections_loses_no_bytes(tmp_path: Path, work: Path):
    """The bytes are there already, unreferenced, so that each collection wants to delete them."""
    home, target = tmp_path / "one", tmp_path / "target"
    Client.init(target)
    fill(home, work, "x", 3, "text")
    there = target / ".artifactctl"
    chance = Scatter(0.08, seed=3)
    with workers(home, work, 1) as (pushing,), workers(there, work, 1) as (collecting,):
        for _ in range(15):
            first_s, second_s = chance.delays_s()
            pushing.begin(
                "push", ["x:1", "x:2", "x:3"], str(target), delay_s=first_s, renumber=True
            )
            collecting.begin("collect_garbage", grace_s=0, delay_s=second_s)
            pushing.end().ok()
            collecting.end().ok()
            check_home(there)
            # The rows go and the bytes stay, for the next round.
            with closing(sqlite3.connect(there / "catalog.db")) as catalog, catalog:
                for table in ("version_tag", "version_metadata", "artifact_version"):
                    catalog.execute(f"DELETE FROM {table}")
            shutil.rmtree(there / "store" / "records")


@pytest.mark.sweep
def test_a_copy_that_is_killed_again_and_again_ends_as_one_that_is_not(tmp_path: Path, work: Path):
    home, target, whole = tmp_path / "one", tmp_path / "target", tmp_path / "whole"
    fill(home, work, "x", 230, "text")
    with closing(Client(home)) as client:
        client.delete_artifact_version("x:7")
        client.delete_artifact_version("x:230")
    for folder in (target, whole):
        Client.init(folder)
    words = command("copy", "--all", "--to")
    chance = random.Random(1)
    began = time.monotonic()
    subprocess.run([*words, whole], env=environment(home), check=True, capture_output=True)
    longest_s = time.monotonic() - began
    for _ in range(25):
        process = subprocess.Popen(
            [*words, target],
            env=environment(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.2, longest_s))
        process.send_signal(signal.SIGKILL)
        process.wait()
        check_home(target / ".artifactctl")
    subprocess.run([*words, target], env=environment(home), check=True, capture_output=True)
    check_home(target / ".artifactctl")
    assert state_of(target / ".artifactctl") == state_of(whole / ".artifactctl")
