"""Downloads: complete and right, or not there."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from artifactctl.digests import blob_key
from artifactctl.enums import DownloadMode
from artifactctl.errors import BusyError, ConflictError, IntegrityError, UnsafeError
from artifactctl.manifest import Manifest
from artifactctl.selection import Selection
from artifactctl.store.local import LocalStore
from artifactctl.transfer import (
    CollectOptions,
    DownloadOptions,
    collect,
    download,
    plan_download,
    upload,
)
from tests.transfer.conftest import TREE, Tree, planned, read_tree, write_tree

Stored = Callable[[Tree], Manifest]
StoredFile = Callable[[bytes], Manifest]


class FlippedOnce(LocalStore):
    """A store whose first reading of each blob gives a wrong bit, as a bad cable would."""

    def __init__(self, folder: Path, scratch: Path, times: int = 1) -> None:
        super().__init__(folder)
        self._scratch = scratch
        self._times = times
        self._opened: dict[str, int] = {}

    def open(self, digest: str) -> BinaryIO:
        self._opened[digest] = self._opened.get(digest, 0) + 1
        with super().open(digest) as blob:
            content = blob.read()
        if self._opened[digest] <= self._times and content:
            content = bytes([content[0] ^ 1]) + content[1:]
        self._scratch.write_bytes(content)
        return self._scratch.open("rb", buffering=0)


def spoil(store_folder: Path, digest: str | None) -> None:
    blob = store_folder / blob_key(str(digest))
    content = blob.read_bytes()
    blob.unlink()
    blob.write_bytes(bytes([content[0] ^ 1]) + content[1:])


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_folder_comes_back_as_it_was(
    store: LocalStore, stored: Stored, tmp_path: Path, jobs: int
) -> None:
    dest = tmp_path / "new" / "dest"
    counts: list[int] = []
    download(planned(stored(TREE), dest, jobs=jobs), store, counts.append)
    assert read_tree(dest) == TREE
    assert sum(counts) == sum(map(len, TREE.values()))
    assert [path.name for path in dest.parent.iterdir()] == ["dest"]


def test_a_folder_of_many_files_comes_back_as_it_was(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    tree = {f"{number % 7}/{number}": b"%d" % number for number in range(100)}
    download(planned(stored(tree), tmp_path / "dest", jobs=3), store)
    assert read_tree(tmp_path / "dest") == tree


@pytest.mark.parametrize("content", [b"", b"one", b"x" * (3 << 20)])
def test_a_file_comes_back_as_it_was(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path, content: bytes
) -> None:
    path = download(planned(stored_file(content), tmp_path / "new" / "g.bin"), store)
    assert path == str(tmp_path / "new" / "g.bin")
    assert read_tree(tmp_path / "new") == {"g.bin": content}


def test_times_and_executable_bits_come_back(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    script = tmp_path / "source" / "0" / "run.sh"
    write_tree(tmp_path / "source" / "0", TREE)
    script.chmod(0o755)
    os.utime(script, ns=(1, 1_600_000_000_123_456_789))
    manifest = upload(collect([str(script.parent)], CollectOptions()), store)
    download(planned(manifest, tmp_path / "dest"), store)
    got = (tmp_path / "dest" / "run.sh").stat()
    assert got.st_mode & 0o100
    assert got.st_mtime_ns == 1_600_000_000_123_456_789
    assert not (tmp_path / "dest" / "a.csv").stat().st_mode & 0o111
    assert (tmp_path / "dest" / "a.csv").stat().st_mode & 0o200


def test_only_what_is_selected_is_written(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    selection = Selection(("*.csv",), ("sub",))
    download(planned(stored(TREE), tmp_path / "dest", selection=selection), store)
    assert read_tree(tmp_path / "dest") == {"a.csv": TREE["a.csv"]}


def test_what_would_be_overwritten_is_refused(
    store: LocalStore, stored: Stored, stored_file: StoredFile, tmp_path: Path
) -> None:
    dest = write_tree(tmp_path / "dest", {"mine": b"mine"})
    with pytest.raises(ConflictError, match="is not empty"):
        download(planned(stored(TREE), dest), store)
    with pytest.raises(ConflictError, match="exists already"):
        download(planned(stored_file(b"x"), dest / "mine"), store)
    with pytest.raises(ConflictError, match="is a file"):
        download(planned(stored(TREE), dest / "mine", force=True), store)
    assert read_tree(dest) == {"mine": b"mine"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dest", "source", "store"]


@pytest.mark.parametrize(("kind", "force"), [("file", False), ("folder", False), ("folder", True)])
def test_a_destination_that_is_a_link_to_nothing_is_refused(
    store: LocalStore,
    stored: Stored,
    stored_file: StoredFile,
    tmp_path: Path,
    kind: str,
    force: bool,
) -> None:
    (tmp_path / "dest").symlink_to(tmp_path / "nothing")
    manifest = stored(TREE) if kind == "folder" else stored_file(b"x")
    with pytest.raises((ConflictError, UnsafeError)):
        download(planned(manifest, tmp_path / "dest", force=force), store)
    assert (tmp_path / "dest").is_symlink()
    assert not (tmp_path / "nothing").exists()
    assert not list(tmp_path.glob(".*"))


def test_an_empty_folder_is_filled(store: LocalStore, stored: Stored, tmp_path: Path) -> None:
    (tmp_path / "dest").mkdir()
    download(planned(stored(TREE), tmp_path / "dest"), store)
    assert read_tree(tmp_path / "dest") == TREE
    assert not list(tmp_path.glob(".*"))


def test_force_replaces_the_versions_own_paths_and_nothing_else(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    dest = write_tree(tmp_path / "dest", {"a.csv": b"old", "mine": b"mine", "sub/mine": b"mine"})
    download(planned(stored(TREE), dest, force=True), store)
    assert read_tree(dest) == {**TREE, "mine": b"mine", "sub/mine": b"mine"}


def test_force_writes_through_no_link(store: LocalStore, stored: Stored, tmp_path: Path) -> None:
    outside = write_tree(tmp_path / "outside", {"precious": b"precious"})
    dest = write_tree(tmp_path / "dest", {})
    (dest / "a.csv").symlink_to(outside / "precious")
    download(planned(stored(TREE), dest, force=True), store)
    assert not (dest / "a.csv").is_symlink()
    assert read_tree(outside) == {"precious": b"precious"}


def test_force_follows_no_link_to_a_folder(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    outside = write_tree(tmp_path / "outside", {"b.csv": b"precious"})
    dest = write_tree(tmp_path / "dest", {})
    (dest / "sub").symlink_to(outside)
    with pytest.raises(UnsafeError, match="links are not followed"):
        download(planned(stored(TREE), dest, force=True), store)
    assert read_tree(outside) == {"b.csv": b"precious"}


def test_force_never_replaces_a_folder_by_a_file(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    dest = write_tree(tmp_path / "dest", {"a.csv/mine": b"mine"})
    with pytest.raises(ConflictError, match="is a folder"):
        download(planned(stored(TREE), dest, force=True), store)
    assert read_tree(dest) == {"a.csv/mine": b"mine"}


def test_force_replaces_a_file_that_is_a_link(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path
) -> None:
    write_tree(tmp_path / "outside", {"precious": b"precious"})
    (tmp_path / "f").symlink_to(tmp_path / "outside" / "precious")
    download(planned(stored_file(b"new"), tmp_path / "f", force=True), store)
    assert not (tmp_path / "f").is_symlink()
    assert (tmp_path / "outside" / "precious").read_bytes() == b"precious"


@pytest.mark.parametrize("mode", [DownloadMode.HARDLINK, DownloadMode.SYMLINK])
def test_links_lead_to_the_blobs(
    store: LocalStore, stored: Stored, stored_file: StoredFile, tmp_path: Path, mode: DownloadMode
) -> None:
    manifest = stored(TREE)
    download(planned(manifest, tmp_path / "dest", mode=mode), store)
    download(planned(stored_file(b"file"), tmp_path / "g.bin", mode=mode), store)
    assert read_tree(tmp_path / "dest") == TREE
    for entry in manifest.entries:
        blob = tmp_path / "store" / blob_key(str(entry.digest))
        assert (tmp_path / "dest" / entry.path).samefile(blob)
        assert (tmp_path / "dest" / entry.path).is_symlink() == (mode is DownloadMode.SYMLINK)
    assert (tmp_path / "g.bin").read_bytes() == b"file"
    assert not list(tmp_path.glob(".*"))


def test_a_copy_over_a_hard_link_leaves_the_blob_alone(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path
) -> None:
    manifest, dest = stored_file(b"file"), tmp_path / "g.bin"
    download(planned(manifest, dest, mode=DownloadMode.HARDLINK), store)
    download(planned(manifest, dest, mode=DownloadMode.HARDLINK, force=True), store)
    download(planned(manifest, dest, force=True), store)
    dest.write_bytes(b"mine")
    with store.open(str(manifest.entries[0].digest)) as blob:
        assert blob.read() == b"file"


@pytest.mark.parametrize("mode", DownloadMode)
def test_a_damaged_blob_ends_the_download_without_a_destination(
    store: LocalStore, stored: Stored, tmp_path: Path, mode: DownloadMode
) -> None:
    manifest = stored(TREE)
    spoil(tmp_path / "store", manifest.entries[-2].digest)
    with pytest.raises(IntegrityError, match="is damaged"):
        download(planned(manifest, tmp_path / "dest", mode=mode), store)
    assert not (tmp_path / "dest").exists()


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_a_damaged_blob_leaves_nothing_of_a_file(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path, as_zip: bool, harm: str
) -> None:
    manifest = stored_file(b"file")
    spoil(tmp_path / "store", manifest.entries[0].digest)
    if harm == "missing":
        (tmp_path / "store" / blob_key(str(manifest.entries[0].digest))).unlink()
    with pytest.raises(IntegrityError):
        download(planned(manifest, tmp_path / "out" / "g.bin", as_zip=as_zip), store)
    assert read_tree(tmp_path / "out") == {}


@pytest.mark.parametrize("size", [10, 3 << 20])
def test_bytes_that_come_wrong_once_are_read_again(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path, size: int
) -> None:
    manifest = stored_file(b"x" * size)
    flaky = FlippedOnce(tmp_path / "store", tmp_path / "scratch")
    download(planned(manifest, tmp_path / "g.bin"), flaky)
    assert (tmp_path / "g.bin").read_bytes() == b"x" * size


def test_bytes_that_come_wrong_twice_are_an_integrity_error(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path
) -> None:
    manifest = stored_file(b"file")
    flaky = FlippedOnce(tmp_path / "store", tmp_path / "scratch", times=2)
    with pytest.raises(IntegrityError):
        download(planned(manifest, tmp_path / "g.bin"), flaky)
    assert not (tmp_path / "g.bin").exists()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_second_download_to_the_same_place_is_refused(
    store: LocalStore, stored: Stored, stored_file: StoredFile, tmp_path: Path, kind: str
) -> None:
    plan = planned(stored(TREE) if kind == "folder" else stored_file(b"x"), tmp_path / "dest")
    part = Path(plan.part)
    part.mkdir() if kind == "folder" else part.touch()
    descriptor = os.open(part, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(BusyError, match="another download"):
        download(plan, store)
    os.close(descriptor)
    download(plan, store)
    assert not part.exists()


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize("name", ["x" * 229, "x" * 230, "x" * 237, "x" * 251, "é" * 120])
def test_a_long_name_comes_back(store: LocalStore, work: Path, name: str, as_zip: bool) -> None:
    write_tree(work, {name: b"content"})
    (work / "out").mkdir()
    manifest = upload(collect([name], CollectOptions()), store)
    download(planned(manifest, work / "out", as_zip=as_zip), store)
    if not as_zip:
        (work / name).unlink()
        download(plan_download(manifest, "name", None, DownloadOptions(Selection())), store)
        download(planned(manifest, work / "folder", force=True), store)
        assert (work / name).read_bytes() == b"content"
    assert os.listdir(work / "out") == [f"{name}.zip" if as_zip else name]
    assert not list(work.glob(".*"))


@pytest.mark.parametrize("length", [237, 238, 255])
def test_a_folder_gets_any_name_that_a_folder_can_have(
    store: LocalStore, stored: Stored, work: Path, length: int
) -> None:
    download(planned(stored({"y" * 255: b"y"}), work / ("x" * length)), store)
    assert read_tree(work / ("x" * length)) == {"y" * 255: b"y"}
    assert not list(work.glob(".*"))


def test_bytes_that_are_no_text_may_stand_in_a_destination(
    store: LocalStore, stored: Stored, stored_file: StoredFile, work: Path
) -> None:
    odd = Path(os.fsdecode(b"odd \xff"))
    download(planned(stored(TREE), work / odd / "folder"), store)
    download(planned(stored_file(b"x"), work / odd / odd), store)
    assert read_tree(work / odd / "folder") == TREE
    assert (work / odd / odd).read_bytes() == b"x"
