"""Uploading files: hashed first, then those that the store lacks are put, many at once."""

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil

from artifactctl.copying import Advance, hash_file
from artifactctl.digests import PREFIX, blob_key, digest_of
from artifactctl.store.parallel import Budget, each
from artifactctl.store.protocol import Source
from artifactctl.store.remote.objects import PART_BYTES, Objects
from artifactctl.store.unchanged_files import changed, read_unchanged, unchanged

_OF_A_BIG_FILE = 6 * PART_BYTES  # four parts under way, one that is read, one that is copied
_IN_MEMORY_BYTES = _OF_A_BIG_FILE
# obstore counts the sending of a body as silence. So little is under way until a file has shown
# that the link is fast: with 60 s, this much gets through one with 1.2 Mbit/s.
_FIRST_BYTES = PART_BYTES
_QUICK = 0.125  # of the time that the server may be silent
# From here on, listing whole shards is compared with asking for each blob.
_MANY = 256
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Stored:
    """Which of some blobs a store has: `damaged` have another size than they should."""

    present: set[str] = field(default_factory=set)
    damaged: set[str] = field(default_factory=set)


def digest_of_source(source: Source) -> str:
    """The digest of a file; raises `ConflictError` when it changed since it was found."""
    if source.size_bytes <= PART_BYTES:
        return digest_of(read_unchanged(source))
    with unchanged(source) as descriptor:
        return hash_file(descriptor)[0]


def look_up(objects: Objects, sizes: Mapping[str, int | None], jobs: int) -> Stored:
    """Which of these blobs the store has, with their sizes; None is any size.

    Many are found by listing: a page tells of a thousand blobs, where asking tells of one.
    """
    stored = Stored()
    listed = _list_shards(objects, sizes, stored, jobs) if len(sizes) > _MANY else set()
    left = [digest for digest in sizes if _shard(digest) not in listed]
    keys = map(blob_key, left)
    for digest, found in zip(left, each(objects.head, keys, jobs), strict=True):
        if found is not None:
            _note(stored, digest, found.size_bytes, sizes)
    return stored


def _list_shards(
    objects: Objects, sizes: Mapping[str, int | None], stored: Stored, jobs: int
) -> set[str]:
    """List the shards of many blobs, unless that takes more requests than asking for each.

    Returns the shards that were listed: the first one tells how big the store is.
    """
    first, *others = sorted({_shard(digest) for digest in sizes})
    pages = _note_shard(objects, first, sizes, stored)
    if pages * (len(others) + 1) > len(sizes):
        return {first}
    for _ in each(lambda shard: _note_shard(objects, shard, sizes, stored), others, jobs):
        pass
    return {first, *others}


class Uploader:
    """Puts files into a store's blobs, within a limit of memory."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._budget = Budget(_IN_MEMORY_BYTES, _FIRST_BYTES)

    def put(self, source: Source, digest: str, advance: Advance) -> None:
        """Put one file; raises `ConflictError` when it no longer has this digest."""
        if source.size_bytes > PART_BYTES:
            with self._budget.taking(_OF_A_BIG_FILE), unchanged(source) as descriptor:
                once = _Once(advance)
                self._objects.put_parts(
                    blob_key(digest),
                    lambda: _parts(descriptor, source, digest, once.advance_to),
                    source.size_bytes,
                )
            return
        with self._budget.taking(source.size_bytes):
            content = read_unchanged(source)
            if digest_of(content) != digest:
                raise changed(source)
            began = time.monotonic()
            self._objects.put(blob_key(digest), content)
        if time.monotonic() - began < _QUICK * self._objects.timeout_s:
            self._budget.widen()
        advance(source.size_bytes)


class _Once:
    """Tells of progress that is made twice only once."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._told_bytes = 0

    def advance_to(self, position: int) -> None:
        """Tell of the bytes up to a position."""
        if position > self._told_bytes:
            self._advance(position - self._told_bytes)
            self._told_bytes = position


def _parts(
    descriptor: int, source: Source, digest: str, advance_to: Callable[[int], None]
) -> Iterator[bytes]:
    """The parts of a big file; the last is given only when all of them have the digest."""
    from blake3 import blake3  # noqa: PLC0415 (as in `digests`)

    hasher, position = blake3(), 0
    while part := os.pread(descriptor, PART_BYTES, position):
        hasher.update(part)
        position += len(part)
        is_whole = position >= source.size_bytes
        if is_whole and (position, PREFIX + hasher.hexdigest()) != (source.size_bytes, digest):
            raise changed(source)
        yield part
        advance_to(position)
    if position != source.size_bytes:
        raise changed(source)


def _note_shard(
    objects: Objects, shard: str, sizes: Mapping[str, int | None], stored: Stored
) -> int:
    """Note what is in a shard; return how many pages that was."""
    count = 0
    for found in objects.list_below(f"blobs/{shard}/"):
        count += 1
        digest = PREFIX + found.key.rpartition("/")[2]
        if digest in sizes and found.key == blob_key(digest):
            _note(stored, digest, found.size_bytes, sizes)
    return max(1, ceil(count / _PAGE))


def _note(stored: Stored, digest: str, size_bytes: int, sizes: Mapping[str, int | None]) -> None:
    is_right = sizes[digest] in (None, size_bytes)
    (stored.present if is_right else stored.damaged).add(digest)


def _shard(digest: str) -> str:
    return digest.removeprefix(PREFIX)[:2]


def missing(objects: Objects, digests: Collection[str], jobs: int) -> list[str]:
    """Those of `digests` that the store lacks, in their order."""
    for digest in digests:
        blob_key(digest)  # refuses what is no digest
    stored = look_up(objects, dict.fromkeys(digests), jobs)
    return [digest for digest in digests if digest not in stored.present]
