"""The files of a home and its store, which are never registered and never overwritten.

They change with every version, so no version contains them. They are recognised under any name.
"""

import contextlib
import os
from collections.abc import Collection, Iterator

from artifactctl.errors import UnsafeError

CATALOG_ENDS = ("", "-journal", "-wal", "-shm")
_HOME = ("config.yaml", "token", ".gitignore", "locks")
_KNOWN_FILES = "known-files."
_STORE = ("blobs", "manifests", "records", "owners", "quarantine", "tmp", "format.json")


def own_data(home: str, store: str, catalog: str | None = None) -> tuple[str, ...]:
    """Return the paths of a home's own files and folders, whether they exist or not.

    Other programs may have folders of their own beside them, in the home and in the store. A
    catalog on a server has no path.
    """
    stores = [os.path.join(home, "store")] + ([] if "://" in store else [store])
    return (
        *(os.path.join(home, name) for name in _HOME),
        *known_files_of(home),
        *([] if catalog is None else _files_of(catalog)),
        *(os.path.join(folder, name) for folder in dict.fromkeys(stores) for name in _STORE),
    )


def known_files_of(home: str) -> list[str]:
    """The tables of known files in a home: one a user; that of this user need not exist."""
    own = known_files_path(home)
    with contextlib.suppress(OSError):
        found = (name for name in os.listdir(home) if name.startswith(_KNOWN_FILES))
        return sorted({own, *(os.path.join(home, name) for name in found)})
    return [own]


def known_files_path(home: str) -> str:
    """Where this user's table of known files is in a home."""
    return os.path.join(home, f"{_KNOWN_FILES}{os.geteuid()}")


def _files_of(catalog: str) -> list[str]:
    return [*(catalog + end for end in CATALOG_ENDS), *_further_catalogs(catalog)]


def check_not_own_data(path: str | os.PathLike[str], own: Collection[str]) -> None:
    """Raise `UnsafeError` when an output file would overwrite artifactctl's own data.

    `own` are the paths of the home, the store and the catalog. Symbolic links, hard links and bind
    mounts that lead to them are recognised.
    """
    if is_own_data(os.path.realpath(path), own) or _has_other_name(path, own):
        raise UnsafeError(
            f"{os.fspath(path)!r} is among artifactctl's own data", hint="name another file"
        )


def is_own_data(path: str, own: Collection[str]) -> bool:
    """Return whether a path without symbolic links is one of `own`, or is below one of them."""
    for place in map(os.path.realpath, own):
        if path.startswith(place.rstrip("/") + "/"):
            return True
        if path in [place + end for end in CATALOG_ENDS]:
            return True
    # A bind mount gives the same folder a second path.
    known = {found for place in own if (found := _identity(place)) is not None}
    return any(_identity(folder) in known for folder in _upwards(path))


def _has_other_name(path: str | os.PathLike[str], own: Collection[str]) -> bool:
    """Return whether a file is a hard link to a file below the folders of `own`."""
    wanted = _identity(path)
    # Most files have one name, and the search would go through every blob.
    if wanted is None or (os.path.isfile(path) and os.stat(path).st_nlink == 1):
        return False
    pending = [place for place in own if os.path.isdir(place)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.inode() == wanted[1] and _identity(entry.path) == wanted:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
        except OSError:  # it was removed in the meantime, or cannot be read
            continue
    return False


def _identity(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _upwards(path: str) -> Iterator[str]:
    while True:
        yield path
        above = os.path.dirname(path)
        if above == path:
            return
        path = above


def _further_catalogs(catalog: str) -> list[str]:
    """Return files beside the catalog whose names begin with its name, such as old copies."""
    folder, name = os.path.split(catalog)
    try:
        found = sorted(os.listdir(folder))
    except OSError:
        return []
    known = {name + end for end in CATALOG_ENDS}
    return [os.path.join(folder, other) for other in found
            if other.startswith(name) and other not in known]  # fmt: skip
