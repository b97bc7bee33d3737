"""Zip files, written as a stream, so that memory does not grow with their contents."""

import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable
from typing import BinaryIO

from blake3 import blake3

from artifactctl.digests import PREFIX
from artifactctl.manifest import Entry, damaged
from artifactctl.store import Advance

_CHUNK_BYTES = 1 << 20
_SAMPLE_BYTES = 64 << 10
# Compress only when a sample shrinks to less than this: trained weights, images and Parquet hardly
# do, and deflate is slow.
_WORTHWHILE = 0.9
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)
_LAST_TIME = (2107, 12, 31, 23, 59, 58)
_UNIX = 3
# The "extended timestamp" of Info-ZIP's extra fields (proginfo/extrafld.txt), in UTC seconds:
# zip's own times are local, and even.
_TIMESTAMP_FIELD = struct.Struct("<HHBl")


def write_zip(
    archive: BinaryIO,
    entries: Iterable[Entry],
    opener: Callable[[Entry], BinaryIO],
    advance: Advance,
) -> None:
    """Write the files of `entries` with their paths, times and executable bits.

    Raises `IntegrityError` when a file is not what its entry says; then the archive is broken.
    """
    with zipfile.ZipFile(archive, "w", allowZip64=True) as out:
        for entry in entries:
            with opener(entry) as source:
                _write_member(out, entry, source, advance)


def _write_member(out: zipfile.ZipFile, entry: Entry, source: BinaryIO, advance: Advance) -> None:
    # The member's header comes before its bytes, and tells whether they are compressed.
    chunk = source.read(_CHUNK_BYTES)
    hasher, size = blake3(), 0
    with out.open(_info(entry, chunk), "w", force_zip64=entry.size_bytes >= 1 << 31) as member:
        while chunk:
            hasher.update(chunk)
            size += len(chunk)
            member.write(chunk)
            advance(len(chunk))
            chunk = source.read(_CHUNK_BYTES)
    found = PREFIX + hasher.hexdigest() if entry.digest is not None else None
    if (found, size) != (entry.digest, entry.size_bytes):
        raise damaged(entry)


def _info(entry: Entry, head: bytes) -> zipfile.ZipInfo:
    seconds = (entry.mtime_ns or 0) // 10**9
    moment = min(max(time.localtime(seconds)[:6], _FIRST_TIME), _LAST_TIME)
    info = zipfile.ZipInfo(entry.path, moment)
    info.compress_type = _compression(head)
    info.file_size = entry.size_bytes
    info.create_system = _UNIX
    info.external_attr = (0o100755 if entry.executable else 0o100644) << 16
    if entry.mtime_ns is not None and 0 <= seconds < 1 << 31:
        info.extra = _TIMESTAMP_FIELD.pack(0x5455, 5, 1, seconds)
    return info


def _compression(head: bytes) -> int:
    sample = head[:_SAMPLE_BYTES]
    shrunk = len(zlib.compress(sample, 1))
    return zipfile.ZIP_DEFLATED if shrunk < len(sample) * _WORTHWHILE else zipfile.ZIP_STORED
