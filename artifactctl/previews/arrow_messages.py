"""How large the batches of an Arrow file or stream are once unpacked, found without unpacking them.

A message is a table of FlatBuffers (format/Message.fbs in Apache Arrow), and each compressed buffer
of its body begins with its unpacked size (https://arrow.apache.org/docs/format/Columnar.html).
"""

import struct
from typing import Any

_MAGIC = b"ARROW1\0\0"  # a file is a stream between two of them, with a footer
_HEADER_TYPE, _HEADER = 1, 2  # fields of the table Message
_DICTIONARY, _RECORDS = 2, 3  # of its union
_DATA = 1  # a field of the table DictionaryBatch, which is a RecordBatch
_LENGTH, _BUFFERS, _COMPRESSION = 0, 2, 3  # fields of the table RecordBatch


def seek_messages(stream: Any) -> None:
    """Go to the first message of a file or a stream that is at its start.

    The footer of a file is not read: it can name other places than those that were measured.
    """
    stream.seek(len(_MAGIC) if stream.read(len(_MAGIC)) == _MAGIC else 0)


def sizes_of_first(arrow: Any, stream: Any, rows: int) -> tuple[int, int]:
    """Return the bytes of the batch with the first rows that becomes largest, and what it becomes.

    What is read for a batch are its dictionaries too. Raises `ValueError` for messages that are not
    sound.
    """
    seek_messages(stream)
    packed = unpacked = 0
    largest = 0, 0
    for message in arrow.ipc.MessageReader.open_stream(stream):
        metadata, body = memoryview(message.metadata), memoryview(message.body or b"")
        packed += len(body)
        unpacked += _unpacked_bytes(metadata, body)
        if message.type == "record batch":
            largest = max(largest, (unpacked, packed))
            rows -= _rows(metadata)
            packed = unpacked = 0
            if rows <= 0:
                break
    unpacked, packed = max(largest, (unpacked, packed))
    return packed, unpacked


def _rows(metadata: memoryview) -> int:
    try:
        header = _table(metadata, _u32(metadata, 0), _HEADER)
        place = _field(metadata, header, _LENGTH)
        return _i64(metadata, place) if place else 0
    except (struct.error, IndexError) as error:
        raise ValueError(f"no sound message: {error}") from error


def _unpacked_bytes(metadata: memoryview, body: memoryview) -> int:
    """What the compressed buffers of a message unpack to; 0 for a message without any."""
    try:
        message = _u32(metadata, 0)
        kind = metadata[_field(metadata, message, _HEADER_TYPE) or 0]
        header = _table(metadata, message, _HEADER)
        if kind == _DICTIONARY:
            header = _table(metadata, header, _DATA)
        if kind not in (_DICTIONARY, _RECORDS) or not _field(metadata, header, _COMPRESSION):
            return 0
        buffers = _table(metadata, header, _BUFFERS)
        if not buffers:
            return 0  # it has no columns
        pairs = struct.iter_unpack("<qq", metadata[buffers + 4 :][: 16 * _u32(metadata, buffers)])
        return sum(_i64(body, offset) for offset, size in pairs if size)
    except (struct.error, IndexError) as error:
        raise ValueError(f"no sound message: {error}") from error


def _table(data: memoryview, table: int, number: int) -> int:
    """The place of what a field refers to: a table or a vector."""
    place = _field(data, table, number)
    return place + _u32(data, place) if place else 0


def _field(data: memoryview, table: int, number: int) -> int:
    """The place of a field of a table; 0 where the table does not have it."""
    (back,) = struct.unpack_from("<i", data, table)
    names = table - back
    (length,) = struct.unpack_from("<H", data, names)
    if 4 + 2 * number >= length:
        return 0
    (offset,) = struct.unpack_from("<H", data, names + 4 + 2 * number)
    return table + int(offset) if offset else 0


def _u32(data: memoryview, place: int) -> int:
    return int(struct.unpack_from("<I", data, place)[0])


def _i64(data: memoryview, place: int) -> int:
    """A size; -1 of what is not packed after all counts as nothing."""
    return max(0, int(struct.unpack_from("<q", data, place)[0]))
