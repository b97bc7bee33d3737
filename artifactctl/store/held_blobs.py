"""Which blobs a local store holds, by their names and sizes; none is read."""

import os
import stat
from collections.abc import Mapping

from artifactctl.digests import blob_key
from artifactctl.durable import MANY_FILES, can_sync_filesystem, sync_filesystem, sync_folder
from artifactctl.store.folders import Folders


def lacking(folders: Folders, sizes: Mapping[str, int], durable: set[str]) -> set[str]:
    """Those of these blobs that are not regular files of these sizes in bytes.

    The others are durable when it returns: their writer may still be on its way to that. `durable`
    are the shards whose own names are known to be durable.
    """
    shards: dict[str, list[tuple[str, str]]] = {}
    for digest in sizes:
        shard, _, name = blob_key(digest).rpartition("/")
        shards.setdefault(shard, []).append((name, digest))
    absent: set[str] = set()
    held = []
    for shard, names in shards.items():
        try:
            descriptor = folders.at(shard)
        except FileNotFoundError:
            absent.update(digest for _, digest in names)
            continue
        held.append(shard)
        absent.update(digest for name, digest in names if _size(name, descriptor) != sizes[digest])
    _make_durable(folders, held, durable, many=len(sizes) - len(absent) >= MANY_FILES)
    return absent


def _size(name: str, folder: int) -> int | None:
    """The size of a regular file; None for anything else."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _make_durable(folders: Folders, shards: list[str], durable: set[str], *, many: bool) -> None:
    if many and can_sync_filesystem():
        sync_filesystem(folders.at(""))
        return
    for shard in shards:
        sync_folder(folders.at(shard))
    # A new shard has an entry in its parent, which must become durable, too.
    if set(shards) - durable:
        sync_folder(folders.at("blobs"))
    durable.update(shards)
