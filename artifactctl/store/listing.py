"""Listing the files of a local store, its own and foreign ones."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator

from artifactctl.digests import PREFIX
from artifactctl.store.folders import Folders
from artifactctl.store.names import id_of
from artifactctl.store.protocol import Foreign, StoredFile

ENDINGS = {"blobs": None, "manifests": ".json"}
_SHARD = re.compile(r"[0-9a-f]{2}")
_NAME = re.compile(r"([0-9a-f]{64})(\.json)?")


def list_stored(root: str, folder: str) -> Iterator[StoredFile | Foreign]:
    """Every file of `blobs` or `manifests`, and what is foreign among them."""
    ending = ENDINGS[folder]
    for name, is_folder in _listed(root, folder):
        if _SHARD.fullmatch(name) and is_folder:
            yield from _stored_in(root, f"{folder}/{name}", ending)
        else:
            yield Foreign(f"{folder}/{name}")


def digest_at(shard: str, name: str, ending: str | None) -> str | None:
    """The digest that a file in a shard is named after; None for a name of another form."""
    found = _NAME.fullmatch(name)
    is_ours = found and found[2] == ending and found[1].startswith(shard)
    return PREFIX + found[1] if found and is_ours and _SHARD.fullmatch(shard) else None


def list_records(root: str) -> Iterator[str]:
    """The IDs of all records, even where a record is not a regular file."""
    with contextlib.suppress(FileNotFoundError), Folders(root) as folders:
        for entry in folders.entries("records"):
            if (record_id := id_of(entry.name)) is not None:
                yield record_id


def list_sizes(root: str) -> Iterator[tuple[str, int]]:
    """The path in the store and the size of every regular file; no link is followed."""
    with contextlib.suppress(FileNotFoundError):  # there is no store yet
        for folder, _, names, descriptor in os.fwalk(root):
            place = os.path.relpath(folder, root)
            start = "" if place == os.curdir else f"{place}/"
            for name in names:
                size = _size_of(name, descriptor)
                if size is not None:
                    yield f"{start}{name}", size


def _size_of(name: str, folder: int) -> int | None:
    """The size of a regular file; None for anything else, or when it is gone."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def list_foreign_records(root: str) -> Iterator[str]:
    """The paths in the store of what is foreign among the records."""
    with contextlib.suppress(FileNotFoundError), Folders(root) as folders:
        for entry in folders.entries("records"):
            if id_of(entry.name) is None or not entry.is_file(follow_symlinks=False):
                yield f"records/{entry.name}"


def _listed(root: str, folder: str) -> list[tuple[str, bool]]:
    """The names in a folder, and which of them are folders."""
    try:
        with Folders(root) as folders:
            return [
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in folders.entries(folder)
            ]
    except FileNotFoundError:
        return []


def _stored_in(root: str, shard: str, ending: str | None) -> list[StoredFile | Foreign]:
    """The files of one shard, as a list, so that no folder is open while they are processed."""
    found: list[StoredFile | Foreign] = []
    with contextlib.suppress(FileNotFoundError), Folders(root) as folders:
        for entry in folders.entries(shard):
            digest = digest_at(shard[-2:], entry.name, ending)
            if digest is None or not entry.is_file(follow_symlinks=False):
                found.append(Foreign(f"{shard}/{entry.name}"))
                continue
            with contextlib.suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                found.append(StoredFile(digest, status.st_size, status.st_mtime))
    return found
