"""SFTP by asyncssh: a request takes as long as it needs, while the server says something.

asyncssh runs in the event loop that fsspec keeps in a thread of its own.
"""

import asyncio
import errno
import os
import posixpath
import stat
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import wait
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import asyncssh
from fsspec.asyn import get_loop

from artifactctl.errors import InvalidInputError
from artifactctl.store.remote import failures
from artifactctl.store.remote.patience import Patience
from artifactctl.store_url import StoreUrl

T = TypeVar("T")

_KNOWN_HOSTS = "~/.ssh/known_hosts"
_NOBODY = b"\n"  # asyncssh takes an empty one for none, and looks elsewhere


class SilentServerError(TimeoutError):
    """The server has said nothing for as long as it may."""


class Sftp:
    """A connection to a server, with the methods of fsspec's file systems that `FileSystem` calls.

    Errors about files are Python's own, others those of asyncssh. Threads may share it.
    """

    async_impl = False  # its methods wait by themselves

    def __init__(self, url: StoreUrl, patience: Patience) -> None:
        self._url = url
        self._patience = patience
        self._pending = 0
        self._arrivals = _Arrivals()
        self._loop = get_loop()
        # When a connection breaks, what still waits for it fails unseen, and asyncio prints each
        # failure. The one that somebody asked for is raised all the same.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        with _errors(url):
            self._connection, self._client = self._result(_connect(url, self._arrivals))
        weakref.finalize(self, _abort, self._loop, self._connection)
        self._loop.call_soon_threadsafe(self._keep_alive)

    def info(self, path: str) -> dict[str, Any]:
        """What is known of a file or folder."""
        return _known(path, self._do(lambda: self._client.stat(path)))

    def ls(self, path: str, *, detail: bool = True) -> list[dict[str, Any]]:  # noqa: ARG002
        """What is known of everything in a folder."""
        found = self._do(lambda: self._client.readdir(path))
        return [
            _known(posixpath.join(path, str(item.filename)), item.attrs)
            for item in found
            if item.filename not in (".", "..")
        ]

    def cat_file(self, path: str) -> bytes:
        """The content of a file."""
        return self._do(lambda: self._read(path))

    def pipe_file(self, path: str, content: bytes) -> None:
        """Write a file, in a folder that exists."""
        self._do(lambda: self._write(path, content))

    def makedirs(self, path: str, *, exist_ok: bool) -> None:
        """Make a folder, and those that it is in."""
        self._do(lambda: self._client.makedirs(path, exist_ok=exist_ok))

    def rm_file(self, path: str) -> None:
        """Remove a file."""
        self._do(lambda: self._client.remove(path))

    def mv(self, path: str, target: str) -> None:
        """Rename a file; raises `FileExistsError` where the server cannot replace another."""
        self._do(lambda: self._rename(path, target))

    def open(self, path: str, mode: str) -> "SftpFile":
        """Open a file."""
        return SftpFile(self._do, self._do(lambda: self._open(path, mode)))

    def _do(self, request: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with _errors(self._url):
            return self._result(self._counted(request))

    def _result(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a request; raises `SilentServerError` when nothing comes for too long."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        begun, patience_s = time.monotonic(), self._patience.seconds
        try:
            while not future.done():
                left_s = max(begun, self._arrivals.last) + patience_s - time.monotonic()
                if left_s <= 0:
                    raise SilentServerError(f"no answer within {patience_s:g} s")
                wait([future], left_s)
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def _counted(self, request: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Make a request without signs of life meanwhile: a stuck server may still give them."""
        self._pending += 1
        self._connection.set_keepalive(0)
        try:
            return await request()
        finally:
            self._pending -= 1
            self._keep_alive()

    def _keep_alive(self) -> None:
        """Between requests, keep the connection open, and notice when it is lost."""
        if not self._pending:
            self._connection.set_keepalive(self._patience.timeout_s / 3, 2)

    async def _open(self, path: str, mode: str) -> asyncssh.SFTPClientFile:
        return await self._client.open(path, mode)

    async def _read(self, path: str) -> bytes:
        async with self._client.open(path, "rb") as file:
            content: Any = await file.read()
            return bytes(content)

    async def _write(self, path: str, content: bytes) -> None:
        async with self._client.open(path, "wb") as file:
            await file.write(content)

    async def _rename(self, path: str, target: str) -> None:
        with suppress(asyncssh.SFTPOpUnsupported):
            await self._client.posix_rename(path, target)
            return
        try:
            await self._client.rename(path, target)
        except asyncssh.SFTPFailure:  # it says no more than that
            if await self._client.exists(target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
            raise


class SftpFile:
    """An open file on a server; `do` makes its requests."""

    def __init__(self, do: Callable[..., Any], file: asyncssh.SFTPClientFile) -> None:
        self._do = do
        self._file = file

    def seek(self, offset: int) -> None:
        """Go to a position, counted from the start."""
        self._do(lambda: self._file.seek(offset))

    def read(self, size: int) -> bytes:
        """Read `size` bytes, fewer at the end only."""
        return bytes(self._do(lambda: self._file.read(size)))

    def write(self, content: bytes | memoryview) -> None:
        """Write all of it."""
        self._do(lambda: self._file.write(bytes(content)))

    def close(self) -> None:
        """Close the file."""
        self._do(self._file.close)


class _Arrivals:
    """When something last arrived over a connection, by `time.monotonic()`."""

    def __init__(self) -> None:
        self.last = 0.0

    def watch(self, connection: asyncssh.SSHClientConnection) -> None:
        """Note from now on what arrives.

        asyncssh tells of packets that it understands, and not of bytes. They reach it by the method
        that asyncio calls on every protocol.
        """
        receive = connection.data_received

        def note(data: bytes, datatype: Any = None) -> None:
            self.last = time.monotonic()
            receive(data, datatype)

        connection.data_received = note  # type: ignore[method-assign]


async def _connect(
    url: StoreUrl, arrivals: _Arrivals
) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
    class Client(asyncssh.SSHClient):
        def connection_made(self, connection: asyncssh.SSHClientConnection) -> None:
            arrivals.watch(connection)

    host, _, port = url.place.partition(":")
    given: dict[str, Any] = {"port": int(port)} if port else {}
    given |= {"username": url.user} if url.user else {}
    given |= {"password": url.password} if url.password else {}
    if "key" in url.options:
        given["client_keys"] = [_readable(url.options["key"])]
    hosts = os.path.expanduser(url.options.get("known_hosts", _KNOWN_HOSTS))
    connection = await asyncssh.connect(
        host,
        client_factory=Client,
        known_hosts=hosts if os.path.exists(hosts) else _NOBODY,
        # The silence of the server is measured here.
        connect_timeout=0,
        login_timeout=0,
        **given,
    )
    try:
        return connection, await connection.start_sftp_client(path_errors="surrogateescape")
    except BaseException:
        connection.abort()
        raise


def _readable(key: str) -> str:
    """The path of a key; asyncssh would raise the error for a file that is not on the server."""
    path = os.path.expanduser(key)
    if not os.access(path, os.R_OK):
        raise InvalidInputError(f"the key {key!r} cannot be read", hint="correct '?key=FILE'")
    return path


def _abort(loop: asyncio.AbstractEventLoop, connection: asyncssh.SSHClientConnection) -> None:
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(connection.abort)


@contextmanager
def _errors(url: StoreUrl) -> Iterator[None]:
    try:
        yield
    except (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied) as error:
        raise PermissionError(errno.EACCES, error.reason) from error
    except asyncssh.HostKeyNotVerifiable as error:
        raise failures.untrusted(url, error) from None
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
    except asyncssh.SFTPFileAlreadyExists as error:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error


def _known(path: str, found: asyncssh.SFTPAttrs) -> dict[str, Any]:
    is_folder = stat.S_ISDIR(found.permissions or 0)
    kind = "directory" if is_folder else "file"
    return {"name": path, "size": found.size, "type": kind, "mtime": found.mtime}
