"""Objects on a file system of fsspec: SFTP, SMB, WebDAV, memory; and S3 through s3fs on request."""

import errno
import os
import posixpath
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import fsspec

from artifactctl.errors import ArtifactctlError, WrongUsageError
from artifactctl.store.remote import failures
from artifactctl.store.remote.objects import CAPABILITIES, Capabilities, Found, Stream
from artifactctl.store_url import StoreUrl

T = TypeVar("T")

_CHUNK_BYTES = 1 << 20
_TRIES = 3
_PAUSE_S = 0.2
_CONNECT_S = 5.0
_PROTOCOLS = {"gs": "gcs", "az": "abfs"}
_OBJECT_STORES = ("s3", "gs", "az")
# They are the answer, and another try gives the same.
_ANSWERS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)


class FileSystem:
    """The objects below a folder of a file system (see `objects.Objects`)."""

    def __init__(self, url: StoreUrl, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._root = _root_of(url)
        self._lock = threading.Lock()
        self._made: set[str] = set()
        self._connected: Any = None

    @property
    def timeout_s(self) -> float:
        return self._timeout_s

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES[self._url.scheme]

    def head(self, key: str) -> Found | None:
        try:
            info = self._ask(lambda fs: self._call(fs, "info", self._path(key)))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return None if info["type"] == "directory" else _found(key, info)

    def get(self, key: str, most_bytes: int) -> bytes | None:
        found = self.head(key)
        if found is None:
            return None
        if found.size_bytes > most_bytes:
            return bytes(most_bytes + 1)
        try:
            return self._ask(lambda fs: bytes(self._call(fs, "cat_file", self._path(key))))
        except FileNotFoundError:
            return None

    def stream(self, key: str, start: int = 0) -> Stream:
        found = self.head(key)
        if found is None:
            raise FileNotFoundError(key)
        file = self._ask(lambda fs: fs.open(self._path(key), "rb"))
        if start:
            self._ask(lambda _fs: self._on(file, "seek", start), tries=1)
        return Stream(found.size_bytes, self._chunks(file), found.tag)

    def part(self, key: str, start: int, size_bytes: int) -> bytes | None:
        if not self.capabilities.ranges:
            return None
        return self._ask(lambda fs: self._part(fs, self._path(key), start, size_bytes))

    def put(self, key: str, content: bytes) -> None:
        self._in_place(key, lambda fs, path: self._call(fs, "pipe_file", path, content))

    def put_parts(
        self,
        key: str,
        parts: Iterator[bytes | memoryview],
        size_bytes: int = 0,  # noqa: ARG002 (a file is one request)
    ) -> None:
        # The parts can be taken once only, so a failure is not repeated.
        self._in_place(key, lambda fs, path: self._write(fs, path, parts), tries=1)

    def list_below(self, folder: str) -> Iterator[Found]:
        pending = [folder.strip("/")]
        while pending:
            for item in self._ls(current := pending.pop()):
                key = posixpath.join(current, posixpath.basename(item["name"].rstrip("/")))
                if item["type"] == "directory":
                    pending.append(key)
                else:
                    yield _found(key, item)

    def list_top(self) -> Iterator[str]:
        for item in self._ls(""):
            yield posixpath.basename(item["name"].rstrip("/"))

    def delete(self, keys: Sequence[str]) -> None:
        for path in map(self._path, keys):
            with suppress(FileNotFoundError):
                self._ask(partial(self._remove, path))

    def copy(self, key: str, target: str) -> None:
        # Copying within the server is a command in a shell for some, and missing for others.
        self.put_parts(target, self.stream(key).chunks)

    def _in_place(self, key: str, write: Callable[[Any, str], object], tries: int = _TRIES) -> None:
        """Write an object: at its place where that is atomic, else beside it and rename it."""
        target = self._path(key)
        if self.capabilities.atomic_put and tries > 1:
            self._ask(lambda fs: write(fs, target))
            return
        draft = self._path(f"tmp/{os.urandom(8).hex()}-1")
        for folder in (posixpath.dirname(draft), posixpath.dirname(target)):
            self._make_folder(folder)
        try:
            self._ask(lambda fs: write(fs, draft), tries)
            rename = _RENAMES.get(self._url.scheme, _rename)
            self._ask(lambda fs: rename(fs, draft, target))
        except BaseException:
            with suppress(ArtifactctlError, OSError):
                self._ask(partial(self._remove, draft), tries=1)
            raise

    def _part(self, fs: Any, path: str, start: int, size_bytes: int) -> bytes:
        file = fs.open(path, "rb")
        try:
            self._on(file, "seek", start)
            return bytes(self._on(file, "read", size_bytes))
        finally:
            self._on(file, "close")

    def _write(self, fs: Any, path: str, parts: Iterator[bytes | memoryview]) -> None:
        file = fs.open(path, "wb")
        try:
            for part in parts:
                self._on(file, "write", part)
        except BaseException:
            if self.capabilities.atomic_put:
                # Closing it would publish half of it.
                getattr(file, "discard", lambda: None)()
            else:
                with suppress(Exception):  # a draft; a file that is open cannot be removed by SMB
                    self._on(file, "close")
            raise
        self._on(file, "close")

    def _remove(self, path: str, fs: Any) -> None:
        self._call(fs, "rm_file", path)

    def _make_folder(self, folder: str) -> None:
        if folder not in self._made:
            self._ask(lambda fs: fs.makedirs(folder, exist_ok=True))
            self._made.add(folder)

    def _ls(self, folder: str) -> list[dict[str, Any]]:
        try:
            return self._ask(lambda fs: list(self._call(fs, "ls", self._path(folder), detail=True)))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _chunks(self, file: Any) -> Generator[bytes | memoryview, None, None]:
        try:
            while chunk := self._ask(lambda _fs: self._on(file, "read", _CHUNK_BYTES), tries=1):
                yield chunk
        finally:
            with suppress(ArtifactctlError, OSError):
                self._ask(lambda _fs: self._on(file, "close"), tries=1)

    def _path(self, key: str) -> str:
        return posixpath.join(self._root, key).rstrip("/") or "/"

    def _call(self, fs: Any, method: str, *words: Any, **more: Any) -> Any:
        """Call a method; one that runs in fsspec's loop would wait without end otherwise."""
        wait = {"timeout": self._timeout_s} if fs.async_impl else {}
        return getattr(fs, method)(*words, **more, **wait)

    def _on(self, file: Any, method: str, *words: Any) -> Any:
        """The same for a method of an open file, as far as the file system offers it."""
        waits = hasattr(file, "loop") and not hasattr(file, "autocommit")  # of sshfs
        name = "_close" if waits and method == "close" else method
        return getattr(file, name)(*words, **({"timeout": self._timeout_s} if waits else {}))

    def _ask(self, request: Callable[[Any], T], tries: int = _TRIES) -> T:
        """Make a request; after a failure on a new connection, until the time is up."""
        until = time.monotonic() + self._timeout_s
        for left in reversed(range(tries)):
            fs = None
            try:
                fs = self._file_system()
                return request(fs)
            except (ArtifactctlError, *_ANSWERS):
                raise
            except PermissionError:
                raise failures.refused(self._url) from None
            except Exception as error:
                if getattr(error, "errno", None) == errno.ENOENT:  # SMB's has a class of its own
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from None
                self._drop(fs)
                if not left or time.monotonic() >= until:
                    raise failures.unavailable(self._url, error) from None
            time.sleep(_PAUSE_S)
        raise AssertionError("the last try returns or raises")

    def _file_system(self) -> Any:
        with self._lock:
            if self._connected is None:
                self._connected = _connect(self._url, self._timeout_s)
            return self._connected

    def _drop(self, fs: Any) -> None:
        with self._lock:
            if self._connected is fs:
                self._connected = None
                self._made.clear()


def _connect(url: StoreUrl, timeout_s: float) -> Any:
    protocol = _PROTOCOLS.get(url.scheme, url.scheme)
    try:
        made = fsspec.filesystem(
            protocol,
            skip_instance_cache=True,  # that of a broken connection stays broken
            **_ARGUMENTS.get(url.scheme, _of_object_store)(url, timeout_s),
        )
    except ImportError:
        raise WrongUsageError(
            f"store {url} cannot be used: a package is missing",
            hint=f"pip install '{_ENGINES.get(protocol, url.package)}'",
        ) from None
    if made.async_impl:
        # When a connection breaks, what still waits for it fails unseen, and asyncio prints each
        # failure. The one that somebody asked for is raised all the same.
        made.loop.set_exception_handler(lambda _loop, _context: None)
    return made


_ENGINES = {"s3": "s3fs", "gcs": "gcsfs", "abfs": "adlfs"}


def _host_and_port(url: StoreUrl) -> dict[str, Any]:
    host, _, port = url.place.partition(":")
    user = {"username": url.user} if url.user else {}
    password = {"password": url.password} if url.password else {}
    return {"host": host, **({"port": int(port)} if port else {}), **user, **password}


def _of_sftp(url: StoreUrl, timeout_s: float) -> dict[str, Any]:
    key = {"client_keys": [os.path.expanduser(url.options["key"])]} if "key" in url.options else {}
    # sshfs trusts every host unless it is told where the known ones are.
    hosts = os.path.expanduser(url.options.get("known_hosts", "~/.ssh/known_hosts"))
    silence = {"keepalive_interval": timeout_s / 3, "keepalive_count_max": 2}
    wait = {"timeout": timeout_s, "connect_timeout": timeout_s, "login_timeout": timeout_s}
    return {**_host_and_port(url), **key, **wait, **silence, "known_hosts": hosts}


def _of_webdav(url: StoreUrl, timeout_s: float) -> dict[str, Any]:
    auth = {"auth": (url.user, url.password)} if url.user else {}
    return {
        "base_url": url.options.get("endpoint") or f"https://{url.place}",
        "timeout": timeout_s,
        **auth,
    }


def _of_s3(url: StoreUrl, timeout_s: float) -> dict[str, Any]:
    config = {
        "read_timeout": timeout_s,
        "connect_timeout": min(_CONNECT_S, timeout_s),
        "retries": {"max_attempts": 1},  # `_ask` tries again
        # Other servers send the checksum of the whole object with a range of it. All is hashed
        # here anyway.
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    }
    region = {"region_name": url.options["region"]} if "region" in url.options else {}
    profile = {"profile": url.options["profile"]} if "profile" in url.options else {}
    return {
        **_of_object_store(url, timeout_s),
        "config_kwargs": config,
        "client_kwargs": region,
        **profile,
    }


def _of_object_store(url: StoreUrl, _timeout_s: float) -> dict[str, Any]:
    endpoint = url.options.get("endpoint")
    return {"use_listings_cache": False, **({"endpoint_url": endpoint} if endpoint else {})}


_ARGUMENTS: dict[str, Callable[[StoreUrl, float], dict[str, Any]]] = {
    "s3": _of_s3,
    "memory": lambda _url, _timeout_s: {},
    "smb": lambda url, timeout_s: {**_host_and_port(url), "timeout": int(timeout_s) or 1},
    "sftp": _of_sftp,
    "webdav": _of_webdav,
}


def _root_of(url: StoreUrl) -> str:
    is_bucket = url.scheme in (*_OBJECT_STORES, "memory")
    inside = posixpath.join(url.place, url.path) if is_bucket else url.path
    return inside if url.scheme in (*_OBJECT_STORES, "webdav") else f"/{inside}"


def _rename(fs: Any, draft: str, target: str) -> None:
    """Rename a file; another of its name is replaced."""
    try:
        fs.mv(draft, target)
    except FileExistsError:
        fs.rm_file(target)
        fs.mv(draft, target)


def _rename_by_webdav(fs: Any, draft: str, target: str) -> None:
    # fsspec's own copies, and refuses a name that is there.
    fs.client.move(draft, target, overwrite=True)


def _rename_by_smb(fs: Any, draft: str, target: str) -> None:
    import smbclient  # noqa: PLC0415 (the package that fsspec uses for this scheme)

    def there(path: str) -> str:
        return f"//{fs.host}{path}".replace("/", "\\")

    # fsspec's own refuses a name that is there.
    smbclient.replace(there(draft), there(target), port=fs.port or _SMB_PORT)


_SMB_PORT = 445
_RENAMES = {"webdav": _rename_by_webdav, "smb": _rename_by_smb}


def _found(key: str, info: dict[str, Any]) -> Found:
    moment = next((info[name] for name in _TIMES if info.get(name) is not None), None)
    seconds = moment.timestamp() if isinstance(moment, datetime) else float(moment or 0)
    return Found(key, int(info["size"] or 0), seconds, info.get("ETag") or info.get("etag"))


_TIMES = (
    "mtime",
    "LastModified",
    "last_modified",
    "updated",
    "modified",
    "last_write_time",
    "created",
)
