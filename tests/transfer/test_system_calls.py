"""How many system calls and bytes each file takes: the same on a busy machine as on an idle one.

Two runs with different numbers of files are compared, so that what every command does once does
not count.
"""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.commands import command, environment
from tests.faults.strace import need_strace

FEW, MANY = 300, 1300
THOUSANDS = (MANY - FEW) / 1000
# What grows with the number of files in another way: memory, and threads that wait for each other.
IGNORED = {"brk", "mmap", "munmap", "mremap", "madvise", "futex", "sched_yield"}
# So many of a store's 256 shards are needed by the many files and not by the few.
SHARDS = 77

WRITES = ("write", "pwrite64", "writev", "pwritev", "copy_file_range", "sendfile")

_WRITTEN = re.compile(r"= (\d+)$", re.MULTILINE)
_ROW = re.compile(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$", re.MULTILINE)


@pytest.fixture
def many(tmp_path: Path) -> dict[int, Path]:
    """Two folders, each with files of 2 KiB in ten folders."""
    folders = {}
    for count in (FEW, MANY):
        folders[count] = tmp_path / f"{count}"
        for number in range(count):
            file = folders[count] / f"{number % 10}" / f"{number}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(f"{number:2048}".encode())
    return folders


def calls_of(tmp_path: Path, home: Path, *words: str) -> Counter[str]:
    """How often the command makes each system call."""
    need_strace()
    trace = tmp_path / "trace"
    subprocess.run(
        ["strace", "-f", "-c", "-o", str(trace), "--", *command(*words, "-q")],
        env=environment(home),
        check=True,
        capture_output=True,
    )
    return Counter({name: int(count) for count, name in _ROW.findall(trace.read_text())})


def bytes_of(tmp_path: Path, home: Path, *words: str) -> int:
    """How many bytes the command writes."""
    need_strace()
    trace = tmp_path / "trace"
    options = ["-f", "-e", f"trace={','.join(WRITES)}", "-o", str(trace)]
    subprocess.run(
        ["strace", *options, "--", *command(*words, "-q")],
        env=environment(home),
        check=True,
        capture_output=True,
    )
    return sum(map(int, _WRITTEN.findall(trace.read_text())))


def more(calls: dict[int, Counter[str]]) -> Counter[str]:
    """How many more calls a thousand more files take."""
    found = {
        name: count - calls[FEW][name]
        for name, count in calls[MANY].items()
        if name not in IGNORED | {"total"}
    }
    return Counter({name: round(count / THOUSANDS) for name, count in found.items()})


def test_a_thousand_files_are_registered_in_nine_calls_each(
    tmp_path: Path, many: dict[int, Path]
) -> None:
    calls = {
        count: calls_of(tmp_path, tmp_path / f"home-{count}", "register", "x", str(folder))
        for count, folder in many.items()
    }
    found = more(calls)
    # Found (stat); opened, read, looked at, closed; a draft opened, written, closed; renamed.
    assert found["read"] <= 1010
    assert found["write"] <= 1010
    # Each shard is missing before the first of its files is written, and at its rename.
    assert found["openat"] <= 2010 + 3 * SHARDS
    assert found["close"] <= 2010 + SHARDS
    assert found["newfstatat"] + found["fstat"] <= 2010
    assert found["renameat"] + found["rename"] <= 1005
    assert sum(found.values()) <= 9_020 + 5 * SHARDS, found
    for name in ("syncfs", "fsync", "fdatasync", "unlink", "unlinkat"):
        assert found[name] <= 1, name


def calls_of_downloads(
    tmp_path: Path, many: dict[int, Path], target: str
) -> dict[int, Counter[str]]:
    """The calls of downloads to a target in which `{}` stands for the number of files."""
    calls = {}
    for count, folder in many.items():
        home = tmp_path / f"home-{count}"
        subprocess.run(
            command("register", "x", str(folder), "-q"), env=environment(home), check=True
        )
        calls[count] = calls_of(
            tmp_path, home, "download", "x", f"{tmp_path}/{target.format(count)}"
        )
    return calls


def test_a_thousand_files_are_downloaded_in_nine_calls_each(
    tmp_path: Path, many: dict[int, Path]
) -> None:
    found = more(calls_of_downloads(tmp_path, many, "out-{}"))
    # A blob opened, looked at twice, read, closed; a file opened, written, its time set, closed.
    assert found["read"] <= 1010
    assert found["write"] <= 1010
    assert found["openat"] <= 2010 + SHARDS
    assert found["close"] <= 2010 + SHARDS
    assert found["newfstatat"] + found["fstat"] <= 2010
    assert sum(found.values()) <= 9_020 + 2 * SHARDS, found
    for name in ("syncfs", "fsync", "fdatasync", "rename", "renameat", "renameat2"):
        assert found[name] <= 1, name


def test_a_thousand_files_become_a_zip_in_six_calls_each(
    tmp_path: Path, many: dict[int, Path]
) -> None:
    found = more(calls_of_downloads(tmp_path, many, "{}.zip"))
    # A blob opened, looked at twice, read to its end, closed; all of them are written at once.
    assert found["write"] + found["lseek"] <= 10
    assert sum(found.values()) <= 6_020 + 2 * SHARDS, found


def test_a_thousand_files_are_written_once(tmp_path: Path, many: dict[int, Path]) -> None:
    registered, downloaded = {}, {}
    for count, folder in many.items():
        home, out = tmp_path / f"home-{count}", tmp_path / f"out-{count}"
        registered[count] = bytes_of(tmp_path, home, "register", "x", str(folder))
        downloaded[count] = bytes_of(tmp_path, home, "download", "x", str(out))
    files = MANY - FEW
    # A line of the manifest for each file.
    assert registered[MANY] - registered[FEW] < files * (2048 + 250)
    assert downloaded[MANY] - downloaded[FEW] == files * 2048


def test_a_big_file_is_written_once(tmp_path: Path) -> None:
    size = 48 << 20
    (tmp_path / "big").write_bytes(os.urandom(size))
    home = tmp_path / "home"
    assert bytes_of(tmp_path, home, "register", "x", str(tmp_path / "big")) < size + (1 << 20)
    assert bytes_of(tmp_path, home, "download", "x", str(tmp_path / "out")) < size + (1 << 20)
