"""What a remote store needs of a service: whole objects by key; and what each service can do."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

PART_BYTES = 8 << 20
"""The size of the parts of a big upload, and of the biggest object that is put in one request."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a service can do; it is looked up, since trying out shows luck as often as ability.

    `atomic_put`: an object appears whole and durable when its request ends, or not at all. Where
    it does not, a temporary file is written and renamed. `ranges`: reading may start anywhere.
    `atomic_replace`: whoever reads an object that is put again finds the old one or the new one.
    """

    atomic_put: bool
    ranges: bool
    atomic_replace: bool = True


CAPABILITIES = {
    "s3": Capabilities(atomic_put=True, ranges=True),
    "gs": Capabilities(atomic_put=True, ranges=True),
    "az": Capabilities(atomic_put=True, ranges=True),
    "memory": Capabilities(atomic_put=True, ranges=True),
    "sftp": Capabilities(atomic_put=False, ranges=True),
    "smb": Capabilities(atomic_put=False, ranges=True),
    # RFC 4918, 9.9.3: before a file is moved to the name of another, that one is deleted.
    "webdav": Capabilities(atomic_put=False, ranges=False, atomic_replace=False),
}


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it is listed; `mtime_s` counts seconds since 1970, by the server's clock.

    `tag` is its ETag, where there is one: it changes when the object is put again.
    """

    key: str
    size_bytes: int
    mtime_s: float
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """An object that is being read; `size_bytes` is that of all of it, wherever reading starts.

    Whoever does not read to the end closes `chunks`. `tag` is as in `Found`.
    """

    size_bytes: int
    chunks: Generator[bytes | memoryview, None, None]
    tag: str | None = None


class Objects(Protocol):
    """The objects below one prefix of a service, by keys such as `blobs/ab/abcd`.

    Every failure is raised as one of artifactctl's errors: `NotFoundError` when the bucket does
    not exist, `NotAuthorisedError`, or `RemoteUnavailableError` after a bounded number of tries.
    Methods may be called by several threads at once.
    """

    @property
    def timeout_s(self) -> float:
        """The seconds that the service may be silent."""

    @property
    def capabilities(self) -> Capabilities:
        """What the service can do."""

    def head(self, key: str) -> Found | None:
        """What is known of an object; None when there is none."""

    def get(self, key: str, most_bytes: int) -> bytes | None:
        """An object's bytes; None when there is none.

        Of one with more than `most_bytes`, any `most_bytes + 1` bytes.
        """

    def stream(self, key: str, start: int = 0) -> Stream:
        """Read an object from a position; raises `FileNotFoundError` when there is none.

        Without `ranges` the bytes before `start` are read and left out.
        """

    def part(self, key: str, start: int, size_bytes: int) -> bytes | None:
        """Read a part of an object in one request; None where the server sends whole ones only.

        Raises `FileNotFoundError` when there is no object.
        """

    def put(self, key: str, content: bytes) -> None:
        """Put an object of up to `PART_BYTES`; one that is there is replaced."""

    def put_parts(
        self, key: str, parts: Callable[[], Iterator[bytes | memoryview]], size_bytes: int = 0
    ) -> None:
        """Put a big object; when `parts` raises an error, nothing is put.

        `parts` gives them from the first one on; it is called again where a link is slow.
        `size_bytes` is that of all, where it is known: services take so many requests for one.
        """

    def list_below(self, folder: str) -> Iterator[Found]:
        """Every object below a folder, `""` for all."""

    def list_top(self) -> Iterator[str]:
        """The names of files and folders directly below the prefix."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there are fine."""

    def copy(self, key: str, target: str) -> None:
        """Copy an object within the service; raises `FileNotFoundError` when there is none."""
