"""What may lie in the place of a file or a folder, and a look at what must stay as it is."""

import os
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TIME_LIMIT_S = 30


def _make_socket(path: Path) -> None:
    # The name of a socket may have some hundred bytes only.
    before = os.open(".", os.O_RDONLY)
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("socket")
        os.rename("socket", path.name)
    finally:
        os.fchdir(before)
        os.close(before)


def _make_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").write_bytes(b"inside")


def _make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.skip("only root makes devices")


MAKERS: dict[str, Callable[[Path], None]] = {
    "link to nothing": lambda path: path.symlink_to("nowhere"),
    "link without end": lambda path: path.symlink_to("/dev/zero"),
    "FIFO": os.mkfifo,
    "socket": _make_socket,
    "device": _make_device,
    "folder": _make_folder,
}
"""Kinds of things that are no regular files, with what makes one at a path."""


@contextmanager
def in_time() -> Iterator[None]:
    """Fail rather than wait for ever, for the other end of a FIFO say."""

    def fail(_number: int, _frame: object) -> None:
        raise AssertionError(f"not done in {TIME_LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(TIME_LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def seen(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that lies in a folder: what each is, when it was changed, and what is in it."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found[str(path.relative_to(folder))] = (
            stat.S_IFMT(status.st_mode), status.st_ino, status.st_mtime_ns, content,
        )  # fmt: skip
    return found
