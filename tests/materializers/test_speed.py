"""Saving and loading cost what the libraries' own ways cost."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from artifactctl.materializers import load, save

pytestmark = pytest.mark.slow

MOST = 1.3
FIXED_S = 0.01


def best(work: Callable[[Path], Any], tmp_path: Path, rounds: int = 7) -> float:
    times = []
    for number in range(rounds):
        folder = tmp_path / f"{work.__name__}{number}{time.monotonic_ns()}"
        folder.mkdir()
        started = time.perf_counter()
        work(folder)
        times.append(time.perf_counter() - started)
    return min(times)


def test_a_frame_costs_what_parquet_costs(tmp_path: Path):
    frame = pd.DataFrame(np.random.default_rng(0).random((1_000_000, 10)))
    frame.columns = [f"c{place}" for place in range(10)]
    frame.to_parquet(tmp_path / "theirs.parquet")
    (tmp_path / "ours").mkdir()
    save(frame, tmp_path / "ours")

    def theirs(folder: Path) -> None:
        frame.to_parquet(folder / "x.parquet")

    def ours(folder: Path) -> None:
        save(frame, folder)

    def read_theirs(folder: Path) -> None:
        pd.read_parquet(tmp_path / "theirs.parquet")

    def read_ours(folder: Path) -> None:
        load(tmp_path / "ours", "pandas", "pandas.DataFrame", allow_pickle=False)

    assert best(ours, tmp_path) < MOST * best(theirs, tmp_path)
    assert best(read_ours, tmp_path) < MOST * best(read_theirs, tmp_path) + FIXED_S


def test_an_array_costs_what_npy_costs(tmp_path: Path):
    array = np.random.default_rng(0).random(12_500_000)
    np.save(tmp_path / "theirs.npy", array)
    (tmp_path / "ours").mkdir()
    save(array, tmp_path / "ours")

    def theirs(folder: Path) -> None:
        np.save(folder / "x.npy", array)

    def ours(folder: Path) -> None:
        save(array, folder, extract_metadata=False)

    def read_theirs(folder: Path) -> None:
        np.load(tmp_path / "theirs.npy").sum()

    def read_ours(folder: Path) -> None:
        load(tmp_path / "ours", "numpy", "numpy.ndarray", allow_pickle=False).sum()

    assert best(ours, tmp_path) < MOST * best(theirs, tmp_path) + FIXED_S
    assert best(read_ours, tmp_path) < MOST * best(read_theirs, tmp_path) + FIXED_S
