"""Reading a version's bytes: downloading it, and describing it with its files."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, TextIO

from artifactctl import transfer, upkeep
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.lineage import uses_of
from artifactctl.catalog.rows import Version
from artifactctl.client.wishes import check_arguments
from artifactctl.enums import DownloadMode
from artifactctl.errors import (
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    PathTakenError,
)
from artifactctl.manifest import Entry, Manifest
from artifactctl.own_data import check_not_own_data
from artifactctl.refs import Ref
from artifactctl.results.reports import (
    SILENT,
    Description,
    Download,
    DownloadArguments,
    File,
    Progress,
)
from artifactctl.selection import Selection

if TYPE_CHECKING:
    from artifactctl.client import Client

_VERIFY = "see 'artifactctl verify'"


def download(
    client: "Client",
    ref: Ref,
    dest: str | None,
    arguments: DownloadArguments,
    progress: Progress | None,
) -> Download:
    """Write the files of a version to `dest`."""
    check_arguments(arguments, DownloadArguments)
    progress = progress or SILENT
    row = find_version(client.catalog, ref)
    options = transfer.DownloadOptions(
        Selection(tuple(arguments.get("include", ())), tuple(arguments.get("exclude", ()))),
        as_zip=arguments.get("as_zip", False),
        force=arguments.get("force", False),
        mode=DownloadMode(arguments.get("mode", "copy")),
        jobs=arguments.get("jobs", 1),
    )
    check_data(row)
    plan = transfer.plan_download(manifest_of(client, row), row.artifact, dest, options)
    if plan.target != transfer.STDOUT:
        transfer.check_not_own(plan, own_paths(client))
    if plan.target == transfer.STDOUT:
        if not arguments.get("dry_run"):
            stdout = buffer_of(sys.stdout, "standard output")
            with unless_deleted(client, row):
                transfer.write_to(stdout, plan, client.store, progress.advance)
    elif arguments.get("dry_run"):
        transfer.check_target(plan)
    else:
        progress.expect(plan.size_bytes)
        with unless_deleted(client, row):
            transfer.download(plan, client.store, progress.advance)
    files = tuple(entry.path for entry in plan.entries)
    return Download(client.version_of(row), plan.target, files, plan.size_bytes)


def download_zip(client: "Client", ref: Ref, path: str, *, overwrite: bool) -> Download:
    """Write the files of a version into the zip file `path`."""
    if not path.endswith(".zip"):
        raise InvalidInputError(f"{path!r} does not end in .zip", hint="name a zip file")
    if os.path.isdir(path) or (os.path.lexists(path) and not overwrite):
        kind = "is a folder" if os.path.isdir(path) else "exists already"
        raise PathTakenError(f"{path!r} {kind}", hint="give another path, or overwrite=True")
    arguments: DownloadArguments = {"as_zip": True, "force": overwrite}
    return download(client, ref, path, arguments, None)


def describe(client: "Client", ref: Ref) -> Description:
    """A version with its files."""
    row = find_version(client.catalog, ref)
    is_gone = row.data_deleted is not None and not client.store.has_manifest(row.manifest)
    entries = () if is_gone else manifest_of(client, row).entries
    files = [_file(entry) for entry in entries]
    consumers = [
        {"run": use.run, "step": use.step}
        for use in uses_of(client.catalog, [row.seq])
        if use.direction == "input"
    ]
    return Description(client.version_of(row), files, consumers)


def check_data(row: Version) -> None:
    """Raise `NotFoundError` when the bytes of a version were given up."""
    if row.data_deleted is not None:
        raise NotFoundError(
            f"the data of {row.artifact}:{row.version} was deleted on {row.data_deleted[:10]}",
            hint="only what is known of it was kept",
        )


@contextlib.contextmanager
def unless_deleted(client: "Client", row: Version) -> Iterator[None]:
    """Bytes that are gone because somebody deleted the version meanwhile are no damage."""
    try:
        yield
    except (IntegrityError, InvalidInputError, FileNotFoundError):
        try:
            check_data(find_version(client.catalog, Ref(row.id)))
        except NotFoundError as error:
            raise error from None
        raise


def own_paths(client: "Client") -> tuple[str, str, str]:
    """What neither becomes a part of a version nor is ever written over by one."""
    settings = client.settings
    store = settings.store.value.removeprefix("file://")
    return str(settings.home_path), store, str(settings.catalog_path)


def check_output(client: "Client", path: str | os.PathLike[str]) -> None:
    """Raise `UnsafeError` when a file that is to be written is among artifactctl's own data."""
    check_not_own_data(path, own_paths(client))


def buffer_of(stream: TextIO | None, name: str) -> BinaryIO:
    """The bytes below a standard stream, which may have been closed before we began."""
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), name)
    return stream.buffer


def manifest_of(client: "Client", row: Version) -> Manifest:
    """The manifest of a version; raises `IntegrityError` that names the version."""
    try:
        return upkeep.manifest_of(row, client.store)
    except IntegrityError as error:
        name = f"{row.artifact}:{row.version}"
        raise IntegrityError(f"{name}: {error.message}", hint=error.hint or _VERIFY) from None


def _file(entry: Entry) -> File:
    return File(
        path=entry.path,
        size_bytes=entry.size_bytes,
        digest=entry.digest,
        source_checksum=entry.source_checksum,
        executable=entry.executable,
        mtime=None if entry.mtime_ns is None else _moment(entry.mtime_ns),
    )


def _moment(mtime_ns: int) -> str:
    return datetime.fromtimestamp(mtime_ns / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
