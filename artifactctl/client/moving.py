"""The verbs that touch bytes or records: each in the order that keeps every version whole.

Bytes come before the manifest, the manifest before the row, the row before the record, and the
answer last. What is cut short leaves bytes that nothing refers to, never a row without bytes.
"""

import contextlib
import errno
import os
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, TextIO

from artifactctl import transfer, upkeep
from artifactctl.catalog import changes
from artifactctl.catalog.finding import find_version, newer_with_tag
from artifactctl.catalog.queries import iterate_versions
from artifactctl.catalog.rows import Artifact, NewVersion, Version
from artifactctl.client.exchange import (
    SILENT,
    Description,
    Download,
    DownloadArguments,
    File,
    Progress,
    RegisterArguments,
    Registration,
    Tagging,
)
from artifactctl.client.results import ArtifactVersion
from artifactctl.enums import ArtifactType, DownloadMode
from artifactctl.errors import IntegrityError, NotFoundError, WrongUsageError
from artifactctl.manifest import Entry, Manifest
from artifactctl.metadata import check_metadata
from artifactctl.refs import Ref, check_tag, check_version
from artifactctl.selection import Selection

if TYPE_CHECKING:
    from artifactctl.client import Client


def register(
    client: "Client",
    name: str,
    paths: Sequence[str],
    arguments: RegisterArguments,
    progress: Progress | None,
) -> Registration:
    """Store `paths` as a new version of the artifact `name`."""
    version = arguments.get("version")
    if version is not None:
        version = check_version(str(version))
    asked = arguments.get("type")
    artifact_type = ArtifactType.DATA if asked is None else ArtifactType.parse(asked)
    tags = [check_tag(tag) for tag in arguments.get("tags", ())]
    metadata = check_metadata(arguments.get("metadata", {}))
    latest = _check_free(client, name, version, if_changed=arguments.get("if_changed", False))
    manifest, notes = _take(client, paths, arguments, latest, progress or SILENT)
    digest = client.store.put_manifest(manifest.to_bytes())
    recorded = upkeep.mend_records(client.catalog, client.store)
    new = NewVersion(
        id=str(uuid.uuid4()),
        artifact=name,
        version=version,
        type=artifact_type.value,
        kind=manifest.kind.value,
        digest=manifest.content_digest,
        source_checksum=manifest.source_checksum,
        manifest=digest,
        link=manifest.link,
        size_bytes=manifest.size_bytes,
        file_count=len(manifest.entries),
        tags=tags,
        metadata=metadata,
        if_changed=arguments.get("if_changed", False),
        find_missing=lambda: client.store.missing(manifest.digests),
    )
    version_id, is_new = changes.add_version(client.catalog, new, recorded)
    notes += _write_records(client, [version_id])
    done = client.get_artifact_version(version_id)
    if not is_new:
        notes += _unchanged(done, version, None if asked is None else artifact_type.value)
    return Registration(done, is_new, notes)


def download(
    client: "Client",
    ref: Ref,
    dest: str | None,
    arguments: DownloadArguments,
    progress: Progress | None,
) -> Download:
    """Write the files of a version to `dest`."""
    progress = progress or SILENT
    row = find_version(client.catalog, ref)
    options = transfer.DownloadOptions(
        Selection(tuple(arguments.get("include", ())), tuple(arguments.get("exclude", ()))),
        as_zip=arguments.get("as_zip", False),
        force=arguments.get("force", False),
        mode=DownloadMode(arguments.get("mode", "copy")),
        jobs=arguments.get("jobs", 1),
    )
    plan = transfer.plan(_manifest(client, row), row.artifact, dest, options)
    if plan.target != transfer.STDOUT:
        transfer.check_not_own(plan, _own_paths(client))
    if plan.target == transfer.STDOUT:
        if not arguments.get("dry_run"):
            transfer.write_to(
                _buffer(sys.stdout, "standard output"), plan, client.store, progress.advance
            )
    elif arguments.get("dry_run"):
        transfer.check_target(plan)
    else:
        progress.expect(plan.size_bytes)
        transfer.download(plan, client.store, progress.advance)
    files = tuple(entry.path for entry in plan.entries)
    return Download(client.version_of(row), plan.target, files, plan.size_bytes)


def verify(
    client: "Client", refs: Sequence[Ref], quick: bool, progress: Progress | None
) -> list[upkeep.Problem]:
    """Check the bytes of some versions, or of all of them."""
    with contextlib.suppress(OSError):  # a home that cannot be written can still be verified
        upkeep.mend_records(client.catalog, client.store)
        if not refs and not quick:
            upkeep.write_missing_records(client.catalog, client.store)
    rows = [find_version(client.catalog, ref) for ref in refs]
    versions = rows if refs else iterate_versions(client.catalog)
    return upkeep.verify(versions, client.store, quick=quick, advance=(progress or SILENT).advance)


def describe(client: "Client", ref: Ref) -> Description:
    """A version with its files."""
    row = find_version(client.catalog, ref)
    files = [_file(entry) for entry in _manifest(client, row).entries]
    return Description(client.version_of(row), files)


def tag(
    client: "Client", ref: Ref, add: Sequence[str], remove: Sequence[str], *, exclusive: bool
) -> Tagging:
    """Change the tags of a version, and the records of all that this changed."""
    version = find_version(client.catalog, ref)
    notes: list[str] = []
    if add or remove:
        recorded = upkeep.mend_records(client.catalog, client.store)
        changed = changes.change_version_tags(
            client.catalog, version.seq, add, remove, exclusive=exclusive, recorded=recorded
        )
        notes += _write_records(client, changed)
    for name in add:
        newer = newer_with_tag(client.catalog, version, name)
        if newer is not None:
            notes.append(
                f"{version.artifact}@{name} still means {newer.artifact}:{newer.version}, which is"
                " newer and has the tag too; --exclusive takes it from there"
            )
    return Tagging(client.get_artifact_version(version.id), tuple(notes))


def tag_artifact(
    client: "Client", artifact: Artifact, add: Sequence[str], remove: Sequence[str]
) -> None:
    """Change the tags of an artifact, and its record."""
    recorded = upkeep.mend_records(client.catalog, client.store)
    changed = changes.change_artifact_tags(client.catalog, artifact.seq, add, remove, recorded)
    _write_records(client, changed)


def _unchanged(
    kept: ArtifactVersion, version: str | None, artifact_type: str | None
) -> tuple[str, ...]:
    """What a user should know about a version that was not made."""
    notes = [f"unchanged: {kept.ref} has this content already"]
    if version not in (None, kept.version):
        notes.append(f"version {version!r} was not made")
    if artifact_type not in (None, kept.type):
        notes.append(f"{kept.ref} stays a {kept.type}")
    return tuple(notes)


def _write_records(client: "Client", row_ids: Sequence[str]) -> tuple[str, ...]:
    """Write the records of what is committed already; that they cannot be is only a note."""
    try:
        upkeep.write_records(client.catalog, client.store, row_ids)
    except OSError as error:
        return (f"a record could not be written ({error.strerror}); the next change will",)
    return ()


def _check_free(
    client: "Client", name: str, version: str | None, *, if_changed: bool
) -> Version | None:
    """The latest version, when there is one; refuse a version that exists.

    With `if_changed` the latest version itself may be named again: the same command run twice.
    """
    try:
        latest = find_version(client.catalog, Ref(name))
    except NotFoundError:
        return None
    if latest.artifact != name:  # the name looks like the start of an ID
        return None
    if version is not None and not (if_changed and version == latest.version):
        try:
            find_version(client.catalog, Ref(name, version=version))
        except NotFoundError:
            pass
        else:
            raise changes.exists_already(name, version)
    return latest


def _take(
    client: "Client",
    paths: Sequence[str],
    arguments: RegisterArguments,
    latest: Version | None,
    progress: Progress,
) -> tuple[Manifest, tuple[str, ...]]:
    """The manifest of what is at `paths`, stored or linked, and notes for the user."""
    options = transfer.CollectOptions(
        Selection(tuple(arguments.get("include", ())), tuple(arguments.get("exclude", ()))),
        follow_links=arguments.get("follow_links", False),
        stdin_name=arguments.get("stdin_name", "data"),
        own=_own_paths(client),
    )
    if arguments.get("link"):
        if len(paths) != 1:
            raise WrongUsageError("--link takes one file, folder or URL")
        return transfer.link(paths[0], options, progress.advance), ()
    collected = transfer.collect(paths, options)
    progress.expect(collected.size_bytes)

    def before() -> Manifest | None:
        with contextlib.suppress(IntegrityError):
            return None if latest is None else _manifest(client, latest)
        return None

    stdin = _buffer(sys.stdin, "standard input") if transfer.STDIN in paths else None
    manifest = transfer.upload(
        collected, client.store, before=before, stdin=stdin, advance=progress.advance
    )
    return manifest, collected.notes


def _own_paths(client: "Client") -> tuple[str, str, str]:
    """What neither becomes a part of a version nor is ever written over by one."""
    settings = client.settings
    store = settings.store.value.removeprefix("file://")
    return str(settings.home_path), store, str(settings.catalog_path)


def _buffer(stream: TextIO | None, name: str) -> BinaryIO:
    """The bytes below a standard stream, which may have been closed before we began."""
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), name)
    return stream.buffer


def _manifest(client: "Client", row: Version) -> Manifest:
    return upkeep.manifest_of(row, client.store)


def _file(entry: Entry) -> File:
    moment = datetime.fromtimestamp(entry.mtime_ns / 1e9, UTC)
    return File(
        path=entry.path,
        size_bytes=entry.size_bytes,
        digest=entry.digest,
        source_checksum=entry.source_checksum,
        executable=entry.executable,
        mtime=moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    )
