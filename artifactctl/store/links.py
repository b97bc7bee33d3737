"""Bytes that stay where a user has them: read like a store's, and checked whenever they are.

What says where they are may have come from somebody else: nothing but regular files and sound
addresses are read, and no more of them than was recorded.
"""

import io
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO, TypeVar, cast

from artifactctl.copying import Advance, hash_stream
from artifactctl.enums import VersionKind
from artifactctl.errors import (
    ArtifactctlError,
    IntegrityError,
    InvalidInputError,
    NotAuthorisedError,
    NotFoundError,
    RemoteNotAllowedError,
    RemoteUnavailableError,
    UnsafeError,
    WrongUsageError,
)
from artifactctl.manifest import Entry, Manifest
from artifactctl.settings import without_secrets
from artifactctl.store.addresses import PACKAGES, check_address, is_local, local_path
from artifactctl.store.protocol import Store
from artifactctl.store.sources import open_source

T = TypeVar("T")

# Where fsspec's file systems put what the server says of a file's content.
_CHECKSUMS = ("ETag", "etag", "Content-MD5", "md5Hash", "content_md5", "checksum", "sha256")
# And where they put when it was changed.
_MODIFIED = ("Last-Modified", "LastModified", "last_modified", "updated", "mtime")
# The kernel makes up their files: some never end, some are there for whoever reads them first.
_OF_THE_KERNEL = ("/proc", "/sys")


def open_linked(manifest: Manifest, entry: Entry, store: Store) -> BinaryIO:
    """Open a linked file, unbuffered; who reads it hashes it.

    Raises `IntegrityError` when it is gone, of another size, or other content for its server,
    `RemoteNotAllowedError` when it is remote and `store` says that remotes are not to be asked,
    and another `UnsafeError` for what could reach elsewhere.
    """
    place = _place(manifest, entry)
    if is_local(place):
        return _open_local(place, entry)
    _check_remote(place, entry, store)
    return cast("BinaryIO", _RemoteStream(place, entry.size_bytes))


def check_linked(
    manifest: Manifest, entry: Entry, store: Store, *, quick: bool, advance: Advance
) -> None:
    """Raise `IntegrityError` unless a linked file is what was recorded; `quick`: by its size."""
    with open_linked(manifest, entry, store) as stream:
        if entry.digest is None:
            return
        place = _place(manifest, entry)
        if not quick:
            bounded = cast("BinaryIO", _Bounded(stream, entry.size_bytes))
            found = hash_stream(bounded, advance)
        elif is_local(place):
            return
        else:
            found = (entry.digest, ask(place, lambda fs, path: fs.info(path))["size"])
        if found != (entry.digest, entry.size_bytes):
            raise _changed(place)


class _Bounded(io.RawIOBase):
    """Another stream, of which one byte more than `size_bytes` can be read at most."""

    def __init__(self, stream: BinaryIO, size_bytes: int) -> None:
        self._stream = stream
        self._left = size_bytes + 1

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted) if wanted else b""
        self._left -= len(data)
        return data


class _RemoteStream(io.RawIOBase):
    """A remote file whose every failure is one of artifactctl's errors."""

    def __init__(self, url: str, size_bytes: int) -> None:
        self._url = url
        self._stream = ask(url, lambda fs, path: fs.open(path, "rb"))
        self._bounded = _Bounded(self._stream, size_bytes)

    def read(self, size: int = -1, /) -> bytes:
        return ask(self._url, lambda _fs, _path: self._bounded.read(size))

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def ask(url: str, question: Callable[[Any, str], T]) -> T:
    """Ask the file system of a URL; whatever it raises becomes one of artifactctl's errors."""
    url = check_address(url)
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


def modified_of(info: dict[str, Any]) -> int | None:
    """When the server says that a file was changed, in nanoseconds; None when it does not say."""
    for key in _MODIFIED:
        said = info.get(key)
        with suppress(ValueError, TypeError, OverflowError):
            if isinstance(said, str):
                said = _moment(said)
            if isinstance(said, datetime):
                said = (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()
            if isinstance(said, (int, float)) and not isinstance(said, bool):
                return int(said * 10**9)
    return None


def _moment(text: str) -> datetime:
    """A time as HTTP or as ISO writes it."""
    # A page of mail's own modules, for one header of a remote.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return datetime.fromisoformat(text)


def _open_local(place: str, entry: Entry) -> BinaryIO:
    try:
        path = os.path.realpath(local_path(place))
    except InvalidInputError as error:
        raise UnsafeError(f"linked file {place!r} is not read: {error.message}") from None
    try:
        file = io.FileIO(open_source(path))
    except (FileNotFoundError, NotADirectoryError):
        raise IntegrityError(f"linked file {place} is gone") from None
    if _is_of_the_kernel(file.fileno()):
        file.close()
        raise UnsafeError(f"linked file {place} is not read: it is the system's own")
    if os.fstat(file.fileno()).st_size != entry.size_bytes:
        file.close()
        raise _changed(place)
    return file


def _is_of_the_kernel(descriptor: int) -> bool:
    device = os.fstat(descriptor).st_dev
    for folder in _OF_THE_KERNEL:
        with suppress(OSError):
            if os.stat(folder).st_dev == device != os.stat("/").st_dev:
                return True
    return False


def _check_remote(url: str, entry: Entry, store: Store) -> None:
    """Raise an error unless a remote file may be asked for, is there, and what it was."""
    shown = without_secrets(url)
    try:
        check_address(url)
    except (InvalidInputError, WrongUsageError) as error:
        raise UnsafeError(f"linked address {shown} is not asked: {error.message}") from None
    if not store.may_ask_remote():
        raise RemoteNotAllowedError(
            f"linked address {shown} is not asked: this home may be somebody else's",
            hint="add --allow-remote",
        )
    try:
        info = ask(url, lambda fs, path: fs.info(path))
    except NotFoundError:
        raise IntegrityError(f"linked file {shown} is gone") from None
    if entry.source_checksum is None:
        return
    if (checksum_of(info), info.get("size")) != (entry.source_checksum, entry.size_bytes):
        raise _changed(url)


def _changed(place: str) -> IntegrityError:
    return IntegrityError(f"linked file {without_secrets(place)} has changed")


def _place(manifest: Manifest, entry: Entry) -> str:
    assert manifest.link is not None
    return manifest.link if manifest.kind is VersionKind.FILE else f"{manifest.link}/{entry.path}"


def _translate(error: Exception, url: str) -> ArtifactctlError:
    """The error that says what happened. A library's own words are not shown: they may say all."""
    place = without_secrets(url)
    # fsspec's HTTP says "not found" whatever went wrong; what did is behind it.
    cause = error.__cause__ or error
    status = getattr(cause, "status", 404 if cause is error else 0)
    if isinstance(error, FileNotFoundError) and status in (404, 410):
        return NotFoundError(f"{place} does not exist")
    if isinstance(error, ImportError):
        package = PACKAGES[url.partition("://")[0]]
        return WrongUsageError(
            f"{place} cannot be read: a package is missing", hint=f"pip install '{package}'"
        )
    if isinstance(error, ValueError):
        return WrongUsageError(f"{place} cannot be read", hint="check the spelling")
    if isinstance(error, PermissionError) or status in (401, 403):
        return NotAuthorisedError(f"{place} refused access")
    return RemoteUnavailableError(f"{place} is not available", hint="try again later")
