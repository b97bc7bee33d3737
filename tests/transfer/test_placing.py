"""What a user has stays: what was there before a download, and what came while it was under way."""

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl.enums import DownloadMode
from artifactctl.errors import ConflictError, UnsafeError
from artifactctl.manifest import Manifest
from artifactctl.store.local import LocalStore
from artifactctl.transfer import DownloadPlan, download, placing
from tests.transfer.conftest import TREE, Tree, planned, read_tree, write_tree

Stored = Callable[[Tree], Manifest]
StoredFile = Callable[[bytes], Manifest]

MINE = b"the user's own"


def meanwhile(act: Callable[[], object]) -> Callable[[int], None]:
    """An `advance` that does something once, when the first bytes have come."""
    done: list[object] = []
    return lambda _count: done or done.append(act())  # type: ignore[func-returns-value]


@pytest.mark.parametrize("options", [{}, {"as_zip": True}, {"mode": DownloadMode.HARDLINK}])
@pytest.mark.parametrize("kind", ["file", "link", "link to nothing", "folder", "pipe"])
def test_what_came_while_a_file_was_downloaded_stays(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path, kind: str, options: dict[str, bool]
) -> None:
    dest, other = tmp_path / "out" / "g.bin", tmp_path / "other"
    other.write_bytes(MINE)
    make: dict[str, Callable[[], object]] = {
        "file": lambda: dest.write_bytes(MINE),
        "link": lambda: dest.symlink_to(other),
        "link to nothing": lambda: dest.symlink_to("nothing"),
        "folder": dest.mkdir,
        "pipe": lambda: os.mkfifo(dest),
    }
    before: list[os.stat_result] = []
    plan = planned(stored_file(b"content"), dest, **options)
    with pytest.raises(ConflictError):
        download(plan, store, meanwhile(lambda: (make[kind](), before.append(dest.lstat()))))
    (found,), after = before, dest.lstat()
    assert (after.st_ino, after.st_mode, after.st_size) == (
        found.st_ino,
        found.st_mode,
        found.st_size,
    )
    assert other.read_bytes() == MINE
    dest.rmdir() if kind == "folder" else dest.unlink()
    download(plan, store)
    assert [path.name for path in dest.parent.iterdir()] == ["g.bin"]


@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize("path", ["a.csv", "sub/b.csv", "of nobody"])
def test_what_came_while_a_folder_was_downloaded_stays(
    store: LocalStore, stored: Stored, tmp_path: Path, path: str, is_there: bool
) -> None:
    dest = tmp_path / "dest"
    if is_there:
        dest.mkdir()
    plan = planned(stored(TREE), dest)
    act = meanwhile(lambda: write_tree(dest, {path: MINE}))
    with pytest.raises(ConflictError, match="is not empty"):
        download(plan, store, act)
    assert (dest / path).read_bytes() == MINE
    (dest / path).unlink()
    download(planned(plan.manifest, dest, force=True), store)
    assert read_tree(dest) == TREE
    assert not Path(plan.part).exists()


@pytest.mark.parametrize("options", [{}, {"as_zip": True}])
def test_who_begins_when_another_has_just_published_a_file_leaves_no_part(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path, options: dict[str, bool]
) -> None:
    dest = tmp_path / "out"
    plan = planned(stored_file(b"content"), dest, **options)
    dest.write_bytes(MINE)
    Path(plan.part).touch()  # seen when it was the other's
    with pytest.raises(ConflictError):
        download(plan, store)
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out"]


def test_who_begins_when_another_has_just_published_a_folder_leaves_no_part(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    dest = tmp_path / "out"
    plan = planned(stored(TREE), dest)
    write_tree(dest, {"other": MINE})
    Path(plan.part).mkdir()
    with pytest.raises(ConflictError):
        download(plan, store)
    assert not Path(plan.part).exists()


def test_what_came_at_the_last_moment_stays_too(
    store: LocalStore, stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = write_tree(tmp_path / "dest", {})
    plan = planned(stored(TREE), dest)
    real = placing.check_tree

    def check_tree(plan: DownloadPlan) -> None:
        real(plan)
        if Path(plan.part).exists():
            write_tree(dest, {"sub/b.csv": MINE})

    monkeypatch.setattr(placing, "check_tree", check_tree)
    with pytest.raises(ConflictError, match="exists already"):
        download(plan, store)
    assert (dest / "sub" / "b.csv").read_bytes() == MINE
    assert read_tree(Path(plan.part))


def test_an_empty_folder_that_came_meanwhile_is_filled(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    download(planned(stored(TREE), dest), store, meanwhile(dest.mkdir))
    assert read_tree(dest) == TREE
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("force", [False, True])
def test_a_link_to_a_folder_that_came_meanwhile_is_not_followed(
    store: LocalStore, stored: Stored, tmp_path: Path, force: bool
) -> None:
    outside = write_tree(tmp_path / "outside", {"b.csv": MINE})
    dest = tmp_path / "dest"
    dest.mkdir()
    act = meanwhile(lambda: (dest / "sub").symlink_to(outside))
    with pytest.raises(UnsafeError if force else ConflictError):
        download(planned(stored(TREE), dest, force=force), store, act)
    assert read_tree(outside) == {"b.csv": MINE}


@pytest.fixture(params=["pipe", "socket", "device", "link to a pipe"])
def odd(request: pytest.FixtureRequest) -> Callable[[Path], Callable[[], None]]:
    """Makes something that is neither a file nor a folder; gives a check that it is still there."""

    def make(path: Path) -> Callable[[], None]:
        if request.param == "socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
        elif request.param == "device":
            try:
                os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
            except PermissionError:
                pytest.skip("only root makes devices")
        elif request.param == "pipe":
            os.mkfifo(path)
        else:
            os.mkfifo(path.with_name("real"))
            path.symlink_to("real")
        before = path.lstat()

        def check() -> None:
            after = path.lstat()
            assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)

        return check

    return make


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", ["file", "zip", "folder"])
def test_what_is_no_file_is_replaced_by_none_and_no_hint_says_so(
    store: LocalStore,
    stored: Stored,
    stored_file: StoredFile,
    tmp_path: Path,
    odd: Callable[[Path], Callable[[], None]],
    kind: str,
    force: bool,
) -> None:
    (tmp_path / "out").mkdir()
    dest = tmp_path / "out" / "x"
    check = odd(dest)
    manifest = stored(TREE) if kind == "folder" else stored_file(b"content")
    with pytest.raises(ConflictError) as caught:
        download(planned(manifest, dest, force=force, as_zip=kind == "zip"), store)
    assert "force" not in caught.value.hint
    check()
    assert not list(dest.parent.glob(".*"))


def test_inside_of_a_folder_what_is_no_file_stays_too(
    store: LocalStore,
    stored: Stored,
    tmp_path: Path,
    odd: Callable[[Path], Callable[[], None]],
) -> None:
    dest = write_tree(tmp_path / "dest", {"sub/mine": MINE, "a.csv": b"old"})
    check = odd(dest / "sub" / "b.csv")
    with pytest.raises(ConflictError) as caught:
        download(planned(stored(TREE), dest, force=True), store)
    assert "force" not in caught.value.hint
    check()
    assert (dest / "a.csv").read_bytes() == b"old"


def test_a_pipe_in_a_half_published_folder_is_not_waited_for(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    plan = planned(stored(TREE), dest)
    Path(plan.part).mkdir()
    dest.mkdir()
    os.mkfifo(dest / "a.csv")
    with pytest.raises(ConflictError):
        download(plan, store)
    assert stat.S_ISFIFO((dest / "a.csv").lstat().st_mode)
