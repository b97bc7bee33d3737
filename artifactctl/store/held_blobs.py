"""Which blobs a local store holds, by their names and sizes; none is read."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from artifactctl.digests import PREFIX, are_digests, blob_key
from artifactctl.durable import MANY_FILES, can_sync_filesystem, sync_filesystem, sync_folder
from artifactctl.store.folders import Folders

_SHARD = len(PREFIX) + 2  # characters of a digest that tell its shard


def lacking(folders: Folders, sizes: Mapping[str, int], durable: set[str]) -> set[str]:
    """Those of these blobs that are not regular files of these sizes in bytes.

    The others are durable when it returns: their writer may still be on its way to that. `durable`
    are the shards whose own names are known to be durable.
    """
    absent: set[str] = set()
    held: list[str] = []
    for shard, digests in _by_shard(sizes):
        try:
            descriptor = folders.at(shard)
        except FileNotFoundError:
            absent.update(digests)
            continue
        held.append(shard)
        absent.update(_absent_in(descriptor, digests, sizes))
    _make_durable(folders, held, durable, many=len(sizes) - len(absent) >= MANY_FILES)
    return absent


def _by_shard(sizes: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    """The shards of these blobs, each with the digests in it."""
    if not are_digests(sizes):
        for digest in sizes:
            blob_key(digest)  # refuses what is no digest
    for _, group in groupby(sorted(sizes), key=itemgetter(slice(_SHARD))):
        digests = list(group)
        yield os.path.dirname(blob_key(digests[0])), digests


def _absent_in(folder: int, digests: Sequence[str], sizes: Mapping[str, int]) -> Iterator[str]:
    for digest in digests:
        try:
            found = os.stat(digest[len(PREFIX) :], dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            yield digest
            continue
        if found.st_size != sizes[digest] or not stat.S_ISREG(found.st_mode):
            yield digest


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
