"""A full disk in the middle of a run: nothing half-published, and the same file goes on later."""

import json
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.checker import check_home
from tests.conftest import Run
from tests.faults.mounts import remount, tmpfs

FILE = """
pipeline: p
steps:
  small: {command: echo 1 > a, outputs: {a: {path: a}}}
  big:
    inputs: {a: a}
    command: SCRIPT
    outputs: {b: {path: b}, c: {path: c}}
"""


@pytest.mark.parametrize(
    "script",
    ["echo 2 > b; head -c 4000000 /dev/urandom > c", "seq 900000; echo 2 > b; echo 3 > c"],
    ids=["outputs", "log"],
)
def test_a_full_disk_publishes_nothing_of_a_step(
    run: Run, work: Path, home: Path, script: str
) -> None:
    (work / "run.yaml").write_text(FILE.replace("SCRIPT", script))
    with tmpfs(home, "size=2m"):
        failed = run("run", "run.yaml", "-q")
        assert failed.code == 7, failed.err
        assert len(failed.err.splitlines()) == 1
        assert [version["name"] for version in check_home(home)] == ["a"]
        remount(home, "size=64m")
        done = run("run", "run.yaml", "-o", "json").ok()
        steps = {step["name"]: step["status"] for step in json.loads(done.out)["steps"]}
        assert steps == {"small": "cached", "big": "completed"}
        client = Client(home)
        statuses = [found.status for found in client.list_pipeline_runs().items]
        assert statuses == ["completed", "failed"]
        assert client.verify() == []
        client.close()
        check_home(home)
