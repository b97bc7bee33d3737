"""Recognition by layout, for formats without a signature or with a short one.

Sources: safetensors (Format), Arrow (Encapsulated message format) and FlatBuffers (Internals),
Microsoft (ICO), POSIX (ustar, without its signature), ONNX (onnx.proto) and Protocol Buffers
(Encoding).
"""

import re
import struct

_SAFETENSORS_HEADER_BYTES = 100_000_000  # the limit of the safetensors library
_OCTAL = re.compile(rb" *([0-7]{1,7})[ \0]")
_SCHEMA = 1  # the number of this kind of message


def is_safetensors(head: bytes, size_bytes: int) -> bool:
    """Return whether the file begins with a length and a JSON header of that length."""
    length = int.from_bytes(head[:8], "little")
    is_sound = 2 <= length <= min(size_bytes - 8, _SAFETENSORS_HEADER_BYTES)
    is_object = head[8:9] == b"{" and head[9:].lstrip()[:1] in (b'"', b"}")
    return is_sound and is_object


def is_arrow_stream(head: bytes, size_bytes: int) -> bool:
    """Return whether the first message has a schema as its header."""
    if len(head) < 16 or head[:4] != b"\xff\xff\xff\xff":
        return False
    (length,) = struct.unpack_from("<I", head, 4)
    if length % 8 or not 8 <= length <= size_bytes - 8:
        return False
    message = head[8:]
    try:
        (root,) = struct.unpack_from("<I", message)
        (back,) = struct.unpack_from("<i", message, root)
        (fields_bytes,) = struct.unpack_from("<H", message, root - back)
        (place,) = struct.unpack_from("<H", message, root - back + 6)  # offset of the second field
        return bool(fields_bytes >= 8 and place > 0 and message[root + place] == _SCHEMA)
    except (struct.error, IndexError):
        return False


def is_icon(head: bytes, size_bytes: int) -> bool:
    """Return whether the file begins with a directory of icons."""
    return _has_pictures(head, size_bytes, 1)


def is_cursor(head: bytes, size_bytes: int) -> bool:
    """Return whether the file begins with a directory of mouse pointers."""
    return _has_pictures(head, size_bytes, 2)


def _has_pictures(head: bytes, size_bytes: int, expected: int) -> bool:
    if len(head) < 22:
        return False
    zero, kind, count = struct.unpack_from("<HHH", head)
    length, offset = struct.unpack_from("<II", head, 14)
    is_inside = offset >= 6 + 16 * count and 0 < length <= size_bytes - offset
    return bool(is_inside and zero == 0 and kind == expected and count > 0)


def is_old_tar(head: bytes, _size_bytes: int) -> bool:
    """Return whether the first header has a correct checksum."""
    checksum = _OCTAL.match(head, 148, 156)
    if len(head) < 512 or not head[0] or checksum is None:
        return False
    return sum(head[:148]) + sum(head[156:512]) + 8 * 32 == int(checksum[1], 8)


# The fields of a model and their wire types: 0 is a number, 2 has a length.
_MODEL = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2}
_GRAPH = 7


def is_onnx(head: bytes, size_bytes: int) -> bool:
    """Return whether the file has the fields of a model, up to its graph."""
    if head[:1] != b"\x08":  # the version of the format is written first
        return False
    at = 0
    while at < len(head):
        key, at = _varint(head, at)
        value, at = _varint(head, at)
        field, encoding = key >> 3, key & 7
        if _MODEL.get(field) != encoding:
            return False
        if field == _GRAPH:
            return value <= size_bytes - at
        at += value if encoding == 2 else 0
    return False


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a Protocol Buffers varint (seven bits per byte), and the offset of its end."""
    value = 0
    for shift, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, at + shift + 1
    return 0, len(data)
