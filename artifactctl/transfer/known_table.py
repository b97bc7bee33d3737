"""The table of known files on disk: what each file was when it was hashed, and its digest.

```
magic, number of files                    24 bytes
inodes                                    8 bytes a file, ascending
days of the last use since 1970           2 bytes a file
file system, size, mtime, ctime, digest   64 bytes a file
check                                     32 bytes
```

The check is a keyed BLAKE3 over all before it: nobody without the key can make a table that is
read, and a damaged one counts as none. Numbers have the byte order of this machine, which the magic
names.
"""

import os
import stat
import struct
import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate, islice, zip_longest

from blake3 import blake3

from artifactctl.regular_files import open_regular
from artifactctl.transfer.file_systems import are_one_disk

MOST_FILES = 2_000_000
_KEPT = 0.9  # trimming leaves room, so that the next files do not trim again
_MAGIC = b"artifactctl-kf1" + (b"<" if sys.byteorder == "little" else b">")
_HEAD = struct.Struct("=16sQ")
_CHECK_BYTES = 32
_RECORD = struct.Struct("=Qqqq32s")
_INODE_BYTES, _DAY_BYTES = 8, 2
_FILE_BYTES = _INODE_BYTES + _DAY_BYTES + _RECORD.size
_READ_BYTES = 1 << 20
_BLOCK = 64  # records that are read at once: files of one folder often have close inodes
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

Stamp = tuple[int, int, int, int]
"""File system, size in bytes, mtime and ctime in nanoseconds."""


class Table:
    """An open table; `days` may be changed, and is written with the next one.

    Every error of the file means that nothing is known.
    """

    def __init__(self, descriptor: int, count: int) -> None:
        self._descriptor = descriptor  # from here on it is closed with the table
        self.inodes = array("Q")
        self.days = array("H")
        self._records_at = _HEAD.size + count * (_INODE_BYTES + _DAY_BYTES)
        self._block, self._block_number = b"", -1
        if count:
            self.inodes.frombytes(self._read(_HEAD.size, count * _INODE_BYTES))
            at = _HEAD.size + count * _INODE_BYTES
            self.days.frombytes(self._read(at, count * _DAY_BYTES))

    def __len__(self) -> int:
        return len(self.inodes)

    def find(self, inode: int, stamp: Stamp) -> tuple[int, bytes] | None:
        """The place and the digest of a file that was exactly this when it was hashed."""
        inodes = self.inodes
        place = bisect_left(inodes, inode)
        while place < len(inodes) and inodes[place] == inode:
            *found, digest = self.record(place)
            if tuple(found) == stamp:
                return place, digest
            place += 1
        return None

    def places(self, inode: int, file_system: int) -> Iterator[int]:
        """The places of a file in the table, whatever it was and however its disk was mounted."""
        place = bisect_left(self.inodes, inode)
        while place < len(self) and self.inodes[place] == inode:
            if are_one_disk(self.record(place)[0], file_system):
                yield place
            place += 1

    def place_for(self, inode: int) -> int:
        """The place before which a new record of this inode belongs."""
        return bisect_left(self.inodes, inode)

    def record(self, place: int) -> tuple[int, int, int, int, bytes]:
        """A record; raises `OSError` when it cannot be read."""
        number, inside = divmod(place, _BLOCK)
        if number != self._block_number:
            at = self._records_at + number * _BLOCK * _RECORD.size
            size = min(_BLOCK, len(self) - number * _BLOCK) * _RECORD.size
            self._block, self._block_number = self._read(at, size), number
        return _RECORD.unpack_from(self._block, inside * _RECORD.size)

    def records(self, part: slice) -> Iterator[bytes]:
        """The records of some files as bytes, in pieces."""
        size = _RECORD.size
        step = _READ_BYTES // size
        for first in range(part.start, part.stop, step):
            last = min(part.stop, first + step)
            yield self._read(self._records_at + first * size, (last - first) * size)

    def is_at(self, path: str) -> bool:
        """Whether this is the table that has a path now; raises `OSError` when none has."""
        return os.path.samestat(os.fstat(self._descriptor), os.lstat(path))

    def close(self) -> None:
        """Close the file; the table is of no use afterwards."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()

    def _read(self, at: int, size: int) -> bytes:
        found = os.pread(self._descriptor, size, at)
        if len(found) != size:
            raise OSError(f"the table of known files has {len(found)} of {size} bytes at {at}")
        return found


class NewFiles:
    """Files that were hashed, in as little memory as in a table."""

    def __init__(self) -> None:
        self._inodes = array("Q")
        self._records = bytearray()

    def __len__(self) -> int:
        return len(self._inodes)

    def add(self, inode: int, stamp: Stamp, digest: bytes) -> None:
        """Add a file, unless its times are out of the range of a record."""
        with suppress(struct.error):
            self._records += _RECORD.pack(*stamp, digest)
            self._inodes.append(inode)

    def ordered(self) -> list[int]:
        """The places of the files by inode; of those that were added twice, the last ones."""
        by_inode = sorted(range(len(self)), key=self._inodes.__getitem__)
        return [
            place
            for place, following in zip_longest(by_inode, by_inode[1:])
            if following is None or self._file(place) != self._file(following)
        ]

    def inode(self, place: int) -> int:
        """The inode of a file."""
        return self._inodes[place]

    def file_system(self, place: int) -> int:
        """The file system of a file."""
        number: int = _RECORD.unpack_from(self._records, place * _RECORD.size)[0]
        return number

    def record(self, place: int) -> bytes:
        """The record of a file as bytes."""
        return bytes(self._records[place * _RECORD.size : (place + 1) * _RECORD.size])

    def _file(self, place: int) -> tuple[int, int]:
        return self._inodes[place], self.file_system(place)


def open_table(path: str, key: bytes) -> Table | None:
    """Open a table; None unless it is whole, was made with the key, and is this user's alone."""
    with suppress(OSError):
        descriptor = open_regular(path)
        try:
            count = _checked_count(descriptor, key)
            if count is not None:
                return Table(os.dup(descriptor), count)
        finally:
            os.close(descriptor)
    return None


def pieces_of(old: Table | None, new: NewFiles, key: bytes, today: int) -> Iterator[bytes]:
    """The bytes of a table with what the old one has, and new files in place of what they were.

    The files that were not used for longest are left out when there are too many.
    """
    hasher = blake3(key=key)
    for piece in _Joined(old, new, today).pieces():
        hasher.update(piece)
        yield piece
    yield hasher.digest()


def _checked_count(descriptor: int, key: bytes) -> int | None:
    """The number of files of a table; None for one that must not be read."""
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid() or found.st_mode & _OTHERS:
        return None
    head = os.pread(descriptor, _HEAD.size, 0)
    if len(head) != _HEAD.size:
        return None
    magic, count = _HEAD.unpack(head)
    end = _HEAD.size + count * _FILE_BYTES
    if magic != _MAGIC or count > MOST_FILES or found.st_size != end + _CHECK_BYTES:
        return None
    hasher, at = blake3(key=key), 0
    while at < end and (piece := os.pread(descriptor, min(_READ_BYTES, end - at), at)):
        hasher.update(piece)
        at += len(piece)
    is_right = hasher.digest() == os.pread(descriptor, _CHECK_BYTES, end)
    return count if is_right else None


class _Joined:
    """An old table and new files, in the order of a new table."""

    def __init__(self, old: Table | None, new: NewFiles, today: int) -> None:
        self._old, self._new, self._today = old, new, today
        self._order = new.ordered()
        self._left_out: set[int] = set()
        if old is not None:
            for place in self._order:
                self._left_out.update(old.places(new.inode(place), new.file_system(place)))
            self._left_out |= self._unused(old)
        # More than a table has room for at once: any of them may go.
        del self._order[MOST_FILES:]

    def pieces(self) -> Iterator[bytes]:
        count = len(self._order) + len(self._old or ()) - len(self._left_out)
        yield _HEAD.pack(_MAGIC, count)
        new, day = self._new, self._today.to_bytes(_DAY_BYTES, sys.byteorder)
        for part in self._parts():
            if isinstance(part, int):
                yield new.inode(part).to_bytes(_INODE_BYTES, sys.byteorder)
            elif self._old is not None:
                yield self._old.inodes[part].tobytes()
        for part in self._parts():
            if isinstance(part, int):
                yield day
            elif self._old is not None:
                yield self._old.days[part].tobytes()
        for part in self._parts():
            if isinstance(part, int):
                yield new.record(part)
            elif self._old is not None:
                yield from self._old.records(part)

    def _parts(self) -> Iterator[int | slice]:
        """Places of new files, and slices of the old table between them."""
        old, at = self._old, 0
        if old is None:
            yield from self._order
            return
        for place in self._order:
            stop = old.place_for(self._new.inode(place))
            yield from self._kept(at, stop)
            at = stop
            yield place
        yield from self._kept(at, len(old))

    def _kept(self, start: int, stop: int) -> Iterator[slice]:
        """What is not left out of a range of the old table."""
        for place in sorted(self._left_out.intersection(range(start, stop))):
            if start < place:
                yield slice(start, place)
            start = place + 1
        if start < stop:
            yield slice(start, stop)

    def _unused(self, old: Table) -> set[int]:
        """The files that were not used for longest, as many as there are too many."""
        surplus = len(old) - len(self._left_out) + len(self._order) - MOST_FILES
        if surplus <= 0:
            return set()
        surplus = min(surplus + int(MOST_FILES * (1 - _KEPT)), len(old))
        # Few days are different ones, so no list of all files is sorted.
        days = sorted(Counter(old.days).items())
        up_to = zip(days, accumulate(number for _, number in days), strict=True)
        last_day = next(day for (day, _), number in up_to if number >= surplus)
        older = (place for place, day in enumerate(old.days) if day <= last_day)
        return set(islice(older, surplus))
