"""From files to a manifest: files that the store lacks are put into it."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import BinaryIO

from artifactctl.copying import IN_MEMORY_BYTES
from artifactctl.manifest import Entry, Manifest
from artifactctl.store import Advance, Source, Store, no_progress
from artifactctl.transfer.collecting import Collected, SourceFile
from artifactctl.transfer.known_files import KnownFiles
from artifactctl.transfer.pipes import reading

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
    with the same path and size are hashed before they are copied. It is not called without big
    files. With `move`, files in a store's `workspace` are moved into it rather than copied. `jobs`
    is how many files are uploaded at the same time; None is what suits the store. Files that are
    `known` are not read, as long as the store has their bytes.
    """
    files = collected.files
    earlier = _Earlier(before)
    entries: list[Entry] = []
    if known is not None and not known.pays(len(files), collected.size_bytes):
        known = None
    try:
        for start in range(0, len(files), AT_ONCE):
            some = [file for file in files[start : start + AT_ONCE] if file.source is not None]
            digests = {} if known is None else _held(some, store, known, advance)
            rest = [file for file in some if file.member not in digests]
            may_note = [known is not None and known.may_note(_source(file)) for file in rest]
            sources = [earlier.expect(file) for file in rest]
            put = store.put(sources, advance, move=move, jobs=jobs) if sources else []
            for file, digest, is_to_note in zip(rest, put, may_note, strict=True):
                digests[file.member] = digest
                if known is not None and is_to_note:
                    known.note(_source(file), digest)
            entries += [_entry(file, digests[file.member]) for file in some]
    finally:
        if known is not None:
            known.save()
    entries += [_read(file, store, stdin, advance) for file in files if file.source is None]
    return Manifest.of(collected.kind, entries)


def _held(
    files: Sequence[SourceFile], store: Store, known: KnownFiles, advance: Advance
) -> dict[str, str]:
    """The digests, by member, of files that are known and whose bytes the store has."""
    found = {file.member: known.digest_of(_source(file)) for file in files}
    sizes = {digest: _source(file).size_bytes for file in files if (digest := found[file.member])}
    lacking = store.lacking(sizes) if sizes else set()
    held = {member: digest for member, digest in found.items() if digest and digest not in lacking}
    advance(sum(_source(file).size_bytes for file in files if file.member in held))
    return held


def _source(file: SourceFile) -> Source:
    assert file.source is not None
    return file.source


def _entry(file: SourceFile, digest: str) -> Entry:
    source = _source(file)
    return Entry(file.member, source.size_bytes, digest, source.mtime_ns, file.executable)


def _read(file: SourceFile, store: Store, stdin: BinaryIO | None, advance: Advance) -> Entry:
    """Store the bytes of a pipe or of standard input."""
    with nullcontext(stdin) if file.pipe is None else reading(file.pipe) as stream:
        assert stream is not None
        digest, size_bytes = store.put_stream(stream, advance)
    return Entry(file.member, size_bytes, digest, time.time_ns())


class _Earlier:
    """The files of an earlier version; it is looked for when the first big file is to be read."""

    def __init__(self, find: Callable[[], Manifest | None]) -> None:
        self._find = find

    def expect(self, file: SourceFile) -> Source:
        """The file to be read, with the digest that it probably has."""
        source = _source(file)
        if source.size_bytes <= IN_MEMORY_BYTES:
            return source
        entry = self._entries.get(file.member)
        if entry is None or entry.size_bytes != source.size_bytes:
            return source
        return dataclasses.replace(source, expected=entry.digest)

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        found = self._find()
        return {entry.path: entry for entry in found.entries} if found else {}
