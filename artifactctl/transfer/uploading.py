"""From files to a manifest: files that the store lacks are put into it."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import BinaryIO

from artifactctl.copying import IN_MEMORY_BYTES
from artifactctl.digests import DIGEST_BYTES, PREFIX, bytes_of
from artifactctl.manifest import Entry, Manifest, PackedEntries
from artifactctl.store import Advance, Source, Store, no_progress
from artifactctl.transfer.collecting import Collected
from artifactctl.transfer.known_files import KnownFiles
from artifactctl.transfer.pipes import reading
from artifactctl.transfer.source_files import SourceFile, SourceFiles

# A batch costs the same two syncs however many files it has, and memory for each of them.
AT_ONCE = 10_000


def upload(
    collected: Collected,
    store: Store,
    *,
    before: Callable[[], Manifest | None] = lambda: None,
    stdin: BinaryIO | None = None,
    advance: Advance = no_progress,
    move: bool = False,
    jobs: int | None = None,
    known: KnownFiles | None = None,
) -> Manifest:
    """Store those of the files that `store` lacks; return the manifest of all.

    `before` finds an earlier version that may have had some of these files: big files that it has
    with the same path and size are hashed before they are copied, and those that differ may share
    blocks on disk with it. It is not called without big files. With `move`, files in a store's
    `workspace` are moved into it rather than copied. `jobs` is how many files are uploaded at the
    same time; None is what suits the store. Files that are `known` are not read, as long as the
    store has their bytes.
    """
    files = collected.files
    if known is not None and not known.pays(len(files), collected.size_bytes):
        known = None
    putting = _Putting(store, _Earlier(before, len(files)), advance, known, move=move, jobs=jobs)
    digests, nothing = bytearray(), bytes(DIGEST_BYTES)
    try:
        for start in range(0, len(files), AT_ONCE):
            places = range(start, min(start + AT_ONCE, len(files)))
            found = putting.digests_of(files, places)
            digests += b"".join(found.get(place, nothing) for place in places)
    finally:
        if known is not None:
            known.save()
    if files.unread:
        return _with_unread(collected, digests, store, stdin, advance)
    return Manifest.of(collected.kind, PackedEntries(files.columns, digests))


class _Putting:
    """Puts files into a store, unless they are known and it has them."""

    def __init__(
        self,
        store: Store,
        earlier: "_Earlier",
        advance: Advance,
        known: KnownFiles | None,
        *,
        move: bool,
        jobs: int | None,
    ) -> None:
        self._store, self._earlier, self._advance, self._known = store, earlier, advance, known
        self._move, self._jobs = move, jobs

    def digests_of(self, files: SourceFiles, places: range) -> dict[int, bytes]:
        """The digests of some files by their places, those without a source left out."""
        held = {} if self._known is None else self._held(self._known, files, places)
        left = [place for place in places if place not in held]
        some = {place: file for place in left if (file := files[place]).source is not None}
        if some:
            held.update(zip(some, self._put(list(some.values())), strict=True))
        return held

    def _held(self, known: KnownFiles, files: SourceFiles, places: range) -> dict[int, bytes]:
        """The digests of files that are known and whose bytes the store has."""
        found, all_sizes = known.digests_of(files, places), files.columns.sizes
        sizes = {PREFIX + digest.hex(): all_sizes[place] for place, digest in found.items()}
        if lacking := set(map(bytes_of, self._store.lacking(sizes) if sizes else ())):
            found = {place: digest for place, digest in found.items() if digest not in lacking}
        self._advance(sum(all_sizes[place] for place in found))
        return found

    def _put(self, files: Sequence[SourceFile]) -> list[bytes]:
        known = self._known
        may_note = [known is not None and known.may_note(_source(file)) for file in files]
        sources = [self._earlier.expect(file) for file in files]
        digests = self._store.put(sources, self._advance, move=self._move, jobs=self._jobs)
        for file, digest, is_to_note in zip(files, digests, may_note, strict=True):
            if known is not None and is_to_note:
                known.note(_source(file), digest)
        return list(map(bytes_of, digests))


def _with_unread(
    collected: Collected,
    digests: bytearray,
    store: Store,
    stdin: BinaryIO | None,
    advance: Advance,
) -> Manifest:
    """The manifest of files of which some are read last, from pipes or standard input."""
    files = collected.files
    unread = [files[place] for place in files.unread]
    members = {file.member for file in unread}
    stored = PackedEntries(files.columns, digests)
    entries = [entry for entry in stored if entry.path not in members]
    entries += [_read(file, store, stdin, advance) for file in unread]
    return Manifest.of(collected.kind, entries)


def _source(file: SourceFile) -> Source:
    assert file.source is not None
    return file.source


def _read(file: SourceFile, store: Store, stdin: BinaryIO | None, advance: Advance) -> Entry:
    """Store the bytes of a pipe or of standard input."""
    with nullcontext(stdin) if file.pipe is None else reading(file.pipe) as stream:
        assert stream is not None
        digest, size_bytes = store.put_stream(stream, advance)
    return Entry(file.member, size_bytes, digest, time.time_ns())


class _Earlier:
    """The files of an earlier version; it is looked for when the first big file is to be read.

    `count` is the number of the new version's files.
    """

    def __init__(self, find: Callable[[], Manifest | None], count: int) -> None:
        self._find = find
        self._count = count

    def expect(self, file: SourceFile) -> Source:
        """The file to be read, with the digests that it probably has or has bytes in common with.

        The only file may have bytes in common with the only one of before, whatever its name was.
        """
        source = _source(file)
        if source.size_bytes <= IN_MEMORY_BYTES:
            return source
        entry = self._entries.get(file.member)
        earlier = entry or self._only
        if earlier is None:
            return source
        is_alike = entry is not None and entry.size_bytes == source.size_bytes
        return dataclasses.replace(
            source, expected=earlier.digest if is_alike else None, earlier=earlier.digest
        )

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        found = self._find()
        return {entry.path: entry for entry in found.entries} if found else {}

    @property
    def _only(self) -> Entry | None:
        is_one = self._count == len(self._entries) == 1
        return next(iter(self._entries.values())) if is_one else None
