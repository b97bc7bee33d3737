"""File systems of our own, small or unreliable; they are gone when the block is left."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.needed import needs


def attempt(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a system tool, and leave it to the caller what its failure means."""
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=120, check=False
    )


def need(*tools: str) -> None:
    """Skip the test unless we may mount and the tools are there."""
    needs(*tools)
    if os.geteuid() != 0:
        pytest.skip("only root can do this")


@contextlib.contextmanager
def tmpfs(folder: Path, options: str) -> Iterator[Path]:
    """A small file system in memory at `folder`."""
    need("mount")
    folder.mkdir()
    # As the folder was that it covers: a home in it is its user's alone.
    _mount("-t", "tmpfs", "-o", f"{options},mode=0700", "tmpfs", folder)
    with _unmounted(folder):
        yield folder


def remount(folder: Path, options: str) -> None:
    """Change how a file system is mounted."""
    _mount("-o", f"remount,{options}", folder)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Have `folder` refuse every write."""
    need("mount")
    _mount("--bind", folder, folder)
    with _unmounted(folder):
        remount(folder, "ro,bind")
        yield


@dataclass(frozen=True)
class Disk:
    """An ext4 disk in a file whose power can be cut; nothing is written out by itself."""

    image: Path
    folder: Path

    def mount(self) -> None:
        _mount("-o", "loop,commit=600", self.image, self.folder)

    def cut_power(self) -> None:
        """Lose what was not made durable, and start again."""
        cut = attempt("xfs_io", "-x", "-c", "shutdown", self.folder)
        if cut.returncode or cut.stderr:
            pytest.skip(f"this kernel cannot cut the power: {cut.stderr}")
        _unmount(self.folder)
        self.mount()


@contextlib.contextmanager
def xfs(tmp_path: Path) -> Iterator[Path]:
    """A new, empty, mounted disk whose files can share blocks."""
    need("mount", "mkfs.xfs")
    image, folder = tmp_path / "image", tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(512 << 20)  # sparse; mkfs.xfs refuses what is smaller than 300 MB
    folder.mkdir()
    made = attempt("mkfs.xfs", "-q", "-m", "reflink=1", image)
    assert made.returncode == 0, made.stderr
    _mount("-o", "loop", image, folder)
    with _unmounted(folder):
        folder.chmod(0o700)
        yield folder


@contextlib.contextmanager
def overlay(folder: Path) -> Iterator[Path]:
    """An empty folder of which changes go into another one, as in a container."""
    need("mount")
    parts = [folder / name for name in ("lower", "upper", "work", "merged")]
    for part in parts:
        part.mkdir(parents=True)
    lower, upper, work, merged = parts
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    _mount("-t", "overlay", "-o", layers, "overlay", merged)
    with _unmounted(merged):
        yield merged


@contextlib.contextmanager
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A new, empty, mounted disk."""
    need("mount", "mkfs.ext4", "xfs_io")
    image, folder = tmp_path / "image", tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(256 << 20)  # sparse; room for the longest rounds
    folder.mkdir()
    made = attempt("mkfs.ext4", "-q", "-F", "-J", "size=4", image)
    assert made.returncode == 0, made.stderr
    new = Disk(image, folder)
    new.mount()
    with _unmounted(folder):
        shutil.rmtree(folder / "lost+found")
        os.sync()
        yield new


def _mount(*words: object) -> None:
    done = attempt("mount", *words)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")


def _unmount(folder: Path) -> None:
    if attempt("umount", folder).returncode:
        attempt("umount", "--lazy", folder)


@contextlib.contextmanager
def _unmounted(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        _unmount(folder)
