"""A store on S3 over a link with 20 ms, against `rclone copy` with as many transfers."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.benchmarks.measuring import Row, Sample, pairs, timed
from tests.benchmarks.starting import COMMAND
from tests.servers import s3
from tests.servers.programs import program

_FILES = 10_000
_FILE_BYTES = 20 << 10
_BIG_BYTES = 1 << 30
_JOBS = "32"
_LIMIT = 1.3
# In a process of its own, so that it does not share a core with what it delays.
_PROXY = """
import sys, time
from tests.servers.proxy import proxied
with proxied(int(sys.argv[1])) as proxy:
    proxy.delay_s = 0.02
    print(proxy.port, flush=True)
    time.sleep(1 << 20)
"""


def stores(folder: Path, runs: int) -> list[Row]:
    """10,000 files of 20 KiB and one of 1 GiB, up and down; without rclone there is nothing."""
    try:
        with _linked(folder / "s3") as (server, port):
            return [*_many(folder, runs, server, port), *_big(folder, runs, server, port)]
    except pytest.skip.Exception as missing:
        print(f"left out: {missing}", file=sys.stderr)
        return []


@contextmanager
def _linked(folder: Path) -> Iterator[tuple[s3.S3Server, int]]:
    folder.mkdir()
    with s3.serve_rclone(folder) as server, delayed(server.port) as port:
        yield server, port


@contextmanager
def delayed(port: int) -> Iterator[int]:
    """A port that leads to another one over a link with 20 ms."""
    words = [sys.executable, "-c", _PROXY, str(port)]
    proxy = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert proxy.stdout is not None
    try:
        yield int(proxy.stdout.readline())
    finally:
        proxy.kill()
        proxy.wait()
        proxy.stdout.close()


def _many(folder: Path, runs: int, server: s3.S3Server, port: int) -> list[Row]:
    source, chance = folder / "many-up", random.Random(3)
    for i in range(_FILES):
        path = source / f"part-{i % 100:02}" / f"file-{i}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(_FILE_BYTES))
    return _both_ways(f"{_FILES:,} files", source, folder, runs, server, port)


def _big(folder: Path, runs: int, server: s3.S3Server, port: int) -> list[Row]:
    source, chance = folder / "big-up", random.Random(4)
    source.mkdir()
    with (source / "big").open("wb") as file:
        for _ in range(_BIG_BYTES >> 20):
            file.write(chance.randbytes(1 << 20))
    return _both_ways("1 GiB", source, folder, runs, server, port)


def _both_ways(
    what: str, source: Path, folder: Path, runs: int, server: s3.S3Server, port: int
) -> list[Row]:
    name = source.name
    rclone = [program("rclone"), "--config", os.devnull, "--transfers", _JOBS, "--checkers", _JOBS]
    os.environ.update(
        {
            **s3.ENVIRON,
            "ARTIFACTCTL_CACHE": "0",
            "RCLONE_CONFIG_R_TYPE": "s3",
            "RCLONE_CONFIG_R_PROVIDER": "Other",
            "RCLONE_CONFIG_R_ACCESS_KEY_ID": s3.KEY,
            "RCLONE_CONFIG_R_SECRET_ACCESS_KEY": s3.SECRET,
            "RCLONE_CONFIG_R_ENDPOINT": f"http://127.0.0.1:{port}",
        }
    )

    def ours(turn: int, *words: str) -> Sample:
        os.environ["ARTIFACTCTL_STORE"] = server.url(f"ours/{name}-{turn}", port=port)
        try:
            return timed([*COMMAND, *words, "-q", "-j", _JOBS], folder / f"{name}-{turn}", folder)
        finally:
            del os.environ["ARTIFACTCTL_STORE"]

    def theirs(*words: str) -> Sample:
        return timed([*rclone, "copy", *words], folder, folder)

    def down(turn: int) -> Sample:
        shutil.rmtree(folder / "out", ignore_errors=True)
        return ours(turn, "download", name, str(folder / "out"))

    def copied_down(turn: int) -> Sample:
        shutil.rmtree(folder / "copied", ignore_errors=True)
        return theirs(f"r:{s3.BUCKET}/rc/{name}-{turn}", str(folder / "copied"))

    up = pairs(
        lambda turn: ours(turn, "register", name, str(source)),
        lambda turn: theirs(str(source), f"r:{s3.BUCKET}/rc/{name}-{turn}"),
        runs,
    )
    rows = [Row(f"register {what} on S3", "rclone copy", *up, _LIMIT)]
    again = pairs(
        lambda turn: ours(turn, "register", name, str(source)),
        lambda turn: theirs(str(source), f"r:{s3.BUCKET}/rc/{name}-{turn}"),
        runs,
    )
    rows.append(Row(f"register {what} again, unchanged", "rclone copy", *again, None))
    rows.append(
        Row(f"download {what} from S3", "rclone copy", *pairs(down, copied_down, runs), _LIMIT)
    )
    return rows
