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

from artifactctl.errors import ArtifactctlError, RemoteUnavailableError
from artifactctl.store.remote import failures
from artifactctl.store.remote.connecting import connect, rename, root_of, turn
from artifactctl.store.remote.objects import CAPABILITIES, Capabilities, Found, Stream
from artifactctl.store.remote.patience import Patience
from artifactctl.store_url import StoreUrl

T = TypeVar("T")

_CHUNK_BYTES = 1 << 20
_TRIES = 3
_PAUSE_S = 0.2
# They are the answer, and another try gives the same.
_ANSWERS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)


class FileSystem:
    """The objects below a folder of a file system (see `objects.Objects`)."""

    def __init__(self, url: StoreUrl, timeout_s: float) -> None:
        self._url = url
        self._patience = Patience(timeout_s)
        self._root = root_of(url)
        self._lock = threading.Lock()
        self._made: set[str] = set()
        self._connected: Any = None

    @property
    def timeout_s(self) -> float:
        return self._patience.timeout_s

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
            self._ask(lambda _fs: file.seek(start), tries=1)
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
        parts: Callable[[], Iterator[bytes | memoryview]],
        size_bytes: int = 0,  # noqa: ARG002 (a file is one request)
    ) -> None:
        # A big file takes long, so that a failure is not repeated.
        self._in_place(key, lambda fs, path: self._write(fs, path, parts()), tries=1)

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
        self.put_parts(target, lambda: self.stream(key).chunks)

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
            self._publish(draft, target)
        except BaseException:
            with suppress(ArtifactctlError, OSError):
                self._ask(partial(self._remove, draft), tries=1)
            raise

    def _publish(self, draft: str, target: str) -> None:
        """Rename a draft; where only the answer was lost, that it is renamed is seen."""
        was_asked = False

        def request(fs: Any) -> None:
            nonlocal was_asked
            # Asked again, a server of WebDAV deletes the target before it misses the draft.
            if was_asked and not self._is_there(fs, draft) and self._is_there(fs, target):
                return
            was_asked = True
            rename(self._url, fs, draft, target)

        self._ask(request)

    def _is_there(self, fs: Any, path: str) -> bool:
        try:
            self._call(fs, "info", path)
        except Exception as error:
            if not isinstance(self._failure(error), FileNotFoundError):
                raise
            return False
        return True

    def _part(self, fs: Any, path: str, start: int, size_bytes: int) -> bytes:
        file = fs.open(path, "rb")
        try:
            file.seek(start)
            return bytes(file.read(size_bytes))
        finally:
            file.close()

    def _write(self, fs: Any, path: str, parts: Iterator[bytes | memoryview]) -> None:
        file = fs.open(path, "wb")
        try:
            for part in parts:
                file.write(part)
        except BaseException as error:
            if self.capabilities.atomic_put:
                # Closing it would publish half of it.
                getattr(file, "discard", lambda: None)()
            elif not isinstance(error, TimeoutError):  # or that would wait again
                with suppress(Exception):  # a draft; a file that is open cannot be removed by SMB
                    file.close()
            raise
        file.close()

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
        is_lost = False
        try:
            while chunk := self._ask(lambda _fs: file.read(_CHUNK_BYTES), tries=1):
                yield chunk
        except ArtifactctlError:
            is_lost = True  # with its connection, which nothing asks any more
            raise
        finally:
            if not is_lost:
                with suppress(ArtifactctlError, OSError):
                    self._ask(lambda _fs: file.close(), tries=1)

    def _path(self, key: str) -> str:
        return posixpath.join(self._root, key).rstrip("/") or "/"

    def _call(self, fs: Any, method: str, *words: Any, **more: Any) -> Any:
        """Call a method; one that runs in fsspec's loop would wait without end otherwise."""
        wait = {"timeout": self._patience.seconds} if fs.async_impl else {}
        return getattr(fs, method)(*words, **more, **wait)

    def _ask(self, request: Callable[[Any], T], tries: int = _TRIES) -> T:
        """Make a request; after a failure on a new connection, but not after a silence."""
        begun = time.monotonic()
        for left in reversed(range(tries)):
            fs = None
            try:
                with turn(self._url):
                    fs = self._file_system()
                    answer = request(fs)
            except _ANSWERS:
                self._patience.heard()
                raise
            except ArtifactctlError:
                raise
            except Exception as error:
                failure = self._failure(error)
                if not isinstance(failure, RemoteUnavailableError):
                    raise failure from None
                self._drop(fs)
                is_silent = isinstance(error, TimeoutError) or self._patience.is_over(begun)
                if is_silent:
                    self._patience.was_silent()
                if is_silent or not left:
                    raise failure from None
            else:
                self._patience.heard()
                return answer
            time.sleep(_PAUSE_S)
        raise AssertionError("the last try returns or raises")

    def _failure(self, error: Exception) -> Exception:
        """The error to raise for one of a library."""
        if isinstance(error, PermissionError):
            return failures.refused(self._url)
        if isinstance(error, FileNotFoundError):
            return error
        if getattr(error, "errno", None) == errno.ENOENT:  # SMB's has a class of its own
            return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if failures.is_untrusted(error):
            return failures.untrusted(self._url, error)
        return failures.unavailable(self._url, error)

    def _file_system(self) -> Any:
        with self._lock:
            if self._connected is None:
                self._connected = connect(self._url, self._patience)
            return self._connected

    def _drop(self, fs: Any) -> None:
        with self._lock:
            if self._connected is fs:
                self._connected = None
                self._made.clear()


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
