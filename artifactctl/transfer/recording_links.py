"""Recording data in place (`register --link`): nothing is copied."""

import os
from typing import Any
from urllib.parse import unquote

from artifactctl.copying import hash_stream
from artifactctl.enums import VersionKind
from artifactctl.errors import InvalidInputError
from artifactctl.manifest import Entry, Manifest
from artifactctl.selection import Selection
from artifactctl.settings import LOCAL
from artifactctl.store import Advance, no_progress
from artifactctl.store.addresses import check_new_address, is_address, is_local, local_path
from artifactctl.store.links import ask, checksum_of, modified_of
from artifactctl.transfer.collecting import CollectOptions, collect
from artifactctl.transfer.hashing import hash_files


def link(
    target: str,
    options: CollectOptions,
    advance: Advance = no_progress,
    *,
    timeout_s: float = 60.0,
) -> tuple[Manifest, tuple[str, ...]]:
    """Record a file, a folder or a URL in place; return the manifest and notes for the user.

    Local data is hashed. For a remote file the server's checksum is recorded; without one the
    file is read and hashed. A server may be silent for `timeout_s` seconds. Raises `NotFoundError`
    when the target does not exist, and the errors of `check_new_address`.
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
    return hash_files(collected, advance, LOCAL + os.path.abspath(path)), collected.notes


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
