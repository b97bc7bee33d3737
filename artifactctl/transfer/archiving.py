"""Zip files, written as a stream, so that memory does not grow with their contents."""

import os
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from blake3 import blake3

from artifactctl.copying import IN_MEMORY_BYTES
from artifactctl.digests import PREFIX, digest_of
from artifactctl.manifest import Entry, damaged
from artifactctl.store import Advance
from artifactctl.store.parallel import each

BUFFER_BYTES = 1 << 20
"""How much of an archive is best written at once."""

_CHUNK_BYTES = 1 << 20
# So many files go through a thread at once: handing over a single small one costs more than
# reading it.
_FILES_AT_ONCE = 64
# More threads than these wait for each other, since only deflating and reading run beside Python.
_MOST_THREADS = 4
# What is looked at is a sixteenth of a chunk, in four pieces: its start may be but a header.
_PIECES = 4
_LEAST_PIECE_BYTES = 1 << 10
# Compress only when a sample shrinks to less than this: trained weights, images and Parquet hardly
# do, and deflate is slow.
_WORTHWHILE = 0.9
# Deflate without a header, with a window that suits a sample: a bigger one takes longer to set up.
_SAMPLE_WINDOW = -12
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)
_LAST_TIME = (2107, 12, 31, 23, 59, 58)
_UNIX = 3
# The "extended timestamp" of Info-ZIP's extra fields (proginfo/extrafld.txt), in UTC seconds:
# zip's own times are local, and even.
_TIMESTAMP_FIELD = struct.Struct("<HHBl")

_Opener = Callable[[Entry], BinaryIO]


def write_zip(
    archive: BinaryIO,
    entries: Iterable[Entry],
    opener: _Opener,
    advance: Advance,
    *,
    jobs: int = 1,
) -> None:
    """Write the files of `entries` with their paths, times and executable bits.

    Small files are read, verified and compressed beside each other, by at least `jobs` threads
    where there are many; the archive is the same however many there are. Raises `IntegrityError`
    when a file is not what its entry says; then the archive is broken.
    """
    groups = _grouped(entries)

    def ready(group: Sequence[Entry]) -> list[_Member]:
        return [_ready(entry, opener) for entry in group if not _is_big(entry)]

    with zipfile.ZipFile(archive, "w", allowZip64=True) as out:
        threads = min(len(groups), max(jobs, min(_MOST_THREADS, os.cpu_count() or 1)))
        with closing(each(ready, groups, threads)) as all_members:
            for group, members in zip(groups, all_members, strict=True):
                for member in members:
                    _append(out, member)
                    advance(member.info.file_size)
                for entry in group[len(members) :]:
                    with opener(entry) as source:
                        _write_big(out, entry, source, advance)


@dataclass(frozen=True, slots=True)
class _Member:
    """A small file as it goes into an archive: its header, and its bytes, compressed or not."""

    info: zipfile.ZipInfo
    packed: bytes


def _is_big(entry: Entry) -> bool:
    return entry.size_bytes > IN_MEMORY_BYTES


def _grouped(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Neighbours that are together small enough for memory; a big file is a group of its own."""
    groups: list[list[Entry]] = []
    room = -1
    for entry in entries:
        if entry.size_bytes > room or len(groups[-1]) == _FILES_AT_ONCE:
            groups.append([])
            room = IN_MEMORY_BYTES
        groups[-1].append(entry)
        room -= entry.size_bytes
    return groups


def _ready(entry: Entry, opener: _Opener) -> _Member:
    """Read a small file, verify it, and compress it where that pays."""
    with opener(entry) as source:
        data = b"".join(_pieces(source, entry.size_bytes + 1))
    found = digest_of(data) if entry.digest is not None else None
    if (found, len(data)) != (entry.digest, entry.size_bytes):
        raise damaged(entry)
    info, packed = _info(entry, data), data
    if info.compress_type == zipfile.ZIP_DEFLATED:
        # As zipfile does: so one file is compressed to the same bytes, whatever its size.
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        packed = deflate.compress(data) + deflate.flush()
    info.CRC, info.compress_size = zlib.crc32(data), len(packed)
    return _Member(info, packed)


def _pieces(source: BinaryIO, limit: int) -> Iterator[bytes]:
    """What a source has, up to `limit` bytes; a remote one gives little at a time."""
    while limit > 0 and (data := source.read(limit)):
        yield data
        limit -= len(data)


def _append(out: zipfile.ZipFile, member: _Member) -> None:
    """Append a member whose size and checksum are known, without returning to its header."""
    assert out.fp is not None
    info = member.info
    info.header_offset = out.start_dir
    header = info.FileHeader(zip64=False)
    out.fp.write(header)
    out.fp.write(member.packed)
    # What `ZipFile.open` and `close` go by: where the directory starts, and what it lists.
    out.start_dir += len(header) + len(member.packed)
    out.filelist.append(info)
    out.NameToInfo[info.filename] = info


def _write_big(out: zipfile.ZipFile, entry: Entry, source: BinaryIO, advance: Advance) -> None:
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
    sample = _sample(head)
    deflate = zlib.compressobj(1, zlib.DEFLATED, _SAMPLE_WINDOW)
    shrunk = len(deflate.compress(sample)) + len(deflate.flush())
    return zipfile.ZIP_DEFLATED if shrunk < len(sample) * _WORTHWHILE else zipfile.ZIP_STORED


def _sample(head: bytes) -> bytes:
    """The middle of each quarter of a file's first chunk; all of a chunk that is hardly more."""
    piece = max(_LEAST_PIECE_BYTES, len(head) // (16 * _PIECES))
    if len(head) <= _PIECES * piece:
        return head
    quarter = len(head) // _PIECES
    starts = range((quarter - piece) // 2, len(head), quarter)
    return b"".join(head[start : start + piece] for start in starts[:_PIECES])
