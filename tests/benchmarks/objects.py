"""Saving and loading objects from Python, against what the libraries do by themselves.

What is measured includes hashing, the catalog and all syncs; the yardstick writes a file and syncs
it. A DataFrame is written and copied, read and copied: as keeping it apart from its origin takes.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measuring import Row, Sample, pairs, timed

_IMPORT_SLACK_S = 0.010
_SAVES = 1000


def importing(folder: Path, runs: int) -> list[Row]:
    """`import artifactctl` against `python -c pass`; 1 means 1.2 times that plus 10 ms."""

    def ours(_: int) -> Sample:
        return timed([sys.executable, "-c", "import artifactctl"], folder, folder)

    def theirs(_: int) -> Sample:
        found = timed([sys.executable, "-c", "pass"], folder, folder)
        return Sample(found.wall_s * 1.2 + _IMPORT_SLACK_S, found.peak_mib)

    return [Row("import artifactctl", "1.2 x python + 10 ms", *pairs(ours, theirs, runs), 1.0)]


def objects(folder: Path, runs: int) -> list[Row]:
    """A DataFrame of 1,000,000 x 10 floats, an array of 100 MB, and 1,000 small saves."""
    import numpy as np
    import pandas as pd

    os.environ["ARTIFACTCTL_HOME"] = str(folder / "home-objects")
    from artifactctl import load_artifact, save_artifact

    chance = np.random.default_rng(1)
    frame = pd.DataFrame(chance.random((1_000_000, 10)), columns=list("abcdefghij"))
    array = chance.random(100_000_000 // 8)
    path, copy = folder / "file", folder / "copy"

    # New names each time, as a new version is: writing over a file that is in memory is faster.
    def write_frame(turn: int) -> None:
        frame.to_parquet(path)
        shutil.copyfile(path, f"{copy}-frame-{turn}")
        _sync(f"{copy}-frame-{turn}")

    def write_array(turn: int) -> None:
        with open(f"{copy}-array-{turn}", "wb") as file:
            np.save(file, array)
        _sync(f"{copy}-array-{turn}")

    def read_frame() -> object:
        shutil.copyfile(path, f"{copy}-frame-0")
        return pd.read_parquet(path)

    def change(turn: int) -> None:  # equal content would be stored already
        frame.iloc[0, 0] = array[0] = turn

    rows = []
    for name, value, write, read in (
        ("DataFrame 1,000,000 x 10", frame, write_frame, read_frame),
        ("array of 100 MB", array, write_array, lambda: np.load(f"{copy}-array-0").sum()),
    ):
        rows.append(
            Row(
                f"save_artifact, {name}",
                "to_parquet + copy + sync" if value is frame else "numpy.save + sync",
                *pairs(
                    lambda turn, v=value: _clock(change, turn, lambda: save_artifact(v, "big")),
                    lambda turn, w=write: _clock(change, turn, lambda: w(turn)),
                    runs,
                ),
                1.3,
            )
        )
        is_array = value is array
        load = (lambda: load_artifact("big").sum()) if is_array else (lambda: load_artifact("big"))
        rows.append(
            Row(
                f"load_artifact, {name}",
                "numpy.load" if is_array else "read_parquet + copy",
                *pairs(
                    lambda _, f=load: _clock(_nothing, 0, f),
                    lambda _, f=read: _clock(_nothing, 0, f),
                    runs,
                ),
                1.3,
            )
        )

    def save_many(_: int) -> Sample:
        return _clock(_nothing, 0, lambda: [save_artifact(i, "small") for i in range(_SAVES)])

    def hundred_a_second(_: int) -> Sample:
        return Sample(_SAVES / 100, 0)

    rows.append(
        Row("1,000 x save_artifact", "100 a second", *pairs(save_many, hundred_a_second, runs), 1.0)
    )
    return rows


def _clock(prepare: Callable[[int], None], turn: int, work: Callable[[], object]) -> Sample:
    prepare(turn)
    began = time.perf_counter()
    work()
    return Sample(time.perf_counter() - began, 0)


def _nothing(_: int) -> None:
    """There is nothing to prepare."""


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
