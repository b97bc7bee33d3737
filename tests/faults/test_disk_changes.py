"""Deleting, giving room back, backing up on disks that are full or read-only: nothing is lost."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.checker import check_home, leftovers
from tests.commands import Result
from tests.faults.changes import state_of
from tests.faults.mounts import read_only, tmpfs
from tests.faults.scenarios import Place, Words, make_sources

pytestmark = pytest.mark.sweep

CHANGES: list[Words] = [
    ("artifact", "version", "delete", "x:1", "-y"),
    ("artifact", "version", "delete", "x:1", "-y", "--delete-data"),
    ("artifact", "delete", "x", "-y"),
    ("artifact", "prune", "--unused", "--keep-tag", "keep", "-y"),
    ("artifact", "prune", "--unused", "-a", "-y"),
    ("artifact", "update", "x", "-n", "new"),
    ("tag", "x:1", "prod", "--exclusive"),
    ("metadata", "log", "x:1", "text=" + "long " * 2000),
    ("catalog", "restore", "backup.db"),
    ("catalog", "rebuild"),
    ("gc", "--grace", "0"),
]
by_words = pytest.mark.parametrize("words", CHANGES, ids=lambda words: " ".join(words[:3]))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A working directory with files to register."""
    made = Place(tmp_path)
    made.work.mkdir()
    make_sources(made.work)
    return made


def fill_home(place: Place) -> None:
    with contextlib.closing(Client(place.home)) as client:
        client.register("x", place.work / "few")
        client.register("x", place.work / "big", tags=["keep"])
        client.register("y", place.work / "one.txt")
        client.backup_catalog(place.work / "backup.db")
        client.register("z", place.work / "many")
        client.delete_artifact("z")


@contextlib.contextmanager
def full(place: Place) -> Iterator[None]:
    """The home on a disk of which every byte is taken, until the block is left."""
    filler = place.home / "store" / "tmp" / "0123456789abcdef-1"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink(missing_ok=True)


@by_words
def test_on_a_full_disk_a_change_is_made_or_refused(place: Place, words: Words):
    with tmpfs(place.home, "size=8m"):
        fill_home(place)
        before = state_of(place.home)
        with full(place):
            done = place.run(*words)
            _assert_done_or_failed(done)
            found = state_of(place.home)
            assert found == before or done.code == 0
            versions = check_home(place.home)
        place.run("verify").ok()
        again = place.run(*words)
        assert again.code == 0 or (done.code == 0 and again.code == 3), again.err
        assert len(check_home(place.home)) <= len(versions)
        place.run("gc", "--grace", "0").ok()
        assert leftovers(place.home) == []
        place.run("verify").ok()


def test_gc_makes_room_on_a_full_disk(place: Place):
    with tmpfs(place.home, "size=8m"):
        fill_home(place)
        with full(place):
            assert place.run("register", "x", "big", "-v", "no", "--tag", "t" * 250).code == 7
            place.run("gc", "--grace", "0").ok()
            place.run("register", "x", "one.txt").ok()
        assert len(check_home(place.home)) == 4


def test_a_backup_on_a_full_disk_is_none(place: Place):
    fill_home(place)
    with tmpfs(place.work / "disk", "size=64k") as disk:
        _assert_done_or_failed(place.run("catalog", "backup", "disk/backup.db"), must_fail=True)
        assert list(disk.iterdir()) == []
    check_home(place.home)


def test_a_read_only_home_is_backed_up_elsewhere(place: Place):
    fill_home(place)
    with read_only(place.home):
        place.run("catalog", "backup", "other.db").ok()
    (place.home / "catalog.db").unlink()
    place.run("catalog", "restore", "other.db").ok()
    assert len(check_home(place.home)) == 3


@by_words
def test_a_read_only_home_refuses_every_change(place: Place, words: Words):
    fill_home(place)
    before = state_of(place.home)
    with read_only(place.home):
        _assert_done_or_failed(place.run(*words), must_fail=True)
    assert state_of(place.home) == before
    place.run(*words).ok()
    check_home(place.home)


def _assert_done_or_failed(result: Result, *, must_fail: bool = False) -> None:
    assert "Traceback" not in result.err
    if result.code or must_fail:
        assert result.code == 7, f"exit code {result.code}: {result.err}"
        assert result.err.splitlines()[-1].startswith("artifactctl: "), result.err
