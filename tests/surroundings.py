"""What tests and the commands they start find around them, whoever starts the tests, and how."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

# What programs are found with, and what pytest and its workers tell each other.
_KEPT = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_KEPT_BEGINNINGS = ("PYTEST", "PYTHON", "PLAYWRIGHT", "COVERAGE")
# Python ignores these by itself, and restores them for what it starts.
_PYTHONS = {signal.SIGPIPE, signal.SIGXFSZ}

_IN_MEMORY = "/dev/shm"
_ROOM = 2 << 30  # a container often has 64 MiB of it, which tests would fill


def place_in_memory() -> str | None:
    """A file system in memory with room for all that tests write; None where there is none.

    Nothing waits for a disk there: each test syncs tens of files, for milliseconds each.
    """
    if not os.access(_IN_MEMORY, os.W_OK) or shutil.disk_usage(_IN_MEMORY).free < _ROOM:
        return None
    return _IN_MEMORY


def heed_signals() -> None:
    """Have commands that tests start heed every signal.

    A shell's background job ignores SIGINT, what nohup starts SIGHUP, and so does all that they
    start. A handler that does nothing leaves it so for the tests, and is not inherited.
    """
    for each in signal.valid_signals() - _PYTHONS:
        if signal.getsignal(each) == signal.SIG_IGN:
            signal.signal(each, lambda _number, _frame: None)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def clear_environment(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Leave nothing of the user's environment that a program may heed; users live in `home`."""
    for name in os.environ:
        if name not in _KEPT and not name.startswith(_KEPT_BEGINNINGS):
            patch.delenv(name)
    patch.setenv("LANG", "C.UTF-8")
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_DATA_HOME", str(home / "data"))
    time.tzset()
