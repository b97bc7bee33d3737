"""Folders and names that survive a power cut, made by several at once."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl import durable
from artifactctl.durable import make_folder, rename_new, sync_folder
from tests.store.places import at_once


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
