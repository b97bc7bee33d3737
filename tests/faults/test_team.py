"""Many processes, and several machines, at one catalog and one store on servers."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checker import assert_gapless
from tests.commands import command
from tests.faults.processes import Process, finish
from tests.faults.test_concurrency import REGISTER_MANY, TAG_MANY
from tests.faults.wire import Team, team_of
from tests.servers.postgres import Server
from tests.servers.s3 import S3Server

pytestmark = [pytest.mark.sweep, pytest.mark.timeout(900)]

LINK_S = 0.02
RUN = """\
pipeline: training
steps:
  make:
    command: sleep 1; echo made by {machine} > made
    outputs:
      made: {{path: made}}
  use:
    inputs: {{made: made}}
    command: cp $ARTIFACTCTL_INPUT_MADE used
    outputs:
      used: {{path: used}}
"""


@pytest.fixture
def team(
    tmp_path: Path, postgres: Server, postgres_url: str, rclone_s3: S3Server
) -> Iterator[Team]:
    schema = postgres_url.rpartition("=")[2]
    with team_of(tmp_path / tmp_path.name, postgres, schema, rclone_s3) as made:
        yield made
        made.check()


def start(team: Team, *words: object, folder: Path | None = None) -> Process:
    return subprocess.Popen(
        [str(word) for word in words],
        cwd=folder or team.work,
        env=team.all_environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("delay_s", [0.0, LINK_S], ids=["here", "over a link"])
def test_200_registers_by_8_processes_make_200_versions_without_a_gap(team: Team, delay_s: float):
    for proxy in (team.to_catalog, team.to_store):
        assert proxy is not None
        proxy.delay_s = delay_s / 2  # there, and back again
    words = (sys.executable, "-c", REGISTER_MANY, team.home)
    started = [start(team, *words, f"p{number}", 25) for number in range(8)]
    printed = [finish(process).split() for process in started]
    assert sorted(int(word) for words in printed for word in words) == list(range(1, 201))
    assert all(words == sorted(words, key=int) for words in printed)
    assert isinstance(team.catalog, str)
    assert_gapless(team.catalog, "x", 200)


def test_an_exclusive_tag_has_one_holder_after_many_moved_it_at_once(team: Team):
    for number in range(4):
        team.ok("register", "x", f"new/{number}")
    words = (sys.executable, "-c", TAG_MANY, team.home)
    for process in [start(team, *words, number + 1, 10) for number in range(4)]:
        finish(process)
    shown = json.loads(team.ok("artifact", "version", "list", "--artifact", "x", "-o", "json").out)
    assert len([item for item in shown["items"] if "prod" in item["tags"]]) == 1


def test_two_machines_run_a_pipeline_at_the_same_time(team: Team):
    machines = ("ann", "bob")
    started = []
    for machine in machines:
        folder = team.folder / machine
        folder.mkdir()
        (folder / "run.yaml").write_text(RUN.format(machine=machine))
        named = ("unshare", "--uts", "sh", "-c", f'hostname {machine}; exec "$@"', "sh")
        words = command("run", "run.yaml", "-o", "json", "--home", folder / "home")
        started.append(start(team, *_if_root(named), *words, folder=folder))
    runs = [json.loads(finish(process)) for process in started]
    assert {run["status"] for run in runs} == {"completed"}
    made = [output for run in runs for step in run["steps"] for output in step["outputs"]]
    assert len({json.dumps(output, sort_keys=True) for output in made}) == 4
    for machine in machines:
        contents = {(team.folder / machine / name).read_text() for name in ("made", "used")}
        assert contents == {f"made by {machine}\n"}
    listed = team.ok("runs", "list", "-q").out.split()
    assert sorted(listed) == sorted(run["id"] for run in runs)


def _if_root(words: tuple[str, ...]) -> tuple[str, ...]:
    """A host name of its own takes a namespace; without the right to make one, both share it."""
    can = shutil.which("unshare") and not subprocess.run(["unshare", "--uts", "true"]).returncode
    return words if can else ()
