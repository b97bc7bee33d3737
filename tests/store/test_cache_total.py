"""What a cache holds is known without counting, and is kept below its limit."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from artifactctl.digests import blob_key, digest_of
from artifactctl.errors import BusyError
from artifactctl.store import cache_total
from artifactctl.store.cache import Cache, default_limit

CONTENTS = [bytes([number]) * 1000 for number in range(10)]


def add(folder: Path, content: bytes, limit: int = 1 << 30, cache: Cache | None = None) -> None:
    digest = digest_of(content)
    (cache or Cache(str(folder), limit)).add_bytes(blob_key(digest), digest, content)


def aged(folder: Path, *contents: bytes) -> None:
    """The entries were used one after the other, all of them long ago."""
    for number, content in enumerate(contents):
        moment = time.time() - 1000 + number
        os.utime(folder / blob_key(digest_of(content)), (moment, moment))


def held(folder: Path) -> list[int]:
    return sorted(path.read_bytes()[0] for path in folder.glob("blobs/*/*"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "cache"
    for content in CONTENTS:
        add(made, content)
    aged(made, *CONTENTS)
    return made


def test_the_sum_is_kept_without_counting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_total, "count", None)
    found = cache_total.usage(str(folder))
    assert (found.size_bytes, found.count) == (10_000, 10)


def test_what_is_there_already_counts_once(folder: Path) -> None:
    add(folder, CONTENTS[0])
    assert cache_total.usage(str(folder)).count == 10


@pytest.mark.parametrize("text", ["", "{", "[]", '{"size_bytes": -1, "count": 1, "counted": 1}'])
def test_a_damaged_sum_is_counted_again(folder: Path, text: str) -> None:
    (folder / "total").write_text(text)
    assert cache_total.usage(str(folder)).size_bytes == 10_000


def test_it_is_counted_again_after_a_day(folder: Path) -> None:
    """A process that was killed has added what is in no sum."""
    later = time.time() - 90_000
    (folder / "total").write_text(f'{{"size_bytes": 5, "count": 1, "counted": {later}}}')
    add(folder, b"new")
    assert cache_total.usage(str(folder)).count == 11


def test_over_the_limit_the_least_recently_used_go(folder: Path) -> None:
    os.utime(folder / blob_key(digest_of(CONTENTS[0])))  # used just now
    add(folder, b"\xff" * 1000, limit=10_000)
    assert held(folder) == [0, 3, 4, 5, 6, 7, 8, 9, 255]


def test_reading_is_using(folder: Path) -> None:
    digest = digest_of(CONTENTS[0])
    descriptor = Cache(str(folder), 1 << 30).open(blob_key(digest), digest)
    assert descriptor is not None
    os.close(descriptor)
    cache_total.trim(str(folder), 2000, dry_run=False)
    assert held(folder) == [0, 9]


@pytest.mark.parametrize("limit", [0, 999, 1000, 5500, 10_000, 1 << 40])
def test_trimming_leaves_at_most_what_is_asked(folder: Path, limit: int) -> None:
    planned = cache_total.trim(str(folder), limit, dry_run=True)
    assert len(held(folder)) == 10
    done = cache_total.trim(str(folder), limit, dry_run=False)
    kept = min(10, limit // 1000)
    assert (done.count, done.size_bytes) == (10 - kept, 1000 * (10 - kept))
    assert (planned.count, planned.size_bytes) == (done.count, done.size_bytes)
    assert held(folder) == list(range(10))[10 - kept :]
    assert cache_total.usage(str(folder)) == done.left


def test_whoever_does_not_get_the_lock_goes_on(folder: Path) -> None:
    cache = Cache(str(folder), 5000)
    with open(folder / "total", "rb") as total:
        fcntl.flock(total, fcntl.LOCK_EX)
        add(folder, b"new", cache=cache)
        assert len(held(folder)) == 11
        assert cache_total.usage(str(folder)).count == 11
        with pytest.raises(BusyError):
            cache_total.trim(str(folder), 0, dry_run=False)
    add(folder, b"newer", cache=cache)
    assert len(held(folder)) < 11


def test_drafts_of_ended_processes_go_and_others_stay(folder: Path) -> None:
    for name in ("0123456789abcdef-draft", "fedcba9876543210-draft", "somebody's"):
        (folder / "tmp" / name).write_text("x")
    for name in ("0123456789abcdef-draft", "somebody's"):
        os.utime(folder / "tmp" / name, (1, 1))
    cache_total.trim(str(folder), 1 << 30, dry_run=False)
    left = sorted(path.name for path in (folder / "tmp").iterdir())
    assert left == ["fedcba9876543210-draft", "somebody's"]


def test_foreign_files_are_neither_counted_nor_removed(folder: Path) -> None:
    (folder / "blobs" / "notes").write_text("mine")
    (folder / "mine").write_text("mine")
    done = cache_total.trim(str(folder), 0, dry_run=False)
    assert (done.count, done.left.count) == (10, 0)
    assert (folder / "blobs" / "notes").read_text() == (folder / "mine").read_text() == "mine"


def test_a_cache_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert cache_total.trim(str(tmp_path / "none"), 0, dry_run=False).count == 0
    assert not (tmp_path / "none").exists()


def test_the_usual_limit_is_a_tenth_of_a_small_disk_and_never_over_20_gb(tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)
    size = found.f_blocks * found.f_frsize
    assert default_limit(str(tmp_path / "not" / "there")) == min(size // 10, 20_000_000_000)


_WRITER = """
import os, sys
from artifactctl.digests import blob_key, digest_of
from artifactctl.store.cache import Cache
cache = Cache(sys.argv[1], 1 << 30)
while True:
    content = os.urandom(3000)
    cache.add_bytes(blob_key(digest_of(content)), digest_of(content), content)
"""


def test_a_killed_writer_leaves_a_cache_that_works(tmp_path: Path) -> None:
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path / "cache")])
        time.sleep(0.25)
        writer.kill()
        writer.wait()
    add(tmp_path / "cache", b"new")
    counted = cache_total.count(str(tmp_path / "cache"))
    assert abs(cache_total.usage(str(tmp_path / "cache")).count - counted.count) <= 5
    for path in (tmp_path / "cache").glob("blobs/*/*"):
        assert digest_of(path.read_bytes()) == f"blake3:{path.name}"
