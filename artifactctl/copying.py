"""Copying and hashing in one pass, as fast as the disk allows.

The digest is computed from the copy, not from the source: the copy has the returned digest even
when the source changes while it is read.
"""

import errno
import os
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import BoundedSemaphore, Event
from typing import BinaryIO

from blake3 import blake3

from artifactctl.digests import PREFIX, digest_of

Advance = Callable[[int], None]
"""A callback with the number of bytes that were just processed."""

IN_MEMORY_BYTES = 1 << 20
CHUNK_BYTES = 16 << 20
_READ_BYTES = 1 << 20
_CHUNKS_AHEAD = 4
_BLOCK_BYTES = 512  # the unit of `st_blocks`, whatever the disk's block size is

# The errors of copy_file_range for two files that it cannot copy between (other file systems, old
# kernels, sandboxes); these are copied with plain reads and writes.
_NOT_HERE = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF}


def no_progress(_count: int, /) -> None:
    """Ignore the progress."""


def read_whole(descriptor: int, size_bytes: int) -> bytes:
    """Return a file's content, up to `size_bytes` and one more, which shows that the file grew."""
    data = os.read(descriptor, size_bytes + 1)
    if len(data) == size_bytes:
        return data
    parts = [data]
    left = size_bytes + 1 - len(data)
    while left > 0 and (more := os.read(descriptor, left)):
        parts.append(more)
        left -= len(more)
    return b"".join(parts)


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of `data`."""
    done = os.write(descriptor, data)
    while done < len(data):
        done += os.write(descriptor, memoryview(data)[done:])


def hash_file(descriptor: int, advance: Advance = no_progress) -> tuple[str, int]:
    """Return the digest of an open file, read from its start, and its size in bytes."""
    hasher, size = blake3(), 0
    for chunk in _chunks_of(descriptor, 0, None):
        hasher.update(chunk)
        size += len(chunk)
        advance(len(chunk))
    return PREFIX + hasher.hexdigest(), size


def hash_stream(stream: BinaryIO, advance: Advance = no_progress) -> tuple[str, int]:
    """Return the digest of all that a stream gives, and its size in bytes."""
    hasher, size = blake3(), 0
    while data := stream.read(_READ_BYTES):
        hasher.update(data)
        size += len(data)
        advance(len(data))
    return PREFIX + hasher.hexdigest(), size


def copy_file(source: int, target: int, size_bytes: int, advance: Advance = no_progress) -> str:
    """Complete a partial copy of an open file in `target`; return the digest of the whole copy.

    Holes of a big sparse file stay holes. `target` is open for reading and writing. At most
    `size_bytes` are copied: a source that shrank or grew gives another digest or size.
    """
    done = os.fstat(target).st_size
    if done == 0 and size_bytes <= IN_MEMORY_BYTES:
        data = read_whole(source, size_bytes)
        write_whole(target, data)
        advance(len(data))
        return digest_of(data)
    return _copy_beside_hashing(source, target, size_bytes, advance)


def copy_stream(stream: BinaryIO, target: int, advance: Advance = no_progress) -> tuple[str, int]:
    """Copy the content of a pipe or a remote file; return its digest and its size in bytes."""
    hasher, size = blake3(), 0
    while data := stream.read(_READ_BYTES):
        hasher.update(data)
        write_whole(target, data)
        size += len(data)
        advance(len(data))
    return PREFIX + hasher.hexdigest(), size


def _copy_beside_hashing(source: int, target: int, size_bytes: int, advance: Advance) -> str:
    """Copy in a second thread, inside the kernel, while this thread hashes the copied chunks."""
    # Imported on first use: small files need no thread.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    ends: SimpleQueue[int | None] = SimpleQueue()
    ahead, stop = BoundedSemaphore(_CHUNKS_AHEAD), Event()
    hasher, start = blake3(), 0
    with ThreadPoolExecutor(1) as pool:
        copying = pool.submit(_copy_ranges, source, target, size_bytes, ends.put, ahead, stop)
        try:
            while (end := ends.get()) is not None:
                for chunk in _chunks_of(target, start, end):
                    hasher.update(chunk)
                    advance(len(chunk))
                start_writing_out(target, start, end - start)
                start = end
                ahead.release()
        finally:
            stop.set()
        copying.result()
    return PREFIX + hasher.hexdigest()


def _copy_ranges(
    source: int,
    target: int,
    size_bytes: int,
    report: Callable[[int | None], None],
    ahead: BoundedSemaphore,
    stop: Event,
) -> None:
    """Copy chunk by chunk; report the end of each, and None when all is done."""
    try:
        position = min(os.fstat(target).st_size, size_bytes)
        if position:
            ahead.acquire()
            report(position)
        while position < size_bytes and not stop.is_set():
            # The timeout lets it see `stop` when the hashing thread has failed.
            if not ahead.acquire(timeout=0.1):
                continue
            copied = _copy_range(source, target, position, size_bytes - position)
            if copied == 0:
                return
            position += copied
            report(position)
    finally:
        report(None)


def _copy_range(source: int, target: int, position: int, limit: int) -> int:
    count = min(CHUNK_BYTES, limit)
    hole, count = _hole_at(source, position, count, limit)
    if hole:
        os.ftruncate(target, position + hole)
        return hole
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, target, count, position, position)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
    data = os.pread(source, min(count, _READ_BYTES), position)
    return os.pwrite(target, data, position)


def _hole_at(source: int, position: int, count: int, limit: int) -> tuple[int, int]:
    """Return the length of the hole at `position` of a sparse file, or 0 when there is data.

    The second number is then how many of `count` bytes precede the next hole. On a file system that
    does not report holes, everything is data.
    """
    found = os.fstat(source)
    if not hasattr(os, "SEEK_HOLE") or found.st_blocks * _BLOCK_BYTES >= found.st_size:
        return 0, count
    try:
        data = os.lseek(source, position, os.SEEK_DATA)
        if data > position:
            return min(data - position, limit), 0
        return 0, min(count, os.lseek(source, position, os.SEEK_HOLE) - position)
    except OSError as error:
        if error.errno != errno.ENXIO or position >= found.st_size:
            return 0, count
        return min(found.st_size - position, limit), 0  # a hole up to the end


def _chunks_of(descriptor: int, start: int, end: int | None) -> Iterator[memoryview]:
    """Yield the bytes from `start` to `end` (or the file's end), each time in the same buffer."""
    buffer = memoryview(bytearray(_READ_BYTES))
    while end is None or start < end:
        limit = len(buffer) if end is None else min(len(buffer), end - start)
        count = os.preadv(descriptor, [buffer[:limit]], start)
        if count == 0:
            return
        yield buffer[:count]
        start += count


def start_writing_out(descriptor: int, start: int, count: int) -> None:
    """Ask the kernel to start writing these bytes to disk."""
    # Linux starts to write dirty pages when it is told that they are not needed. So the disk works
    # while the rest is copied, and a big file does not evict everything else from the page cache.
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, start, count, os.POSIX_FADV_DONTNEED)
