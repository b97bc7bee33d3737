"""Ctrl-C and SIGTERM in the middle of a register: no version, nothing broken, run again works."""

import signal
import subprocess
import time

import pytest

from tests.checker import check_home, count_versions, leftovers
from tests.commands import command, environment


def start_slow_register(home, work, *words):
    process = subprocess.Popen(
        command("register", "slow", "-", *words),
        cwd=work,
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(b"x" * 3_000_000)
    process.stdin.flush()
    return process


def wait_until_bytes_arrive(home, timeout_s=60):
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        files = [path for path in (home / "store" / "tmp").rglob("*") if path.is_file()]
        if any(path.stat().st_size > 1_000_000 for path in files):
            return
        time.sleep(0.02)
    raise AssertionError("the register did not begin to write")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("output", ["table", "json"])
def test_an_interrupted_register_leaves_no_version_and_can_be_run_again(
    run, home, work, sent, code, output
):
    process = start_slow_register(home, work, "-o", output)
    wait_until_bytes_arrive(home)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, b"")
    assert b"Traceback" not in err
    assert len(err.splitlines()) <= 1
    assert count_versions(home) == 0
    assert leftovers(home) == []
    check_home(home)
    assert run("register", "slow", "-", "-q", stdin=b"whole").ok().out == "slow:1\n"


def test_a_register_that_was_killed_leaves_no_version_and_can_be_run_again(run, home, work):
    process = start_slow_register(home, work)
    wait_until_bytes_arrive(home)
    process.kill()
    process.communicate(timeout=60)
    assert count_versions(home) == 0
    check_home(home)
    assert run("register", "slow", "-", "-q", stdin=b"whole").ok().out == "slow:1\n"
    run("verify").ok()
