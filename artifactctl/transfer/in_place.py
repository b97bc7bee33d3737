"""Manifests of data that stays where it is: linked (`register --link`), or hashed by a dry run."""

import os
from typing import Any
from urllib.parse import unquote

from artifactctl.copying import hash_file, hash_stream
from artifactctl.enums import VersionKind
from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.manifest import Entry, Manifest
from artifactctl.selection import Selection
from artifactctl.store import Advance, no_progress
from artifactctl.store.addresses import check_new_address, is_address, is_local, local_path
from artifactctl.store.links import ask, checksum_of, modified_of
from artifactctl.store.unchanged_files import open_source
from artifactctl.transfer.collecting import Collected, CollectOptions, collect
from artifactctl.transfer.known_files import KnownFiles
from artifactctl.transfer.source_files import SourceFile
from artifactctl.url_text import LOCAL


def link(
    target: str,
    options: CollectOptions,
    advance: Advance = no_progress,
    *,
    timeout_s: float = 60.0,
    known: KnownFiles | None = None,
    is_noting: bool = True,
) -> tuple[Manifest, tuple[str, ...]]:
    """Record a file, a folder or a URL in place; return the manifest and notes for the user.

    Local data is hashed. For a remote file the server's checksum is recorded; without one the
    file is read and hashed. A server may be silent for `timeout_s` seconds. `known` and `is_noting`
    are those of `hash_files`. Raises `NotFoundError` when the target does not exist, and the errors
    of `check_new_address`.
    """
    if is_address(target) and not is_local(target):
        url = check_new_address(target)
        return _link_remote(url, timeout_s, options.selection, advance), ()
    path = _path_in(target) if is_local(target) else target
    if not os.path.abspath(path).isprintable():
        raise InvalidInputError(
            f"path {path!r} has characters that cannot be printed",
            hint="rename it, or leave out --link",
        )
    collected = collect([path], options)
    place = LOCAL + os.path.abspath(path)
    manifest = hash_files(collected, advance, place, known=known, is_noting=is_noting)
    return manifest, collected.notes


def hash_files(
    collected: Collected,
    advance: Advance = no_progress,
    link: str | None = None,
    *,
    known: KnownFiles | None = None,
    is_noting: bool = True,
) -> Manifest:
    """Hash files where they are, and return their manifest; `link` is where they are linked.

    Files that are `known` are not read; with `is_noting` the others are noted there. Raises
    `WrongUsageError` for a pipe.
    """
    if known is not None and not known.pays(len(collected.files), collected.size_bytes):
        known = None
    try:
        entries = [_entry(file, advance, known, is_noting) for file in collected.files]
    finally:
        if known is not None and is_noting:
            known.save()
        elif known is not None:
            known.close()
    return Manifest.of(collected.kind, entries, link)


def _entry(file: SourceFile, advance: Advance, known: KnownFiles | None, is_noting: bool) -> Entry:
    source = file.source
    digest = None if known is None or source is None else known.digest_of(source)
    if source is not None and digest is not None:
        advance(source.size_bytes)
        return Entry(file.member, source.size_bytes, digest, source.mtime_ns, file.executable)
    may_note = is_noting and known is not None and source is not None and known.may_note(source)
    entry = _hashed(file, advance)
    if may_note and known is not None and source is not None and entry.digest is not None:
        known.note(source, entry.digest)
    return entry


def _hashed(file: SourceFile, advance: Advance) -> Entry:
    if file.source is None:
        raise WrongUsageError(
            "a pipe or standard input cannot be linked, nor read by a dry run",
            hint="leave out --link or --dry-run",
        )
    descriptor = open_source(file.source.path)
    try:
        digest, size_bytes = hash_file(descriptor, advance)
    finally:
        os.close(descriptor)
    return Entry(file.member, size_bytes, digest, file.source.mtime_ns, file.executable)


def _path_in(url: str) -> str:
    """The path in the URL of a local file, which may be percent-encoded or not."""
    path = local_path(url)
    plain = unquote(path)
    return plain if os.path.lexists(plain) else path


def _link_remote(url: str, timeout_s: float, selection: Selection, advance: Advance) -> Manifest:
    info = ask(url, timeout_s, lambda fs, path: fs.info(path))
    if info["type"] != "directory":
        name = url.rstrip("/").rpartition("/")[2]
        return Manifest.of(
            VersionKind.FILE, [_remote_entry(url, name, timeout_s, info, advance)], url
        )
    url = url.rstrip("/")
    root, files = ask(url, timeout_s, lambda fs, path: (path, fs.find(path, detail=True)))
    root = root.rstrip("/") + "/"
    members = {path.removeprefix(root): details for path, details in files.items()}
    entries = [
        _remote_entry(f"{url}/{member}", member, timeout_s, details, advance)
        for member, details in members.items()
        if selection.selects(member)
    ]
    if not entries:
        raise InvalidInputError(f"no file in {url}", hint="name at least one file")
    return Manifest.of(VersionKind.FOLDER, entries, url)


def _remote_entry(
    url: str, member: str, timeout_s: float, info: dict[str, Any], advance: Advance
) -> Entry:
    checksum = checksum_of(info)
    if checksum is not None and info.get("size") is not None:
        return Entry(member, info["size"], None, modified_of(info), source_checksum=checksum)
    with ask(url, timeout_s, lambda fs, path: fs.open(path, "rb")) as stream:
        digest, size_bytes = ask(url, timeout_s, lambda _fs, _path: hash_stream(stream, advance))
    return Entry(member, size_bytes, digest, modified_of(info))
