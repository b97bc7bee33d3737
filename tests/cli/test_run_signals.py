"""Runs that are interrupted: whatever a command has started ends, in its own time where it can."""

import os
import signal
import subprocess
from pathlib import Path

from tests.cli.test_run import PATIENT, is_alive, last_run, one_step, start, wait_for
from tests.commands import command, environment
from tests.conftest import Run


def test_a_closed_terminal_ends_the_run_and_its_children(work: Path, home: Path) -> None:
    one_step(work, "sleep 60 &\necho $! > child\nwait\n")
    process = start(home, work)
    wait_for(work / "child")
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGHUP)  # by the system and by the shell
    _, err = process.communicate(timeout=60)
    assert (process.returncode, b"Traceback" in err) == (129, False)
    assert not is_alive(int((work / "child").read_text()))
    found = last_run(home)
    assert (found.status, found.steps["it"].status) == ("cancelled", "cancelled")


def test_a_run_under_nohup_outlives_its_terminal(work: Path, home: Path) -> None:
    one_step(work, "echo 1 > child\nsleep 1\n")
    process = subprocess.Popen(
        ["nohup", *command("run", "run.yaml")],
        cwd=work,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(work / "child")
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 0


# The shell itself goes at once, and leaves behind what it was waiting for.
LEFT_BEHIND = """
(trap '{trap}' TERM; echo begun > begun; while :; do sleep 0.1; done) &
echo $! > child
wait
"""


def test_what_a_shell_leaves_behind_has_its_grace_too(work: Path, home: Path) -> None:
    one_step(work, LEFT_BEHIND.format(trap="sleep 0.5; echo saving; echo saved > saved; exit 0"))
    process = start(home, work)
    wait_for(work / "begun")
    wait_for(work / "child")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert (work / "saved").exists()
    assert last_run(home).steps["it"].log().endswith("saving\n")


def test_a_second_interruption_kills_what_a_shell_leaves_behind(work: Path, home: Path) -> None:
    one_step(work, LEFT_BEHIND.format(trap="echo asked > asked"))
    process = start(home, work, program=PATIENT)
    wait_for(work / "begun")
    wait_for(work / "child")
    process.send_signal(signal.SIGINT)
    wait_for(work / "asked")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    child = int((work / "child").read_text())
    assert not is_alive(child), os.kill(child, signal.SIGKILL)


def test_last_words_after_a_timeout_are_kept(run: Run, work: Path, home: Path) -> None:
    long = "head -c 200000 /dev/zero | tr '\\\\0' x; echo; echo saved"
    one_step(
        work,
        f"trap '{long}; exit 0' TERM\necho begun\nwhile :; do sleep 0.1; done\n",
        "    timeout: 3s\n",
    )
    assert run("run", "run.yaml").code == 13
    log = last_run(home).steps["it"].log()
    assert (log.splitlines()[0], log.splitlines()[-1]) == ("begun", "saved")
    assert len(log) > 200_000
