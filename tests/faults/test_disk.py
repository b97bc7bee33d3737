"""Disks that are full or read-only, missing permissions, low limits: exit code 7, nothing lost."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checker import check_home, leftovers
from tests.commands import Result, command, environment
from tests.faults.mounts import attempt, need, read_only, remount, tmpfs
from tests.faults.scenarios import Place, digests_below, make_sources, parts_below

READS = [
    ("artifact", "list"),
    ("artifact", "version", "list", "-o", "json"),
    ("artifact", "version", "describe", "x", "-o", "json"),
    ("verify",),
]
WRITES = [("register", "x", "one.txt"), ("register", "new", "one.txt"), ("tag", "x", "t")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A working directory with files to register; the home does not exist yet."""
    made = Place(tmp_path)
    made.work.mkdir()
    make_sources(made.work)
    yield made
    check_home(made.home)


def test_a_full_disk_takes_no_version_and_harms_none(place: Place):
    with tmpfs(place.home, "size=1m"):
        place.run("register", "x", "few").ok()
        _assert_failed(place.run("register", "x", "big"))
        assert leftovers(place.home) == []
        assert len(check_home(place.home)) == 1
        place.run("download", "x", "out").ok()
        place.run("register", "x", "one.txt").ok()
        remount(place.home, "size=32m")
        assert place.run("register", "x", "big", "-q").ok().out == "x:3\n"
        check_home(place.home)


def test_a_disk_too_small_for_a_catalog_takes_nothing(place: Place):
    with tmpfs(place.home, "size=64k"):
        _assert_failed(place.run("register", "x", "one.txt"))
        assert not (place.home / "catalog.db").exists()
        assert place.run("artifact", "list", "-q").ok().out == ""
        remount(place.home, "size=4m")
        assert place.run("register", "x", "one.txt", "-q").ok().out == "x:1\n"
        check_home(place.home)


def test_a_disk_without_inodes_takes_no_version_and_harms_none(place: Place):
    with tmpfs(place.home, "size=32m,nr_inodes=48"):
        place.run("register", "x", "few").ok()
        _assert_failed(place.run("register", "x", "many"))
        assert leftovers(place.home) == []
        assert len(check_home(place.home)) == 1
        remount(place.home, "nr_inodes=400")
        assert place.run("register", "x", "many", "-q").ok().out == "x:2\n"
        check_home(place.home)


@pytest.mark.parametrize(
    ("source", "dest", "small", "large"),
    [
        ("big", "big", "size=1m", "size=32m"),
        ("big", "big.zip", "size=8k", "size=32m"),
        ("many", "many", "size=32m,nr_inodes=30", "nr_inodes=400"),
        ("many", "many.zip", "size=4k", "size=32m"),
    ],
)
def test_a_destination_that_is_full_is_gone_on_with_when_there_is_room(
    place: Place, source: str, dest: str, small: str, large: str
):
    place.run("register", "x", source).ok()
    with tmpfs(place.work / "disk", small) as disk:
        target = disk / dest
        _assert_failed(place.run("download", "x", target))
        assert not target.exists()
        assert [path.name for path in disk.iterdir()] in ([], [f".{dest}.artifactctl-part"])
        remount(disk, large)
        place.run("download", "x", target).ok()
        assert parts_below(disk) == []
        if not dest.endswith(".zip"):
            found, expected = digests_below(target), digests_below(place.work / source)
            assert sorted(found.values()) == sorted(expected.values())


def test_a_read_only_home_is_read_and_not_written(place: Place):
    place.run("register", "x", "few").ok()
    with read_only(place.home):
        for words in READS:
            place.run(*words).ok()
        place.run("download", "x", "out").ok()
        assert digests_below(place.work / "out") == digests_below(place.work / "few")
        for words in WRITES:
            _assert_failed(place.run(*words))
    assert len(check_home(place.home)) == 1
    place.run("register", "x", "one.txt").ok()


def test_a_record_that_was_not_written_yet_keeps_nobody_from_reading(place: Place):
    place.run("register", "x", "few").ok()
    for record in (place.home / "store" / "records").iterdir():
        record.unlink()
    with read_only(place.home):
        for words in READS:
            place.run(*words).ok()


def test_a_home_that_cannot_be_made_is_empty_and_cannot_be_written(place: Place):
    place.home.mkdir()
    with read_only(place.home):
        listing = place.run("artifact", "version", "list", "-o", "json").ok()
        assert json.loads(listing.out)["items"] == []
        _assert_failed(place.run("register", "x", "one.txt"))


def test_a_destination_that_is_read_only_is_refused(place: Place):
    place.run("register", "x", "few").ok()
    (place.work / "disk").mkdir()
    with read_only(place.work / "disk"):
        _assert_failed(place.run("download", "x", "disk/out"))


@pytest.fixture
def shared() -> Iterator[Place]:
    """A place that another user may enter."""
    need("setpriv")
    probe = [*AS_NOBODY, *command("--help")]
    if attempt(*probe).returncode:
        pytest.skip("another user cannot run this Python")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    made = Place(folder)
    made.work.mkdir()
    make_sources(made.work)
    try:
        yield made
        check_home(made.home)
    finally:
        shutil.rmtree(folder)


AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]


def test_another_users_home_is_neither_read_nor_written(shared: Place):
    shared.run("register", "x", "few").ok()
    for words in [*READS, *WRITES, ("download", "x", "out")]:
        _assert_failed(shared.start([*AS_NOBODY, *command(*words)]))


def test_another_users_home_is_read_when_its_owner_lets_us(shared: Place):
    shared.run("register", "x", "few").ok()
    subprocess.run(["chmod", "-R", "a+rX", shared.home], check=True)
    for words in READS:
        shared.start([*AS_NOBODY, *command(*words)]).ok()
    for words in WRITES:
        _assert_failed(shared.start([*AS_NOBODY, *command(*words)]), 12)
    _assert_failed(shared.start([*AS_NOBODY, *command("download", "x", "out")]))
    target = shared.folder / "theirs"
    target.mkdir()
    os.chown(target, 65534, 65534)
    shared.start([*AS_NOBODY, *command("download", "x", target / "out")]).ok()
    assert digests_below(target / "out") == digests_below(shared.work / "few")


def test_a_limit_on_file_size_is_an_error_and_harms_nothing(place: Place):
    need("prlimit")
    place.run("register", "x", "few").ok()
    limited = ["prlimit", "--fsize=204800", "--"]
    _assert_failed(place.start([*limited, *command("register", "x", "big")]))
    assert leftovers(place.home) == []
    assert place.run("register", "x", "big", "-q").ok().out == "x:2\n"
    _assert_failed(place.start([*limited, *command("download", "x", "out")]))
    place.run("download", "x", "out").ok()
    assert (place.work / "out").read_bytes() == (place.work / "big").read_bytes()


def test_twenty_open_files_are_enough(place: Place):
    need("prlimit")
    limited = ["prlimit", "--nofile=20", "--"]
    place.start([*limited, *command("register", "x", "many")]).ok()
    place.start([*limited, *command("register", "x", "big")]).ok()
    place.start([*limited, *command("download", "x:1", "out", "-j", "2")]).ok()
    place.start([*limited, *command("download", "x:1", "out.zip")]).ok()


def test_too_few_open_files_are_an_error_and_harm_nothing(place: Place):
    need("prlimit")
    place.run("register", "x", "many").ok()
    limited = ["prlimit", "--nofile=8", "--"]
    for words in (("register", "x", "few"), ("download", "x", "out", "-j", "16")):
        broken = place.start([*limited, *command(*words)])
        if broken.code != 0:
            _assert_failed(broken)
        check_home(place.home)
        assert place.run(*words).code in (0, 4)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("output", ["table", "json"])
def test_a_result_that_cannot_be_printed_is_an_error_and_stays(place: Place, output: str):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command("register", "x", "few", "-o", output),
            cwd=place.work,
            env=environment(place.home),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=240,
            check=False,
        )
    _assert_failed(Result(done.returncode, "", done.stderr.decode()))
    assert len(check_home(place.home)) == 1


def _assert_failed(result: Result, code: int = 7) -> None:
    assert result.code == code, f"exit code {result.code}: {result.err}"
    assert result.out == ""
    assert len(result.err.splitlines()) == 1, result.err
    if result.err.startswith("{"):
        assert json.loads(result.err)["error"]["code"] == code
    else:
        assert result.err.startswith("artifactctl: ")
