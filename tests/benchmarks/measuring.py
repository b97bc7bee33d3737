"""Whole processes timed in turn with a yardstick, so that a noisy machine cancels out."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """One finished process: seconds, and the most memory it had in MiB."""

    wall_s: float
    peak_mib: float


@dataclass(frozen=True)
class Row:
    """One line of the table; `limit` is the target for the ratio, None where there is none."""

    what: str
    yardstick: str
    ours: Sequence[Sample]
    theirs: Sequence[Sample]
    limit: float | None

    @property
    def ratio(self) -> float:
        """The median of the ratios of neighbouring runs."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return statistics.median(ours.wall_s / theirs.wall_s for ours, theirs in pairs)

    @property
    def peak_mib(self) -> float:
        """The most memory that any of our runs had."""
        return max(sample.peak_mib for sample in self.ours)


def timed(words: Sequence[str], home: Path, cwd: Path) -> Sample:
    """Run one command; it must succeed."""
    environment = {**os.environ, "ARTIFACTCTL_HOME": str(home), "NO_COLOR": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(words, cwd=cwd, env=environment, stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            out.seek(0)
            raise RuntimeError(f"{words} failed: {out.read().decode()}")
    return Sample(wall_s, usage.ru_maxrss / 1024)


def pairs(
    ours: Callable[[int], Sample], theirs: Callable[[int], Sample], runs: int
) -> tuple[list[Sample], list[Sample]]:
    """Both in turn, `runs` times after one that does not count; which is first alternates."""
    mine, yardstick = [], []
    for turn in range(runs + 1):
        order = [(ours, mine), (theirs, yardstick)]
        for measure, samples in order if turn % 2 else reversed(order):
            sample = measure(turn)
            if turn:
                samples.append(sample)
    return mine, yardstick


def remove(path: Path) -> None:
    """Remove a file or a folder, and have that settled before anything is timed."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    os.sync()


def print_table(rows: Sequence[Row]) -> None:
    """Print the results as a Markdown table."""
    print("| what | seconds | yardstick | seconds | ratio | target | peak MiB |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        ours = statistics.median(sample.wall_s for sample in row.ours)
        theirs = statistics.median(sample.wall_s for sample in row.theirs)
        target = "" if row.limit is None else str(row.limit)
        met = "" if row.limit is None or row.ratio <= row.limit else " (missed)"
        print(
            f"| {row.what} | {ours:.3f} | {row.yardstick} | {theirs:.3f} | {row.ratio:.2f} |"
            f" {target}{met} | {row.peak_mib:.0f} |"
        )
