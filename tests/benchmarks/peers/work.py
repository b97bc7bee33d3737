"""The rows of the comparison, and the files that every program is given."""

import os
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
TIMES = "\N{MULTIPLICATION SIGN}"


class Group(StrEnum):
    """Rows of one group share what was made for them; a group starts from an empty home."""

    START = "start"
    VERSIONS = "versions"
    VALUES = "values"
    WRITERS = "writers"
    BIG = "big"
    MANY = "many"


@dataclass(frozen=True)
class Sizes:
    """How much there is to do; smaller only to try out the comparison itself."""

    big_bytes: int = GIB
    files: int = 10_000
    file_bytes: int = 20 * KIB
    changed: int = 100
    versions: int = 10_000
    frame_rows: int = 1_000_000
    array_bytes: int = 100_000_000
    writers: int = 8
    saves: int = 25


@dataclass(frozen=True)
class Row:
    """One line: `settles` counts a sync of all file systems in, `says_s` is clocked inside."""

    key: str
    title: str
    group: Group
    settles: bool = True
    says_s: bool = False


def rows(sizes: Sizes) -> Sequence[Row]:
    """All rows in the order in which they are measured."""
    whole = sizes.big_bytes % GIB == 0
    big = f"{sizes.big_bytes // GIB} GiB" if whole else f"{sizes.big_bytes // MIB} MiB"
    many = f"{sizes.files:,} {TIMES} {sizes.file_bytes // KIB} KiB"
    frame = f"DataFrame {sizes.frame_rows:,} {TIMES} 10"
    array = f"array {sizes.array_bytes // 10**6} MB"
    writers = f"{sizes.writers} writers {TIMES} {sizes.saves} of one name"
    versions = f"{sizes.versions:,} versions"
    return (
        Row("help", "--help", Group.START, settles=False),
        Row("list", f"list 20 of {versions}", Group.VERSIONS, settles=False),
        Row("tag", f"tag one of {versions}", Group.VERSIONS),
        Row("read", f"read all {versions}, warm", Group.VERSIONS, settles=False, says_s=True),
        Row("save-frame", f"save {frame}, warm", Group.VALUES, says_s=True),
        Row("load-frame", f"load {frame}, warm", Group.VALUES, settles=False, says_s=True),
        Row("save-array", f"save {array}, warm", Group.VALUES, says_s=True),
        Row("load-array", f"load {array}, warm", Group.VALUES, settles=False, says_s=True),
        Row("writers", writers, Group.WRITERS),
        Row("save-big", f"save {big}", Group.BIG),
        Row("get-big", f"get {big}", Group.BIG),
        Row("zip-big", f"{big} as zip", Group.BIG),
        Row("save-many", f"save {many}", Group.MANY),
        Row("again-many", f"again, {sizes.changed:,} of them changed", Group.MANY),
        Row("get-many", f"get {many}", Group.MANY),
        Row("zip-many", f"{many} as zip", Group.MANY),
    )


class Inputs:
    """The files to save, in a folder of their own: every program saves the same paths.

    Their bytes are random, so that nothing gains by compressing them.
    """

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self.folder, self._sizes = folder, sizes
        folder.mkdir()
        (folder / "one.txt").write_text("one")

    def make(self, group: Group) -> None:
        """Write what a group wants: one big file, or many small ones."""
        chance = random.Random(1)
        if group is Group.BIG:
            # Each MiB begins with its own number: no two are alike.
            part = chance.randbytes(MIB)
            with (self.folder / "big").open("wb") as file:
                for number in range(max(1, self._sizes.big_bytes // MIB)):
                    file.write(number.to_bytes(8, "little") + part[8:])
        if group is Group.MANY:
            for path in self._many(self._sizes.files):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(chance.randbytes(self._sizes.file_bytes))
        os.sync()

    def change(self, turn: int, state: str) -> None:
        """Write a few of the many files anew; others keep their times."""
        chance = random.Random(f"{turn} {state}")
        for path in self._many(self._sizes.changed):
            path.write_bytes(chance.randbytes(self._sizes.file_bytes))
        os.sync()

    def remove(self, group: Group) -> None:
        """Remove what `make` wrote."""
        if group is Group.BIG:
            (self.folder / "big").unlink()
        if group is Group.MANY:
            shutil.rmtree(self.folder / "many")

    def _many(self, count: int) -> Sequence[Path]:
        return [self.folder / "many" / f"part-{i % 100:02}" / f"file-{i}" for i in range(count)]
