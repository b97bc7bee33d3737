"""What only a local store promises: modes, durability, and how many system calls that takes."""

import os
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from artifactctl.digests import blob_key, digest_of
from artifactctl.durable import MANY_FILES
from artifactctl.errors import IntegrityError
from artifactctl.store import staging
from tests.commands import environment
from tests.store.places import LocalPlace, open_descriptors, source_of, write_files

RECORD = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def place(tmp_path: Path) -> LocalPlace:
    return LocalPlace(tmp_path / "store")


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often files, folders and whole file systems are made durable."""
    counted: Counter[str] = Counter()
    real_fsync, real_sync = os.fsync, staging.sync_filesystem

    def fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        counted["folders" if is_folder else "files"] += 1
        real_fsync(descriptor)

    def sync_filesystem(folder: int) -> None:
        counted["file systems"] += 1
        real_sync(folder)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(staging, "sync_filesystem", sync_filesystem)
    return counted


def ready(place: LocalPlace, syncs: Counter[str]) -> None:
    """Have all folders there, as in every store but a new one."""
    place.open().put_manifest(b"{}")
    syncs.clear()


def test_few_files_cost_a_sync_each_and_one_for_each_folder(
    place: LocalPlace, tmp_path: Path, syncs: Counter[str]
) -> None:
    ready(place, syncs)
    place.open().put(write_files(tmp_path / "files", b"one", b"two", b"x" * (2 << 20)))
    shards = {os.path.dirname(key) for key in place.keys("blobs")}
    assert syncs == {"files": 3, "folders": len(shards) + 1}


def test_many_files_cost_two_syncs_of_the_file_system(
    place: LocalPlace, tmp_path: Path, syncs: Counter[str]
) -> None:
    ready(place, syncs)
    files = [b"%d" % number for number in range(MANY_FILES - 1)]
    place.open().put(write_files(tmp_path / "files", *files, b"x" * (2 << 20)))
    assert syncs == {"file systems": 2}


def test_many_files_cost_a_sync_each_where_the_file_system_cannot_be_synced(
    place: LocalPlace, tmp_path: Path, syncs: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(place, syncs)
    monkeypatch.setattr(staging, "can_sync_filesystem", lambda: False)
    place.open().put(write_files(tmp_path / "files", *(b"%d" % n for n in range(MANY_FILES))))
    assert syncs["files"] == MANY_FILES
    assert syncs["file systems"] == 0


def test_files_that_are_there_already_are_not_written_again(
    place: LocalPlace, tmp_path: Path, syncs: Counter[str]
) -> None:
    sources = write_files(tmp_path / "files", b"one", b"x" * (2 << 20))
    place.open().put(sources)
    syncs.clear()
    place.open().put([source_of(Path(source.path)) for source in sources[:1]])
    # Whoever stored it may have been cut short before the entry was durable.
    assert syncs == {"folders": 2}


def test_a_record_costs_two_syncs(place: LocalPlace, syncs: Counter[str]) -> None:
    ready(place, syncs)
    place.open().put_records({RECORD: b"{}"})
    assert syncs == {"files": 1, "folders": 1}


def test_the_folders_of_a_new_store_are_durable_too(place: LocalPlace, syncs: Counter[str]) -> None:
    place.open().put_records({RECORD: b"{}"})
    # The store and its four folders are five new entries; format.json and the record one each.
    assert syncs == {"files": 2, "folders": 7}


def test_an_existing_store_is_not_made_again_by_its_next_handle(
    place: LocalPlace, syncs: Counter[str]
) -> None:
    ready(place, syncs)
    place.open().put_manifest(b"{}")
    assert syncs == {"folders": 2}


def test_blobs_and_manifests_are_read_only_and_the_folders_private(
    place: LocalPlace, tmp_path: Path
) -> None:
    place.open().put(write_files(tmp_path / "files", b"one", b"x" * (2 << 20)))
    place.open().put_manifest(b"{}")
    place.open().put_records({RECORD: b"{}"})
    modes = {
        folder: {stat.S_IMODE((place.folder / key).stat().st_mode) for key in place.keys(folder)}
        for folder in ("blobs", "manifests", "records")
    }
    assert all(mode & 0o222 == 0 for mode in modes["blobs"] | modes["manifests"])
    assert modes["records"] == {0o600}
    folders = [place.folder, *(path for path in place.folder.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_a_blob_that_is_a_link_is_refused_and_replaced(place: LocalPlace, tmp_path: Path) -> None:
    sources = write_files(tmp_path / "files", b"one")
    (digest,) = place.open().put(sources)
    blob = place.folder / blob_key(digest)
    blob.unlink()
    blob.symlink_to(sources[0].path)
    with pytest.raises(IntegrityError, match="is a link, not a regular file"):
        place.open().open(digest)


def test_the_path_of_a_blob_is_its_own_file(place: LocalPlace, tmp_path: Path) -> None:
    (digest,) = place.open().put(write_files(tmp_path / "files", b"one"))
    path = place.open().path(digest)
    assert path == place.folder / blob_key(digest)
    assert path.read_bytes() == b"one"


def test_foreign_files_in_the_store_are_left_alone(place: LocalPlace, tmp_path: Path) -> None:
    place.open().put_manifest(b"{}")
    foreign = place.folder / "blobs" / "README"
    foreign.write_bytes(b"mine")
    place.open().put(write_files(tmp_path / "files", b"one"))
    assert foreign.read_bytes() == b"mine"


def test_a_sync_that_fails_fails_the_put_and_is_not_tried_again(
    place: LocalPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.open().put_manifest(b"{}")
    calls: list[int] = []

    def fail(descriptor: int) -> None:
        calls.append(descriptor)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        place.open().put(write_files(tmp_path / "files", b"one"))
    assert len(calls) == 1
    assert place.keys("blobs") | place.keys("tmp") == set()


def test_a_blob_that_cannot_be_read_is_healed_like_a_damaged_one(
    place: LocalPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = write_files(tmp_path / "files", b"x" * (2 << 20))
    (digest,) = place.open().put(sources)
    inode = (place.folder / blob_key(digest)).stat().st_ino
    real = os.preadv

    def fail(descriptor: int, *rest: object) -> int:
        if os.fstat(descriptor).st_ino == inode:
            raise OSError(5, "Input/output error")
        return real(descriptor, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "preadv", fail)
    place.open().put([source_of(Path(sources[0].path))])
    monkeypatch.undo()
    assert (place.folder / blob_key(digest)).stat().st_ino != inode
    assert digest_of((place.folder / blob_key(digest)).read_bytes()) == digest
    assert len(place.keys("quarantine")) == 1


def test_no_descriptor_stays_open(place: LocalPlace, tmp_path: Path) -> None:
    store = place.open()
    store.put_manifest(b"{}")
    before = open_descriptors()
    store.put(write_files(tmp_path / "files", b"one", b"x" * (3 << 20)))
    store.put_records({RECORD: b"{}"})
    store.open(digest_of(b"one")).close()
    assert open_descriptors() == before


def test_reading_many_opens_each_folder_once_and_leaves_none_open(
    place: LocalPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = place.open().put(write_files(tmp_path / "files", *(b"%d" % i for i in range(400))))
    store = place.open()
    before = open_descriptors()
    opened: Counter[str] = Counter()
    real = os.open

    def counting(path: str, *rest: Any, **more: Any) -> int:
        opened[str(path)] += 1
        return real(path, *rest, **more)

    monkeypatch.setattr(os, "open", counting)
    with store.reading_many():
        for digest in digests:
            store.open(digest).close()
    assert max(opened.values()) == 1
    assert open_descriptors() == before


def test_reading_many_from_a_store_that_is_not_there_finds_nothing(place: LocalPlace) -> None:
    store = place.open()
    with store.reading_many(), pytest.raises(IntegrityError, match="is missing from the store"):
        store.open(digest_of(b"1"))


def test_many_files_are_moved_with_few_open_files_allowed(tmp_path: Path) -> None:
    sources = write_files(tmp_path / "files", *(b"%d" % i for i in range(300)))
    script = 'ulimit -n 24; for words in "$@"; do $words || exit; done'
    words = [
        f"{sys.executable} -m artifactctl register x {Path(sources[0].path).parent}",
        f"{sys.executable} -m artifactctl download x {tmp_path}/out",
        f"{sys.executable} -m artifactctl download x {tmp_path}/out.zip",
    ]
    subprocess.run(
        ["sh", "-c", script, "sh", *words], env=environment(tmp_path / "home"), check=True
    )
    assert len(list((tmp_path / "out").iterdir())) == 300


def test_a_file_that_has_another_name_is_copied_though_it_might_be_taken(
    place: LocalPlace, tmp_path: Path
) -> None:
    store = place.open()
    with store.workspace() as folder:
        path = Path(folder) / "file"
        path.write_bytes(b"x" * (2 << 20))
        os.link(path, tmp_path / "other")
        (digest,) = store.put([source_of(path)], move=True)
    (tmp_path / "other").write_bytes(b"changed")
    assert digest_of((place.folder / blob_key(digest)).read_bytes()) == digest
    assert stat.S_IMODE((tmp_path / "other").stat().st_mode) & stat.S_IWUSR
