"""Sharing blocks: what a big file has in common with an earlier one takes room once."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.copying import hash_file
from artifactctl.digests import blob_key, digest_of
from artifactctl.store import adding_blobs
from artifactctl.store.local import LocalStore
from artifactctl.store.sharing_blocks import LEAST_BYTES, share_blocks
from artifactctl.testing.places import source_of
from tests.faults import mounts
from tests.store.places import LocalPlace

MIB = 1 << 20
GRAIN = 128 << 10
SIZE = 40 * MIB
DATA = random.Random(1).randbytes(SIZE)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An XFS disk, which this module's tests share: making one takes its time."""
    with mounts.xfs(tmp_path_factory.mktemp("xfs")) as folder:
        yield folder


@pytest.fixture
def folder(disk: Path) -> Iterator[Path]:
    """A folder on it that no other test uses."""
    made = disk / os.urandom(4).hex()
    made.mkdir()
    yield made
    for path in [*made.rglob("*")][::-1]:
        path.rmdir() if path.is_dir() else path.unlink()


def changed(*places: int) -> bytes:
    """The data with a byte changed at each of these places."""
    data = bytearray(DATA)
    for place in places:
        data[place] ^= 1
    return bytes(data)


def stored(store: LocalStore, path: Path, data: bytes, earlier: str | None = None) -> str:
    """Store a file that had another content in an earlier version; return its digest."""
    path.write_bytes(data)
    (digest,) = store.put([replace(source_of(path), earlier=earlier)])
    assert digest == digest_of(data)
    return digest


@contextmanager
def opened(*paths: Path) -> Iterator[list[int]]:
    descriptors = [os.open(path, os.O_RDWR) for path in paths]
    try:
        yield descriptors
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def used_bytes(folder: Path) -> int:
    """The room that everything on the file system takes."""
    os.sync()
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


@pytest.mark.parametrize(
    ("new", "most_mib"),
    [
        pytest.param(changed(20 * MIB), 2, id="a byte is changed"),
        pytest.param(DATA[: 8 * MIB] + bytes(4 * MIB) + DATA[12 * MIB :], 6, id="a tenth of it"),
        pytest.param(DATA + DATA[:MIB], 3, id="rows are appended"),
        pytest.param(DATA[: 30 * MIB], 2, id="the end is cut off"),
        pytest.param(changed(*range(0, SIZE, 8 * MIB)), 3, id="bytes all over it"),
    ],
)
def test_a_slightly_changed_file_takes_little_room(
    folder: Path, tmp_path: Path, new: bytes, most_mib: int
) -> None:
    # The user's file is on another disk: nothing is shared with it, nor freed late.
    store, path = LocalStore(folder / "store"), tmp_path / "file"
    first = stored(store, path, DATA)
    before = used_bytes(folder)
    second = stored(store, path, new, first)
    assert used_bytes(folder) - before <= most_mib * MIB
    for digest, data in ((first, DATA), (second, new)):
        with store.open(digest) as blob:
            assert blob.read() == data


def test_a_moved_file_shares_as_well(folder: Path) -> None:
    store = LocalStore(folder / "store")
    first = stored(store, folder / "file", DATA)
    with store.workspace() as workspace:
        path = Path(workspace, "file")
        path.write_bytes(changed(5))
        before = used_bytes(folder)
        store.put([replace(source_of(path), earlier=first)], move=True)
        assert before - used_bytes(folder) > 38 * MIB


def test_each_version_is_deleted_without_the_other(folder: Path) -> None:
    store = LocalStore(folder / "store")
    first = stored(store, folder / "file", DATA)
    second = stored(store, folder / "file", changed(7), first)
    store.delete_blobs([first])
    with store.open(second) as blob:
        assert hash_file(blob.fileno()) == (second, SIZE)


def test_writing_to_a_linked_file_changes_no_other_version(folder: Path) -> None:
    store = LocalStore(folder / "store")
    first = stored(store, folder / "file", DATA)
    second = stored(store, folder / "file", changed(7), first)
    path = store.path(first)
    assert path is not None
    path.chmod(0o600)
    with opened(path) as (blob,):
        os.pwrite(blob, b"other bytes", 30 * MIB)
    assert store.quarantine(first)
    assert not store.quarantine(second)


def test_a_damaged_earlier_blob_damages_no_new_one(folder: Path) -> None:
    place = LocalPlace(folder / "store")
    first = stored(place.open(), folder / "file", DATA)
    place.write(blob_key(first), changed(3, 20 * MIB, SIZE - 1))
    second = stored(place.open(), folder / "file", changed(9), first)
    assert not place.open().quarantine(second)


@pytest.mark.parametrize("kind", ["missing", "a link", "a folder", "a shard that is a file"])
def test_what_is_not_the_earlier_blob_is_left_alone(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding_blobs, "LEAST_BYTES", 1)
    place, data = LocalPlace(tmp_path / "store"), DATA[: 2 * MIB]
    first = stored(place.open(), tmp_path / "file", DATA[: 3 * MIB])
    blob = place.folder / blob_key(first)
    place.remove(blob_key(first))
    if kind == "a link":
        blob.symlink_to(tmp_path / "file")
    elif kind == "a folder":
        blob.mkdir()
    elif kind == "a shard that is a file":
        blob.parent.rmdir()
        blob.parent.touch()
    second = stored(place.open(), tmp_path / "file", data, first)
    assert not place.open().quarantine(second)


def test_a_file_system_that_shares_nothing_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def refuse(*_: object) -> None:
        asked.append(1)
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr("fcntl.ioctl", refuse)
    (tmp_path / "a").write_bytes(DATA)
    (tmp_path / "b").write_bytes(DATA)
    with opened(tmp_path / "a", tmp_path / "b") as (earlier, target):
        assert share_blocks(earlier, target) == 0
    assert len(asked) == 1


def test_small_files_and_files_without_an_earlier_version_are_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding_blobs, "share_blocks", lambda *_: pytest.fail("compared"))
    store = LocalStore(tmp_path / "store")
    first = stored(store, tmp_path / "file", DATA)
    stored(store, tmp_path / "file", changed(1))
    stored(store, tmp_path / "file", DATA[: LEAST_BYTES - 1], first)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sizes=st.tuples(st.integers(0, 3 * MIB), st.integers(0, 3 * MIB)),
    places=st.lists(st.integers(0, 3 * MIB - 1), max_size=6),
)
def test_what_is_shared_is_what_is_equal_and_nothing_changes(
    folder: Path, sizes: tuple[int, int], places: list[int]
) -> None:
    old, new = DATA[: sizes[0]], changed(*places)[: sizes[1]]
    (folder / "old").write_bytes(old)
    (folder / "new").write_bytes(new)
    with opened(folder / "old", folder / "new") as (earlier, target):
        shared = share_blocks(earlier, target)
    assert (folder / "old").read_bytes() == old
    assert (folder / "new").read_bytes() == new
    grains = range(0, min(sizes) - GRAIN + 1, GRAIN)
    assert shared == GRAIN * sum(old[at : at + GRAIN] == new[at : at + GRAIN] for at in grains)
