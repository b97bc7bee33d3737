"""Bytes that stay where a user has them: read like a store's, and checked whenever they are."""

import io
import os
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar, cast

from artifactctl.enums import VersionKind
from artifactctl.errors import (
    ArtifactctlError,
    IntegrityError,
    NotAuthorisedError,
    NotFoundError,
    RemoteUnavailableError,
    WrongUsageError,
)
from artifactctl.manifest import Entry, Manifest
from artifactctl.store.copying import hash_stream
from artifactctl.store.protocol import Advance
from artifactctl.store.sources import open_source

T = TypeVar("T")

LOCAL = "file://"
# Where fsspec's file systems put what the server says of a file's content.
_CHECKSUMS = ("ETag", "etag", "Content-MD5", "md5Hash", "content_md5", "checksum", "sha256")


def open_linked(manifest: Manifest, entry: Entry) -> BinaryIO:
    """Open a linked file, unbuffered; who reads it hashes it.

    Raises `IntegrityError` when it is gone, or when its server has other content by now.
    """
    place = _place(manifest, entry)
    if not place.startswith(LOCAL):
        _check_remote(place, entry)
        return cast("BinaryIO", _RemoteStream(place))
    try:
        return io.FileIO(open_source(os.path.realpath(place.removeprefix(LOCAL))))
    except (FileNotFoundError, NotADirectoryError):
        raise IntegrityError(f"linked file {place} is gone") from None


def check_linked(manifest: Manifest, entry: Entry, *, quick: bool, advance: Advance) -> None:
    """Raise `IntegrityError` unless a linked file is what was recorded; `quick`: by its size."""
    with open_linked(manifest, entry) as stream:
        if entry.digest is None:
            return
        place = _place(manifest, entry)
        if not quick:
            found = hash_stream(stream, advance)
        elif place.startswith(LOCAL):
            found = (entry.digest, os.fstat(stream.fileno()).st_size)
        else:
            found = (entry.digest, ask(place, lambda fs, path: fs.info(path))["size"])
        if found != (entry.digest, entry.size_bytes):
            raise IntegrityError(f"linked file {place} has changed")


class _RemoteStream(io.RawIOBase):
    """A remote file whose every failure is one of artifactctl's errors."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stream = ask(url, lambda fs, path: fs.open(path, "rb"))

    def read(self, size: int = -1, /) -> bytes:
        data: bytes = ask(self._url, lambda _fs, _path: self._stream.read(size))
        return data

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def ask(url: str, question: Callable[[Any, str], T]) -> T:
    """Ask the file system of a URL; whatever it raises becomes one of artifactctl's errors."""
    # fsspec is loaded only when something remote is touched.
    import fsspec  # noqa: PLC0415

    try:
        fs, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
        return question(fs, path)
    except ArtifactctlError:
        raise
    except Exception as error:
        raise _translate(error, url) from error


def checksum_of(info: dict[str, Any]) -> str | None:
    """What the server says of a file's content, or None when it says nothing."""
    for key in _CHECKSUMS:
        if info.get(key):
            return f"{key.lower()}:{info[key]}"
    return None


def _check_remote(url: str, entry: Entry) -> None:
    try:
        info = ask(url, lambda fs, path: fs.info(path))
    except NotFoundError:
        raise IntegrityError(f"linked file {url} is gone") from None
    if entry.source_checksum is None:
        return
    if (checksum_of(info), info.get("size")) != (entry.source_checksum, entry.size_bytes):
        raise IntegrityError(f"linked file {url} has changed")


def _place(manifest: Manifest, entry: Entry) -> str:
    assert manifest.link is not None
    return manifest.link if manifest.kind is VersionKind.FILE else f"{manifest.link}/{entry.path}"


def _translate(error: Exception, url: str) -> ArtifactctlError:
    place = url.partition("?")[0]
    # fsspec's HTTP says "not found" whatever went wrong; what did is behind it.
    cause = error.__cause__ or error
    status = getattr(cause, "status", 404 if cause is error else 0)
    if isinstance(error, FileNotFoundError) and status in (404, 410):
        return NotFoundError(f"{place} does not exist")
    if isinstance(error, ImportError | ValueError):
        return WrongUsageError(f"{place} cannot be read: {error}")
    if isinstance(error, PermissionError) or status in (401, 403):
        return NotAuthorisedError(f"{place} refused access")
    return RemoteUnavailableError(f"{place} is not available", hint="try again later")
