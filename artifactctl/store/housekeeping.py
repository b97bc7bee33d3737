"""Listing what a local store contains, and removing temporary files that nothing needs."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator

from artifactctl.digests import PREFIX
from artifactctl.durable import abandoned
from artifactctl.store.folders import Folders
from artifactctl.store.names import id_of, is_temporary, prefix_of
from artifactctl.store.protocol import Kept

_SHARD = re.compile(r"[0-9a-f]{2}")
_NAME = re.compile(r"([0-9a-f]{64})(\.json)?")


def list_kept(root: str, folder: str) -> Iterator[Kept | str]:
    """Every file of `blobs` or `manifests`; a foreign one as a text, its path in the store."""
    ending = ".json" if folder == "manifests" else None
    for name, is_folder in _listed(root, folder):
        if _SHARD.fullmatch(name) and is_folder:
            yield from _kept_in(root, f"{folder}/{name}", ending)
        else:
            yield f"{folder}/{name}"


def list_records(root: str) -> Iterator[str]:
    """The IDs of all records, even where a record is not a regular file."""
    with contextlib.suppress(FileNotFoundError), Folders(root) as folders:
        for entry in folders.entries("records"):
            if (record_id := id_of(entry.name)) is not None:
                yield record_id


def list_irregular_records(root: str) -> Iterator[str]:
    """The paths in the store of foreign files among the records."""
    with contextlib.suppress(FileNotFoundError), Folders(root) as folders:
        for entry in folders.entries("records"):
            if id_of(entry.name) is None or not entry.is_file(follow_symlinks=False):
                yield f"records/{entry.name}"


def is_in_use(root: str, name: str) -> bool:
    """Whether the process that reserved a temporary name is still running."""
    prefix = prefix_of(name)
    if prefix is None:
        return False
    try:
        with Folders(root) as folders, abandoned(folders.at("tmp"), prefix) as is_abandoned:
            return not is_abandoned
    except FileNotFoundError:
        return False


def clear_temporary(root: str, *, dry_run: bool) -> list[int]:
    """Remove the temporary files of processes that have ended; return the sizes in bytes.

    Files with a name of another form are foreign, and stay.
    """
    sizes = []
    with contextlib.suppress(FileNotFoundError), Folders(root) as folders:
        groups: dict[str, list[os.DirEntry[str]]] = {}
        for entry in folders.entries("tmp"):
            if is_temporary(entry):
                groups.setdefault(entry.name.partition("-")[0], []).append(entry)
        tmp = folders.at("tmp")
        for prefix, entries in groups.items():
            with abandoned(tmp, prefix) as is_abandoned:
                for entry in entries if is_abandoned else ():
                    sizes += _clear(tmp, entry, dry_run=dry_run)
    return sizes


def _clear(tmp: int, entry: os.DirEntry[str], *, dry_run: bool) -> list[int]:
    """Remove a file, or a folder with all that is in it; return the sizes in bytes."""
    with contextlib.suppress(FileNotFoundError):  # its process may remove it at this moment
        if entry.is_dir(follow_symlinks=False):
            return _clear_folder(tmp, entry.name, dry_run=dry_run)
        size = _size(entry.name, tmp)
        if not dry_run:
            os.unlink(entry.name, dir_fd=tmp)
        return [size]
    return []


def _clear_folder(tmp: int, name: str, *, dry_run: bool) -> list[int]:
    """Remove a folder; go on when that fails."""
    # A step may leave folders that even their owner cannot read, or nested without end.
    with contextlib.suppress(FileNotFoundError, PermissionError, RecursionError):
        sizes = []
        for _, _, files, folder in os.fwalk(name, dir_fd=tmp):
            sizes += [_size(file, folder) for file in files]
        if not dry_run:
            shutil.rmtree(name, dir_fd=tmp)
        return sizes
    return []


def _size(name: str, folder: int) -> int:
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size


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


def _kept_in(root: str, shard: str, ending: str | None) -> list[Kept | str]:
    """The files of one shard, as a list, so that no folder is open while they are processed."""
    found: list[Kept | str] = []
    with contextlib.suppress(FileNotFoundError), Folders(root) as folders:
        for entry in folders.entries(shard):
            name = _NAME.fullmatch(entry.name)
            is_ours = name and name[2] == ending and name[1].startswith(shard[-2:])
            if not is_ours or not entry.is_file(follow_symlinks=False):
                found.append(f"{shard}/{entry.name}")
                continue
            with contextlib.suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                digest = PREFIX + entry.name.removesuffix(".json")
                found.append(Kept(digest, status.st_size, status.st_mtime))
    return found
