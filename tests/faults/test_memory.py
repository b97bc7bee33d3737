"""What commands take of memory: little for each file, and nothing for what lies in the store."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from blake3 import blake3

from artifactctl.client import Client
from tests.commands import environment

pytestmark = pytest.mark.sweep

MOST_BYTES = 1100  # for each file of a version: 100,000 take less than 150 MB

# Not ru_maxrss: what a process starts with there is the peak of the one that started it.
PEAK = """
import re, sys
def peak_kib():
    return int(re.search("VmHWM:(.*)kB", open("/proc/self/status").read())[1])
from artifactctl.client import Client
client = Client(sys.argv[1])
"""
COLLECT = (
    PEAK
    + """
done = client.collect_garbage(grace_s=0)
print(done.blobs, peak_kib() // 1024)
"""
)


def make_blobs(home: Path, count: int) -> None:
    """Blobs that nothing refers to, and a version."""
    home.parent.mkdir(exist_ok=True)
    file = home.parent / "file"
    file.write_text("needed")
    client = Client(home)
    client.register("x", file)
    client.close()
    blobs = home / "store" / "blobs"
    for shard in range(256):
        (blobs / f"{shard:02x}").mkdir(exist_ok=True)
    for number in range(count):
        content = f"{number}".encode()
        name = blake3(content).hexdigest()
        (blobs / name[:2] / name).write_bytes(content)


def collect(home: Path, work: Path) -> int:
    """Run gc in a process of its own; return its peak in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", COLLECT, home],
        cwd=work,
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    blobs, peak_mib = done.stdout.split()
    left = list((home / "store" / "blobs").glob("*/*"))
    assert [path.read_bytes() for path in left] == [b"needed"]
    assert int(blobs) > 0
    return int(peak_mib)


def test_thirty_times_the_blobs_take_no_more_memory(tmp_path: Path, work: Path):
    peaks = []
    for count in (1_000, 30_000):
        make_blobs(tmp_path / f"{count}" / "home", count)
        peaks.append(collect(tmp_path / f"{count}" / "home", work))
    assert peaks[1] - peaks[0] < 30, peaks


REGISTER = (
    PEAK
    + """
client.register("warm", sys.argv[2] + "/0")
before = peak_kib()
client.register("x", sys.argv[2])
print(peak_kib() - before)
"""
)


def test_registering_takes_little_memory_for_each_file(tmp_path: Path, work: Path):
    many = 8_000
    (work / "files" / "0").mkdir(parents=True)
    for number in range(many):
        (work / "files" / f"{number // 100}").mkdir(exist_ok=True)
        (work / "files" / f"{number // 100}" / f"{number:06}.txt").write_text(str(number % 100))
    done = subprocess.run(
        [sys.executable, "-c", REGISTER, tmp_path / "home", "files"],
        cwd=work,
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) * 1024 / many < MOST_BYTES, done.stdout


MOVE = (
    PEAK
    + """
from pathlib import Path
from artifactctl.store import Source
from artifactctl.store.local import LocalStore
store = LocalStore(Path(sys.argv[1]).parent / "store")
def sources(first, end):
    for number in range(first, end):
        path = f"{sys.argv[2]}/{number // 1000}/{number}"
        found = Path(path).stat()
        yield Source(path, found.st_size, found.st_mtime_ns, found.st_ino)
peaks = []
for first in range(0, int(sys.argv[3]), 10_000):
    store.put(list(sources(first, first + 10_000)))
    peaks.append(peak_kib())
print(peaks[-1] - peaks[0])
"""
)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_copying_ten_times_the_files_takes_no_more_memory(tmp_path: Path, work: Path):
    many = 100_000
    for number in range(many):
        (work / "files" / f"{number // 1000}").mkdir(parents=True, exist_ok=True)
        (work / "files" / f"{number // 1000}" / f"{number}").write_text(str(number))
    done = subprocess.run(
        [sys.executable, "-c", MOVE, tmp_path / "home", "files", str(many)],
        cwd=work,
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 8 << 10, done.stdout


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_million_blobs_take_no_more_memory(tmp_path: Path, work: Path):
    make_blobs(tmp_path / "home", 1_000_000)
    start = time.monotonic()
    peak = collect(tmp_path / "home", work)
    print(f"{time.monotonic() - start:.0f} s, {peak} MiB")
    assert peak < 150


PRUNE = """
import os, resource, sys
from artifactctl.cli import run
code = run(["--home", sys.argv[1], "artifact", "prune", "--keep-last", "1", *sys.argv[2:]])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(code, peak, file=sys.stderr)
"""


def make_versions(home: Path, count: int) -> None:
    """Versions of a few artifacts, all of the bytes of one that was registered."""
    home.parent.mkdir(exist_ok=True)
    file = home.parent / "file"
    file.write_text("needed")
    client = Client(home)
    for name in ("a", "b", "c"):
        client.register(name, file, metadata={"k": "x" * 200, "n": 1})
    client.close()
    with closing(sqlite3.connect(home / "catalog.db", isolation_level=None)) as connection:
        columns = [
            row[1]
            for row in connection.execute("PRAGMA table_info(artifact_version)")
            if row[1] not in ("seq", "id", "version", "number")
        ]
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n LIMIT ?)"
            f" INSERT INTO artifact_version (id, version, number, {', '.join(columns)})"
            " SELECT lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 13, 3)"
            " || '-8' || substr(h, 16, 3) || '-' || substr(h, 19, 12)), i, i,"
            f" {', '.join(columns)} FROM"
            " (SELECT i, hex(randomblob(16)) AS h, v.* FROM n JOIN artifact_version v)",
            (count // 3,),
        )
        connection.execute(
            "INSERT INTO version_metadata (version_seq, key, value, number, text)"
            " SELECT v.seq, m.key, m.value, m.number, m.text"
            " FROM artifact_version v JOIN version_metadata m ON m.version_seq = 1 WHERE v.seq > 3"
        )
        connection.execute("UPDATE artifact SET last_number = ?", (count // 3 + 1,))
        connection.execute("COMMIT")


def prune(home: Path, work: Path, *words: str) -> int:
    """Prune in a process of its own; return its peak in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", PRUNE, home, *words],
        cwd=work,
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    code, peak_mib = done.stderr.splitlines()[-1].split()
    assert code == "0", done.stderr
    assert done.stdout.count("\n") > 1_000
    return int(peak_mib)


def test_a_plan_of_ten_times_the_versions_takes_no_more_memory(tmp_path: Path, work: Path):
    peaks = []
    for count in (3_000, 30_000):
        make_versions(tmp_path / f"{count}" / "home", count)
        peaks.append(prune(tmp_path / f"{count}" / "home", work, "--dry-run"))
    assert peaks[1] - peaks[0] < 30, peaks


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_plan_of_a_million_versions_takes_no_more_memory(tmp_path: Path, work: Path):
    make_versions(tmp_path / "home", 1_000_000)
    start = time.monotonic()
    peak = prune(tmp_path / "home", work, "--dry-run")
    print(f"{time.monotonic() - start:.0f} s, {peak} MiB")
    assert peak < 150
