"""What lies in a local store, and taking away what nothing needs."""

import contextlib
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator

from artifactctl.digests import PREFIX, blob_key
from artifactctl.durable import abandoned, make_folder, sync_folder
from artifactctl.store.copying import hash_file
from artifactctl.store.protocol import Kept

_SHARD = re.compile(r"[0-9a-f]{2}")
_NAME = re.compile(r"([0-9a-f]{64})(\.json)?")
_TEMPORARY = re.compile(r"([0-9a-f]{16})-[\w-]+")
# Names of no known form under tmp/ belong to nobody after this long.
_UNKNOWN_AGE_S = 24 * 3600.0


def list_kept(root: str, folder: str) -> Iterator[Kept | str]:
    """Every file of `blobs` or `manifests`; for what is none of ours, its path in the store."""
    ending = ".json" if folder == "manifests" else None
    for shard in _entries(f"{root}/{folder}"):
        if not _SHARD.fullmatch(shard.name) or not shard.is_dir(follow_symlinks=False):
            yield f"{folder}/{shard.name}"
            continue
        for entry in _entries(shard.path):
            found = _NAME.fullmatch(entry.name)
            is_ours = found and found[2] == ending and found[1].startswith(shard.name)
            if not is_ours or not entry.is_file(follow_symlinks=False):
                yield f"{folder}/{shard.name}/{entry.name}"
                continue
            with contextlib.suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                digest = PREFIX + entry.name.removesuffix(".json")
                yield Kept(digest, status.st_size, status.st_mtime)


def remove(path: str) -> bool:
    """Remove a file; whether it was there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def quarantine(root: str, digest: str) -> bool:
    """Move a blob aside when its bytes are wrong indeed; whether they were.

    It may have been healed since somebody looked: then the good file goes back to its place.
    """
    place, folder = f"{root}/{blob_key(digest)}", f"{root}/quarantine"
    wrong = _wrong_inode(place, digest)
    if wrong is None:
        return False
    make_folder(folder)
    aside = f"{folder}/{os.path.basename(place)}.{os.urandom(4).hex()}"
    try:
        os.rename(place, aside)
    except FileNotFoundError:
        return False
    if os.lstat(aside).st_ino != wrong:
        with contextlib.suppress(FileExistsError):  # healed twice
            os.link(aside, place)
        os.unlink(aside)
        return False
    sync_folder(folder)
    sync_folder(os.path.dirname(place))
    return True


def has_quarantined(root: str, digest: str) -> bool:
    """Whether bytes that were moved aside bear this digest's name."""
    name = os.path.basename(blob_key(digest))
    return any(entry.name.startswith(f"{name}.") for entry in _entries(f"{root}/quarantine"))


def is_in_use(root: str, name: str) -> bool:
    """Whether the process that reserved a temporary name lives."""
    found = _TEMPORARY.fullmatch(name)
    folder = f"{root}/tmp"  # noqa: S108 (the store's own)
    if found is None or not os.path.isdir(folder):
        return False
    with abandoned(folder, found[1]) as is_abandoned:
        return not is_abandoned


def clear_temporary(root: str, *, dry_run: bool) -> list[int]:
    """Remove what is left of work that nobody does any more; return the sizes in bytes."""
    folder = f"{root}/tmp"  # noqa: S108 (the store's own)
    sizes = []
    groups: dict[str, list[os.DirEntry[str]]] = {}
    for entry in _entries(folder):
        found = _TEMPORARY.fullmatch(entry.name)
        if found:
            groups.setdefault(found[1], []).append(entry)
        elif entry.is_file(follow_symlinks=False) and _is_old(entry):
            groups[entry.name] = [entry]
    for prefix, entries in groups.items():
        with abandoned(folder, prefix) as is_abandoned:
            if not is_abandoned:
                continue
            for entry in entries:
                sizes += _clear(entry, dry_run=dry_run)
    return sizes


def _clear(entry: os.DirEntry[str], *, dry_run: bool) -> list[int]:
    """Remove a file, or a folder with all that is in it; return the sizes in bytes."""
    if entry.is_dir(follow_symlinks=False):
        sizes = []
        with contextlib.suppress(FileNotFoundError):  # its owner clears it away at this moment
            for top, _, names in os.walk(entry.path):
                sizes += [os.lstat(f"{top}/{name}").st_size for name in names]
            if not dry_run:
                shutil.rmtree(entry.path)
        return sizes
    with contextlib.suppress(FileNotFoundError):
        size = entry.stat(follow_symlinks=False).st_size
        if not dry_run:
            os.unlink(entry.path)
        return [size]
    return []


def _is_old(entry: os.DirEntry[str]) -> bool:
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > _UNKNOWN_AGE_S


def _wrong_inode(path: str, digest: str) -> int | None:
    """The inode of what is no blob of that digest; None when it is one, or nothing is there."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return status.st_ino
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        inode = os.fstat(descriptor).st_ino
        return None if hash_file(descriptor)[0] == digest else inode
    except OSError:  # a bad sector
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except FileNotFoundError:
        return
