"""Making a folder a store, and telling whether it is one.

A store says so in its `format.json`. In a folder without it nothing is deleted, and one that has
anything of somebody else's in it does not become a store: what a store removes later must be its
own.
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

_MOST_BYTES = 64 << 10
_FOLDERS = ("blobs", "manifests", "records")
# What a first start that was cut short may have made; nothing of it is ever deleted but ours.
_MAY_BE_THERE = {*_FOLDERS, "tmp", "quarantine"}


def is_store(root: str) -> bool:
    """Whether the folder says that it is a store.

    Raises `CatalogUnusableError` when what it says cannot be read or is of another version.
    """
    try:
        with Folders(root) as folders:
            return _has_format(folders, root)
    except FileNotFoundError:
        return False


def check_place(root: str) -> None:
    """Raise `ConflictError` unless the folder is a store, or new, or may become one."""
    with suppress(FileNotFoundError), Folders(root) as folders:
        if _has_format(folders, root):
            return
        found = _first_foreign(folders)
        # Another process may have made it a store, and put things there, since it was looked at.
        if found is not None and not _has_format(folders, root):
            raise ConflictError(
                f"{root} is no store, and no empty folder: it has {found!r}",
                hint=f"name a folder of its own, such as {root}/artifactctl, as 'store:'"
                f" (a store whose {FORMAT_FILE} was lost needs it back)",
            )


def make_ready(root: str) -> None:
    """Make the folder a store unless it is one; several processes may do so at once.

    `format.json` comes before all that a store is made for: whenever this is cut short, the next
    one takes the folder for what it is.
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


def list_unsound(root: str) -> Iterator[str]:
    """The places of what is not there as it should be in every store with something in it."""
    with suppress(FileNotFoundError), Folders(root) as folders:
        try:
            is_sound = _has_format(folders, root) or _first_foreign(folders) is None
        except CatalogUnusableError:
            is_sound = False
        if not is_sound:
            yield FORMAT_FILE
        for folder in (*_FOLDERS, "tmp", "quarantine", "owners"):
            found = folders.status(folder)
            if found is not None and not stat.S_ISDIR(found.st_mode):
                yield folder


def _has_format(folders: Folders, root: str) -> bool:
    try:
        found = json.loads(read_regular(FORMAT_FILE, _MOST_BYTES, dir_fd=folders.at("")))
    except FileNotFoundError:
        return False
    except (IrregularFileError, FileTooLargeError, ValueError, RecursionError):
        raise CatalogUnusableError(
            f"store file://{root} has an unreadable {FORMAT_FILE}",
            hint="put it back from another store: all have the same",
        ) from None
    if found != FORMAT:
        raise CatalogUnusableError(
            f"store file://{root} has format {found!r}, which this version does not know",
            hint="use a newer artifactctl",
        )
    return True


def _first_foreign(folders: Folders) -> str | None:
    """Something that no first start leaves in a folder; None when there is nothing like that."""
    for entry in folders.entries(""):
        if entry.name not in _MAY_BE_THERE or not entry.is_dir(follow_symlinks=False):
            return entry.name
        # What was damaged is put aside before there is a store, a catalog say, and stays.
        for inner in folders.entries(entry.name) if entry.name != "quarantine" else ():
            if entry.name != "tmp" or not is_temporary(inner):
                return f"{entry.name}/{inner.name}"
    return None
