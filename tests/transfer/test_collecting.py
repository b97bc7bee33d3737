"""From paths to files: regular ones only, and none from outside without being asked."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl.enums import VersionKind
from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.selection import Selection
from artifactctl.transfer import STDIN, CollectOptions, collect
from tests.transfer.conftest import TREE, write_tree


def members(*paths: Path | str, **options: object) -> list[str]:
    found = collect([str(path) for path in paths], CollectOptions(**options))
    return sorted(file.member for file in found.files)


def test_a_folders_contents_are_the_root(work: Path) -> None:
    found = collect([str(write_tree(work / "top", TREE))], CollectOptions())
    assert found.kind is VersionKind.FOLDER
    assert sorted(file.member for file in found.files) == sorted(TREE)
    assert found.size_bytes == sum(map(len, TREE.values()))


def test_a_file_stands_alone(work: Path) -> None:
    found = collect([str(write_tree(work, TREE) / "sub" / "b.csv")], CollectOptions())
    assert found.kind is VersionKind.FILE
    assert [file.member for file in found.files] == ["b.csv"]


def test_several_paths_stand_under_their_base_names(work: Path) -> None:
    write_tree(work, TREE)
    assert members("a.csv", "sub/") == ["a.csv", "sub/b.csv", "sub/deep/c.bin"]
    assert members("a.csv", ".") == ["a.csv", *(f"work/{path}" for path in sorted(TREE))]


def test_equal_base_names_are_invalid(work: Path) -> None:
    write_tree(work, {"one/x": b"", "two/x": b""})
    with pytest.raises(InvalidInputError, match="two paths have the same name 'x'"):
        members("one/x", "two/x")


def test_what_is_not_there_is_not_found(work: Path) -> None:
    write_tree(work, TREE)
    for path in ("nothing", "a.csv/x"):
        with pytest.raises(NotFoundError, match="does not exist"):
            members(path)
    with pytest.raises(NotFoundError):
        members("a.csv", "nothing")


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: socket.socket(socket.AF_UNIX).bind(path)])
def test_pipes_and_sockets_are_refused(
    work: Path, make: Callable[[str], None], inside: bool
) -> None:
    write_tree(work / "top", TREE)
    make("top/special")
    with pytest.raises(UnsafeError, match="not a regular file"):
        members("top" if inside else "top/special")


def test_devices_are_refused() -> None:
    with pytest.raises(UnsafeError, match="not a regular file"):
        members("/dev/null")


def test_links_inside_the_tree_are_followed(work: Path) -> None:
    write_tree(work / "top", TREE)
    Path("top/link.csv").symlink_to("sub/b.csv")
    Path("top/folder").symlink_to("sub/deep")
    assert members("top") == sorted([*TREE, "link.csv", "folder/c.bin"])


@pytest.mark.parametrize("goal", ["outside", "outside/file", "top-two"])
def test_links_out_of_the_tree_are_refused_unless_followed(work: Path, goal: str) -> None:
    write_tree(work, {"top/a": b"", "outside/file": b"", "top-two/file": b""})
    Path("top/link").symlink_to(work / goal)
    with pytest.raises(UnsafeError, match="points out of its folder"):
        members("top")
    assert members("top", selection=Selection((), ("link",))) == ["a"]
    assert len(members("top", follow_links=True)) == 2


def test_links_behind_a_followed_link_are_checked_too(work: Path) -> None:
    write_tree(work, {"top/a": b"", "top/sub/b": b"", "outside/file": b""})
    Path("top/inner").symlink_to("sub")
    Path("top/sub/escape").symlink_to(work / "outside")
    with pytest.raises(UnsafeError, match="points out of its folder"):
        members("top")


@pytest.mark.parametrize("goal", [".", "sub", "../top"])
def test_a_cycle_of_links_is_refused(work: Path, goal: str) -> None:
    write_tree(work, {"top/sub/a": b""})
    Path("top/sub/back").symlink_to(work / "top" / goal)
    with pytest.raises(UnsafeError, match="makes a cycle"):
        members("top")


@pytest.mark.parametrize("goal", ["nothing", "link"])
def test_a_link_to_nothing_is_refused(work: Path, goal: str) -> None:
    write_tree(work, {"top/a": b""})
    Path("top/link").symlink_to(goal)
    with pytest.raises(UnsafeError, match="is broken"):
        members("top")


def test_a_link_that_the_user_named_is_followed_under_its_own_name(work: Path) -> None:
    write_tree(work, TREE)
    Path("mine").symlink_to("sub/b.csv")
    Path("folder").symlink_to("sub")
    assert members("mine") == ["mine"]
    assert members("folder") == ["b.csv", "deep/c.bin"]


def test_empty_folders_are_left_out_with_a_note(work: Path) -> None:
    write_tree(work, {"top/a": b""})
    Path("top/empty/deeper").mkdir(parents=True)
    found = collect(["top"], CollectOptions())
    assert [file.member for file in found.files] == ["a"]
    assert found.notes == ("left out empty folders: empty/deeper",)


def test_no_file_at_all_is_invalid(work: Path) -> None:
    write_tree(work, TREE)
    Path("empty").mkdir()
    for path, selection in (("empty", Selection()), (".", Selection(("*.nothing",)))):
        with pytest.raises(InvalidInputError, match="no file in"):
            members(path, selection=selection)


def test_what_is_artifactctls_own_is_left_out_with_a_note(work: Path) -> None:
    write_tree(work, {"top/a": b"", "top/home/store/x": b""})
    found = collect(["top"], CollectOptions(own=(str(work / "top" / "home"),)))
    assert [file.member for file in found.files] == ["a"]
    assert found.notes == ("left out artifactctl's own data: home",)


def test_patterns_choose_the_files(work: Path) -> None:
    write_tree(work, TREE)
    assert members(".", selection=Selection(("*.csv",))) == ["a.csv", "sub/b.csv"]
    assert members(".", selection=Selection((), ("sub",))) == ["a.csv", "run.sh"]


def test_what_is_excluded_may_be_anything(work: Path) -> None:
    write_tree(work, TREE)
    os.mkfifo("pipe")
    assert members(".", selection=Selection((), ("pipe",))) == sorted(TREE)


@pytest.mark.parametrize("name", [b"\xff", b"a\nb", b"back\\slash", "\u202e".encode()])
def test_names_that_cannot_be_kept_are_refused(work: Path, name: bytes) -> None:
    write_tree(work / "top", TREE)
    Path(os.fsdecode(b"top/" + name)).write_bytes(b"")
    with pytest.raises(UnsafeError):
        members("top")


def test_standard_input_is_a_file_called_data(work: Path) -> None:
    write_tree(work, TREE)
    assert members(STDIN) == ["data"]
    assert members(STDIN, "a.csv", stdin_name="in.csv") == ["a.csv", "in.csv"]
    with pytest.raises(InvalidInputError, match="is not a valid file name"):
        members(STDIN, stdin_name="../x")
    with pytest.raises(InvalidInputError, match="two paths"):
        members(STDIN, STDIN)


def test_deep_trees_are_read_without_recursion(work: Path) -> None:
    path = work / "top"
    path.mkdir()
    descriptor = os.open(path, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=descriptor)
        inner = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    (path / "d" / "a").write_bytes(b"")
    assert members(path) == ["d/a"]
    # What clears up after tests does recurse.
    subprocess.run(["rm", "-rf", path], check=True)


def test_files_come_in_the_order_of_their_paths(work: Path) -> None:
    names = ["a/x", "a/sub/y", "a-b", "a.b", "a0", "ab/é", "ab/z", "Z", "é", "a/sub-1", "link/x"]
    write_tree(work / "top", {name: b"" for name in names if not name.startswith("link")})
    (work / "top" / "link").symlink_to("a")
    (work / "top" / "a" / "sub-2").symlink_to("sub-1")
    found = members(work / "top")
    assert found == sorted(found)
    assert {"link/x", "link/sub/y", "link/sub-2", "a/sub-2", *names} == {*found} - {"link/sub-1"}
    chosen = members(work / "top", selection=Selection(["a/**", "é"], ["*.b"]))
    assert chosen == ["a/sub-1", "a/sub-2", "a/sub/y", "a/x", "ab/é", "é"]


def test_a_file_is_found_with_its_status_again(work: Path) -> None:
    """Every file is what the file system says of it, whether it came alone, by a link or not."""
    write_tree(work / "top", {f"sub/{i}": b"x" * i for i in range(5)})
    os.utime(work / "top" / "sub" / "3", ns=(0, 10 * 10**18))  # after the year 2262
    (work / "top" / "sub" / "4").chmod(0o755)
    (work / "top" / "link").symlink_to("sub/2")
    (work / "alone").write_bytes(b"alone")
    for file in collect([str(work / "alone"), str(work / "top")], CollectOptions()).files:
        assert file.source is not None
        found = os.lstat(file.source.path)
        assert os.path.samefile(file.source.path, work / file.member)
        assert file.source.size_bytes == found.st_size
        assert file.source.mtime_ns == found.st_mtime_ns
        assert (file.source.device, file.source.inode) == (found.st_dev, found.st_ino)
        assert file.source.ctime_ns == found.st_ctime_ns
        assert file.executable == (file.member == "top/sub/4")
