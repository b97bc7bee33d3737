"""The room that versions of a slightly changed big file take where files can share blocks."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from artifactctl import load_artifact, save_artifact
from artifactctl.client import Client
from tests.checker import check_home
from tests.faults import mounts

MIB = 1 << 20
SIZE = 40 * MIB
DATA = random.Random(2).randbytes(SIZE)
OTHER = random.Random(3).randbytes(SIZE // 10)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home on XFS; what is registered is on another disk, so that nothing is shared with it."""
    with mounts.xfs(tmp_path) as folder:
        yield folder / "home"
        check_home(folder / "home")


def grown(home: Path, change: Callable[[], object]) -> float:
    """By how many MiB the room that the disk has in use grows."""

    def used_bytes() -> int:
        os.sync()
        found = os.statvfs(home.parent)
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    before = used_bytes()
    change()
    return (used_bytes() - before) / MIB


def part_changed(at: int) -> bytes:
    return DATA[:at] + OTHER + DATA[at + len(OTHER) :]


def test_a_tenth_changed_takes_about_a_tenth(home: Path, tmp_path: Path) -> None:
    with closing(Client(home)) as client:
        folder = tmp_path / "model"
        folder.mkdir()
        for name, data in (("weights.bin", DATA), ("other.bin", DATA[::-1])):
            (folder / name).write_bytes(data)
        assert grown(home, lambda: client.register("m", folder)) > 79
        (folder / "weights.bin").write_bytes(part_changed(9 * MIB + 5))
        assert grown(home, lambda: client.register("m", folder)) < 7
        assert client.verify() == []


def test_a_file_of_another_name_shares_with_the_only_one_before(home: Path, tmp_path: Path) -> None:
    with closing(Client(home)) as client:
        for step, most_mib in enumerate([42, 9, 9]):
            path = tmp_path / f"checkpoint-{step}.bin"
            # Of the step before it differs by what either of them has changed.
            path.write_bytes(part_changed(step * 10 * MIB))
            assert grown(home, lambda path=path: client.register("checkpoint", path)) < most_mib
        assert client.verify() == []


def test_a_saved_object_shares_as_well(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    values = np.frombuffer(DATA, dtype=np.uint8)
    changed = np.frombuffer(part_changed(20 * MIB), dtype=np.uint8)
    save_artifact(values, "array")
    assert grown(home, lambda: save_artifact(changed, "array")) < 8
    assert np.array_equal(load_artifact("array"), changed)
    assert np.array_equal(load_artifact("array", version=1), values)


def test_versions_are_deleted_one_by_one(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    with closing(Client(home)) as client:
        for data in (DATA, part_changed(MIB)):
            path.write_bytes(data)
            client.register("m", path)
        client.delete_artifact_version("m:1")
        assert client.collect_garbage(grace_s=0).blobs == 1
        assert client.verify() == []
        client.download("m", tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == part_changed(MIB)
