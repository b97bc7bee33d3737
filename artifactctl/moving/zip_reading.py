"""Reading a zip file that anybody may have made: the directory first, checked entry by entry.

Only what `ZipWriter` writes is accepted: stored members in the order of the directory, without
gaps in which they could overlap, so that no member is larger than the file. A member's name is a
key; no path is made of it.
"""

import io
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from artifactctl.errors import IntegrityError, InvalidInputError, UnsafeError
from artifactctl.moving import zip_layout as layout

MOST_MEMBERS = 5_000_000
_MOST_NAME_BYTES = 200
_MOST_EXTRA_BYTES = 28  # zip64 with three values
_AT_ONCE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A member: its local header begins at `offset`, its bytes end at `behind` at the latest."""

    name: str
    offset: int
    behind: int
    size_bytes: int
    crc: int


@dataclass(frozen=True, slots=True)
class _End:
    count: int
    size_bytes: int
    start: int


def iterate_members(descriptor: int) -> Iterator[Member]:
    """Yield the members of an open zip file, in the order of their places.

    Raises `InvalidInputError` for a file that is no zip, `IntegrityError` for one that is cut short
    or damaged, `UnsafeError` for members that a bundle does not have: compressed or encrypted ones,
    links, overlapping ones.
    """
    end = _find_end(descriptor)
    before: Member | None = None
    count = 0
    for member in _entries(descriptor, end):
        count += 1
        if before is not None:
            yield _until(before, member.offset)
        elif member.offset != 0:
            raise _damaged("it has bytes before its first member")
        before = member
    if count != end.count or before is None:
        raise _damaged("its directory has another number of members")
    yield _until(before, end.start)


def read_member(descriptor: int, member: Member) -> bytes:
    """A member's bytes; raises `IntegrityError` unless its checksum is right."""
    content = _read(descriptor, _start_of(descriptor, member), member.size_bytes)
    if zlib.crc32(content) != member.crc:
        raise _damaged(f"the bytes of {member.name!r} are not those of its checksum")
    return content


def open_member(descriptor: int, member: Member) -> io.RawIOBase:
    """A member's bytes as a stream, unverified."""
    return _MemberStream(descriptor, _start_of(descriptor, member), member.size_bytes)


class _MemberStream(io.RawIOBase):
    def __init__(self, descriptor: int, start: int, size_bytes: int) -> None:
        self._descriptor = descriptor
        self._at = start
        self._end = start + size_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        data = os.pread(self._descriptor, min(len(buffer), self._end - self._at), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _find_end(descriptor: int) -> _End:
    """The end record, which must be the last bytes of the file, as there is no comment."""
    size = os.fstat(descriptor).st_size
    if os.pread(descriptor, 4, 0) != layout.LOCAL_SIGN:
        raise InvalidInputError("it is no bundle", hint="'artifactctl export' makes one")
    if size < layout.END.size:
        raise _damaged("it is cut short")
    at = size - layout.END.size
    sign, *disks, here, count, length, start, comment = layout.END.unpack(
        _read(descriptor, at, layout.END.size)
    )
    if sign != layout.END_SIGN or any(disks) or comment or here != count:
        raise _damaged("it is cut short, or has bytes behind its end")
    end = _End(count, length, start)
    if layout.FULL_32 in (length, start) or count == layout.FULL_16:
        end, at = _find_end_64(descriptor, at)
    if end.start + end.size_bytes != at or end.count > MOST_MEMBERS:
        raise _damaged("its directory is not where it must be")
    return end


def _find_end_64(descriptor: int, at: int) -> tuple[_End, int]:
    at -= layout.LOCATOR_64.size
    sign, disk, place, disks = layout.LOCATOR_64.unpack(
        _read(descriptor, max(at, 0), layout.LOCATOR_64.size)
    )
    if sign != layout.LOCATOR_SIGN or disk or disks != 1 or place != at - layout.END_64.size:
        raise _damaged("its directory is not where it must be")
    found = layout.END_64.unpack(_read(descriptor, place, layout.END_64.size))
    if (
        found[0] != layout.END_64_SIGN
        or found[1] != layout.END_64.size - 12
        or found[6] != found[7]
    ):
        raise _damaged("its end cannot be read")
    return _End(found[7], found[8], found[9]), place


def _entries(descriptor: int, end: _End) -> Iterator[Member]:
    """Yield the directory's entries; `behind` is the least that the member takes."""
    at, stop = end.start, end.start + end.size_bytes
    window, base = b"", at
    most = layout.CENTRAL.size + _MOST_NAME_BYTES + _MOST_EXTRA_BYTES
    while at < stop:
        if at - base + most > len(window) and base + len(window) < stop:
            window, base = _read(descriptor, at, min(_AT_ONCE_BYTES, stop - at)), at
        member, length = _entry(window[at - base : at - base + most])
        at += length
        yield member


def _entry(data: bytes) -> tuple[Member, int]:
    """The member at the start of `data`, and the length of its entry."""
    if len(data) < layout.CENTRAL.size:
        raise _damaged("its directory is cut short")
    (sign, _, _, flags, method, _, _, crc, packed, size, named, extra, comment, disk, _, mode,
     offset) = layout.CENTRAL.unpack_from(data)  # fmt: skip
    length = layout.CENTRAL.size + named + extra
    if sign != layout.CENTRAL_SIGN or comment or disk or len(data) < length:
        raise _damaged("its directory cannot be read")
    try:
        name = data[layout.CENTRAL.size : layout.CENTRAL.size + named].decode("ascii")
    except UnicodeDecodeError:
        raise UnsafeError("a member has a name that a bundle does not have") from None
    if method != layout.STORED or flags & ~(layout.UTF_8 | layout.HAS_DESCRIPTOR):
        raise UnsafeError(f"member {name!r} is compressed or encrypted; those of a bundle are not")
    if not stat.S_ISREG(mode >> 16):
        raise UnsafeError(f"member {name!r} is not a regular file")
    packed, size, offset = _in_full(data[length - extra : length], packed, size, offset)
    if packed != size:
        raise UnsafeError(f"member {name!r} has one size packed and another unpacked")
    least = offset + layout.LOCAL.size + named + size
    return Member(name, offset, least, size, crc), length


def _in_full(extra: bytes, *values: int) -> list[int]:
    """The values of an entry; those that 32 bits cannot hold are in its extra field."""
    wide = sum(value == layout.FULL_32 for value in values)
    expected = struct.pack("<2H", layout.EXTRA_64, 8 * wide) if wide else b""
    if extra[:4] != expected or len(extra) != len(expected) + 8 * wide:
        raise _damaged("an entry of its directory has fields that a bundle does not have")
    rest = iter(struct.unpack_from(f"<{wide}Q", extra, len(expected)))
    return [next(rest) if value == layout.FULL_32 else value for value in values]


def _until(member: Member, behind: int) -> Member:
    if behind < member.behind:
        raise UnsafeError(f"member {member.name!r} overlaps another")
    return Member(member.name, member.offset, behind, member.size_bytes, member.crc)


def _start_of(descriptor: int, member: Member) -> int:
    """Where a member's bytes begin, by its local header, which must agree with the directory."""
    head = _read(descriptor, member.offset, layout.LOCAL.size)
    sign, _, _, method, *_, named, extra = layout.LOCAL.unpack(head)
    start = int(member.offset + layout.LOCAL.size + named + extra)
    if sign != layout.LOCAL_SIGN or method != layout.STORED:
        raise _damaged(f"the header of {member.name!r} cannot be read")
    if start + member.size_bytes > member.behind:
        raise UnsafeError(f"member {member.name!r} overlaps another")
    name = _read(descriptor, member.offset + layout.LOCAL.size, named)
    if name != member.name.encode():
        raise UnsafeError(f"member {member.name!r} has another name in its own header")
    return start


def _read(descriptor: int, at: int, count: int) -> bytes:
    parts = []
    while count and (data := os.pread(descriptor, count, at)):
        parts.append(data)
        at, count = at + len(data), count - len(data)
    if count:
        raise _damaged("it is cut short")
    return b"".join(parts)


def _damaged(what: str) -> IntegrityError:
    return IntegrityError(what, hint="copy or export it again")
