"""Processes that others want to know about: where one runs, and whether it has certainly ended."""

import os
import time
from dataclasses import dataclass
from functools import cache

# The fields of /proc/PID/stat after the name of the program, which may contain spaces.
_STATE, _BIRTH = 0, 19
_ENDED = {"Z", "X", "x"}


@dataclass(frozen=True, slots=True)
class Process:
    """A process on some machine.

    `machine` tells the boot of its machine, and the namespace in which it has its `number`;
    `birth` is the clock tick of that boot at which it began. Both are None where the system does
    not tell; nothing is certain of such a process.
    """

    host: str
    machine: str | None
    number: int
    birth: int | None

    def has_ended(self) -> bool | None:
        """Return whether the process has ended; None when this machine cannot tell.

        A process that is stopped or frozen has not ended.
        """
        if self.machine is None or self.birth is None or self.machine != _machine():
            return None
        fields = _stat(self.number)
        if fields is None:
            return True
        # The system gives the number of an ended process to a new one.
        return int(fields[_BIRTH]) != self.birth or fields[_STATE] in _ENDED


def this_process() -> Process:
    """Return the process that calls."""
    number = os.getpid()
    fields = _stat(number)
    birth = None if fields is None else int(fields[_BIRTH])
    return Process(os.uname().nodename, _machine(), number, birth)


def running_s() -> float:
    """Return seconds since the machine was started, those counted during which it was suspended."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


@cache
def _machine() -> str | None:
    """The boot of this machine and the namespace of process numbers; None where unknown.

    Containers on one machine have the same boot, but each its own numbers.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return None


def _stat(number: int) -> list[str] | None:
    """What the system tells of a process, from its state on; None when there is none."""
    try:
        with open(f"/proc/{number}/stat", "rb") as file:
            content = file.read().decode("ascii", "replace")
    except OSError:
        return None
    return content.rpartition(")")[2].split()
