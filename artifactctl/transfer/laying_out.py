"""A version's files in a folder, for materializers and commands, each verified first."""

import os
from pathlib import Path

from artifactctl.copying import hash_file
from artifactctl.enums import VersionKind
from artifactctl.manifest import Entry, Manifest
from artifactctl.store import Advance, Store, no_progress
from artifactctl.store.links import check_linked
from artifactctl.store.parallel import each
from artifactctl.transfer.parts import (
    Opener,
    check_digest,
    opener_for,
    restore_attributes,
    write_new,
)
from artifactctl.url_text import LOCAL


def lay_out(
    manifest: Manifest,
    store: Store,
    folder: str,
    *,
    copies: bool = False,
    in_place: bool = False,
    advance: Advance = no_progress,
) -> None:
    """Put the files of a version into `folder`, which exists and is empty.

    With a local store they are symbolic links to its read-only files, so that nothing is copied.
    They are the caller's own copies with `copies`, from a remote store, and for linked data. With
    `in_place`, for commands, they are hard links to the store's files where possible, because many
    programs treat symbolic links differently, and linked local data is linked to where it lies.
    `advance` is called with the numbers of bytes that were verified. Raises `IntegrityError` for
    bytes that are not those that were registered.
    """
    opener = opener_for(manifest, store)
    copies = copies or manifest.link is not None
    for inside in sorted({os.path.dirname(entry.path) for entry in manifest.entries} - {""}):
        os.makedirs(f"{folder}/{inside}", exist_ok=True)
    is_linked_here = in_place and (manifest.link or "").startswith(LOCAL)

    def place(entry: Entry) -> None:
        path = f"{folder}/{entry.path}"
        if is_linked_here:
            _link_in_place(manifest, entry, store, path, advance)
            return
        is_own = copies or (in_place and entry.executable)
        if is_own or not _link(entry, store, path, advance, hard=in_place):
            _copy(entry, opener, path, advance)

    with store.reading_many():
        for _ in each(place, manifest.entries, store.jobs):
            pass


def _link(entry: Entry, store: Store, path: str, advance: Advance, *, hard: bool) -> bool:
    """Link to the store's file, once it is verified; return False when it has none."""
    target = store.path(entry.digest or "")
    if target is None:
        return False
    with store.open(entry.digest or "") as blob:
        check_digest(entry, *hash_file(blob.fileno(), advance))
    if not hard or not _link_hard(target, path):
        os.symlink(target, path)
    return True


def _link_hard(target: Path, path: str) -> bool:
    try:
        os.link(target, path)
    except OSError:  # another file system, one without hard links, or a file of another user
        return False
    return True


def _link_in_place(
    manifest: Manifest, entry: Entry, store: Store, path: str, advance: Advance
) -> None:
    """Link to linked data where it lies, once it is verified."""
    check_linked(manifest, entry, store, quick=False, advance=advance)
    place = (manifest.link or "").removeprefix(LOCAL)
    os.symlink(place if manifest.kind is VersionKind.FILE else f"{place}/{entry.path}", path)


def _copy(entry: Entry, opener: Opener, path: str, advance: Advance) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        write_new(entry, descriptor, opener, advance)
        restore_attributes(entry, descriptor)
    finally:
        os.close(descriptor)
