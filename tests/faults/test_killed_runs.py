"""A run is killed so that it cannot notice: its commands go with it, and all they started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from artifactctl.pipelines.commands.guard import Guard
from tests.checker import check_home
from tests.cli.test_run import is_alive, last_run, start, wait_for, write
from tests.conftest import Run

pytestmark = pytest.mark.sweep

# In the background and in the foreground; nothing but force ends it.
TREE = "trap '' HUP INT TERM\nsleep 600 &\necho $! > child-$1\necho $$ > shell-$1\nsleep 600\n"
# A process that starts a command, tells its guard what is said of it, and is killed.
KILLED = """
import os, signal, subprocess, sys
from artifactctl.pipelines.commands.guard import Guard

guard = Guard("MARK=it", [])
guard.expect(1)
script = "sleep 600 & echo $! > child; echo $$ > shell; wait"
process = subprocess.Popen(
    ["sh", "-c", script], env={**os.environ, "MARK": "it"}, start_new_session=True
)
while not (os.path.exists("shell") and os.path.getsize("shell")):
    pass
SAID
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_all_that_steps_started_ends_with_a_run_that_is_killed(
    run: Run, work: Path, home: Path
) -> None:
    (work / "tree.sh").write_text(TREE)
    write(
        work,
        "pipeline: p\nsteps:\n"
        "  a: {command: [sh, tree.sh, a], outputs: {a: {path: a}}}\n"
        "  b: {command: sh tree.sh b; true}\n",
    )
    process = start(home, work, "-j", "2")
    started = [work / f"{what}-{step}" for what in ("child", "shell") for step in "ab"]
    for path in started:
        wait_for(path)
    process.kill()
    process.communicate(timeout=60)
    for path in started:
        assert not is_alive(int(path.read_text())), path
    check_home(home)
    (work / "tree.sh").write_text("echo 1 > a\n")
    run("run", "run.yaml").ok()
    assert last_run(home).status == "completed"


def test_a_run_that_ends_leaves_nothing_behind(run: Run, work: Path, home: Path) -> None:
    write(work, "pipeline: p\nsteps: {a: {command: 'echo $ARTIFACTCTL_RUN_ID > id; exit 3'}}\n")
    assert run("run", "run.yaml").code == 13
    mark = (work / "id").read_bytes().strip()
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if mark in _read(path)]


@pytest.mark.parametrize(
    ("said", "lives"),
    [
        ("guard.watch(1, process.pid)", False),
        pytest.param(
            "",
            False,
            marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc"),
        ),
        ("guard.watch(1, process.pid)\nguard.forget(1)", True),
        ("guard.watch(1, process.pid)\nguard.forget(11)", False),
    ],
    ids=["known", "just begun", "ended", "another ended"],
)
def test_a_command_is_killed_from_its_beginning_to_its_end(work: Path, said: str, lives: bool):
    """Whatever is known of it at the moment at which the run is killed."""
    script = KILLED.replace("SAID", said)
    done = subprocess.run([sys.executable, "-c", script], timeout=60, stdout=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGKILL
    left = [int((work / name).read_text()) for name in ("shell", "child")]
    assert [is_alive(process) for process in left] == [lives, lives]
    if lives:
        os.killpg(left[0], signal.SIGKILL)


def test_a_guard_that_somebody_has_killed_is_not_missed() -> None:
    guard = Guard("MARK=it", [])
    assert guard._shell is not None
    guard._shell.kill()
    guard._shell.wait()
    guard.expect(1)
    guard.watch(1, 1)
    guard.close()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""
