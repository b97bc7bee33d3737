"""Files of the user: read only when they are still what was found."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl.errors import ConflictError
from artifactctl.store import Source
from artifactctl.store.unchanged_files import open_source, read_unchanged, unchanged
from tests.store.places import open_descriptors, source_of

CONTENT = b"some content"


def read_all(source: Source) -> bytes:
    with unchanged(source) as descriptor:
        return os.read(descriptor, 100)


@pytest.fixture(params=[read_unchanged, read_all])
def read(request: pytest.FixtureRequest) -> Callable[[Source], bytes]:
    """Both ways to read a file: a small one whole, a big one bit by bit."""
    return request.param


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "file"
    file.write_bytes(CONTENT)
    return file


def test_a_file_that_stays_as_it_is_is_read(read: Callable[[Source], bytes], path: Path) -> None:
    assert read(source_of(path)) == CONTENT


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.write_bytes(CONTENT + b"!"), id="longer"),
        pytest.param(lambda path: path.write_bytes(CONTENT[:-1]), id="shorter"),
        pytest.param(lambda path: os.utime(path, ns=(1, 1)), id="other time"),
        pytest.param(lambda path: path.unlink(), id="gone"),
    ],
)
def test_a_file_that_changed_is_refused(
    read: Callable[[Source], bytes], path: Path, change: Callable[[Path], object]
) -> None:
    source = source_of(path)
    change(path)
    with pytest.raises(ConflictError, match="changed while it was read"):
        read(source)


def test_another_file_in_its_place_is_refused_however_alike(
    read: Callable[[Source], bytes], path: Path, tmp_path: Path
) -> None:
    source = source_of(path)
    path.rename(tmp_path / "kept")
    path.write_bytes(CONTENT)
    os.utime(path, ns=(source.mtime_ns, source.mtime_ns))
    with pytest.raises(ConflictError, match="changed while it was read"):
        read(source)


def test_a_change_during_the_reading_is_noticed(path: Path) -> None:
    source = source_of(path)

    def read_and_change() -> None:
        with unchanged(source) as descriptor:
            os.read(descriptor, 3)
            path.write_bytes(CONTENT[::-1] + b"!")

    with pytest.raises(ConflictError, match="changed while it was read"):
        read_and_change()


def test_a_pipe_in_its_place_neither_blocks_nor_passes(
    read: Callable[[Source], bytes], path: Path
) -> None:
    source = source_of(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ConflictError):
        read(source)


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "link", "nothing"])
def test_only_regular_files_are_opened(tmp_path: Path, kind: str, path: Path) -> None:
    place = tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(str(place))
    elif kind == "folder":
        place.mkdir()
    elif kind == "link":
        place.symlink_to(path)
    before = open_descriptors()
    with pytest.raises(OSError):
        open_source(str(place))
    assert open_descriptors() == before


def test_an_error_leaves_no_descriptor_open(read: Callable[[Source], bytes], path: Path) -> None:
    source = source_of(path)
    path.write_bytes(b"other")
    before = open_descriptors()
    with pytest.raises(ConflictError):
        read(source)
    assert open_descriptors() == before
