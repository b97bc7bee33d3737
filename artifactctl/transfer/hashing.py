"""The manifest of files that stay where they are: they are read, and nothing is stored."""

import os

from artifactctl.copying import hash_file
from artifactctl.errors import WrongUsageError
from artifactctl.manifest import Entry, Manifest
from artifactctl.store import Advance, no_progress
from artifactctl.store.unchanged_files import open_source
from artifactctl.transfer.collecting import Collected, SourceFile


def hash_files(
    collected: Collected, advance: Advance = no_progress, link: str | None = None
) -> Manifest:
    """Hash files where they are, and return their manifest; `link` is where they are linked.

    Raises `WrongUsageError` for a pipe, and `ConflictError` for a file that changes meanwhile.
    """
    entries = [_entry(file, advance) for file in collected.files]
    return Manifest.of(collected.kind, entries, link)


def _entry(file: SourceFile, advance: Advance) -> Entry:
    if file.source is None:
        raise WrongUsageError(
            "a pipe or standard input cannot be linked, nor read by a dry run",
            hint="leave out --link or --dry-run",
        )
    descriptor = open_source(file.source.path)
    try:
        digest, size_bytes = hash_file(descriptor, advance)
    finally:
        os.close(descriptor)
    return Entry(file.member, size_bytes, digest, file.source.mtime_ns, file.executable)
