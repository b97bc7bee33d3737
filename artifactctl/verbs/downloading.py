"""Writing a version's files: as a download, or as the input of a command."""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from artifactctl import transfer
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.rows import Version
from artifactctl.enums import VersionKind
from artifactctl.errors import (
    ConflictError,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    PathTakenError,
)
from artifactctl.home import Home
from artifactctl.refs import Ref
from artifactctl.results.reports import SILENT, Download, Progress
from artifactctl.results.versions import ArtifactVersion
from artifactctl.selection import Selection
from artifactctl.transfer import DownloadOptions as DownloadOptions
from artifactctl.verbs.registering import buffer_of

_Stamp = tuple[int, int, int]
_GONE: _Stamp = (0, 0, 0)


def download(
    home: Home,
    ref: Ref,
    dest: str | None,
    options: DownloadOptions,
    progress: Progress | None = None,
    *,
    dry_run: bool = False,
) -> Download:
    """Write the files of a version to `dest`; with `dry_run` only return what would be written."""
    progress = progress or SILENT
    row = find_version(home.catalog, ref)
    check_data(row)
    plan = transfer.plan_download(home.manifest_of(row), row.artifact, dest, options)
    if plan.target != transfer.STDOUT:
        transfer.check_not_own(plan, home.own_paths())
    if plan.target == transfer.STDOUT:
        if not dry_run:
            stdout = buffer_of(sys.stdout, "standard output")
            with unless_deleted(home, row):
                transfer.write_to(stdout, plan, home.store, progress.advance)
    elif dry_run:
        transfer.check_target(plan)
    else:
        progress.expect(plan.size_bytes)
        with unless_deleted(home, row):
            transfer.download(plan, home.store, progress.advance)
    files = tuple(entry.path for entry in plan.entries)
    version = ArtifactVersion.of(row, home.origin)
    return Download(version, plan.target, files, plan.size_bytes)


def download_zip(home: Home, ref: Ref, path: str, *, overwrite: bool) -> Download:
    """Write the files of a version into the zip file `path`."""
    if not path.endswith(".zip"):
        raise InvalidInputError(f"{path!r} does not end in .zip", hint="name a zip file")
    if os.path.isdir(path) or (os.path.lexists(path) and not overwrite):
        kind = "is a folder" if os.path.isdir(path) else "exists already"
        raise PathTakenError(f"{path!r} {kind}", hint="give another path, or overwrite=True")
    return download(home, ref, path, DownloadOptions(Selection(), as_zip=True, force=overwrite))


def check_data(row: Version) -> None:
    """Raise `NotFoundError` when the bytes of a version were deleted."""
    if row.data_deleted is not None:
        raise NotFoundError(
            f"the data of {row.artifact}:{row.version} was deleted on {row.data_deleted[:10]}",
            hint="only what is known of it was kept",
        )


@contextlib.contextmanager
def unless_deleted(home: Home, row: Version) -> Iterator[None]:
    """Raise `NotFoundError` when the block fails because the version was deleted in the meantime.

    Any other error of the block is raised unchanged.
    """
    try:
        yield
    except (IntegrityError, InvalidInputError, FileNotFoundError):
        try:
            check_data(find_version(home.catalog, Ref(row.id)))
        except NotFoundError as error:
            raise error from None
        raise


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A version's files on disk; `path` is the file for a version of kind `file`, else the folder.

    `stamps` identify each file, to detect changes.
    """

    path: str
    stamps: Mapping[str, _Stamp]


def hand_out(home: Home, version_id: str, folder: str) -> HandedOut:
    """Write a version's files into `folder`, an existing empty one, for a command to read.

    They are links into the store where that is possible. Root gets copies, because it could write
    through a link into the store. Raises `NotFoundError` when the bytes were deleted,
    `IntegrityError` when they differ from what was registered.
    """
    row = find_version(home.catalog, Ref(version_id))
    check_data(row)
    manifest = home.manifest_of(row)
    copies = os.geteuid() == 0
    transfer.lay_out(manifest, home.store, folder, copies=copies, in_place=True)
    paths = [f"{folder}/{entry.path}" for entry in manifest.entries]
    for path in paths:
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode) and mode & 0o222:
            os.chmod(path, mode & ~0o222)
    is_file = manifest.kind is VersionKind.FILE
    return HandedOut(paths[0] if is_file else folder, {path: _stamp(path) for path in paths})


def check_untouched(name: str, handed: HandedOut) -> None:
    """Raise `ConflictError` when a command has changed its input files.

    A link without a target is accepted: the version's bytes were deleted in the meantime.
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
    except FileNotFoundError:  # linked data that was removed
        return _GONE
    return found.st_ino, found.st_size, found.st_mtime_ns
