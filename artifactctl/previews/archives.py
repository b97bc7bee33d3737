"""What is in zip and tar archives; nothing of it is unpacked."""

import lzma
import struct
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile, ZipFile

from artifactctl.contents.zips import members_of
from artifactctl.plain_text import size
from artifactctl.previews.views import Grid, Shown, cell

_HEADER_BYTES = 1 << 20  # what one member of a tar may say of itself
_TARS = 2000  # members that are looked at
# What Python raises for damaged archives, and for members that it has no method for.
_DAMAGED = (
    *(BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError),
    *(zlib.error, lzma.LZMAError),
)


def show_zip(stream: BinaryIO, size_bytes: int, most: int) -> Shown:
    """The names and sizes of a zip's members, by its directory."""
    members = members_of(stream, size_bytes)
    if members is None:
        return [], {}, ["its directory is too large, damaged or missing"]
    lines = []
    for name, entry in list(members.items())[:most]:
        packed, unpacked = struct.unpack_from("<II", entry, 20)
        lines.append([cell(name), _size(unpacked), _size(packed)])
    names = ["name", "size", "packed"]
    return [Grid("members", names, lines, len(members))], {"members": len(members)}, []


@contextmanager
def opened_zip(stream: BinaryIO, size_bytes: int) -> Iterator[tuple[ZipFile, Mapping[str, bytes]]]:
    """Open a zip to read members, with its directory; raises `ValueError` for a damaged one."""
    # Looked at first, since ZipFile reads a directory of any size.
    members = members_of(stream, size_bytes)
    if members is None:
        raise ValueError("the archive's directory cannot be read")
    try:
        with ZipFile(stream) as archive:
            yield archive, members
    except _DAMAGED as error:
        raise ValueError(f"no sound archive: {error}") from error


def _size(size_bytes: int) -> str:
    return "4 GiB or more" if size_bytes == 0xFFFFFFFF else size(size_bytes)


def show_tar(stream: BinaryIO, most: int, *, is_packed: bool) -> Shown:
    """The names, sizes and kinds of a tar's first members."""
    lines: list[list[str]] = []
    count, is_all = 0, False
    try:
        # A header may demand gigabytes for the name of its member. What a packed archive unpacks to
        # is bounded by the caller.
        source = cast("Any", stream if is_packed else _Guarded(stream))
        with tarfile.open(fileobj=source, mode="r|" if is_packed else "r:") as archive:
            while count < _TARS and (member := archive.next()) is not None:
                count += 1
                setattr(archive, "members", [])  # noqa: B010 (untyped; what was seen is not kept)
                if len(lines) < most:
                    lines.append([cell(member.name), size(max(member.size, 0)), _kind(member)])
            is_all = count < _TARS
    except (tarfile.TarError, EOFError, OSError, ValueError, OverflowError) as error:
        if not lines:
            raise ValueError(f"no tar archive: {error}") from error
    total = count if is_all else None
    return [Grid("members", ["name", "size", "kind"], lines, total)], {}, []


def _kind(member: tarfile.TarInfo) -> str:
    if member.isdir():
        return "folder"
    if member.issym() or member.islnk():
        return f"link to {cell(member.linkname)}"
    return "file" if member.isreg() else "special"


class _Guarded:
    """A stream of which no more is read at once than a sound archive needs."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, count: int = -1) -> bytes:
        if not 0 <= count <= _HEADER_BYTES:
            raise ValueError("a member says too much of itself")
        return self._stream.read(count)
