"""Sharing blocks on disk: what a big file has in common with an earlier one takes room once.

XFS and Btrfs let two files have blocks in common. The kernel compares the bytes before it shares
them, while neither file can be written (FIDEDUPERANGE, linux/fs.h): a file never gets other bytes
by this, whatever the earlier one has. Both stay files of their own, which are read, linked to and
deleted as any other. Only what is at the same place in both is shared.
"""

import contextlib
import fcntl
import os
import struct
import sys
from collections.abc import Iterator

LEAST_BYTES = 16 << 20
"""The size from which on sharing is tried."""

# The most that the kernel takes at once, and the least that is shared: smaller pieces would scatter
# a file over the disk. Both are multiples of every file system's block size.
_MOST_AT_ONCE = 16 << 20
_GRAIN_BYTES = 128 << 10

_FIDEDUPERANGE = 0xC0189436
# struct file_dedupe_range with one struct file_dedupe_range_info; the results are its last fields.
_REQUEST = struct.Struct("=QQHHIqQQiI")
_SAME, _DIFFERS = 0, 1


def share_blocks(earlier: int, target: int) -> int:
    """Let the open file `target` share the blocks that equal those of `earlier`; count the bytes.

    None are shared where the file system does not do that. Nothing that can be read changes.
    """
    if sys.platform != "linux":
        return 0
    size = min(os.fstat(earlier).st_size, os.fstat(target).st_size)
    size -= size % _GRAIN_BYTES
    shared = 0
    with contextlib.suppress(OSError):  # not offered, or a bad sector: it takes room of its own
        _share(earlier, target, 0, 0)  # asks whether it is offered, before anything is read
        for start in range(0, size, _MOST_AT_ONCE):
            count = min(_MOST_AT_ONCE, size - start)
            _read_ahead((earlier, target), start, count)
            for same in _share_within(earlier, target, start, count):
                shared += same
    return shared


def _share_within(earlier: int, target: int, start: int, count: int) -> Iterator[int]:
    """Share what is equal in a range, halved where it differs; yield the bytes of each part."""
    parts = [(start, count)]  # the next one last
    while parts:
        start, count = parts.pop()
        same = _share(earlier, target, start, count)
        yield same
        if 0 < same < count:
            parts.append((start + same, count - same))
        elif same == 0 and count > _GRAIN_BYTES:
            half = count // _GRAIN_BYTES // 2 * _GRAIN_BYTES
            parts += [(start + half, count - half), (start, half)]


def _read_ahead(files: tuple[int, int], start: int, count: int) -> None:
    """Ask for these bytes of both files at once; to compare them, the kernel reads page by page."""
    # It takes no more than the disk's largest request at a time.
    for place in range(start, start + count, _GRAIN_BYTES):
        for file in files:
            os.posix_fadvise(file, place, _GRAIN_BYTES, os.POSIX_FADV_WILLNEED)


def _share(earlier: int, target: int, start: int, count: int) -> int:
    """Share one part; return how many of its first bytes are shared, 0 when it differs."""
    request = bytearray(_REQUEST.pack(start, count, 1, 0, 0, target, start, 0, 0, 0))
    fcntl.ioctl(earlier, _FIDEDUPERANGE, request)
    *_, shared, status, _ = _REQUEST.unpack(request)
    if status not in (_SAME, _DIFFERS):
        raise OSError(-status, os.strerror(-status))
    # The next part must start at a multiple of the block size.
    return shared - shared % _GRAIN_BYTES if status == _SAME else 0
