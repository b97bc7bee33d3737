"""`format.json`, the file that makes a folder a store.

In a folder without it nothing is deleted, and a folder that has any other files in it does not
become a store: a store must never remove files that it did not write.
"""

import json
import stat
from collections.abc import Iterator
from contextlib import suppress

from artifactctl.durable import make_folder
from artifactctl.errors import CatalogUnusableError, ConflictError
from artifactctl.json_text import canonical_json
from artifactctl.regular_files import FileTooLargeError, IrregularFileError, read_regular
from artifactctl.store.folders import Folders
from artifactctl.store.names import is_temporary
from artifactctl.store.staging import Staging

FORMAT_FILE = "format.json"
FORMAT = {"format": 1, "digest": "blake3"}

MOST_BYTES = 64 << 10
_FOLDERS = ("blobs", "manifests", "records")
# What an interrupted first start may have made; a folder that has only these may become a store.
_MAY_BE_THERE = {*_FOLDERS, "tmp", "quarantine"}


def is_store(root: str) -> bool:
    """Whether the folder is a store, by its `format.json`.

    Raises `CatalogUnusableError` when that cannot be read or is of another version.
    """
    try:
        with Folders(root) as folders:
            return _has_format(folders, root)
    except FileNotFoundError:
        return False


def check_place(root: str) -> None:
    """Raise `ConflictError` unless the folder is a store, does not exist, or may become one."""
    with suppress(FileNotFoundError), Folders(root) as folders:
        if _has_format(folders, root):
            return
        found = _first_foreign(folders)
        # Another process may just have made it a store and written to it: look again.
        if found is not None and not _has_format(folders, root):
            raise no_store(root, found)


def make_store(root: str) -> None:
    """Make the folder a store unless it is one; several processes may do so at once.

    `format.json` is written before anything else is stored, so that after a crash at any moment
    the next start recognises the folder.
    """
    check_place(root)
    make_folder(root)
    with Folders(root) as folders:
        folders.make("tmp")
        if not _has_format(folders, root):
            with Staging(root, 1) as staging:
                staging.write(FORMAT_FILE, canonical_json(FORMAT))
                staging.publish()
        for folder in _FOLDERS:
            folders.make(folder)


def list_foreign(root: str) -> Iterator[str]:
    """`format.json` if it is missing or damaged; what is foreign in the place of a folder."""
    with suppress(FileNotFoundError), Folders(root) as folders:
        try:
            is_intact = _has_format(folders, root) or _first_foreign(folders) is None
        except CatalogUnusableError:
            is_intact = False
        if not is_intact:
            yield FORMAT_FILE
        for folder in (*_FOLDERS, "tmp", "quarantine", "owners"):
            found = folders.status(folder)
            if found is not None and not stat.S_ISDIR(found.st_mode):
                yield folder


def _has_format(folders: Folders, root: str) -> bool:
    url = f"file://{root}"
    try:
        content = read_regular(FORMAT_FILE, MOST_BYTES, dir_fd=folders.at(""))
    except FileNotFoundError:
        return False
    except (IrregularFileError, FileTooLargeError):
        raise _unreadable(url) from None
    check_format(content, url)
    return True


def check_format(content: bytes, url: str) -> None:
    """Raise `CatalogUnusableError` unless this is the `format.json` of a store of this version."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise _unreadable(url) from None
    if found != FORMAT:
        raise CatalogUnusableError(
            f"store {url} has format {found!r}, which this version does not know",
            hint="use a newer artifactctl",
        )


def _unreadable(url: str) -> CatalogUnusableError:
    return CatalogUnusableError(
        f"store {url} has an unreadable {FORMAT_FILE}",
        hint="copy it from another store: the file is the same in all",
    )


def no_store(place: str, found: str) -> ConflictError:
    """The error for a place that has other files, and so does not become a store."""
    return ConflictError(
        f"{place} is neither a store nor an empty folder: it contains {found!r}",
        hint=f"set 'store:' to a folder of its own, such as {place}/artifactctl"
        f" (if it is a store that lost its {FORMAT_FILE}, restore that file)",
    )


def _first_foreign(folders: Folders) -> str | None:
    """The first entry that an interrupted first start cannot have made; None for no such entry."""
    for entry in folders.entries(""):
        if entry.name not in _MAY_BE_THERE or not entry.is_dir(follow_symlinks=False):
            return entry.name
        # A damaged catalog is moved to the quarantine even before there is a store.
        for inner in folders.entries(entry.name) if entry.name != "quarantine" else ():
            if entry.name != "tmp" or not is_temporary(inner):
                return f"{entry.name}/{inner.name}"
    return None
