"""All programs in turn at each row, several rounds: a noisy minute is the same for everybody."""

import filecmp
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.peers import machine
from tests.benchmarks.peers.candidate import Candidate, Place, Step, said
from tests.benchmarks.peers.environments import reason_of
from tests.benchmarks.peers.results import Cell, Line
from tests.benchmarks.peers.work import Group, Inputs, Row, Sizes, rows

# Who has taken this long over a group is left out of its later rounds.
ENOUGH_S = 60.0
_TIMEOUT_S = 300.0
# One process gives the figures of all rows of this group.
_TOGETHER = "values"


class FailedError(Exception):
    """A program did not do what was asked: its own words."""


# Groups whose rounds begin with an empty home. ext4 passes over inodes that were freed a moment
# ago, and whoever makes files next would pay for it: so homes are moved aside until the end of the
# group, where that is not too much.
_FRESH = (Group.BIG, Group.MANY, Group.WRITERS)
# Groups of short rows: more rounds, after one that does not count, since the first of all loads
# from the disk.
_SHORT = {Group.START: 3, Group.VERSIONS: 3}


@dataclass
class Runner:
    """One program: its place, and the time that it has taken over a group so far."""

    candidate: Candidate
    place: Place
    taken_s: float = 0.0

    def begin(self, group: Group) -> None:
        """Make the empty home, unless an earlier group has, and the versions of `VERSIONS`."""
        state, template = self.place.state, self.place.folder / "template"
        self.taken_s = 0.0
        if group is Group.START:
            (state / "tmp").mkdir(parents=True)
            return
        if not template.exists():
            for folder in (state / "user", state / "tmp"):
                folder.mkdir(parents=True)
            for words in self.candidate.begin(self.place):
                self._run(Step(words), state)
            state.rename(template)
        shutil.copytree(template, state, symlinks=True)
        if group is Group.VERSIONS:
            for words in self.candidate.fill(self.place):
                self._run(Step(words), state)

    def next_round(self, turn: int, group: Group) -> None:
        """Begin again with the empty home; what was there is moved aside, see `_FRESH`."""
        place = self.place = Place(self.place.folder, self.place.inputs, self.place.sizes, turn)
        if group not in _FRESH:
            return
        place.state.rename(place.folder / f"before-{turn}")
        if group is Group.BIG:
            self._remove("before-*", "out-*")
        shutil.copytree(place.folder / "template", place.state, symlinks=True)

    def end(self) -> None:
        """Remove what the group has left, but for the empty home."""
        self._remove("state", "before-*", "out-*")

    def _remove(self, *patterns: str) -> None:
        for pattern in patterns:
            for path in self.place.folder.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def measure(self, row: Row) -> tuple[Mapping[str, Sequence[float]], int]:
        """Do one row: seconds by key of row, and how many saves failed."""
        together = row.group is Group.VALUES
        step = self.candidate.steps[_TOGETHER if together else row.key](self.place)
        step.before()
        if row.group in (Group.BIG, Group.MANY):
            _read(self.place.inputs)
            _read(self.place.state)
        os.sync()
        began = time.perf_counter()
        output = self._run(step, self.place.inputs if step.from_inputs else self.place.state)
        if row.settles:
            os.sync()
        seconds = time.perf_counter() - began
        self.taken_s += seconds if self.place.turn else 0.0
        if step.result is not None:
            _compare(self.place.inputs / row.key.partition("-")[2], step.result)
        if row.says_s:
            return said(output[0]), 0
        failed = sum(said(text)["failed"] for text in output if row.group is Group.WRITERS)
        return {row.key: [seconds]}, failed

    def _run(self, step: Step, folder: Path) -> Sequence[str]:
        environment = {
            "PATH": f"{Path(step.words[0]).parent}:{os.environ['PATH']}",
            "HOME": str(self.place.state / "user"),
            "TMPDIR": str(self.place.state / "tmp"),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            **self.candidate.environ(self.place.state),
        }
        with tempfile.TemporaryDirectory() as outputs:
            started = [
                _start(step, number, folder, environment, Path(outputs))
                for number in range(step.at_once)
            ]
            codes = _wait(started)
            for number, code in enumerate(codes):
                if code:
                    text = _text(Path(outputs, f"err-{number}"))
                    text = text or _text(Path(outputs, f"out-{number}"))
                    raise FailedError(f"it ends with code {code}: {reason_of(text)}")
            return [_text(Path(outputs, f"out-{number}")) for number in range(step.at_once)]


def _start(
    step: Step, number: int, folder: Path, environment: Mapping[str, str], outputs: Path
) -> "subprocess.Popen[bytes]":
    words = [word.replace("{n}", str(number)) for word in step.words]
    with open(outputs / f"out-{number}", "wb") as out, open(outputs / f"err-{number}", "wb") as err:
        return subprocess.Popen(
            words if step.at_once > 1 else step.words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,  # what it has started ends with it
        )


def _text(path: Path) -> str:
    return path.read_text(errors="replace")


def race(
    candidates: Sequence[Candidate],
    chosen: Sequence[Row],
    sizes: Sizes,
    rounds: int,
    folder: Path,
) -> Iterator[Line]:
    """Measure the rows, group by group; within a group, round by round."""
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as own:
        inputs = Inputs(Path(own, "inputs"), sizes)
        places = {c.name: Place(Path(own, c.name), inputs.folder, sizes, 0) for c in candidates}
        runners = [Runner(candidate, places[candidate.name]) for candidate in candidates]
        for group in Group:
            keys = {row.key for row in chosen if row.group is group}
            # What is fetched must have been saved, also where only fetching is asked for.
            done = [r for r in rows(sizes) if r.group is group and (r.key in keys or _saves(r))]
            if keys:
                inputs.make(group)
                lines = _race_group(runners, done, rounds, inputs)
                yield from (line for line in lines if line.key in keys)
                inputs.remove(group)
                os.sync()


def _saves(row: Row) -> bool:
    return row.group in (Group.BIG, Group.MANY) and row.key.startswith(("save-", "again-"))


def _race_group(
    runners: Sequence[Runner], done: Sequence[Row], rounds: int, inputs: Inputs
) -> Sequence[Line]:
    group = done[0].group
    lines = {row.key: _line(row, [runner.candidate for runner in runners]) for row in done}
    able = [runner for runner in runners if _begins(runner, group, lines)]
    first = 0 if group in _SHORT else 1
    for turn in range(first, 1 + rounds * _SHORT.get(group, 1)):
        racing = [runner for runner in able if runner.taken_s < ENOUGH_S]
        # Another one is first each time.
        racing.sort(key=lambda runner: (able.index(runner) - turn) % len(able))
        for runner in racing:
            runner.next_round(turn, group)
        for row in done[:1] if group is Group.VALUES else done:
            if row.key in ("save-many", "again-many"):
                inputs.change(turn, row.key)
            for runner in racing:
                _measure(runner, row, lines)
    for runner in runners:
        runner.end()
    return list(lines.values())


def _begins(runner: Runner, group: Group, lines: Mapping[str, Line]) -> bool:
    try:
        runner.begin(group)
    except FailedError as error:
        for line in lines.values():
            line.cells[runner.candidate.name].reason = str(error)
        return False
    return True


def _line(row: Row, candidates: Sequence[Candidate]) -> Line:
    step = _TOGETHER if row.group is Group.VALUES else row.key
    reasons = {c.name: c.cannot.get(row.key, c.cannot.get(step, "")) for c in candidates}
    cells = {name: Cell(reason=reason) for name, reason in reasons.items()}
    remarks = {c.name: c.remarks[row.key] for c in candidates if row.key in c.remarks}
    return Line(row.key, row.title, row.settles, cells, remarks)


def _measure(runner: Runner, row: Row, lines: Mapping[str, Line]) -> None:
    name = runner.candidate.name
    if lines[row.key].cells[name].reason or (row.says_s and not runner.place.turn):
        return
    print(
        f"{time.strftime('%X')} {row.title}: {runner.candidate.title}, round {runner.place.turn}",
        file=sys.stderr,
        flush=True,
    )
    together = list(lines) if row.group is Group.VALUES else [row.key]
    load = machine.load()
    try:
        seconds, failed = runner.measure(row)
    except FailedError as error:
        for key in together:
            lines[key].cells[name].reason = str(error)
        return
    if runner.place.turn == 0:
        return
    for key in together:
        lines[key].load.append(load)
        lines[key].cells[name].seconds += seconds[key]
    lines[row.key].cells[name].failed += failed


def _wait(started: Sequence["subprocess.Popen[bytes]"]) -> Sequence[int]:
    deadline = time.monotonic() + _TIMEOUT_S
    try:
        return [process.wait(max(0.1, deadline - time.monotonic())) for process in started]
    except subprocess.TimeoutExpired:
        raise FailedError(f"it takes more than {_TIMEOUT_S:.0f} s") from None
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _read(folder: Path) -> None:
    """Have the files of a folder in memory, so that they are there for everybody."""
    buffer = bytearray(1 << 20)
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb", buffering=0) as file:
                while file.readinto(buffer):
                    pass


def _compare(source: Path, result: Path) -> None:
    """What was fetched is what was saved, byte by byte."""
    paths = [p for p in source.rglob("*") if p.is_file()] if source.is_dir() else [source]
    for path in paths:
        found = result / path.relative_to(source) if source.is_dir() else result
        if not found.is_file() or not filecmp.cmp(path, found, shallow=False):
            raise FailedError(f"{path.relative_to(source.parent)} is not what was saved")
