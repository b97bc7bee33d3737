"""Adding the blobs of the user's files to a batch, unless the store has them, undamaged."""

import contextlib
import os
from collections.abc import Callable
from typing import BinaryIO

from artifactctl.copying import (
    IN_MEMORY_BYTES,
    Advance,
    copy_file,
    copy_stream,
    hash_file,
    no_progress,
    read_whole,
    start_writing_out,
)
from artifactctl.digests import blob_key, digest_of
from artifactctl.errors import IntegrityError
from artifactctl.regular_files import IrregularFileError
from artifactctl.store.protocol import Source
from artifactctl.store.sharing_blocks import LEAST_BYTES, share_blocks
from artifactctl.store.staging import Staging
from artifactctl.store.unchanged_files import changed, read_unchanged, unchanged


def stage(source: Source, staging: Staging, advance: Advance, *, move: bool) -> str:
    """Add one file to the batch, unless the store or the batch has it; return its digest."""
    if source.size_bytes > IN_MEMORY_BYTES:
        stage_open = _stage_moved if move else _stage_big
        with unchanged(source) as descriptor:
            return stage_open(source, descriptor, staging, advance)
    data = read_unchanged(source)
    digest = digest_of(data)
    target = blob_key(digest)
    if not note_existing(target, data, staging):
        staging.write(target, data)
    advance(source.size_bytes)
    return digest


def stage_stream(
    stream: BinaryIO,
    staging: Staging,
    advance: Advance,
    key_of: Callable[[str], str] = blob_key,
) -> tuple[str, int]:
    """Add the bytes of a stream to the batch; return their digest and size in bytes."""
    with staging.new_file() as (name, target):
        digest, size = copy_stream(stream, target, advance)
        _keep_or_drop(digest, size, name, staging, key_of(digest))
    return digest, size


def note_existing(target: str, data: bytes, staging: Staging) -> bool:
    """Note in the batch whether `target` is present or damaged; return whether it is present.

    It is present when it exists with this content.
    """
    return _note_state(target, staging, lambda found: read_whole(found, len(data)) == data)


def _note_existing_big(digest: str, size: int, staging: Staging, target: str) -> bool:
    def has_content(found: int) -> bool:
        return os.fstat(found).st_size == size and hash_file(found)[0] == digest

    return _note_state(target, staging, has_content)


def _note_state(target: str, staging: Staging, has_content: Callable[[int], bool]) -> bool:
    if target in staging:
        return True
    try:
        descriptor = staging.open_file(target)
    except IrregularFileError:
        staging.note_damaged(target)
        return False
    if descriptor is None:
        return False
    try:
        is_intact = has_content(descriptor)
    except OSError:  # a bad sector: repaired like damaged bytes
        is_intact = False
    finally:
        os.close(descriptor)
    if is_intact:
        staging.note_present(target)
    else:
        staging.note_damaged(target)
    return is_intact


def _stage_big(source: Source, descriptor: int, staging: Staging, advance: Advance) -> str:
    if source.expected is not None:
        digest, size = hash_file(descriptor, advance)
        target_key = blob_key(digest)
        if digest == source.expected and _note_existing_big(digest, size, staging, target_key):
            return digest
        advance = no_progress
    with staging.new_file() as (name, target):
        digest = copy_file(descriptor, target, source.size_bytes, advance)
        if os.fstat(target).st_size != source.size_bytes:
            raise changed(source)
        if _keep_or_drop(digest, source.size_bytes, name, staging, blob_key(digest)):
            _share_with_earlier(source, target, staging)
    return digest


def _stage_moved(source: Source, descriptor: int, staging: Staging, advance: Advance) -> str:
    if os.fstat(descriptor).st_nlink > 1:  # it could be changed later through its other name
        return _stage_big(source, descriptor, staging, advance)
    start_writing_out(descriptor, 0, source.size_bytes)
    digest, size = hash_file(descriptor, advance)
    target = blob_key(digest)
    if not _note_existing_big(digest, size, staging, target):
        _share_with_earlier(source, descriptor, staging)
        staging.add(staging.take(source.path, descriptor), target)
    return digest


def _keep_or_drop(digest: str, size: int, name: str, staging: Staging, target: str) -> bool:
    """Add a temporary file, or remove it when the store has its blob; return whether it is kept."""
    if _note_existing_big(digest, size, staging, target):
        staging.drop(name)
        return False
    staging.add(name, target)
    return True


def _share_with_earlier(source: Source, target: int, staging: Staging) -> None:
    """Let a new blob share blocks with that of the earlier version, where both are big."""
    if source.earlier is None or source.size_bytes < LEAST_BYTES:
        return
    # Without it, or with something else in its place, the new one takes room of its own.
    with contextlib.suppress(OSError, IntegrityError):
        earlier = staging.open_file(blob_key(source.earlier))
        if earlier is not None:
            try:
                share_blocks(earlier, target)
            finally:
                os.close(earlier)
