"""Versions given to programs that are not ours, as files that they can read."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifactctl import transfer
from artifactctl.catalog.reading.finding import find_version
from artifactctl.client.moving import check_data, manifest_of
from artifactctl.enums import VersionKind
from artifactctl.errors import ConflictError
from artifactctl.refs import Ref

if TYPE_CHECKING:
    from artifactctl.client import Client

_Stamp = tuple[int, int, int]
_GONE: _Stamp = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A version's files: `path` is a file for a version of kind `file`, else a folder."""

    path: str
    stamps: Mapping[str, _Stamp]


def hand_out(client: "Client", version_id: str, folder: str) -> HandedOut:
    """Have a version's files in `folder`, an existing empty one: links, where that is possible.

    Root writes where nobody may, through a link into the store: it gets copies.

    Raises `NotFoundError` when its bytes were given up, `IntegrityError` when they are not what
    was registered.
    """
    row = find_version(client.catalog, Ref(version_id))
    check_data(row)
    manifest = manifest_of(client, row)
    copies = os.geteuid() == 0
    transfer.lay_out(manifest, client.store, folder, copies=copies, in_place=True)
    paths = [f"{folder}/{entry.path}" for entry in manifest.entries]
    for path in paths:
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode) and mode & 0o222:
            os.chmod(path, mode & ~0o222)
    is_file = manifest.kind is VersionKind.FILE
    return HandedOut(paths[0] if is_file else folder, {path: _stamp(path) for path in paths})


def check_untouched(name: str, handed: HandedOut) -> None:
    """Raise `ConflictError` when files that a program was given to read are not what they were.

    What was registered may not be there any more, where they were links.
    """
    for path, stamp in handed.stamps.items():
        if not os.path.lexists(path) or (found := _stamp(path)) == stamp:
            continue
        if found == _GONE:
            raise ConflictError(f"the data of input {name!r} was deleted while it was in use")
        raise ConflictError(
            f"input {name!r} was written to, and inputs are read-only",
            hint="write to a copy; 'artifactctl verify' says whether the store's is whole",
        )


def _stamp(path: str) -> _Stamp:
    try:
        found = os.stat(path)
    except FileNotFoundError:  # linked data that is gone by now
        return _GONE
    return found.st_ino, found.st_size, found.st_mtime_ns
