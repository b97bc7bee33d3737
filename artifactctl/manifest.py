"""What one artifact version consists of: its files, their digests, and how that is written down.

A manifest is stored as canonical JSON under its own digest; the version's *content digest*
covers path, size and digest of every file and nothing else, so that neither `touch` nor `chmod`
makes different content.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from artifactctl.digests import digest_of_parts, is_digest
from artifactctl.enums import VersionKind
from artifactctl.errors import IntegrityError, UnsafeError
from artifactctl.json_text import canonical_json

FORMAT = 1
# File times that Python, zip and file systems can all represent: to the end of the year 9999.
_FIRST_NS = -(1 << 63) + 1
_LAST_NS = 253_402_300_799 * 10**9

_AT_A_TIME = 1000  # entries per piece of JSON, so that memory stays flat

_SHORT = 255 // 4  # characters that fit into a file name whatever they are

# Parts of dots and spaces only: Windows drops trailing ones, so that ".. " becomes "..".
_NO_NAME = re.compile(r"(^|/)[. ]*(/|$)")
_RESERVED = re.compile(
    r"(^|/)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\xb9\xb2\xb3])([. ][^/]*)?(/|$)"
    r"|[. ](/|$)|[<>:\"|?*]",
    re.IGNORECASE,
)
# Control characters, bidirectional marks (a terminal shows the path in another order), surrogates.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a version.

    `path` is relative, with `/`; `mtime_ns` counts nanoseconds since 1970, or is None where the
    server of linked data does not tell it; `digest` is None for linked remote data that is
    identified by its server's `source_checksum` instead.
    """

    path: str
    size_bytes: int
    digest: str | None
    mtime_ns: int | None
    executable: bool = False
    source_checksum: str | None = None

    def as_json(self) -> dict[str, object]:
        """The entry as manifests keep it."""
        value = {
            "path": self.path,
            "size": self.size_bytes,
            "digest": self.digest,
            "mtime": _within(self.mtime_ns),
            "executable": self.executable,
        }
        if self.source_checksum is not None:
            value["source_checksum"] = self.source_checksum
        return value


@dataclass(frozen=True)
class Manifest:
    """A version's files in the order of their paths, and the place of linked ones."""

    kind: VersionKind
    entries: tuple[Entry, ...]
    link: str | None = None

    @classmethod
    def of(cls, kind: VersionKind, entries: Iterable[Entry], link: str | None = None) -> "Manifest":
        """Make one of `entries`, checked and sorted; raises `UnsafeError` for an unsafe path."""
        ordered = tuple(sorted(entries, key=lambda entry: entry.path))
        for entry in ordered:
            check_member_path(entry.path)
        _check_tree(ordered)
        return cls(kind, ordered, link)

    @cached_property
    def size_bytes(self) -> int:
        """The sum of all files' sizes."""
        return sum(entry.size_bytes for entry in self.entries)

    @cached_property
    def content_digest(self) -> str | None:
        """The digest that two versions with equal files share; None when a file has no digest."""
        if any(entry.digest is None for entry in self.entries):
            return None
        return digest_of_parts(
            _json_parts(self.entries, lambda entry: [entry.path, entry.size_bytes, entry.digest])
        )

    @cached_property
    def source_checksum(self) -> str | None:
        """For linked remote data without digests: the server's checksum, or one over several."""
        if self.content_digest is not None:
            return None
        if len(self.entries) == 1:
            return self.entries[0].source_checksum
        return digest_of_parts(
            _json_parts(self.entries, lambda entry: [entry.path, entry.source_checksum])
        )

    @cached_property
    def digests(self) -> frozenset[str]:
        """The blobs that the store must hold for this version: none for linked data."""
        if self.link is not None:
            return frozenset()
        return frozenset(entry.digest for entry in self.entries if entry.digest is not None)

    def to_bytes(self) -> bytes:
        """Canonical JSON; `from_bytes` reads it."""
        value: dict[str, Any] = {"format": FORMAT, "kind": self.kind.value}
        if self.link is not None:
            value["link"] = self.link
        # `files` is the first of the sorted keys.
        files = _json_parts(self.entries, Entry.as_json)
        return b"".join((b'{"files":', *files, b",", canonical_json(value)[1:]))

    @classmethod
    def from_bytes(cls, content: bytes) -> "Manifest":
        """Read a stored manifest and check it again.

        Raises `IntegrityError` when it is none, and `UnsafeError` when a path leaves the tree.
        """
        try:
            value = json.loads(content)
            if value["format"] != FORMAT:
                raise IntegrityError(f"manifest has format {value['format']!r}, not {FORMAT}")
            kind, link = VersionKind(value["kind"]), value.get("link")
            entries = [_read_entry(item, link) for item in value["files"]]
            if not (link is None or isinstance(link, str)) or not _fits(kind, entries):
                raise ValueError
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
            raise IntegrityError("manifest is not valid") from None
        except RecursionError:
            raise IntegrityError("manifest is nested too deep") from None
        return cls.of(kind, entries, link)


def damaged(entry: Entry) -> IntegrityError:
    """The error for a file whose bytes are not what its entry says."""
    return IntegrityError(
        f"{entry.path!r} is damaged: its bytes are not those of {entry.digest}",
        hint="see 'artifactctl verify'",
    )


def check_member_path(path: str) -> str:
    """Return `path`, or raise `UnsafeError` when it could reach outside of a folder.

    A backslash, which separates folders on Windows, is refused on every system. Names that are
    reserved on Windows only (`is_reserved_on_windows`) are allowed.
    """
    parts = path.split("/")
    problem = None
    if _NO_NAME.search(path):
        problem = "has a part that is empty or consists of dots and spaces"
    elif "\\" in path:
        problem = "contains a backslash"
    elif _UNSHOWABLE.search(path):
        problem = "contains control characters or is not valid Unicode"
    elif len(path) > _SHORT and _is_too_long(path, parts):
        problem = "is too long"
    if problem is not None:
        raise UnsafeError(f"path {path!r} {problem}", hint="rename it, or leave it out")
    return path


def is_reserved_on_windows(path: str) -> bool:
    """Whether Windows cannot have a file of that name: a device, or a character it reserves."""
    return _RESERVED.search(path) is not None


def _is_too_long(path: str, parts: list[str]) -> bool:
    return len(path.encode()) > 4000 or any(len(part.encode()) > 255 for part in parts)


def _json_parts(entries: tuple[Entry, ...], value_of: Callable[[Entry], object]) -> Iterator[bytes]:
    """Canonical JSON of a list with a value for each entry; few values exist at a time."""
    yield b"["
    for start in range(0, len(entries), _AT_A_TIME):
        values = [value_of(entry) for entry in entries[start : start + _AT_A_TIME]]
        yield (b"," if start else b"") + canonical_json(values)[1:-1]
    yield b"]"


def _check_tree(entries: tuple[Entry, ...]) -> None:
    """Refuse two files at one path, and a file where another needs a folder."""
    if any(one.path == other.path for one, other in pairwise(entries)):
        raise UnsafeError("manifest has the same path twice")
    folders: set[str] = set()
    for entry in entries:
        folder = entry.path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    for entry in entries:
        if entry.path in folders:
            raise UnsafeError(f"path {entry.path!r} is both a file and a folder")


def _fits(kind: VersionKind, entries: list[Entry]) -> bool:
    return len(entries) == 1 if kind is VersionKind.FILE else bool(entries)


def _within(mtime_ns: int | None) -> int | None:
    return None if mtime_ns is None else min(max(mtime_ns, _FIRST_NS), _LAST_NS)


def _is_time(mtime: object) -> bool:
    return type(mtime) is int and _FIRST_NS <= mtime <= _LAST_NS


def _read_entry(item: dict[str, Any], link: object) -> Entry:
    digest, checksum = item["digest"], item.get("source_checksum")
    size, mtime = item["size"], item["mtime"]
    if mtime == 0 and link is not None and not str(link).startswith("file://"):
        mtime = None  # manifests of artifactctl 0.1 have 0 where a remote does not tell its time
    is_sound = (
        (is_digest(digest) if digest is not None else link is not None)
        and isinstance(item["path"], str)
        and (checksum is None or isinstance(checksum, str))
        and type(size) is int  # isinstance would accept True
        and 0 <= size < 1 << 63
        and (_is_time(mtime) if mtime is not None else link is not None)
    )
    if not is_sound:
        raise ValueError
    return Entry(item["path"], size, digest, mtime, bool(item["executable"]), checksum)
