"""Which file systems show by a file's status that it has changed, and what tells them apart.

On these, every change of a file's bytes changes its ctime, which no program can set, an inode
belongs to one file, and a lease tells who may change a file later. Whatever is not in the list is
not trusted. Network and FUSE file systems may answer from a cache, or make inodes up; FAT and NTFS
have no ctime of this kind. On tmpfs, who maps a file and reads it first changes it without a new
ctime. On an overlay no lease tells of such a mapping once the file is closed.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from typing import Any

from blake3 import blake3

# Their numbers in `statfs` (linux/magic.h, and the sources of ZFS), and where the kernel shows what
# is mounted of them, if it does.
_TRUSTED = {
    0xEF53: "/sys/fs/ext4",  # ext2 and ext3, too
    0x58465342: "/sys/fs/xfs",
    0x9123683E: None,  # Btrfs
    0xF2F52010: "/sys/fs/f2fs",
    0x2FC12FC1: None,  # ZFS
}
_SHORT_BITS = 32  # of each half of a number: the disk, and its mounting
_STATFS_BYTES = 256  # more than the C library's structure has
_MOST_BYTES = 256


def file_system_of(path: str, device: int) -> int | None:
    """A number of 64 bits for the file system of a file on `device`; None if it is not trusted.

    It is another one on another machine, when the machine starts again, and, where that is shown,
    when the file system is mounted again. For a file's new bytes may reach the disk before its new
    ctime: what a power cut leaves can be new bytes with the times of the old ones.
    """
    try:
        kind, number = _kind_of(path), os.statvfs(path).f_fsid
        is_there = os.stat(path, follow_symlinks=False).st_dev == device
    except OSError:
        return None
    machine, boot = _first_line("/etc/machine-id"), _first_line("/proc/sys/kernel/random/boot_id")
    if kind not in _TRUSTED or not is_there or not boot:
        return None
    mounted = _mounted(device, _TRUSTED[kind])
    return _short(machine, kind, number) << _SHORT_BITS | _short(boot, device, mounted)


def are_one_disk(number: int, other: int) -> bool:
    """Whether two numbers are of one disk, maybe as it was mounted at different times."""
    return number >> _SHORT_BITS == other >> _SHORT_BITS


def _short(*parts: object) -> int:
    text = "\0".join(map(str, parts)).encode()
    return int.from_bytes(blake3(text).digest(length=_SHORT_BITS // 8), sys.byteorder)


def _mounted(device: int, shown_in: str | None) -> int:
    """What tells one mounting of a disk from the next; 0 where that is not shown."""
    if shown_in is not None:
        with suppress(OSError):
            disk = os.readlink(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
            # The kernel makes this folder when it mounts the disk, and uses no inode there twice.
            return os.stat(f"{shown_in}/{os.path.basename(disk)}").st_ino
    return 0


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


def _first_line(path: str) -> str:
    with suppress(OSError, ValueError), open(path, encoding="ascii") as file:
        return file.read(_MOST_BYTES).strip()
    return ""


@cache
def _libc() -> Any:
    """The C library."""
    import ctypes  # noqa: PLC0415 (as above)

    return ctypes.CDLL(None)
