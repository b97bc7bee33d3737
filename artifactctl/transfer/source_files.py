"""The regular files that become a version, with their statuses, in little memory."""

import os
import stat
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from artifactctl.file_columns import FileColumns
from artifactctl.store import Source


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that is to become a member of a version.

    Without a `source`, the bytes come from the `pipe` at that path, or else from standard input.
    """

    member: str
    source: Source | None
    executable: bool = False
    pipe: str | None = None


class SourceFiles(Sequence[SourceFile]):
    """Many files that were found, in little memory; each is made when it is asked for.

    They are in the order of their members, but for those that the user named one by one. Files of
    one folder have one entry in `_folders`.
    """

    def __init__(self) -> None:
        self.columns = FileColumns()
        self.inodes = array("Q")
        self.ctimes = array("q")
        self.devices = array("Q")
        self._folders: list[str] = []
        self._folder_of = array("I")
        self._others: dict[int, SourceFile] = {}

    def __len__(self) -> int:
        return len(self.columns)

    @overload
    def __getitem__(self, place: int) -> SourceFile: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[SourceFile, ...]: ...
    def __getitem__(self, place: int | slice) -> SourceFile | tuple[SourceFile, ...]:
        if isinstance(place, slice):
            return tuple(self[each] for each in range(len(self))[place])
        place = range(len(self))[place]
        return self._others.get(place) or self._file(place)

    @property
    def unread(self) -> list[int]:
        """The places of files that have no source: standard input, and pipes."""
        return [place for place, file in self._others.items() if file.source is None]

    def add(self, file: SourceFile) -> None:
        """Add one file, whatever it is."""
        source = file.source or Source("", 0, 0, 0)
        self._others[len(self)] = file
        self.columns.extend(
            [file.member], [source.size_bytes], [source.mtime_ns], [file.executable]
        )
        self.inodes.append(source.inode)
        self.devices.append(source.device)
        self._ctimes_extend([source.ctime_ns])
        self._folder_of.append(0)

    def add_some(
        self, members: Sequence[str], folder: str, found: Sequence[os.stat_result]
    ) -> None:
        """Add regular files of one folder, with the base names of their members."""
        if not self._folders or self._folders[-1] != folder:
            self._folders.append(folder)
        self.columns.extend(
            members,
            [each.st_size for each in found],
            [each.st_mtime_ns for each in found],
            [bool(each.st_mode & stat.S_IXUSR) for each in found],
        )
        self.inodes.extend([each.st_ino for each in found])
        self.devices.extend([_unsigned(each.st_dev) for each in found])
        self._ctimes_extend([each.st_ctime_ns for each in found])
        self._folder_of.extend([len(self._folders) - 1] * len(members))

    def _ctimes_extend(self, ctimes_ns: Sequence[int]) -> None:
        try:
            self.ctimes.extend(ctimes_ns)
        except OverflowError:  # after the year 2262; 0 is a file that is never known
            self.ctimes.extend([0] * (len(self) - len(self.ctimes)))

    def _file(self, place: int) -> SourceFile:
        columns = self.columns
        member = columns.paths[place]
        source = Source(
            f"{self._folders[self._folder_of[place]]}/{os.path.basename(member)}",
            columns.sizes[place],
            columns.mtime_ns(place),
            self.inodes[place],
            device=self.devices[place],
            ctime_ns=self.ctimes[place],
        )
        return SourceFile(member, source, bool(columns.executables[place]))


def source_of(path: str, found: os.stat_result) -> Source:
    """Return a regular file with its status as a source."""
    return Source(
        path,
        found.st_size,
        found.st_mtime_ns,
        found.st_ino,
        device=_unsigned(found.st_dev),
        ctime_ns=found.st_ctime_ns,
    )


def _unsigned(device: int) -> int:
    """The number of a device, which is signed on some systems."""
    return device & 0xFFFF_FFFF_FFFF_FFFF
