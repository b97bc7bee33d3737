"""Linked data: bytes that stay where the user has them, checked whenever they are read.

The catalog that names them may be foreign: only regular files and checked URLs are read, and no
more bytes of them than were recorded.
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
from artifactctl.store.addresses import PACKAGES, check_address, is_local, local_path
from artifactctl.store.protocol import Store
from artifactctl.store.unchanged_files import open_source
from artifactctl.url_text import without_secrets

T = TypeVar("T")

# The keys under which fsspec's file systems report a checksum of a file's content.
_CHECKSUMS = ("ETag", "etag", "Content-MD5", "md5Hash", "content_md5", "checksum", "sha256")
# And its time of modification.
_MODIFIED = ("Last-Modified", "LastModified", "last_modified", "updated", "mtime")
# File systems whose files the kernel generates: some never end, some can be read only once.
_OF_THE_KERNEL = ("/proc", "/sys")


def open_linked(manifest: Manifest, entry: Entry, store: Store) -> BinaryIO:
    """Open a linked file, unbuffered; the caller hashes what it reads.

    Raises `IntegrityError` when it is gone, has another size, or its server reports another
    checksum, `RemoteNotAllowedError` when it is remote and `store` does not allow requests, and
    another `UnsafeError` for a path or URL that could reach other data.
    """
    place = _place(manifest, entry)
    if is_local(place):
        return _open_local(place, entry)
    _check_remote(place, entry, store)
    return cast("BinaryIO", _RemoteStream(place, store.timeout_s, entry.size_bytes))


def check_linked(
    manifest: Manifest, entry: Entry, store: Store, *, quick: bool, advance: Advance
) -> None:
    """Raise `IntegrityError` unless a linked file is as recorded; `quick` compares sizes only."""
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
            found = (
                entry.digest,
                ask(place, store.timeout_s, lambda fs, path: fs.info(path))["size"],
            )
        if found != (entry.digest, entry.size_bytes):
            raise _changed(place)


class _Bounded(io.RawIOBase):
    """A stream of which at most one byte more than `size_bytes` can be read."""

    def __init__(self, stream: BinaryIO, size_bytes: int) -> None:
        self._stream = stream
        self._left = size_bytes + 1

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted) if wanted else b""
        self._left -= len(data)
        return data


class _RemoteStream(io.RawIOBase):
    """A remote file; each of its failures is raised as one of artifactctl's errors."""

    def __init__(self, url: str, timeout_s: float, size_bytes: int) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._stream = ask(url, timeout_s, lambda fs, path: fs.open(path, "rb"))
        self._bounded = _Bounded(self._stream, size_bytes)

    def read(self, size: int = -1, /) -> bytes:
        return ask(self._url, self._timeout_s, lambda _fs, _path: self._bounded.read(size))

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def ask(url: str, timeout_s: float, question: Callable[[Any, str], T]) -> T:
    """Call `question` with the file system and path of a URL; errors become artifactctl's own.

    A server may be silent for `timeout_s` seconds.
    """
    url = check_address(url)
    # What speaks to a server is loaded only when something remote is touched.
    from artifactctl.store.remote import linked  # noqa: PLC0415

    if linked.is_known(url):
        files, path = linked.open_linked_files(url, timeout_s)
        try:
            return question(files, path)
        except FileNotFoundError:
            raise NotFoundError(f"{without_secrets(url)} does not exist") from None
    import fsspec  # noqa: PLC0415

    try:
        from aiohttp import ClientTimeout  # noqa: PLC0415 (fsspec's HTTP needs it, too)

        # By itself it gives up a file that takes longer than five minutes.
        silence = ClientTimeout(total=None, connect=timeout_s, sock_read=timeout_s)
        fs, path = fsspec.core.url_to_fs(
            url,
            client_kwargs={"timeout": silence},
            use_listings_cache=False,  # it would hide that a remote file has changed
        )
        return question(fs, path)
    except ArtifactctlError:
        raise
    except Exception as error:
        raise _translate(error, url) from error


def checksum_of(info: dict[str, Any]) -> str | None:
    """The checksum or ETag that the server reports for a file, or None."""
    for key in _CHECKSUMS:
        if info.get(key):
            return f"{key.lower()}:{info[key]}"
    return None


def modified_of(info: dict[str, Any]) -> int | None:
    """When a file was modified, by its server, in nanoseconds; None when it does not tell."""
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
    """A time in the format of HTTP or of ISO 8601."""
    # It loads much of `email`, and only remote data needs it.
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
        raise UnsafeError(
            f"linked file {place} is not read: it is a file of the kernel (as in /proc or /sys)"
        )
    if os.fstat(file.fileno()).st_size != entry.size_bytes:
        file.close()
        raise _changed(place)
    return file


def _is_of_the_kernel(descriptor: int) -> bool:
    # By device, since links and mounts lead there from other paths, too. Where /proc is not mounted
    # (in some containers) its device is that of the root, and says nothing.
    device = os.fstat(descriptor).st_dev
    for folder in _OF_THE_KERNEL:
        with suppress(OSError):
            if os.stat(folder).st_dev == device != os.stat("/").st_dev:
                return True
    return False


def _check_remote(url: str, entry: Entry, store: Store) -> None:
    """Raise an error unless a remote file may be requested, exists, and is unchanged."""
    shown = without_secrets(url)
    try:
        check_address(url)
    except (InvalidInputError, WrongUsageError) as error:
        raise UnsafeError(f"linked URL {shown} is not requested: {error.message}") from None
    if not store.may_ask_remote():
        raise RemoteNotAllowedError(
            f"linked URL {shown} is not requested: this home is not your own",
            hint="add --allow-remote, or see 'artifactctl trust'",
        )
    try:
        info = ask(url, store.timeout_s, lambda fs, path: fs.info(path))
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
    """The error for a failure of fsspec. Its own message is not shown: it may contain secrets."""
    from artifactctl.store.remote import failures  # noqa: PLC0415 (as in `ask`)

    place = without_secrets(url)
    # fsspec's HTTP raises FileNotFoundError for every failure; the real one is its cause.
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
    if failures.is_untrusted(error):
        return RemoteUnavailableError(
            f"{place} cannot be trusted: its certificate is wrong", hint=failures.CERTIFICATE
        )
    return RemoteUnavailableError(f"{place} is not available", hint="try again later")
