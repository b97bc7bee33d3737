"""Holes of sparse files stay holes, on the way into the store and out of it."""

import os
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.copying import copy_file
from artifactctl.digests import digest_of

MIB = 1 << 20
# Where data is, in MiB; the rest of the file is a hole.
SHAPES = {
    "data, hole": ([(0, 1)], 48),
    "hole, data": ([(40, 1)], 41),
    "hole, data, hole": ([(20, 2)], 64),
    "data, hole, data": ([(0, 1), (30, 1)], 31),
    "many": ([(at, 1) for at in range(1, 40, 3)], 44),
    "hole": ([], 40),
    "no whole block": ([(0, 1), (17, 1)], 33.3),
}


def write_sparse(path: Path, shape: str) -> None:
    """A file with data in some places, and its end where no block ends."""
    places, size = SHAPES[shape]
    with path.open("wb") as file:
        for at, length in places:
            file.seek(int(at * MIB) + 5)
            file.write(os.urandom(length * MIB))
        file.truncate(int(size * MIB))
    if path.stat().st_blocks * 512 > path.stat().st_size // 2:
        pytest.skip("this file system keeps no holes")


def disk_bytes(path: Path) -> int:
    return path.stat().st_blocks * 512


@pytest.mark.parametrize("shape", SHAPES)
def test_a_sparse_file_takes_no_more_room_than_it_did(client: Client, work: Path, shape: str):
    write_sparse(work / "f", shape)
    most = disk_bytes(work / "f") + 2 * MIB
    content = (work / "f").read_bytes()
    version = client.register("x", work / "f").version
    (file,) = client.describe_artifact_version("x").files
    assert (file.digest, file.size_bytes) == (digest_of(content), len(content))
    (blob,) = (client.settings.home_path / "store" / "blobs").glob("*/*")
    client.download(version.id, work / "out")
    client.download(version.id, work / "folder" / "g")
    for path in (blob, work / "out", work / "folder" / "g"):
        assert path.read_bytes() == content
        assert disk_bytes(path) <= most
    assert client.verify() == []


@pytest.mark.parametrize("done_mib", [0, 3, 25, 33])
def test_a_copy_that_was_cut_short_anywhere_goes_on(work: Path, done_mib: int):
    write_sparse(work / "f", "data, hole, data")
    content = (work / "f").read_bytes()
    (work / "part").write_bytes(content[: done_mib * MIB])
    source, target = os.open(work / "f", os.O_RDONLY), os.open(work / "part", os.O_RDWR)
    try:
        assert copy_file(source, target, len(content)) == digest_of(content)
    finally:
        os.close(source)
        os.close(target)
    assert (work / "part").read_bytes() == content


def test_a_source_that_shrinks_to_a_hole_ends_there(work: Path):
    write_sparse(work / "f", "data, hole")
    source, target = os.open(work / "f", os.O_RDONLY), os.open(work / "t", os.O_RDWR | os.O_CREAT)
    try:
        digest = copy_file(source, target, 100 * MIB)
    finally:
        os.close(source)
        os.close(target)
    assert digest == digest_of((work / "f").read_bytes())
    assert (work / "t").stat().st_size == 48 * MIB
