"""From files to a manifest: files that the store lacks are put into it."""

import dataclasses
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import BinaryIO

from artifactctl.copying import IN_MEMORY_BYTES
from artifactctl.manifest import Entry, Manifest
from artifactctl.store import Advance, Source, Store, no_progress
from artifactctl.transfer.collecting import Collected, SourceFile
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
) -> Manifest:
    """Store those of the files that `store` lacks; return the manifest of all.

    `before` finds an earlier version that may have had some of these files: big files that it has
    with the same path and size are hashed before they are copied, and those that differ may share
    blocks on disk with it. It is not called without big files. With `move`, files in a store's
    `workspace` are moved into it rather than copied. `jobs` is how many files are uploaded at the
    same time; None is what suits the store.
    """
    files = collected.files
    has_big = any(file.source and file.source.size_bytes > IN_MEMORY_BYTES for file in files)
    earlier = before() if has_big else None
    known = {entry.path: entry for entry in earlier.entries} if earlier else {}
    # The only file is compared with the only one of before, whatever their names are.
    only = earlier.entries[0] if earlier and len(files) == len(earlier.entries) == 1 else None
    entries: list[Entry] = []
    for start in range(0, len(files), AT_ONCE):
        some = [file for file in files[start : start + AT_ONCE] if file.source is not None]
        sources = [_expect(file, known.get(file.member), only) for file in some]
        digests = store.put(sources, advance, move=move, jobs=jobs) if sources else []
        for file, source, digest in zip(some, sources, digests, strict=True):
            entries.append(
                Entry(file.member, source.size_bytes, digest, source.mtime_ns, file.executable)
            )
    entries += [_read(file, store, stdin, advance) for file in files if file.source is None]
    return Manifest.of(collected.kind, entries)


def _read(file: SourceFile, store: Store, stdin: BinaryIO | None, advance: Advance) -> Entry:
    """Store the bytes of a pipe or of standard input."""
    with nullcontext(stdin) if file.pipe is None else reading(file.pipe) as stream:
        assert stream is not None
        digest, size_bytes = store.put_stream(stream, advance)
    return Entry(file.member, size_bytes, digest, time.time_ns())


def _expect(file: SourceFile, known: Entry | None, only: Entry | None) -> Source:
    """The file with the digests that it probably has, and that of what it may have in common."""
    assert file.source is not None
    is_alike = known is not None and known.size_bytes == file.source.size_bytes
    earlier = known or only
    return dataclasses.replace(
        file.source,
        expected=known.digest if known and is_alike else None,
        earlier=earlier.digest if earlier else None,
    )
