"""Register and download, process start and all syncs included, against `cp` and `sync`."""

import os
import random
import shutil
import sys
from pathlib import Path

from tests.benchmarks.measuring import Row, Sample, pairs, remove, timed
from tests.benchmarks.starting import COMMAND

_BIG_BYTES = 1 << 30
_FILES = 10_000
_FILE_BYTES = 20 << 10


def one_big_file(folder: Path, runs: int) -> list[Row]:
    """Register and download one file of 1 GiB; each register in a home of its own."""
    source, copy, home, out = (folder / name for name in ("big", "copy", "home-big", "out"))
    chunk = random.Random(1).randbytes(1 << 20)
    with source.open("wb") as file:
        for i in range(_BIG_BYTES >> 20):
            file.write(i.to_bytes(8, "little") + chunk[8:])

    def register(_: int) -> Sample:
        remove(home)
        return timed([*COMMAND, "register", "big", str(source), "-q"], home, folder)

    def copied(_: int) -> Sample:
        remove(copy)
        return timed(["sh", "-c", f"cp {source} {copy} && sync"], home, folder)

    def download(_: int) -> Sample:
        remove(out)
        return timed([*COMMAND, "download", "big", str(out), "-q"], home, folder)

    rows = [Row("register 1 GiB", "cp + sync", *pairs(register, copied, runs), 1.1)]
    rows.append(Row("download 1 GiB", "cp + sync", *pairs(download, copied, runs), 1.1))
    for path in (source, copy, home, out):
        remove(path)
    return rows


def many_small_files(folder: Path, runs: int) -> list[Row]:
    """A folder of 10,000 files of 20 KiB: its first version, its second, its download, its zip."""
    source, changed = folder / "many", folder / "changed"
    chance = random.Random(2)
    for i in range(_FILES):
        path = source / f"part-{i % 100:02}" / f"file-{i}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(_FILE_BYTES))
    shutil.copytree(source, changed)
    for path in sorted(changed.glob("*/*"))[: _FILES // 100]:
        path.write_bytes(chance.randbytes(_FILE_BYTES))
    os.sync()

    # Nothing is removed between runs: ext4 passes over inodes that were freed a moment ago, one
    # by one, and whoever makes files next would pay for it.
    def register(turn: int) -> Sample:
        home = folder / f"home-{turn}"
        return timed([*COMMAND, "register", "many", str(source), "-q"], home, folder)

    def copied(turn: int) -> Sample:
        copy = folder / f"copy-{turn}"
        return timed(["sh", "-c", f"cp -r {source} {copy} && sync"], folder, folder)

    def second_version(turn: int) -> Sample:
        home = folder / f"home-{turn}"
        return timed([*COMMAND, "register", "many", str(changed), "-q"], home, folder)

    def download(turn: int) -> Sample:
        out = folder / f"out-{turn}"
        home = folder / "home-0"
        return timed([*COMMAND, "download", "many:1", str(out), "-q"], home, folder)

    def zipped(turn: int) -> Sample:
        home, out = folder / "home-0", folder / f"out-{turn}.zip"
        return timed([*COMMAND, "download", "many:1", str(out), "-q"], home, folder)

    def copied_once_more(turn: int) -> Sample:
        return timed(["sh", "-c", f"cp -r {source} {folder}/third-{turn} && sync"], folder, folder)

    def copied_again(turn: int) -> Sample:
        return timed(["sh", "-c", f"cp -r {source} {folder}/again-{turn} && sync"], folder, folder)

    firsts, copies = pairs(register, copied, runs)
    seconds = [second_version(turn) for turn in range(1, runs + 1)]
    return [
        Row("register 10,000 files", "cp -r + sync", firsts, copies, 1.3),
        Row("100 of them changed", "the first version", seconds, firsts, 0.35),
        Row("download 10,000 files", "cp -r + sync", *pairs(download, copied_again, runs), 1.2),
        Row("10,000 files as zip", "cp -r + sync", *pairs(zipped, copied_once_more, runs), None),
    ]


def many_registers(folder: Path, runs: int) -> list[Row]:
    """200 small registers in one process, each durable, against as many synced files."""
    home, out = folder / "home-saving", folder / "synced"
    ours = (
        "import pathlib\nfrom artifactctl import Client\nclient = Client()\n"
        "path = pathlib.Path('small')\n"
        "for i in range(200):\n    path.write_text(str(i))\n    client.register('small', path)\n"
    )
    theirs = (
        "import os, pathlib\npathlib.Path('synced').mkdir()\n"
        "for i in range(200):\n    for j in range(6):\n"
        "        fd = os.open(f'synced/{i}-{j}', os.O_CREAT | os.O_WRONLY)\n"
        "        os.write(fd, b'x'); os.fsync(fd); os.close(fd)\n"
    )

    def register(_: int) -> Sample:
        remove(home)
        return timed([sys.executable, "-c", ours], home, folder)

    def synced(_: int) -> Sample:
        remove(out)
        return timed([sys.executable, "-c", theirs], home, folder)

    row = Row("200 registers", "1,200 files synced", *pairs(register, synced, runs), 3.0)
    remove(home)
    return [row]
