"""Whether a process has ended: certain on its own machine, unknown elsewhere."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from artifactctl import processes
from artifactctl.processes import Process, this_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")


def of_child(child: subprocess.Popen[bytes]) -> Process:
    fields = processes._stat(child.pid)
    assert fields is not None
    return replace(this_process(), number=child.pid, birth=int(fields[19]))


def test_this_process_has_not_ended() -> None:
    me = this_process()
    assert (me.number, me.has_ended()) == (os.getpid(), False)
    assert me.host == os.uname().nodename


def test_a_stopped_process_has_not_ended_and_a_killed_one_has_even_before_it_is_waited_for() -> (
    None
):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        found = of_child(child)
        child.send_signal(signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        assert found.has_ended() is False
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert found.has_ended() is True
    finally:
        child.kill()
        child.wait()
    assert found.has_ended() is True


def test_another_process_with_the_same_number_is_not_it() -> None:
    me = this_process()
    assert me.birth is not None
    assert replace(me, birth=me.birth - 1).has_ended() is True


@pytest.mark.parametrize("strange", [{"machine": "other"}, {"machine": None}, {"birth": None}])
def test_nothing_is_certain_of_a_process_elsewhere(strange: dict[str, str | None]) -> None:
    assert replace(this_process(), **strange).has_ended() is None
