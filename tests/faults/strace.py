"""Faults at system calls: the n-th call of a kind fails, or the process is killed before it."""

import re
import subprocess
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.commands import Result, command
from tests.faults.changes import Change
from tests.faults.scenarios import Place, Scenario
from tests.faults.scripts import Script
from tests.needed import needs

Subject = Scenario | Change | Script

KILL = "signal=SIGKILL"
EIO = "error=EIO"
ENOSPC = "error=ENOSPC"

SYNCS = ("fsync", "fdatasync", "syncfs", "sync_file_range")
WRITES = ("write", "pwrite64", "writev", "pwritev", "copy_file_range", "ftruncate", "fallocate")
NAMES = (
    *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"),
    *("unlink", "unlinkat", "rmdir", "mkdir", "mkdirat"),
)
ATTRIBUTES = ("chmod", "fchmod", "fchmodat", "utimensat")
CALLS = (*SYNCS, *WRITES, *NAMES, *ATTRIBUTES)

_CALL = re.compile(r"^(\d+) +(\w+)\(", re.MULTILINE)


@dataclass(frozen=True)
class Point:
    """The `number`-th call of `call` in one thread of a command."""

    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.call} number {self.number}"


def need_strace() -> None:
    """Skip the test where no system call can be watched."""
    needs("strace")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode:
        pytest.skip("strace may not trace here")


def find_points(scenario: Subject, base: Place, at_most: int) -> list[Point]:
    """Run the scenario's command; return up to `at_most` of its writing calls of each kind."""
    need_strace()
    with base.copied("counted") as place:
        trace = place.folder / "trace"
        done = _run(["-o", str(trace), "-e", "trace=" + ",".join(CALLS)], scenario, place)
        assert done.code == scenario.code, done.err
        per_thread = Counter(_CALL.findall(trace.read_text()))
    most: dict[str, int] = {}
    for (_, call), count in per_thread.items():
        most[call] = max(count, most.get(call, 0))
    return [Point(call, n) for call in sorted(most) for n in spread(most[call], at_most)]


def spread(count: int, at_most: int) -> list[int]:
    """Up to `at_most` numbers from 1 to `count`, the first and the last among them."""
    if count <= at_most:
        return list(range(1, count + 1))
    return sorted({1 + round(i * (count - 1) / (at_most - 1)) for i in range(at_most)})


def run_with_fault(fault: str, point: Point, scenario: Subject, place: Place) -> Result:
    """Run the scenario's command with `fault` at `point`."""
    inject = f"inject={point.call}:{fault}:when={point.number}"
    return _run(["-o", "/dev/null", "-e", f"trace={point.call}", "-e", inject], scenario, place)


def _run(options: list[str], scenario: Subject, place: Place) -> Result:
    words = scenario.argv if isinstance(scenario, Script) else command(*scenario.words)
    # Modules that are compiled on the way would add calls of their own.
    return place.start(
        ["strace", "-qq", "-f", "--seccomp-bpf", *options, "--", *words],
        PYTHONDONTWRITEBYTECODE="1",
    )
