"""A cache before a store: what was read once is not requested again, and is never wrong."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.errors import IntegrityError
from artifactctl.store import cache, cache_total
from artifactctl.store.cache import Cache
from artifactctl.store.cached_store import CachedStore
from tests.faults.mounts import read_only, tmpfs
from tests.store.counting import CountingStore
from tests.store.places import at_once, flipped, open_descriptors, write_files

SMALL = b"a small file"
BIG = bytes(range(256)) * 5_000
LIMIT = 100_000_000


@pytest.fixture
def behind(tmp_path: Path) -> CountingStore:
    """The store behind the cache, with both files in it."""
    store = CountingStore(tmp_path / "store")
    store.put(write_files(tmp_path / "files", SMALL, BIG))
    store.put_manifest(SMALL)
    return store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def store(behind: CountingStore, folder: Path) -> CachedStore:
    return CachedStore(behind, Cache(str(folder), LIMIT))


def read(store: CachedStore, content: bytes) -> bytes:
    with store.open(digest_of(content)) as blob:
        return blob.read()


def entry(folder: Path, content: bytes, key: Callable[[str], str] = blob_key) -> Path:
    return folder / key(digest_of(content))


@pytest.mark.parametrize("content", [SMALL, BIG])
def test_a_blob_is_requested_once(
    behind: CountingStore, store: CachedStore, folder: Path, content: bytes
) -> None:
    assert [read(store, content) for _ in range(3)] == [content] * 3
    assert read(CachedStore(behind, Cache(str(folder), LIMIT)), content) == content
    assert behind.asked == {"open": 1}


def test_a_manifest_is_requested_once(
    behind: CountingStore, store: CachedStore, folder: Path
) -> None:
    digest = digest_of(SMALL)
    assert [store.get_manifest(digest) for _ in range(3)] == [SMALL] * 3
    assert behind.asked == {"get_manifest": 1}
    assert entry(folder, SMALL, manifest_key).read_bytes() == SMALL


def test_a_manifest_that_was_stored_is_not_requested(
    behind: CountingStore, store: CachedStore
) -> None:
    assert store.get_manifest(store.put_manifest(b"new")) == b"new"
    assert behind.asked == {}


def test_what_was_moved_into_the_store_is_not_requested(
    tmp_path: Path, behind: CountingStore, store: CachedStore
) -> None:
    """A remote store leaves the file where it is once it has uploaded it."""
    (source,) = write_files(tmp_path / "new", b"moved")
    store.put([source], move=True)
    assert read(store, b"moved") == b"moved"
    assert not Path(source.path).exists()
    assert behind.asked == {}


def test_a_users_file_stays_the_users(tmp_path: Path, store: CachedStore, folder: Path) -> None:
    (source,) = write_files(tmp_path / "new", b"theirs")
    store.put([source])
    Path(source.path).write_bytes(b"other!")
    assert read(store, b"theirs") == b"theirs"
    assert Path(source.path).read_bytes() == b"other!"


def test_a_file_with_a_second_name_is_not_taken(tmp_path: Path, store: CachedStore) -> None:
    (source,) = write_files(tmp_path / "new", b"moved")
    os.link(source.path, tmp_path / "other name")
    store.put([source], move=True)
    (tmp_path / "other name").write_bytes(b"wrong")
    assert read(store, b"moved") == b"moved"


def test_the_cache_is_for_its_user_alone(store: CachedStore, folder: Path) -> None:
    read(store, SMALL)
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        expected = 0o700 if path.is_dir() else 0o600 if path.name == "total" else 0o400
        assert mode == expected, path
    assert list((folder / "tmp").iterdir()) == []


@pytest.mark.parametrize("harm", ["flipped", "truncated", "emptied", "longer", "same size"])
def test_a_damaged_entry_is_removed_and_fetched_again(
    behind: CountingStore, store: CachedStore, folder: Path, harm: str
) -> None:
    read(store, BIG)
    path = entry(folder, BIG)
    path.chmod(0o600)
    bad = {
        "flipped": flipped(BIG, 7),
        "truncated": BIG[:-1],
        "emptied": b"",
        "longer": BIG + b"x",
        "same size": bytes(len(BIG)),
    }
    path.write_bytes(bad[harm])
    assert read(store, BIG) == BIG
    assert behind.asked["open"] == 2
    assert path.read_bytes() == BIG


def _link(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def _fifo(path: Path, _victim: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path, _victim: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [_link, _fifo, _folder])
@pytest.mark.parametrize("place", ["an entry", "its folder", "blobs", "tmp", "total"])
def test_what_is_no_file_in_the_folder_is_not_followed(
    tmp_path: Path, store: CachedStore, folder: Path, make: Callable[[Path, Path], None], place: str
) -> None:
    read(store, SMALL)
    path = {
        "an entry": entry(folder, SMALL),
        "its folder": entry(folder, SMALL).parent,
        "blobs": folder / "blobs",
        "tmp": folder / "tmp",
        "total": folder / "total",
    }[place]
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_bytes(b"nobody's")
    make(path, victim if place in {"its folder", "blobs", "tmp"} else victim / "file")
    for content in (SMALL, BIG, SMALL):
        assert read(store, content) == content
    assert [path.name for path in victim.iterdir()] == ["file"]
    assert (victim / "file").read_bytes() == b"nobody's"


def test_the_folder_itself_may_be_a_link(tmp_path: Path, behind: CountingStore) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "big")
    store = CachedStore(behind, Cache(str(tmp_path / "link"), LIMIT))
    assert read(store, SMALL) == read(store, SMALL) == SMALL
    assert behind.asked == {"open": 1}


def test_a_vanished_entry_is_fetched_again(
    behind: CountingStore, store: CachedStore, folder: Path
) -> None:
    read(store, SMALL)
    shutil.rmtree(folder)
    assert read(store, SMALL) == SMALL
    assert behind.asked == {"open": 2}


def test_damaged_bytes_of_the_store_do_not_get_in(
    behind: CountingStore, store: CachedStore, folder: Path
) -> None:
    path = Path(behind.url.removeprefix("file://"), blob_key(digest_of(BIG)))
    path.chmod(0o600)
    path.write_bytes(flipped(BIG))
    assert read(store, BIG) == flipped(BIG)  # unchecked, as from any store
    assert not entry(folder, BIG).exists()
    path.write_bytes(BIG)
    assert read(store, BIG) == BIG
    assert entry(folder, BIG).exists()


def test_a_stream_that_was_cut_does_not_get_in(
    behind: CountingStore, store: CachedStore, folder: Path
) -> None:
    behind.cut = 1000
    assert read(store, BIG) == BIG[:1000]
    behind.cut = None
    assert read(store, BIG) == BIG
    assert list(folder.glob("tmp/*")) == []


def test_a_missing_blob_is_missing(store: CachedStore) -> None:
    with pytest.raises(IntegrityError):
        store.open(digest_of(b"never stored"))


def test_what_the_store_deletes_leaves_the_cache(store: CachedStore, folder: Path) -> None:
    read(store, SMALL)
    store.delete_blobs([digest_of(SMALL)])
    assert not entry(folder, SMALL).exists()


def test_a_folder_that_cannot_be_written_to_is_read(
    behind: CountingStore, store: CachedStore, folder: Path
) -> None:
    read(store, SMALL)
    with read_only(folder):
        again = CachedStore(behind, Cache(str(folder), LIMIT))
        assert (read(again, SMALL), read(again, BIG), read(again, BIG)) == (SMALL, BIG, BIG)
    assert behind.asked == {"open": 4}  # the second time nothing is tried any more


def test_a_full_disk_means_no_cache(tmp_path: Path, behind: CountingStore) -> None:
    with tmpfs(tmp_path / "disk", "size=1m") as disk:
        store = CachedStore(behind, Cache(str(disk / "cache"), LIMIT))
        assert [read(store, BIG) for _ in range(3)] == [BIG] * 3
        assert list((disk / "cache" / "tmp").iterdir()) == []
    assert behind.asked == {"open": 4}


def test_a_file_for_which_there_is_no_room_twice_is_not_kept(
    tmp_path: Path, behind: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is written once more, to where it is wanted."""
    monkeypatch.setattr(cache, "_UNASKED_BYTES", 1000)
    with tmpfs(tmp_path / "disk", "size=2m") as disk:
        store = CachedStore(behind, Cache(str(disk / "cache"), LIMIT))
        assert read(store, BIG) == BIG
        assert list(disk.glob("cache/blobs/*/*")) == []


def test_a_file_of_more_than_half_the_limit_is_not_kept(
    behind: CountingStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_UNASKED_BYTES", 1000)
    store = CachedStore(behind, Cache(str(folder), len(BIG)))
    assert read(store, BIG) == BIG
    assert not entry(folder, BIG).exists()


def test_no_descriptor_is_left_open(store: CachedStore) -> None:
    for content in (SMALL, BIG):
        read(store, content)
    before = open_descriptors()
    for _ in range(20):
        read(store, SMALL)
        store.get_manifest(digest_of(SMALL))
    assert open_descriptors() == before


def test_threads_share_a_cache(tmp_path: Path, behind: CountingStore, folder: Path) -> None:
    contents = [f"file {number}".encode() * 1000 for number in range(20)]
    behind.put(write_files(tmp_path / "more", *contents))
    store = CachedStore(behind, Cache(str(folder), LIMIT))

    def work(number: int) -> None:
        for content in contents[number:] + contents[:number]:
            assert read(store, content) == content

    at_once(8, work)
    assert cache_total.count(str(folder)).count == len(contents)
    behind.asked.clear()
    work(0)
    assert behind.asked == {}


_READER = """
import sys
from pathlib import Path
from artifactctl.digests import PREFIX
from artifactctl.store.cache import Cache
from artifactctl.store.cached_store import CachedStore
from artifactctl.store.local import LocalStore
from artifactctl.digests import digest_of

folder, limit, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
store = CachedStore(LocalStore(Path(folder, "store")), Cache(folder + "/cache", limit))
for _ in range(20):
    for name in names:
        with store.open(PREFIX + name) as blob:
            assert digest_of(blob.read()) == PREFIX + name
"""


def test_processes_that_share_a_small_cache_always_read_right_bytes(
    tmp_path: Path, behind: CountingStore
) -> None:
    """Entries go under their feet: all of them together do not fit."""
    contents = [f"file {number}".encode() * 1000 for number in range(10)]
    digests = behind.put(write_files(tmp_path / "more", *contents))
    names = [digest.removeprefix("blake3:") for digest in digests]
    words = [sys.executable, "-c", _READER, str(tmp_path), "30000"]
    readers = [subprocess.Popen([*words, *names[start:], *names[:start]]) for start in range(4)]
    assert [reader.wait(120) for reader in readers] == [0] * 4
    held = cache_total.count(str(tmp_path / "cache"))
    assert held.size_bytes <= 30_000 + 7_000 * len(readers)
