"""Faults at system calls: the n-th call of a kind fails, or the process is killed before it."""

import os
import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass

import pytest

from artifactctl.ownership.tokens import HOMES_FOLDER, user_data_folder
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

# With the first file that a call names: open ("9</home/store>"), by its path ('"/home/token"'),
# or by its name in an open folder ('7</home/store/tmp>, "8e46b0-1"').
_CALL = re.compile(
    r"^(?P<thread>\d+) +(?P<call>\w+)\((?:(?:\d+|AT_FDCWD)<(?P<open>[^>]*)>)?"
    r'(?:(?:, )?"(?P<name>[^"]*)")?',
    re.MULTILINE,
)


@dataclass(frozen=True)
class Point:
    """The `number`-th call of `call` in one thread of a command.

    `path` is the first file that the call was for when nothing failed, in the place of the test;
    empty for a pipe. `follows` is the call that the thread had made before, with its path.
    """

    call: str
    number: int
    path: str
    follows: str

    def __str__(self) -> str:
        return f"{self.call} number {self.number} ({self.path})"


def need_strace() -> None:
    """Skip the test where no system call can be watched."""
    needs("strace")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode:
        pytest.skip("strace may not trace here")


def find_points(scenario: Subject, base: Place, at_most: int) -> list[Point]:
    """Run the scenario's command; return up to `at_most` of its writing calls of each kind."""
    need_strace()
    # Whoever claims a first home makes this folder: without it, the first run makes more calls.
    (user_data_folder() / HOMES_FOLDER).mkdir(parents=True, exist_ok=True)
    with base.copied("counted") as place:
        trace = place.folder / "trace"
        done = _run(["-y", "-o", str(trace), "-e", "trace=" + ",".join(CALLS)], scenario, place)
        assert done.code == scenario.code, done.err
        points = _points_of(trace.read_text(), str(place.folder))
    return [
        points[call][n - 1] for call in sorted(points) for n in spread(len(points[call]), at_most)
    ]


def _points_of(trace: str, folder: str) -> dict[str, list[Point]]:
    """The points of each call, in order, of the thread that makes the most calls of this kind."""
    per_thread: defaultdict[tuple[str, str], list[Point]] = defaultdict(list)
    last: dict[str, str] = {}
    for found in _CALL.finditer(trace):
        call, thread = found["call"], found["thread"]
        path = os.path.join(found["open"] or "", _name_in(found)).removesuffix("/")
        path = path.removeprefix(folder) if path.startswith("/") else ""
        points = per_thread[call, thread]
        points.append(Point(call, len(points) + 1, path, last.get(thread, "")))
        last[thread] = f"{call} {path}"
    most: dict[str, list[Point]] = {}
    for (call, _), points in per_thread.items():
        most[call] = max(most.get(call, []), points, key=len)
    return most


def _name_in(found: re.Match[str]) -> str:
    """The name that a call takes; what `write` has in its place is data."""
    return "" if found["call"] in (*SYNCS, *WRITES) else found["name"] or ""


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
