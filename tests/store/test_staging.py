"""The order in which files get their names."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifactctl.durable import MANY_FILES
from artifactctl.store import staging
from artifactctl.store.staging import Staging


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("tmp", "blobs"):
        (tmp_path / "store" / name).mkdir(parents=True)
    return tmp_path / "store"


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What happens on disk, in its order."""
    happened: list[str] = []
    real_fsync, real_rename, real_sync = os.fsync, os.rename, staging.sync_filesystem

    def fsync(descriptor: int) -> None:
        real_fsync(descriptor)
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        name = os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))
        happened.append(f"sync folder {name}" if is_folder else "sync file")

    def rename(source: str, target: str, **folders: int) -> None:
        real_rename(source, target, **folders)
        happened.append(f"rename to {os.path.basename(target)}")

    def sync(folder: int) -> None:
        real_sync(folder)
        happened.append("sync all")

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename)
    monkeypatch.setattr(staging, "sync_filesystem", sync)
    return happened


def unfinished(root: Path) -> list[Path]:
    """Files that are being written, without the signs that somebody works on them."""
    return [path for path in (root / "tmp").iterdir() if not path.name.endswith("-lock")]


def test_a_name_comes_after_its_bytes_and_before_its_folders_entry(
    root: Path, events: list[str]
) -> None:
    with Staging(str(root), 2) as batch:
        batch.write("blobs/aa/one", b"1")
        with batch.new_file() as (name, descriptor):
            os.write(descriptor, b"2")
            batch.add(name, "blobs/bb/two")
        batch.publish()
    assert events == [
        "sync file",
        "sync file",
        "rename to one",
        "rename to two",
        "sync folder aa",
        "sync folder bb",
        "sync folder blobs",
    ]


def test_many_files_are_made_durable_at_once_before_and_after_the_renames(
    root: Path, events: list[str]
) -> None:
    with Staging(str(root), MANY_FILES) as batch:
        batch.write("blobs/aa/one", b"1")
        batch.write("blobs/aa/two", b"2")
        batch.publish()
    assert events == ["sync all", "rename to one", "rename to two", "sync all"]


def test_what_is_relied_upon_is_made_durable_though_somebody_else_made_it(
    root: Path, events: list[str]
) -> None:
    (root / "blobs" / "aa").mkdir()
    with Staging(str(root), 1) as batch:
        batch.note_present("blobs/aa/one")
        batch.publish()
    assert events == ["sync folder aa", "sync folder blobs"]


def test_nothing_has_a_name_before_it_is_published(root: Path) -> None:
    with Staging(str(root), 1) as batch:
        batch.write("blobs/aa/one", b"1")
        assert list((root / "blobs").iterdir()) == []
        assert len(unfinished(root)) == 1
        batch.publish()
    assert (root / "blobs/aa/one").read_bytes() == b"1"
    assert list((root / "tmp").iterdir()) == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_is_not_published_is_removed(root: Path, error: type[BaseException]) -> None:

    def work() -> None:
        with Staging(str(root), 1) as batch:
            batch.write("blobs/aa/one", b"1")
            with batch.new_file():
                raise error

    with pytest.raises(error):
        work()
    assert list((root / "blobs").iterdir()) == []
    assert list((root / "tmp").iterdir()) == []


def test_a_dropped_file_gets_no_name(root: Path) -> None:
    with Staging(str(root), 1) as batch:
        with batch.new_file() as (name, _descriptor):
            batch.drop(name)
        batch.publish()
    assert list((root / "tmp").iterdir()) == []
    assert list((root / "blobs").iterdir()) == []


def test_a_rename_that_fails_leaves_no_temporary_file(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.rename

    def rename(source: str, target: str, **folders: int) -> None:
        if target.endswith("two"):
            raise OSError(28, "No space left on device")
        real(source, target, **folders)

    monkeypatch.setattr(os, "rename", rename)
    with Staging(str(root), 2) as batch:
        batch.write("blobs/aa/one", b"1")
        batch.write("blobs/aa/two", b"2")
        with pytest.raises(OSError, match="No space"):
            batch.publish()
    assert (root / "blobs/aa/one").read_bytes() == b"1"
    assert list((root / "tmp").iterdir()) == []


def test_temporary_files_are_private_while_they_are_written(root: Path) -> None:
    with Staging(str(root), 1) as batch, batch.new_file() as (name, _descriptor):
        assert stat.S_IMODE((root / "tmp" / name).stat().st_mode) & 0o022 == 0


def test_batches_of_two_processes_never_share_a_temporary_name(root: Path) -> None:
    with Staging(str(root), 1) as one, Staging(str(root), 1) as two:
        one.write("blobs/aa/one", b"1")
        two.write("blobs/aa/one", b"1")
        assert len(unfinished(root)) == 2
        two.publish()
        one.publish()
    assert (root / "blobs/aa/one").read_bytes() == b"1"


def test_what_is_damaged_is_kept_and_never_seen_missing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = root / "blobs/aa/one"
    target.parent.mkdir()
    target.write_bytes(b"wrong")
    real = os.rename
    there: list[bool] = []

    def rename(source: str, goal: str, **folders: int) -> None:
        there.append(target.exists())
        real(source, goal, **folders)
        there.append(target.exists())

    monkeypatch.setattr(os, "rename", rename)
    with Staging(str(root), 1) as batch:
        batch.note_damaged("blobs/aa/one")
        batch.write("blobs/aa/one", b"right")
        batch.publish()
    assert there == [True, True]
    assert target.read_bytes() == b"right"
    assert [path.read_bytes() for path in (root / "quarantine").iterdir()] == [b"wrong"]


def test_the_same_blob_damaged_twice_is_kept_twice(root: Path) -> None:
    for content in (b"wrong", b"bad"):
        target = root / "blobs/aa/one"
        target.parent.mkdir(exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_bytes(content)
        with Staging(str(root), 1) as batch:
            batch.note_damaged("blobs/aa/one")
            batch.write("blobs/aa/one", b"right")
            batch.publish()
    kept = {path.read_bytes() for path in (root / "quarantine").iterdir()}
    assert kept == {b"wrong", b"bad"}
