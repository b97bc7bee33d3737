"""What gc takes of memory does not grow with what lies in the store."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from blake3 import blake3

from artifactctl.client import Client
from tests.commands import environment

COLLECT = """
import resource, sys
from artifactctl.client import Client
done = Client(sys.argv[1]).collect_garbage(grace_s=0)
print(done.blobs, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


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


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_million_blobs_take_no_more_memory(tmp_path: Path, work: Path):
    make_blobs(tmp_path / "home", 1_000_000)
    start = time.monotonic()
    peak = collect(tmp_path / "home", work)
    print(f"{time.monotonic() - start:.0f} s, {peak} MiB")
    assert peak < 150
