"""Registering: files become a version, in the order that keeps every version complete.

Bytes come before the manifest, the manifest before the row, the row before the record, and the
answer last. An interrupted registration leaves bytes that nothing refers to, never a row without
bytes.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, TextIO

from artifactctl import transfer
from artifactctl.catalog.reading import finding as reading
from artifactctl.catalog.reading.finding import find_latest
from artifactctl.enums import ArtifactSaveType, VersionKind
from artifactctl.errors import NotFoundError, PathNotFoundError, WrongUsageError
from artifactctl.home import Home
from artifactctl.manifest import Manifest
from artifactctl.results.reports import SILENT, Progress, Registration
from artifactctl.results.versions import ArtifactVersion
from artifactctl.selection import Selection
from artifactctl.url_text import LOCAL
from artifactctl.verbs import finding
from artifactctl.verbs.publishing import (
    Stored,
    Upload,
    latest_manifest,
    publish_one,
    queries_of,
)
from artifactctl.verbs.publishing import VersionSpec as VersionSpec


@dataclass(frozen=True, slots=True)
class Collecting:
    """The options for taking files from paths.

    `include` and `exclude` are patterns (see `Selection`); with `link` the data stays where it is,
    which may be a URL; `stdin_name` is the name of the file made from standard input (`-`).
    `jobs` is how many files are uploaded at the same time. With `rehash` files are read even if
    they have not changed since they were read before.
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    follow_links: bool = False
    link: bool = False
    stdin_name: str = "data"
    jobs: int | None = None
    rehash: bool = False


@dataclass(frozen=True, slots=True)
class NewFiles:
    """A file or folder that becomes a version, with the specification of that version.

    `link` and `rehash` are those of `Collecting`.
    """

    path: str
    spec: VersionSpec
    link: bool = False
    rehash: bool = False


def register(
    home: Home,
    paths: Sequence[str],
    spec: VersionSpec,
    collecting: Collecting,
    progress: Progress | None = None,
) -> Registration:
    """Store `paths` as a new version, as an output of the running step if there is one."""
    save_type = ArtifactSaveType.PREEXISTING if collecting.link else ArtifactSaveType.MANUAL
    spec = replace(spec.checked(), save_type=save_type)

    def put() -> Stored:
        manifest, notes = _take(home, spec.name, paths, collecting, progress or SILENT)
        digest = home.store.put_manifest(manifest.to_store())
        is_same = spec.if_changed and _is_latest(home, spec.name, manifest)
        facts = {} if is_same else _facts_of(manifest, paths)
        return Stored(manifest, digest, metadata=facts, notes=notes)

    with home.foreseen(queries_of(spec.name)):
        check_free(home, spec)
        may_repeat = not are_read_once(paths)
        added, notes = publish_one(home, Upload(spec, put), may_repeat=may_repeat)
        version = finding.version_with_id(home, added.id)
    if not added.is_new:
        notes += _unchanged(version, spec)
    return Registration(version, added.is_new, notes)


def register_in_place(home: Home, path: str, spec: VersionSpec) -> ArtifactVersion:
    """Register the data at `path` as a new version in its place; raises `PathNotFoundError`."""
    try:
        return register(home, [path], spec, Collecting(link=True)).version
    except NotFoundError as error:
        if "://" not in path and not os.path.exists(path):
            raise PathNotFoundError(error.message, hint=error.hint) from None
        raise


def store_files(home: Home, new: NewFiles) -> Stored:
    """Put files and their manifest into the store."""
    collecting = Collecting(link=new.link, rehash=new.rehash)
    manifest, notes = _take(home, new.spec.name, [new.path], collecting, SILENT)
    digest = home.store.put_manifest(manifest.to_store())
    return Stored(manifest, digest, metadata=_facts_of(manifest, [new.path]), notes=notes)


def check_free(home: Home, spec: VersionSpec) -> None:
    """Raise `ConflictError` for a version that exists.

    With `if_changed` the latest version may be named again, as when a command is repeated.
    """
    if spec.version is None:
        return
    latest = find_latest(home.catalog, spec.name) if spec.if_changed else None
    if latest is None or spec.version != latest.version:
        reading.check_free(home.catalog, spec.name, spec.version)


def are_read_once(paths: Sequence[str]) -> bool:
    """Return whether a path can be read only once: standard input, or a pipe."""
    return any(path == transfer.STDIN or transfer.is_pipe(path) for path in paths)


def collect_options(
    home: Home, paths: Sequence[str], collecting: Collecting
) -> transfer.CollectOptions:
    """Return how the files of paths are found; raises `WrongUsageError` for links to several."""
    if collecting.link and len(paths) != 1:
        raise WrongUsageError("--link takes one file, folder or URL")
    return transfer.CollectOptions(
        Selection(tuple(collecting.include), tuple(collecting.exclude)),
        follow_links=collecting.follow_links,
        stdin_name=collecting.stdin_name,
        own=transfer.own_data(*home.own_paths()),
        read_pipes=len(paths) == 1,
    )


def _take(
    home: Home,
    name: str,
    paths: Sequence[str],
    collecting: Collecting,
    progress: Progress,
) -> tuple[Manifest, tuple[str, ...]]:
    """Return the manifest of `paths` after storing or linking them, and notes for the user."""
    options = collect_options(home, paths, collecting)
    if collecting.link:
        # A folder that another program keeps in the store's folder may be linked in place.
        return transfer.link(
            paths[0],
            options,
            progress.advance,
            timeout_s=home.settings.timeout_s,
            known=home.known_files(is_asked=not collecting.rehash),
        )
    options = replace(options, own=(*options.own, *home.own_paths()))
    collected = transfer.collect(paths, options)
    progress.expect(collected.size_bytes)

    stdin = buffer_of(sys.stdin, "standard input") if transfer.STDIN in paths else None
    manifest = transfer.upload(
        collected,
        home.store,
        before=lambda: latest_manifest(home, name),
        stdin=stdin,
        advance=progress.advance,
        jobs=collecting.jobs,
        known=home.known_files(is_asked=not collecting.rehash),
    )
    return manifest, collected.notes


def buffer_of(stream: TextIO | None, name: str) -> BinaryIO:
    """Return a standard stream as bytes; raises `OSError` when it was closed at start-up."""
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), name)
    return stream.buffer


def _facts_of(manifest: Manifest, paths: Sequence[str]) -> dict[str, object]:
    """Return the facts of one local file's format, unless it changed after it was registered."""
    link = manifest.link or LOCAL
    is_local = link.startswith(LOCAL)
    if manifest.kind is not VersionKind.FILE or are_read_once(paths) or not is_local:
        return {}
    # Imported on first use: a folder has no such facts.
    from artifactctl import contents  # noqa: PLC0415

    (entry,) = manifest.entries
    path = os.path.realpath(link.removeprefix(LOCAL) if manifest.link else paths[0])
    facts = contents.facts_of(path, entry.path, entry.size_bytes)
    with contextlib.suppress(OSError):
        now = os.stat(path)
        if (now.st_size, now.st_mtime_ns) == (entry.size_bytes, entry.mtime_ns):
            return facts
    return {}


def _is_latest(home: Home, name: str, manifest: Manifest) -> bool:
    """Return whether the latest version has this content at the same place."""
    latest = find_latest(home.catalog, name)
    content = (manifest.content_digest, manifest.link, None)
    return latest is not None and (latest.digest, latest.link, latest.data_deleted) == content


def _unchanged(kept: ArtifactVersion, spec: VersionSpec) -> tuple[str, ...]:
    """Return notes for the user when no version was made because nothing changed."""
    notes = [f"unchanged: {kept.ref} has this content already"]
    if spec.version not in (None, kept.version):
        notes.append(f"version {spec.version!r} was not made")
    if spec.type not in (None, kept.type):
        notes.append(f"{kept.ref} stays a {kept.type}")
    return tuple(notes)
