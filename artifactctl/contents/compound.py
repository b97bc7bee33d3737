"""The MIME type of a compound file of Microsoft (OLE), by the streams in its root storage.

Source: MS-CFB. A compound file is a small file system: sectors in chains, and a directory whose
entries form a tree of siblings below each storage.
"""

import struct
from typing import BinaryIO

PLAIN = "application/x-ole-storage"

_FREE = 0xFFFFFFFA  # this number and higher ones are marks, not sectors
_NONE = 0xFFFFFFFF
_SECTORS = 128  # read of a directory
_ENTRY_BYTES = 128

_BY_STREAM = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
    "__properties_version1.0": "application/vnd.ms-outlook",
    "VisioDocument": "application/vnd.visio",
}


def type_of_compound(stream: BinaryIO, size_bytes: int, head: bytes) -> str | None:
    """Return the type of the document inside, or None when the directory cannot be read."""
    if len(head) < 512:
        return None
    (shift,) = struct.unpack_from("<H", head, 30)
    if shift not in (9, 12):
        return None
    entries = _directory(stream, size_bytes, head, 1 << shift)
    if not entries or entries[0][66] != 5:  # 5 is the type of the root entry
        return None
    names = _names_in_root(entries)
    return next((found for name, found in _BY_STREAM.items() if name in names), PLAIN)


def _directory(stream: BinaryIO, size_bytes: int, head: bytes, sector_bytes: int) -> list[bytes]:
    """Return the entries of the directory, as far as the table in the header lists its chain."""
    (sector,) = struct.unpack_from("<I", head, 48)
    tables = struct.unpack_from("<109I", head, 76)
    per_table = sector_bytes // 4
    found: list[bytes] = []
    for _ in range(_SECTORS):
        # The header takes the place of a sector before the first; the last one may be cut short.
        if sector >= _FREE or (sector + 2) * sector_bytes > size_bytes + sector_bytes:
            break
        data = _sector(stream, sector, sector_bytes)
        found += [data[at : at + _ENTRY_BYTES] for at in range(0, sector_bytes, _ENTRY_BYTES)]
        table, place = divmod(sector, per_table)
        if table >= len(tables) or tables[table] >= _FREE:
            break
        (sector,) = struct.unpack_from(
            "<I", _sector(stream, tables[table], sector_bytes), 4 * place
        )
    return [entry for entry in found if len(entry) == _ENTRY_BYTES]


def _sector(stream: BinaryIO, number: int, sector_bytes: int) -> bytes:
    stream.seek((number + 1) * sector_bytes)
    return stream.read(sector_bytes).ljust(sector_bytes, b"\xff")


def _names_in_root(entries: list[bytes]) -> set[str]:
    """Return the names in the root; embedded documents are in storages below it."""
    (child,) = struct.unpack_from("<I", entries[0], 76)
    names: set[str] = set()
    left, seen = [child], {_NONE}
    while left:
        number = left.pop()
        if number in seen or number >= len(entries):
            continue
        seen.add(number)
        entry = entries[number]
        length = min(struct.unpack_from("<H", entry, 64)[0], 64)
        names.add(entry[: max(0, length - 2)].decode("utf-16-le", "replace"))
        left += struct.unpack_from("<II", entry, 68)
    return names
