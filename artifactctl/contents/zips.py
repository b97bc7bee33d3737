"""The MIME type of a zip file: an office document, book, application, arrays, or plain files.

Sources: APPNOTE.TXT (PKWARE), OpenDocument 1.3 part 2 (mimetype), EPUB OCF 3.3, ECMA-376 part 2
(content types), the Jar file specification. Only names and one small member are read.
"""

import re
import struct
import zlib
from typing import BinaryIO

PLAIN = "application/zip"

_TAIL_BYTES = 64 << 10  # the longest comment, and the end record before it
_DIRECTORY_BYTES = 4 << 20
_MEMBERS = 20_000
_PART_BYTES = 256 << 10
_END, _ENTRY = b"PK\x05\x06", b"PK\x01\x02"

# The types accepted in a first member called `mimetype`.
_DECLARED = re.compile(
    rb"application/(?:vnd\.oasis\.opendocument\.[a-z-]{1,40}|vnd\.sun\.xml\.[a-z.]{1,40}"
    rb"|epub\+zip|x-krita)|image/openraster"
)
_MAIN_PART = re.compile(
    rb"application/(vnd\.openxmlformats-officedocument\.[a-z]{1,40}\.[a-z]{1,40}"
    rb"|vnd\.ms-(?:word|excel|powerpoint)\.[A-Za-z.]{1,60})\.main(?:\+xml)?\""
)


def type_of_zip(stream: BinaryIO, size_bytes: int, head: bytes) -> str | None:
    """Return the type by the members, or None when the directory cannot be read."""
    if declared := _declared(head):
        return declared
    members = members_of(stream, size_bytes)
    if members is None:
        return None
    if "[Content_Types].xml" in members:
        return _office_type(_part(stream, members["[Content_Types].xml"]))
    if "AndroidManifest.xml" in members and members.keys() & {"classes.dex", "resources.arsc"}:
        return "application/vnd.android.package-archive"
    if "META-INF/MANIFEST.MF" in members:
        return "application/java-archive"
    is_arrays = members and all(name.endswith(".npy") for name in members)
    return "application/x-npz" if is_arrays else PLAIN


def _declared(head: bytes) -> str | None:
    """Return the type in a first member called `mimetype`, which is stored uncompressed."""
    if head[:4] != b"PK\x03\x04" or head[8:10] != b"\0\0" or head[30:38] != b"mimetype":
        return None
    size, name_bytes, extra_bytes = struct.unpack("<I4xHH", head[18:30])
    start = 30 + name_bytes + extra_bytes
    # A zip written as a stream has the size after the content.
    found = _DECLARED.match(head, start, start + size if size else len(head))
    return found[0].decode() if found and name_bytes == 8 else None


def members_of(stream: BinaryIO, size_bytes: int) -> dict[str, bytes] | None:
    """Return the directory's entries by name, or None when the directory is missing or damaged."""
    stream.seek(max(0, size_bytes - _TAIL_BYTES))
    tail = stream.read(_TAIL_BYTES)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        return None
    count, length = struct.unpack_from("<HI", tail, at + 10)
    start = max(0, size_bytes - _TAIL_BYTES) + at - length
    if length > _DIRECTORY_BYTES or count > _MEMBERS or start < 0:
        return None
    stream.seek(start)
    return _entries(stream.read(length), count)


def _entries(directory: bytes, count: int) -> dict[str, bytes] | None:
    found: dict[str, bytes] = {}
    at = 0
    for _ in range(count):
        entry = directory[at : at + 46]
        if len(entry) < 46 or entry[:4] != _ENTRY:
            return None
        name_bytes, extra_bytes, comment_bytes = struct.unpack_from("<HHH", entry, 28)
        name = directory[at + 46 : at + 46 + name_bytes]
        found[name.decode("utf-8", "replace")] = entry
        at += 46 + name_bytes + extra_bytes + comment_bytes
    return found


def _part(stream: BinaryIO, entry: bytes) -> bytes:
    """Return the start of a small member."""
    method, packed_bytes = struct.unpack("<10xH8xI22x", entry)
    (offset,) = struct.unpack_from("<I", entry, 42)
    stream.seek(offset)
    local = stream.read(30)
    if len(local) < 30 or local[:4] != b"PK\x03\x04":
        return b""
    # The extra field here may be longer or shorter than the one in the directory.
    stream.seek(sum(struct.unpack_from("<HH", local, 26)), 1)
    data = stream.read(min(packed_bytes, _PART_BYTES))
    if method == 0:
        return data
    try:
        return zlib.decompressobj(wbits=-15).decompress(data, _PART_BYTES) if method == 8 else b""
    except zlib.error:
        return b""


def _office_type(content_types: bytes) -> str:
    """Return the type of a document by the content type of its main part."""
    found = _MAIN_PART.search(content_types)
    if found is None:
        return PLAIN
    kind = found[1].decode()
    # Microsoft's registered types end in a version.
    return f"application/{kind}.12" if kind.startswith("vnd.ms-") else f"application/{kind}"
