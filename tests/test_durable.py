"""Reserving a prefix: who works on it is known for as long as it lives."""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl import durable
from artifactctl.durable import abandoned, make_folder, rename_new, reserve, sync_folder
from tests.store.places import at_once, open_descriptors
from tests.store.test_listing_and_clearing import working


def is_abandoned(folder: Path, prefix: str) -> bool:
    with abandoned(str(folder), prefix) as found:
        return found


def test_a_prefix_is_in_use_inside_of_the_block_and_free_behind_it(tmp_path: Path) -> None:
    with reserve(str(tmp_path)) as prefix:
        assert re.fullmatch("[0-9a-f]{16}", prefix)
        (lock,) = tmp_path.iterdir()
        assert lock.name == f"{prefix}-lock"
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
        assert not is_abandoned(tmp_path, prefix)
    assert list(tmp_path.iterdir()) == []
    assert is_abandoned(tmp_path, prefix)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_prefix_is_given_up_whatever_happens(tmp_path: Path, error: type[BaseException]) -> None:
    before = open_descriptors()
    with pytest.raises(error), reserve(str(tmp_path)):
        raise error
    assert list(tmp_path.iterdir()) == []
    assert open_descriptors() == before


def test_another_process_is_seen_to_work_until_it_dies(tmp_path: Path) -> None:
    with working(tmp_path) as (process, prefix):
        assert not is_abandoned(tmp_path, prefix)
        process.kill()
        process.wait()
        assert is_abandoned(tmp_path, prefix)
        assert (tmp_path / f"{prefix}-lock").exists()


def test_while_somebody_clears_up_nobody_else_does(tmp_path: Path) -> None:
    (tmp_path / "0123456789abcdef-lock").touch()
    with abandoned(str(tmp_path), "0123456789abcdef") as first:
        assert first
        assert not is_abandoned(tmp_path, "0123456789abcdef")
    assert is_abandoned(tmp_path, "0123456789abcdef")


def test_a_sign_that_is_cleared_away_before_it_is_locked_is_not_relied_upon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = durable._lock
    lost: list[str] = []

    def lock(descriptor: int) -> bool:
        if not lost:
            lost.append(os.readlink(f"/proc/self/fd/{descriptor}"))
            os.unlink(lost[0])
        return real(descriptor)

    monkeypatch.setattr(durable, "_lock", lock)
    with reserve(str(tmp_path)) as prefix:
        assert prefix not in lost[0]
        assert (tmp_path / f"{prefix}-lock").exists()


def test_nobody_shares_a_prefix(tmp_path: Path) -> None:
    seen: list[str] = []

    def act(_number: int) -> None:
        for _ in range(20):
            with reserve(str(tmp_path)) as prefix:
                seen.append(prefix)

    at_once(4, act)
    assert len(set(seen)) == 80
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_with_their_parents_and_left_as_they_are(tmp_path: Path) -> None:
    make_folder(str(tmp_path / "a" / "b"))
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    (tmp_path / "a" / "b").chmod(0o755)
    make_folder(str(tmp_path / "a" / "b"))
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o755
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        make_folder(str(tmp_path / "file" / "x"))
    with pytest.raises(NotADirectoryError):
        sync_folder(str(tmp_path / "file"))


def test_folders_made_by_several_at_once_are_made_once(tmp_path: Path) -> None:
    at_once(6, lambda _number: make_folder(str(tmp_path / "a" / "b" / "c")))
    assert (tmp_path / "a" / "b" / "c").is_dir()


MAKERS: dict[str, Callable[[Path], object]] = {
    "file": lambda path: path.write_bytes(b"content"),
    "link": lambda path: path.symlink_to("/nowhere"),
    "folder": lambda path: (path.mkdir(), (path / "inside").touch()),
    "fifo": os.mkfifo,
}


@pytest.fixture(params=["by the kernel", "by a link", "onto a name of its own"])
def renaming(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that knows one way only."""

    def not_offered(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if request.param != "by the kernel":
        monkeypatch.setattr(durable, "_renameat2", lambda: None)
    if request.param == "onto a name of its own":
        monkeypatch.setattr(os, "link", not_offered)


@pytest.mark.usefixtures("renaming")
@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_renamed_to_a_new_name_has_that_name_alone(tmp_path: Path, kind: str) -> None:
    MAKERS[kind](tmp_path / "old")
    before = os.lstat(tmp_path / "old")
    rename_new(str(tmp_path / "old"), str(tmp_path / "new"))
    assert os.listdir(tmp_path) == ["new"]
    after = os.lstat(tmp_path / "new")
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


@pytest.mark.usefixtures("renaming")
@pytest.mark.parametrize("there", MAKERS)
@pytest.mark.parametrize("kind", MAKERS)
def test_a_rename_to_a_new_name_never_replaces(tmp_path: Path, kind: str, there: str) -> None:
    MAKERS[kind](tmp_path / "old")
    MAKERS[there](tmp_path / "taken")
    before = os.lstat(tmp_path / "taken")
    with pytest.raises(FileExistsError):
        rename_new(str(tmp_path / "old"), str(tmp_path / "taken"))
    assert os.lstat(tmp_path / "taken") == before
    assert (tmp_path / "old").is_symlink() or (tmp_path / "old").exists()


@pytest.mark.usefixtures("renaming")
def test_a_rename_to_a_new_name_counts_from_the_folders_that_are_given(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "old").write_bytes(b"content")
    source, target = (os.open(tmp_path / name, os.O_RDONLY) for name in "ab")
    try:
        rename_new("old", "new", src_dir_fd=source, dst_dir_fd=target)
    finally:
        os.close(source)
        os.close(target)
    assert (tmp_path / "b" / "new").read_bytes() == b"content"
    assert os.listdir(tmp_path / "a") == []


@pytest.mark.usefixtures("renaming")
def test_a_rename_of_what_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rename_new(str(tmp_path / "old"), str(tmp_path / "new"))
    assert os.listdir(tmp_path) == []


@pytest.mark.usefixtures("renaming")
def test_of_several_renames_to_one_new_name_one_is_done(tmp_path: Path) -> None:
    done: list[int] = []

    def act(number: int) -> None:
        (tmp_path / str(number)).write_bytes(b"%d" % number)
        try:
            rename_new(str(tmp_path / str(number)), str(tmp_path / "new"))
        except FileExistsError:
            return
        done.append(number)

    at_once(4, act)
    (winner,) = done
    assert (tmp_path / "new").read_bytes() == b"%d" % winner
