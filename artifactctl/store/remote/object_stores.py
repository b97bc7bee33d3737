"""Objects on S3, Google Cloud Storage and Azure, through obstore (Rust's `object_store`)."""

import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import repeat
from math import ceil
from typing import TYPE_CHECKING, Any, TypeVar

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from artifactctl.errors import ArtifactctlError, RemoteUnavailableError
from artifactctl.store.remote import failures
from artifactctl.store.remote.clients import make_client
from artifactctl.store.remote.objects import CAPABILITIES, PART_BYTES, Capabilities, Found, Stream
from artifactctl.store.remote.patience import SILENT, Patience
from artifactctl.store.remote.reading_ahead import RANGE_BYTES, Chunks, ReadAhead
from artifactctl.store_url import StoreUrl

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta

T = TypeVar("T")

_CHUNK_BYTES = 1 << 20
_PARTS_AT_ONCE = 4
# The sending of a part counts as silence, so that a slow link gets them one by one. It is the
# smallest size that S3 takes.
_PART_BYTES = 5 << 20
_MOST_PARTS = 9_000  # S3 takes 10,000, and so nothing above 48 GiB in parts of 5 MiB
_RANGES_FROM = 32 << 20  # reading by ranges gives up a connection, and what is on its way there
_PAGE = 1000
_BATCH = {"s3": 1000, "gs": 100, "az": 256}  # what one request deletes
# obstore has no exception classes, codes or causes for these: only its text tells. It has the
# status of a failed listing, and Rust's names of the errors below for a wrong certificate.
_STATUS = re.compile(r"status code: (\d{3})")
_UNTRUSTED = re.compile(r"\bInvalidCertificate\(")


class ObjectStore:
    """The objects below a prefix of a bucket or container (see `objects.Objects`)."""

    def __init__(self, url: StoreUrl, timeout_s: float) -> None:
        self._url = url
        self._prefix = f"{url.path}/" if url.path else ""
        self._has_ranges = True
        self._ahead = ReadAhead()
        self._patience = Patience(timeout_s)
        self._is_slow = False
        self._client = make_client(url, timeout_s)
        self._hasty: Any = None

    @property
    def timeout_s(self) -> float:
        return self._patience.timeout_s

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES[self._url.scheme]

    def head(self, key: str) -> Found | None:
        try:
            return self._found(self._ask(lambda: obstore.head(self._store(), self._prefix + key)))
        except FileNotFoundError:
            return None

    def get(self, key: str, most_bytes: int) -> bytes | None:
        try:
            return self._ask(lambda: self._get(key, most_bytes), tries=2)
        except FileNotFoundError:
            return None

    def stream(self, key: str, start: int = 0) -> Stream:
        if start and self._has_ranges:
            try:
                return self._rest(key, start)
            except RemoteUnavailableError:
                # A server that answers with the whole object; obstore refuses that.
                self._has_ranges = False
        whole = self._whole(key)
        return Stream(whole.size_bytes, _without_head(whole.chunks, start), whole.tag)

    def part(self, key: str, start: int, size_bytes: int) -> bytes | None:
        if not self._has_ranges:
            return None
        path = self._prefix + key
        try:
            return self._ask(
                lambda: bytes(
                    obstore.get_range(self._store(), path, start=start, length=size_bytes)
                )
            )
        except RemoteUnavailableError:
            self._has_ranges = False  # as in `stream`
            return None

    def put(self, key: str, content: bytes) -> None:
        self._put(key, content, use_multipart=False)

    def put_parts(
        self, key: str, parts: Callable[[], Iterator[bytes | memoryview]], size_bytes: int = 0
    ) -> None:
        if not self._is_slow:
            if self._put_parts(key, parts(), size_bytes, _PARTS_AT_ONCE):
                return
            self._is_slow = True
        if not self._put_parts(key, parts(), size_bytes, 1):
            raise failures.too_slow(self._url)

    def _put_parts(
        self, key: str, parts: Iterator[bytes | memoryview], size_bytes: int, at_once: int
    ) -> bool:
        """Put parts; False when that took too long, though the server is there."""
        sent = _Sent(parts)
        try:
            self._put(
                key,
                sent,
                use_multipart=True,
                chunk_size=max(_PART_BYTES, ceil(size_bytes / _MOST_PARTS)),
                max_concurrency=at_once,
            )
        except RemoteUnavailableError:
            is_late = time.monotonic() - sent.last >= SILENT * self.timeout_s
            if is_late:
                self._patience.was_silent()
            # The answer to the last request may be lost: asked again, a server that has put the
            # parts together knows nothing of the upload any more.
            found = self.head(key)
            if found is not None and found.size_bytes == sent.size_bytes:
                return True
            if is_late:
                return False
            raise
        return True

    def list_below(self, folder: str) -> Iterator[Found]:
        prefix = self._prefix + folder
        pages = obstore.list(self._store(), prefix.rstrip("/") or None, chunk_size=_PAGE)
        while (page := self._ask(lambda: next(pages, None))) is not None:
            yield from map(self._found, page)

    def list_top(self) -> Iterator[str]:
        prefix = self._prefix.rstrip("/") or None
        found = self._ask(lambda: obstore.list_with_delimiter(self._store(), prefix))
        for item in found["objects"]:
            yield item["path"].removeprefix(self._prefix)
        for name in found["common_prefixes"]:
            yield name.rstrip("/").removeprefix(self._prefix)

    def delete(self, keys: Sequence[str]) -> None:
        size = _BATCH[self._url.scheme]
        for start in range(0, len(keys), size):
            some = [self._prefix + key for key in keys[start : start + size]]
            try:
                self._ask(partial(obstore.delete, self._store(), some))
            except FileNotFoundError:  # Azure and Google tell of one that is gone
                for key in some:
                    self._delete_one(key)

    def copy(self, key: str, target: str) -> None:
        self._ask(lambda: obstore.copy(self._store(), self._prefix + key, self._prefix + target))

    def _delete_one(self, path: str) -> None:
        try:
            self._ask(partial(obstore.delete, self._store(), path))
        except FileNotFoundError:
            return

    def _get(self, key: str, most_bytes: int) -> bytes:
        found = obstore.get(self._store(), self._prefix + key)
        if found.meta["size"] <= min(most_bytes, PART_BYTES):
            return found.bytes().to_bytes()
        content = bytearray()
        for chunk in found.stream(_CHUNK_BYTES):
            content += chunk
            if len(content) > most_bytes:
                break
        return bytes(content[: most_bytes + 1])

    def _whole(self, key: str) -> Stream:
        found = self._ask(lambda: obstore.get(self._store(), self._prefix + key))
        size, tag = found.meta["size"], _quoted(found.meta["e_tag"])
        if size <= _CHUNK_BYTES:
            return Stream(size, self._chunks(iter([found.bytes])), tag)
        if size <= PART_BYTES:
            return Stream(size, self._chunks(_calls(found.stream(_CHUNK_BYTES))), tag)
        return Stream(size, self._big(key, found), tag)

    def _big(self, key: str, found: "GetResult") -> Chunks:
        """The bytes of a big object, all of which has been asked for.

        That answer is given up once the server has answered for a range.
        """
        meta = found.meta
        whole = self._chunks(_calls(found.stream(RANGE_BYTES)))
        del found  # the connection ends with it
        if self._has_ranges and meta["size"] >= _RANGES_FROM:
            first = next(whole, b"")
            if not first:
                return  # cut: whoever reads asks again
            yield first
            second = self._second(key, meta, len(first))
            if second is not None:
                del whole
                yield second
                yield from self._in_ranges(key, meta, len(first) + len(second))
                return
        yield from self._ahead.in_turn(whole)

    def _rest(self, key: str, start: int) -> Stream:
        options: Any = {"range": (start, start + RANGE_BYTES)}
        found = self._ask(lambda: obstore.get(self._store(), self._prefix + key, options=options))
        first = memoryview(self._ask(found.bytes))

        def chunks() -> Chunks:
            yield first
            yield from self._in_ranges(key, found.meta, start + len(first))

        return Stream(found.meta["size"], chunks(), _quoted(found.meta["e_tag"]))

    def _in_ranges(self, key: str, meta: "ObjectMeta", start: int) -> Chunks:
        read = partial(self._range, key, meta["e_tag"])
        return self._ahead.in_ranges(read, start, meta["size"])

    def _second(self, key: str, meta: "ObjectMeta", start: int) -> memoryview | None:
        """The first chunk that is asked for by its range; None from servers that know no ranges."""
        began = time.monotonic()
        try:
            return self._range(key, meta["e_tag"], start, start + RANGE_BYTES)
        except RemoteUnavailableError:
            if self._patience.is_over(began):
                raise
            self._has_ranges = False
            return None

    def _range(self, key: str, tag: str | None, start: int, end: int) -> memoryview:
        options: Any = {"range": (start, end), **({"if_match": tag} if tag else {})}
        return self._ask(
            lambda: memoryview(
                obstore.get(self._store(), self._prefix + key, options=options).bytes()
            )
        )

    def _chunks(self, calls: Iterator[Callable[[], Any]]) -> Generator[memoryview, None, None]:
        for call in calls:
            try:
                yield memoryview(self._ask(call))
            except StopIteration:
                return

    def _put(self, key: str, content: Any, **options: Any) -> None:
        try:
            self._ask(lambda: obstore.put(self._store(), self._prefix + key, content, **options))
        except FileNotFoundError as error:  # of the bucket, or of an upload in parts
            next(self.list_top(), None)
            raise failures.unavailable(self._url, error) from None

    def _store(self) -> Any:
        """The client to ask with; right after a silence it is one that gives up soon."""
        if self._patience.is_full:
            return self._client
        if self._hasty is None:
            self._hasty = make_client(self._url, self._patience.short_s)
        return self._hasty

    def _ask(self, request: Callable[[], T], tries: int = 1) -> T:
        """Make a request; obstore repeats one that failed, but not the reading of an answer."""
        # After a silence, nothing is tried again: each try would wait as long.
        began = time.monotonic()
        for left in reversed(range(tries)):
            try:
                answer = request()
            except FileNotFoundError:
                self._patience.heard()
                raise
            except BaseError as error:
                is_refused = isinstance(error, (PermissionDeniedError, UnauthenticatedError))
                is_silent = not is_refused and self._patience.is_over(began)
                if is_silent:
                    self._patience.was_silent()
                if not left or is_refused or is_silent:
                    raise self._translated(error) from None
            else:
                self._patience.heard()
                return answer
        raise AssertionError("the last try returns or raises")

    def _translated(self, error: BaseError) -> ArtifactctlError:
        if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
            return failures.refused(self._url)
        if _UNTRUSTED.search(str(error)):
            return failures.untrusted(self._url, error)
        status = _STATUS.search(str(error))
        return failures.by_status(self._url, int(status[1]) if status else 0, error)

    def _found(self, meta: "ObjectMeta") -> Found:
        key = meta["path"].removeprefix(self._prefix)
        return Found(key, meta["size"], _seconds(meta["last_modified"]), _quoted(meta["e_tag"]))


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def _calls(chunks: Iterable[T]) -> Iterator[Callable[[], T]]:
    """Calls that give one chunk each, the last one raising `StopIteration`."""
    reading = iter(chunks)
    return repeat(lambda: next(reading))


class _Sent:
    """Parts, with the size of those that were taken, and when the last one was."""

    def __init__(self, parts: Iterator[bytes | memoryview]) -> None:
        self._parts = parts
        self.size_bytes = 0
        self.last = time.monotonic()

    def __iter__(self) -> Iterator[bytes | memoryview]:
        for part in self._parts:
            self.size_bytes += len(part)
            self.last = time.monotonic()
            yield part


def _quoted(tag: str | None) -> str | None:
    """An ETag in quotes, which some servers leave out in listings."""
    return tag if tag is None or tag.endswith('"') else f'"{tag}"'


def _without_head(chunks: Chunks, count: int) -> Chunks:
    """Leave out the first `count` bytes."""
    for chunk in chunks:
        left = chunk[count:]
        count -= len(chunk) - len(left)
        if left:
            yield left
