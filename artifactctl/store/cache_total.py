"""How much a cache holds, and removing the least recently used of it.

`total` is the sum as it was counted last and what was added since. It is also a lock: whoever gets
it writes the sum, and trims; whoever does not get it goes on, and tries again with its next entry.
Only who has added much waits for it, so that the cache does not outgrow its limit many times.
"""

import heapq
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from artifactctl.copying import read_whole
from artifactctl.digests import blob_key, manifest_key
from artifactctl.drafts import take_lock
from artifactctl.errors import ArtifactctlError, BusyError
from artifactctl.json_text import canonical_json, parse_json
from artifactctl.regular_files import irregular
from artifactctl.store import listing
from artifactctl.store.folders import Folders
from artifactctl.store.names import is_temporary
from artifactctl.store.protocol import StoredFile

_TOTAL = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MOST_BYTES = 4096
_DEPTH = 2
_MUCH = 10  # entries are much from this part of the limit on
_PATIENCE_S = 2.0
_PAUSE_S = 0.01
_COUNT_AGAIN_S = 86_400  # what processes that were killed added is in no sum
_ABANDONED_S = 86_400  # a draft that was not written to for a day
# Trimming leaves some room, so that the next entry does not trim again.
_KEPT = 0.9
_KINDS: dict[str, Callable[[str], str]] = {"blobs": blob_key, "manifests": manifest_key}


@dataclass
class Added:
    """The entries that one process has added since it last got the lock."""

    size_bytes: int = 0
    count: int = 0

    def add(self, size_bytes: int) -> None:
        """Count one more entry."""
        self.size_bytes += size_bytes
        self.count += 1


@dataclass(frozen=True, slots=True)
class Usage:
    """What a cache holds; `counted_s`, in seconds since 1970, is when its files were counted."""

    size_bytes: int
    count: int
    counted_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What trimming removed, or would, and what stays."""

    count: int
    size_bytes: int
    left: Usage


def usage(root: str) -> Usage:
    """What the cache in a folder holds, by its `total`; counted where there is none."""
    with suppress(OSError, ArtifactctlError), _total(root) as descriptor:
        found = _read(descriptor)
        return count(root) if found is None else found
    return count(root)


def count(root: str) -> Usage:
    """Count the entries of the cache in a folder."""
    size, number = 0, 0
    for _, item in _entries(root):
        size += item.size_bytes
        number += 1
    return Usage(size, number, time.time())


def settle(root: str, added: Added, limit_bytes: int) -> None:
    """Add what was added to the sum, and trim when it is over the limit, unless another does."""
    wait_s = _PATIENCE_S if added.size_bytes * _MUCH >= limit_bytes else 0.0
    with suppress(OSError, ArtifactctlError), _total(root, wait_s) as descriptor:
        found = _read(descriptor)
        now = time.time()
        if found is None or not 0 <= now - found.counted_s < _COUNT_AGAIN_S:
            found = count(root)
        else:
            found = Usage(
                found.size_bytes + added.size_bytes, found.count + added.count, found.counted_s
            )
        added.size_bytes, added.count = 0, 0
        if found.size_bytes > limit_bytes:
            found = _trim(root, int(limit_bytes * _KEPT), dry_run=False).left
        _write(descriptor, found)


def trim(root: str, limit_bytes: int, *, dry_run: bool) -> Trimmed:
    """Remove the least recently used entries until at most `limit_bytes` are left.

    Raises `BusyError` when another process is trimming, `OSError` when the folder cannot be
    written to.
    """
    if not os.path.isdir(root):
        return Trimmed(0, 0, Usage(0, 0))
    with _total(root) as descriptor:
        done = _trim(root, limit_bytes, dry_run=dry_run)
        if not dry_run:
            _write(descriptor, done.left)
    return done


def _trim(root: str, limit_bytes: int, *, dry_run: bool) -> Trimmed:
    held = count(root)
    removed, freed = 0, 0
    with Folders(root) as folders:
        for key, size in _oldest(root, held.size_bytes - limit_bytes):
            if dry_run or folders.remove(key):
                removed += 1
                freed += size
        if not dry_run:
            _clear_drafts(folders)
    left = Usage(held.size_bytes - freed, held.count - removed, held.counted_s)
    return Trimmed(removed, freed, left)


def _oldest(root: str, size_bytes: int) -> list[tuple[str, int]]:
    """The least recently used entries that have this size together; no more are remembered."""
    found: list[tuple[float, str, int]] = []
    total = 0
    for key, item in _entries(root):
        # A heap with the most recently used of the chosen ones on top.
        heapq.heappush(found, (-item.mtime_s, key, item.size_bytes))
        total += item.size_bytes
        while found and total - found[0][2] >= size_bytes:
            total -= heapq.heappop(found)[2]
    return [(key, size) for _, key, size in sorted(found, reverse=True)]


def _entries(root: str) -> Iterator[tuple[str, StoredFile]]:
    """The entries of a cache by their keys; what is foreign is left out."""
    for folder, key_of in _KINDS.items():
        with suppress(OSError, ArtifactctlError):
            for item in listing.list_stored(root, folder):
                if isinstance(item, StoredFile):
                    yield key_of(item.digest), item


def _clear_drafts(folders: Folders) -> None:
    """Remove the drafts of processes that have ended."""
    with suppress(OSError, ArtifactctlError):
        for entry in list(folders.entries("tmp")):
            age_s = time.time() - entry.stat(follow_symlinks=False).st_mtime
            if is_temporary(entry) and age_s > _ABANDONED_S:
                folders.remove(f"tmp/{entry.name}")


@contextmanager
def _total(root: str, wait_s: float = 0.0) -> Iterator[int]:
    """The open file `total`, locked; raises `BusyError` when another process keeps the lock."""
    until = time.monotonic() + wait_s
    with Folders(root) as folders:
        descriptor = os.open("total", _TOTAL, 0o600, dir_fd=folders.at(""))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise irregular(f"{root}/total")
        while not take_lock(descriptor):
            if time.monotonic() < until:
                time.sleep(_PAUSE_S)
                continue
            raise BusyError(
                f"another process is trimming the cache in {root}", hint="try again when it is done"
            )
        yield descriptor
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Usage | None:
    """The sum in `total`; None when it is new or damaged."""
    try:
        found = parse_json(read_whole(descriptor, _MOST_BYTES).decode(), _DEPTH)
        values = Usage(int(found["size_bytes"]), int(found["count"]), float(found["counted"]))
    except (ValueError, LookupError, TypeError, ArtifactctlError):
        return None
    return values if values.size_bytes >= 0 and values.count >= 0 else None


def _write(descriptor: int, found: Usage) -> None:
    value = {
        "size_bytes": found.size_bytes,
        "count": found.count,
        "counted": found.counted_s,
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, canonical_json(value), 0)
