"""Which files are artifactctl's own: they change with every version, and are part of none.

No command writes what it puts out over them, whatever name they are given by.
"""

import os
from collections.abc import Collection, Iterator

from artifactctl.errors import UnsafeError

CATALOG_ENDS = ("", "-journal", "-wal", "-shm")
_HOME = ("config.yaml", "token", ".gitignore", "locks")
_STORE = ("blobs", "manifests", "records", "owners", "quarantine", "tmp", "format.json")


def own_data(home: str, store: str, catalog: str) -> tuple[str, ...]:
    """The paths of a home's own files and folders, whether they exist or not.

    A program may have a folder of its own beside them, in the home and in the store.
    """
    stores = [os.path.join(home, "store")] + ([] if "://" in store else [store])
    return (
        *(os.path.join(home, name) for name in _HOME),
        *(catalog + end for end in CATALOG_ENDS),
        *_further_catalogs(catalog),
        *(os.path.join(folder, name) for folder in dict.fromkeys(stores) for name in _STORE),
    )


def check_not_own_data(path: str | os.PathLike[str], own: Collection[str]) -> None:
    """Raise `UnsafeError` when a file that is to be written is among artifactctl's own data.

    `own` are the paths of the home, the store and the catalog. Links are followed, and another
    name of one of their files, or of a folder, is found out.
    """
    if is_own_data(os.path.realpath(path), own) or _has_other_name(path, own):
        raise UnsafeError(
            f"{os.fspath(path)!r} is among artifactctl's own data", hint="name another file"
        )


def is_own_data(path: str, own: Collection[str]) -> bool:
    """Whether a path that leads through no link is one of `own`, or is or would be below one."""
    for place in map(os.path.realpath, own):
        if path.startswith(place.rstrip("/") + "/"):
            return True
        if path in [place + end for end in CATALOG_ENDS]:
            return True
    # A folder may be mounted at a second place.
    known = {found for place in own if (found := _identity(place)) is not None}
    return any(_identity(folder) in known for folder in _upwards(path))


def _has_other_name(path: str | os.PathLike[str], own: Collection[str]) -> bool:
    """Whether a file is, under another name, one of those below the folders of `own`."""
    wanted = _identity(path)
    # A file with one name has no other, and looking for one takes a look at every blob.
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
        except OSError:  # removed meanwhile, or not ours to look at
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
    """What lies beside the catalog under a longer name: copies that an upgrade made, say."""
    folder, name = os.path.split(catalog)
    try:
        found = sorted(os.listdir(folder))
    except OSError:
        return []
    known = {name + end for end in CATALOG_ENDS}
    return [os.path.join(folder, other) for other in found
            if other.startswith(name) and other not in known]  # fmt: skip
