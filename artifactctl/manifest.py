"""The manifest of a version: its files with their digests, and its JSON form.

A manifest is stored as canonical JSON under its own digest; the version's *content digest* covers
path, size and digest of every file and nothing else, so that neither `touch` nor `chmod` makes
different content.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from json.encoder import encode_basestring as _quoted
from operator import eq
from typing import Any, overload

from artifactctl.digests import DIGEST_BYTES, PREFIX, digest_of_parts, is_digest
from artifactctl.enums import VersionKind, VisualizationType
from artifactctl.errors import IntegrityError, UnsafeError
from artifactctl.file_columns import FileColumns
from artifactctl.json_text import canonical_json
from artifactctl.member_paths import check_member_path

FORMAT = 1
MAX_VISUALIZATIONS = 1000
# File times that Python, zip and file systems can all represent: to the end of the year 9999.
_FIRST_NS = -(1 << 63) + 1
_LAST_NS = 253_402_300_799 * 10**9

_AT_A_TIME = 1000  # entries per piece of JSON, so that memory does not grow

_MANY = 10_000  # entries whose JSON is not put together in memory


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a version.

    `path` is relative, with `/`; `mtime_ns` counts nanoseconds since 1970, or is None when the
    server of linked data does not give it; `digest` is None for linked remote data that is
    identified by its server's `source_checksum` instead.
    """

    path: str
    size_bytes: int
    digest: str | None
    mtime_ns: int | None
    executable: bool = False
    source_checksum: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return the entry as it is stored in manifests."""
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


class PackedEntries(Sequence[Entry]):
    """Many entries in little memory: files in the order of their paths, and their digests.

    `digests` has `DIGEST_BYTES` for each file. The entries are made when they are asked for.
    """

    def __init__(self, files: FileColumns, digests: bytes | bytearray) -> None:
        if not files.is_ordered:
            files, places = files.ordered()
            digests = b"".join(
                digests[DIGEST_BYTES * place : DIGEST_BYTES * (place + 1)] for place in places
            )
        self._files = files
        self._digests = digests

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, place: int | slice) -> Entry | tuple[Entry, ...]:
        if isinstance(place, slice):
            return tuple(self._entry(each) for each in range(len(self))[place])
        return self._entry(range(len(self))[place])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    @property
    def size_bytes(self) -> int:
        """The total size of all files."""
        return sum(self._files.sizes)

    def digests(self) -> Iterator[str]:
        """The digests of all files."""
        for place in range(len(self)):
            yield self._digest(place)

    def json_parts(self) -> Iterator[bytes]:
        """The canonical JSON of the entries, as in a manifest, in parts."""
        files = self._files
        yield from self._json_parts(
            f'{{"digest":"{self._digest(place)}",'
            f'"executable":{"true" if files.executables[place] else "false"},'
            f'"mtime":{_within(files.mtime_ns(place))},"path":{_quoted(path)},'
            f'"size":{files.sizes[place]}}}'
            for place, path in enumerate(files.paths)
        )

    def content_parts(self) -> Iterator[bytes]:
        """The canonical JSON that the content digest covers, in parts."""
        sizes = self._files.sizes
        yield from self._json_parts(
            f'[{_quoted(path)},{sizes[place]},"{self._digest(place)}"]'
            for place, path in enumerate(self._files.paths)
        )

    def _json_parts(self, items: Iterator[str]) -> Iterator[bytes]:
        comma = "["
        while some := list(islice(items, _AT_A_TIME)):
            yield (comma + ",".join(some)).encode()
            comma = ","
        yield b"]" if comma == "," else b"[]"

    def _entry(self, place: int) -> Entry:
        files = self._files
        return Entry(
            files.paths[place],
            files.sizes[place],
            self._digest(place),
            files.mtime_ns(place),
            bool(files.executables[place]),
        )

    def _digest(self, place: int) -> str:
        start = DIGEST_BYTES * place
        return PREFIX + self._digests[start : start + DIGEST_BYTES].hex()


@dataclass(frozen=True, slots=True)
class StoredVisualization:
    """A file that shows a version to people; `path` is relative to the folder of its data.

    It is stored as a blob, like the data, and may be one of the data's own files. It is no part of
    the data: neither the content digest covers it, nor is it downloaded or loaded with the data.
    """

    path: str
    type: VisualizationType
    size_bytes: int
    digest: str

    def as_json(self) -> dict[str, object]:
        """Return it as it is stored in manifests."""
        return {
            "path": self.path,
            "type": self.type.value,
            "size": self.size_bytes,
            "digest": self.digest,
        }


@dataclass(frozen=True)
class Manifest:
    """A version's files in the order of their paths; `link` is the address of linked data.

    `visualizations` are those that were made when the data was saved; None where nobody decided,
    so that they may be made from the data on request. Readers that do not know them ignore them.
    """

    kind: VersionKind
    entries: Sequence[Entry]
    link: str | None = None
    visualizations: tuple[StoredVisualization, ...] | None = None

    @classmethod
    def of(
        cls,
        kind: VersionKind,
        entries: Iterable[Entry],
        link: str | None = None,
        visualizations: Iterable[StoredVisualization] | None = None,
    ) -> "Manifest":
        """Return a manifest of checked, sorted entries; raises `UnsafeError` for an unsafe path."""
        shown = None if visualizations is None else tuple(visualizations)
        for item in shown or ():
            check_member_path(item.path)
        if isinstance(entries, PackedEntries):
            # They are files of a file system, checked when they were found.
            return cls(kind, entries, link, shown)
        ordered = tuple(sorted(entries, key=lambda entry: entry.path))
        for entry in ordered:
            check_member_path(entry.path)
        _check_tree(ordered)
        return cls(kind, ordered, link, shown)

    @cached_property
    def size_bytes(self) -> int:
        """The total size of all files."""
        if isinstance(self.entries, PackedEntries):
            return self.entries.size_bytes
        return sum(entry.size_bytes for entry in self.entries)

    @cached_property
    def content_digest(self) -> str | None:
        """The digest over paths, sizes and digests of all files; None when a file has no digest."""
        if isinstance(self.entries, PackedEntries):
            return digest_of_parts(self.entries.content_parts())
        if any(entry.digest is None for entry in self.entries):
            return None
        return digest_of_parts(
            _json_parts(self.entries, lambda entry: [entry.path, entry.size_bytes, entry.digest])
        )

    @cached_property
    def source_checksum(self) -> str | None:
        """The server's checksum of linked remote data without digests, or a digest over several."""
        if self.content_digest is not None:
            return None
        if len(self.entries) == 1:
            return self.entries[0].source_checksum
        return digest_of_parts(
            _json_parts(self.entries, lambda entry: [entry.path, entry.source_checksum])
        )

    @cached_property
    def digests(self) -> frozenset[str]:
        """The digests of the blobs that this version needs; empty for linked data."""
        if self.link is not None:
            return frozenset()
        shown = (item.digest for item in self.visualizations or ())
        return frozenset(entry.digest for entry in self.entries if entry.digest).union(shown)

    def each_digest(self) -> Iterator[str]:
        """Yield `digests` without gathering them; one that several files have comes repeatedly."""
        if not isinstance(self.entries, PackedEntries) or self.link is not None:
            yield from self.digests
            return
        yield from self.entries.digests()
        yield from (item.digest for item in self.visualizations or ())

    def to_bytes(self) -> bytes:
        """Return canonical JSON, which `from_bytes` reads."""
        return b"".join(self._parts())

    def to_store(self) -> bytes | Iterator[bytes]:
        """Return what `to_bytes` does, in parts when it is large."""
        return self._parts() if len(self.entries) > _MANY else self.to_bytes()

    def _parts(self) -> Iterator[bytes]:
        value: dict[str, Any] = {"format": FORMAT, "kind": self.kind.value}
        if self.link is not None:
            value["link"] = self.link
        if self.visualizations is not None:
            value["visualizations"] = [item.as_json() for item in self.visualizations]
        # `files` is the first of the sorted keys, so it can be written in parts.
        files = (
            self.entries.json_parts()
            if isinstance(self.entries, PackedEntries)
            else _json_parts(self.entries, Entry.as_json)
        )
        yield b'{"files":'
        yield from files
        yield b"," + canonical_json(value)[1:]

    @classmethod
    def from_bytes(cls, content: bytes) -> "Manifest":
        """Return a checked manifest from its stored JSON.

        Raises `IntegrityError` when it is not a manifest, and `UnsafeError` when a path leaves the
        tree.
        """
        try:
            value = json.loads(content)
            if value["format"] != FORMAT:
                raise IntegrityError(f"manifest has format {value['format']!r}, not {FORMAT}")
            kind, link = VersionKind(value["kind"]), value.get("link")
            entries = [_read_entry(item, link) for item in value["files"]]
            shown = _read_visualizations(value.get("visualizations"))
            if not (link is None or isinstance(link, str)) or not _fits(kind, entries):
                raise ValueError
            if link is not None and shown:
                raise ValueError  # `digests` would not name their blobs
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
            raise IntegrityError("manifest is not valid") from None
        except RecursionError:
            raise IntegrityError("manifest is nested too deep") from None
        return cls.of(kind, entries, link, shown)


def sizes_of_blobs(content: bytes) -> dict[str, int]:
    """Return the digests and sizes of all blobs that a stored manifest names, and check no more.

    Raises `IntegrityError` when it is not a manifest.
    """
    sizes: dict[str, int] = {}
    try:
        value = json.loads(content)
        if value["format"] != FORMAT:
            raise ValueError
        for item in (*value["files"], *(value.get("visualizations") or ())):
            digest, size = item["digest"], item["size"]
            if digest is not None:  # linked data may have none
                if not is_digest(digest) or not _is_size(size):
                    raise ValueError
                sizes[digest] = size
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise IntegrityError("manifest is not valid") from None
    return sizes


def damaged(entry: Entry) -> IntegrityError:
    """Return the error for a file whose bytes do not match the digest in its entry."""
    return IntegrityError(
        f"{entry.path!r} is damaged: its bytes are not those of {entry.digest}",
        hint="see 'artifactctl verify'",
    )


def _json_parts(entries: Sequence[Entry], value_of: Callable[[Entry], object]) -> Iterator[bytes]:
    """Yield canonical JSON of a list with a value per entry, in parts to save memory."""
    yield b"["
    for start in range(0, len(entries), _AT_A_TIME):
        values = [value_of(entry) for entry in entries[start : start + _AT_A_TIME]]
        yield (b"," if start else b"") + canonical_json(values)[1:-1]
    yield b"]"


def _check_tree(entries: tuple[Entry, ...]) -> None:
    """Raise `UnsafeError` for two files at one path, or a file and a folder at one path."""
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
        mtime = None  # artifactctl 0.1 wrote 0 for an unknown time
    is_sound = (
        (is_digest(digest) if digest is not None else link is not None)
        and isinstance(item["path"], str)
        and (checksum is None or isinstance(checksum, str))
        and _is_size(size)
        and (_is_time(mtime) if mtime is not None else link is not None)
    )
    if not is_sound:
        raise ValueError
    return Entry(item["path"], size, digest, mtime, bool(item["executable"]), checksum)


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63  # isinstance would accept True


def _read_visualizations(items: Any) -> list[StoredVisualization] | None:
    if items is None:
        return None
    if not isinstance(items, list) or len(items) > MAX_VISUALIZATIONS:
        raise ValueError
    return [_read_visualization(item) for item in items]


def _read_visualization(item: dict[str, Any]) -> StoredVisualization:
    path, size, digest = item["path"], item["size"], item["digest"]
    if not isinstance(path, str) or not is_digest(digest):
        raise ValueError
    if not _is_size(size):
        raise ValueError
    return StoredVisualization(path, VisualizationType(item["type"]), size, digest)
