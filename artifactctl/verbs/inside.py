"""Looking inside of a version: its files and folders, and the bytes of one file.

`REF/PATH` names a file or a folder in a version. To list them only the manifest is read.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BufferedReader
from itertools import groupby, islice

from artifactctl import context, transfer
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.rows import Version
from artifactctl.contents.endings import type_by_name
from artifactctl.enums import VersionKind
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from artifactctl.home import Home
from artifactctl.manifest import Entry, Manifest
from artifactctl.refs import Ref, parse_ref, splits
from artifactctl.results.files import Contents, Item, file_time
from artifactctl.results.versions import ArtifactVersion
from artifactctl.suggestions import suggestion
from artifactctl.verbs.downloading import check_data, unless_deleted

_OFFERED = 200  # completions at once
_COMPARED = 2000  # names that a path with a typing error is compared with


@dataclass(frozen=True, slots=True)
class Place:
    """A file or a folder in a version, as it was asked for; an empty `path` is all of it."""

    row: Version
    path: str

    @property
    def name(self) -> str:
        """The place as people write it."""
        ref = f"{self.row.artifact}:{self.row.version}"
        return f"{ref}/{self.path}" if self.path else ref


def place_of(home: Home, text: str, version: str | None = None, path: str | None = None) -> Place:
    """Return the place that `REF` or `REF/PATH` means.

    `path` is a path given separately, and `version` a version beside a bare name.
    """
    asked = [(text, path)] if path is not None else splits(text)
    failure: NotFoundError | None = None
    for ref, inside in asked:
        try:
            row = find_version(home.catalog, _parsed(ref, version, is_last=ref == asked[-1][0]))
        except NotFoundError as error:
            failure = error
        else:
            return Place(row, inside or "")
    assert failure is not None
    raise failure


def _parsed(text: str, version: str | None, *, is_last: bool) -> Ref:
    """Return the reference; a text that can only be one together with a path is not found."""
    try:
        return parse_ref(text, version)
    except InvalidInputError as error:
        if is_last:
            raise
        raise NotFoundError(error.message) from None


def contents(home: Home, place: Place, *, recursive: bool) -> Contents:
    """Return the files and folders at a place: its own level, or all files with `recursive`.

    Raises `NotFoundError` when there is nothing, and for a version whose files are not known.
    """
    notes = _notes(home, place.row)
    manifest = home.manifest_of(place.row)
    entries, folder = entries_at(manifest, place)
    made = map(_file, entries) if recursive or folder is None else _level(entries, folder)
    return Contents(
        version=ArtifactVersion.of(place.row, home.origin),
        path=entries[0].path if folder is None else folder.rstrip("/"),
        items=tuple(_typed(place.row, manifest, made)),
        size_bytes=sum(entry.size_bytes for entry in entries),
        file_count=len(entries),
        notes=notes,
    )


def complete(home: Home, start: str) -> list[str]:
    """Return the places that begin with a place typed in a shell; none when there is no version."""
    for ref, typed in splits(start):
        if typed is None:
            continue
        try:
            place = place_of(home, ref, path=typed.rpartition("/")[0])
            found = contents(home, place, recursive=True)
        except NotFoundError:
            continue
        paths = [item.path for item in found.items if item.path.startswith(typed)]
        if len(paths) > _OFFERED:
            level = contents(home, place, recursive=False).items
            paths = [item.path for item in level if item.path.startswith(typed)]
        return [f"{ref}/{path}" for path in paths[:_OFFERED]]
    return []


def stream(home: Home, place: Place) -> Iterator[bytes]:
    """Yield the bytes of the file at a place, in pieces.

    Of a small file nothing comes before all of it is verified; of a big one the last piece is held
    back until then. Raises `IntegrityError` for bytes that are not those that were registered.
    """
    manifest, entry = find_file(home, place)
    with unless_deleted(home, place.row):
        yield from transfer.verified_pieces(manifest, entry, home.store)


def open_file(home: Home, place: Place, *, verify: bool) -> BufferedReader:
    """Open the file at a place to read it from anywhere; see `Client.open`.

    In a running step the version becomes one of the step's inputs, as when it is loaded.
    """
    manifest, entry = find_file(home, place)
    scope = context.step_in(home.settings.home.value)
    if scope is not None:
        scope.used.append((place.row.artifact, place.row.id))
    opened = transfer.open_verified if verify else transfer.open_unverified
    with unless_deleted(home, place.row):
        return opened(manifest, entry, home.store)


def find_file(home: Home, place: Place) -> tuple[Manifest, Entry]:
    """Return the manifest of a place's version, and the file at the place.

    Raises `NotFoundError` when nothing is there or its bytes were deleted, `WrongUsageError` for a
    folder.
    """
    check_data(place.row)
    manifest = home.manifest_of(place.row)
    entries, folder = entries_at(manifest, place)
    if folder is None or (len(entries) == 1 and not folder):
        return manifest, entries[0]
    raise WrongUsageError(
        f"{place.name} is a folder of {len(entries):,} files",
        hint=f"name one of them, such as {place.name.rstrip('/')}/{entries[0].path[len(folder) :]}",
    )


def _notes(home: Home, row: Version) -> tuple[str, ...]:
    """Return what is to be known of a version whose bytes were deleted.

    Raises `NotFoundError` when its manifest is gone as well.
    """
    if row.data_deleted is None:
        return ()
    if not home.store.has_manifest(row.manifest):
        check_data(row)
    return (f"the data of {row.artifact}:{row.version} was deleted on {row.data_deleted[:10]}",)


def entries_at(manifest: Manifest, place: Place) -> tuple[Sequence[Entry], str | None]:
    """Return the files at a place, and the folder that it is, with `/` at its end.

    It is `""` for all of the version, and None for a file.
    """
    entries = manifest.entries
    if not place.path.strip("/"):
        return entries, ""
    for path in dict.fromkeys(_forms(place.path)):
        at = bisect_left(entries, path, key=_path_of)
        if at < len(entries) and entries[at].path == path:
            return entries[at : at + 1], None
        folder = path.rstrip("/") + "/"
        first = bisect_left(entries, folder, key=_path_of)
        # The character after `/`: all paths in the folder come before it.
        behind = bisect_left(entries, f"{folder[:-1]}0", key=_path_of)
        if first < behind:
            return entries[first:behind], folder
    raise _missing(manifest, place)


def _forms(path: str) -> Iterator[str]:
    """Yield a path as it was typed, and in the other forms of Unicode that look the same."""
    yield path
    yield unicodedata.normalize("NFC", path)
    yield unicodedata.normalize("NFD", path)


def _missing(manifest: Manifest, place: Place) -> NotFoundError:
    ref = f"{place.row.artifact}:{place.row.version}"
    known = [entry.path for entry in islice(manifest.entries, _COMPARED)]
    return NotFoundError(
        f"{ref} has no file or folder {place.path!r}", hint=suggestion(place.path, known)
    )


def _path_of(entry: Entry) -> str:
    return entry.path


def _level(entries: Sequence[Entry], folder: str) -> Iterator[Item]:
    """Yield the files and folders directly in a folder."""

    def child(entry: Entry) -> str:
        inside, slash, _ = entry.path[len(folder) :].partition("/")
        return f"{folder}{inside}{slash}"

    for path, below in groupby(entries, child):
        files = list(below)
        yield _folder(path, files) if path.endswith("/") else _file(files[0])


def _folder(path: str, entries: Sequence[Entry]) -> Item:
    times = [entry.mtime_ns for entry in entries if entry.mtime_ns is not None]
    size_bytes = sum(entry.size_bytes for entry in entries)
    return Item(path, size_bytes, len(entries), file_time(max(times, default=None)))


def _file(entry: Entry) -> Item:
    return Item(
        path=entry.path,
        size_bytes=entry.size_bytes,
        file_count=1,
        mtime=file_time(entry.mtime_ns),
        content_type=type_by_name(entry.path),
        digest=entry.digest,
        source_checksum=entry.source_checksum,
        executable=entry.executable,
    )


def _typed(row: Version, manifest: Manifest, items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items; a version that is a file has the type that its content told."""
    known = row.metadata.get("content_type")
    if manifest.kind is not VersionKind.FILE or not isinstance(known, str):
        yield from items
        return
    for item in items:
        yield replace(item, content_type=known)
