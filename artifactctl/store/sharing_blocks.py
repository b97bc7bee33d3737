"""Sharing blocks on disk: what a big file has in common with an earlier one takes room once.

XFS and Btrfs let two files have blocks in common. The kernel compares the bytes before it shares
them, while neither file can be written (FIDEDUPERANGE, linux/fs.h): a file never gets other bytes
by this, whatever the earlier one has. Both stay files of their own, which are read, linked to and
deleted as any other. Only what is at the same place in both is shared.
"""

import fcntl
import os
import struct
import sys

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
    # The pieces that are still to be tried, the first one last.
    pieces = [(start, min(_MOST_AT_ONCE, size - start)) for start in range(0, size, _MOST_AT_ONCE)][
        ::-1
    ]
    shared = 0
    while pieces:
        start, count = pieces.pop()
        try:
            same = _share(earlier, target, start, count)
        except OSError:  # not offered here, or a bad sector: then it takes room of its own
            return shared
        shared += same
        if 0 < same < count:
            pieces.append((start + same, count - same))
        elif same == 0 and count > _GRAIN_BYTES:
            half = count // _GRAIN_BYTES // 2 * _GRAIN_BYTES
            pieces += [(start + half, count - half), (start, half)]
    return shared


def _share(earlier: int, target: int, start: int, count: int) -> int:
    """Share one piece; return how many of its first bytes are shared, 0 when it differs."""
    request = bytearray(_REQUEST.pack(start, count, 1, 0, 0, target, start, 0, 0, 0))
    fcntl.ioctl(earlier, _FIDEDUPERANGE, request)
    *_, shared, status, _ = _REQUEST.unpack(request)
    if status not in (_SAME, _DIFFERS):
        raise OSError(-status, os.strerror(-status))
    # A count that is no multiple of the grain would leave the places that can be shared.
    return shared - shared % _GRAIN_BYTES if status == _SAME else 0
