"""Which file systems show by a file's status that it has changed, and what tells them apart.

On these, every change of a file's bytes changes its ctime, which no program can set, and an inode
belongs to one file. Network and FUSE file systems may answer from a cache, or make inodes up; FAT
and NTFS have no ctime of this kind. Whatever is not in the list is not trusted.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from typing import Any

from blake3 import blake3

# Their numbers in `statfs` (linux/magic.h, and the sources of ZFS).
_EXT, _XFS, _BTRFS, _F2FS, _ZFS = 0xEF53, 0x58465342, 0x9123683E, 0xF2F52010, 0x2FC12FC1
# A file of an overlay keeps the inode and the ctime that it has in its layer.
_TMPFS, _OVERLAY = 0x01021994, 0x794C7630
# Their `f_fsid` comes from an ID that is written in the file system.
_WITH_ID = {_EXT, _BTRFS, _F2FS, _ZFS}
_TRUSTED = {*_WITH_ID, _XFS, _TMPFS, _OVERLAY}
_STATFS_BYTES = 256  # more than the C library's structure has
_MOST_BYTES = 256
_DISKS = "/dev/disk/by-uuid"


def file_system_of(path: str, device: int) -> int | None:
    """A number of 64 bits for the file system of a file on `device`; None if it is not trusted.

    It is another one on another machine. It stays the same when the machine starts again, as far
    as the file system has an ID; the others count as new then.
    """
    try:
        kind, number = _kind_of(path), os.statvfs(path).f_fsid
        is_there = os.stat(path, follow_symlinks=False).st_dev == device
    except OSError:
        return None
    if kind not in _TRUSTED or not is_there:
        return None
    machine, boot = _first_line("/etc/machine-id"), _first_line("/proc/sys/kernel/random/boot_id")
    lasting = str(number) if number and kind in _WITH_ID else _disk_of(device, kind)
    if not (machine and lasting) and not boot:
        return None
    place = lasting if machine and lasting else f"{device} since {boot}"
    text = f"{machine}\0{kind}\0{place}".encode()
    return int.from_bytes(blake3(text).digest(length=8), sys.byteorder)


def _kind_of(path: str) -> int:
    """The number of the file system's type; 0 where it is not known."""
    if sys.platform != "linux" or sys.maxsize < 1 << 32:
        return 0
    import ctypes  # noqa: PLC0415 (only who registers files needs it)

    found = ctypes.create_string_buffer(_STATFS_BYTES)
    if _libc().statfs(os.fsencode(path), found) != 0:
        return 0
    # A mask: where the field has 32 bits, as on s390x, no number fits, and nothing is trusted.
    return ctypes.c_ulong.from_buffer(found).value


def _disk_of(device: int, kind: int) -> str:
    """The UUID of the disk that XFS is on, whose `f_fsid` is only the disk's number."""
    if kind == _XFS:
        with suppress(OSError), os.scandir(_DISKS) as entries:
            for entry in entries:
                if entry.stat().st_rdev == device:
                    return entry.name
    return ""


def _first_line(path: str) -> str:
    with suppress(OSError, ValueError), open(path, encoding="ascii") as file:
        return file.read(_MOST_BYTES).strip()
    return ""


@cache
def _libc() -> Any:
    """The C library."""
    import ctypes  # noqa: PLC0415 (as above)

    return ctypes.CDLL(None)
