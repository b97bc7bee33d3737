"""Registering: files become a version, in the order that keeps every version whole.

Bytes come before the manifest, the manifest before the row, the row before the record, and the
answer last. What is cut short leaves bytes that nothing refers to, never a row without bytes.
"""

import contextlib
import os
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from artifactctl import context, transfer
from artifactctl.catalog.reading.finding import check_free, find_latest, find_version
from artifactctl.catalog.rows import NewVersion, Version
from artifactctl.catalog.writing.adding import Added, add_version
from artifactctl.client.moving import buffer_of, manifest_of, own_paths
from artifactctl.client.publishing import Stored, Upload, publish
from artifactctl.client.wishes import check_arguments
from artifactctl.enums import ArtifactSaveType, ArtifactType, VersionKind
from artifactctl.errors import IntegrityError, NotFoundError, PathNotFoundError, WrongUsageError
from artifactctl.home.change import Change
from artifactctl.manifest import Manifest
from artifactctl.metadata import plain_metadata
from artifactctl.refs import check_version, parse_ref
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.results.reports import SILENT, Progress, RegisterArguments, Registration
from artifactctl.selection import Selection
from artifactctl.settings import LOCAL
from artifactctl.tags import names_of

if TYPE_CHECKING:
    from artifactctl.client import Client


def register(
    client: "Client",
    name: str,
    paths: Sequence[str],
    arguments: RegisterArguments,
    progress: Progress | None,
) -> Registration:
    """Store `paths` as a new version of the artifact `name`, an output of the step that runs."""
    check_arguments(arguments, RegisterArguments)
    version = arguments.get("version")
    if version is not None:
        version = check_version(str(version))
    asked = arguments.get("type")
    artifact_type = ArtifactType.DATA if asked is None else ArtifactType.parse(asked)
    metadata = plain_metadata(arguments.get("metadata", {}))
    tags = arguments.get("tags", ())
    if_changed = arguments.get("if_changed", False)
    latest = _check_free(client, name, version, if_changed=if_changed)
    asked_inputs = [parse_ref(ref) for ref in arguments.get("inputs", ())]
    inputs = [find_version(client.catalog, ref).id for ref in asked_inputs]

    def put() -> Stored:
        manifest, notes = take_files(client, paths, arguments, latest, progress or SILENT)
        digest = client.store.put_manifest(manifest.to_bytes())
        is_same = if_changed and _is_latest(client, name, manifest)
        facts = {} if is_same else facts_of(manifest, paths)
        return Stored(manifest, digest, artifact_type, facts, notes=notes)

    def new_version(stored: Stored) -> NewVersion:
        manifest = stored.manifest
        return NewVersion(
            id=str(uuid.uuid4()),
            artifact=name,
            version=version,
            type=artifact_type.value,
            kind=manifest.kind.value,
            digest=manifest.content_digest,
            source_checksum=manifest.source_checksum,
            manifest=stored.digest,
            link=manifest.link,
            size_bytes=manifest.size_bytes,
            file_count=len(manifest.entries),
            tags=names_of(tags, exclusive=False),
            exclusive_tags=names_of(tags, exclusive=True),
            metadata={**stored.metadata, **metadata},
            if_changed=if_changed,
            save_type=_save_type(manifest).value,
            has_custom_name=arguments.get("has_custom_name", True),
            inputs=inputs,
        )

    scope = context.step_in(client.settings.home.value)
    step_id = None if scope is None else scope.step_id
    notes: tuple[str, ...] = ()

    def add(change: Change, stored: Sequence[Stored]) -> list[Added]:
        nonlocal notes
        (item,) = stored
        notes = item.notes
        added = add_version(change.transaction, new_version(item), step_id=step_id)
        change.record([added.id, *added.others], added.taken)
        return [added]

    may_repeat = not _are_read_once(paths)
    (added,), change = publish(client.home, [Upload(name, put)], add, may_repeat=may_repeat)
    notes += change.notes
    done = client.find_artifact_version(added.id)
    if not added.is_new:
        notes += _unchanged(done, version, None if asked is None else artifact_type.value)
    return Registration(done, added.is_new, notes)


def register_in_place(
    client: "Client", path: str, name: str, arguments: RegisterArguments
) -> ArtifactVersion:
    """Record what is at `path` as a new version of `name`; raises `PathNotFoundError`."""
    try:
        return register(client, name, [path], {**arguments, "link": True}, None).version
    except NotFoundError as error:
        if "://" not in path and not os.path.exists(path):
            raise PathNotFoundError(error.message, hint=error.hint) from None
        raise


def _are_read_once(paths: Sequence[str]) -> bool:
    """Whether something among the paths is gone once it is read."""
    return any(path == transfer.STDIN or transfer.is_pipe(path) for path in paths)


def take_files(
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
        own=transfer.own_data(*own_paths(client)),
        read_pipes=len(paths) == 1,
    )
    if arguments.get("link"):
        if len(paths) != 1:
            raise WrongUsageError("--link takes one file, folder or URL")
        # Data that a program made beside ours in the store may be linked in place.
        return transfer.link(paths[0], options, progress.advance)
    options = replace(options, own=(*options.own, *own_paths(client)))
    collected = transfer.collect(paths, options)
    progress.expect(collected.size_bytes)

    def before() -> Manifest | None:
        with contextlib.suppress(IntegrityError):
            return None if latest is None else manifest_of(client, latest)
        return None

    stdin = buffer_of(sys.stdin, "standard input") if transfer.STDIN in paths else None
    manifest = transfer.upload(
        collected, client.store, before=before, stdin=stdin, advance=progress.advance
    )
    return manifest, collected.notes


def facts_of(manifest: Manifest, paths: Sequence[str]) -> dict[str, Any]:
    """What the format of one local file tells, as long as it is the file that was registered."""
    link = manifest.link or LOCAL
    if manifest.kind is not VersionKind.FILE or _are_read_once(paths) or link[:7] != LOCAL:
        return {}
    # A folder has no such facts, and should not pay for the code that finds them.
    from artifactctl import contents  # noqa: PLC0415

    (entry,) = manifest.entries
    path = os.path.realpath(link.removeprefix(LOCAL) if manifest.link else paths[0])
    facts = contents.facts_of(path, entry.path, entry.size_bytes)
    with contextlib.suppress(OSError):
        now = os.stat(path)
        if (now.st_size, now.st_mtime_ns) == (entry.size_bytes, entry.mtime_ns):
            return facts
    return {}


def _save_type(manifest: Manifest) -> ArtifactSaveType:
    is_linked = manifest.link is not None
    return ArtifactSaveType.PREEXISTING if is_linked else ArtifactSaveType.MANUAL


def _is_latest(client: "Client", name: str, manifest: Manifest) -> bool:
    """Whether the latest version has this content, and in the same place."""
    latest = find_latest(client.catalog, name)
    content = (manifest.content_digest, manifest.link, None)
    return latest is not None and (latest.digest, latest.link, latest.data_deleted) == content


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


def _check_free(
    client: "Client", name: str, version: str | None, *, if_changed: bool
) -> Version | None:
    """The latest version, when there is one; refuse a version that is used up.

    With `if_changed` the latest version itself may be named again: the same command run twice.
    """
    latest = find_latest(client.catalog, name)
    is_again = if_changed and latest is not None and version == latest.version
    if version is not None and not is_again:
        check_free(client.catalog, name, version)
    return latest
