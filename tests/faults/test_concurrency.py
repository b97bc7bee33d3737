"""Many processes at one home: no version is lost or made twice, and nobody sees half a change."""

import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checker import assert_gapless, check_home, count_versions
from tests.conftest import Run
from tests.faults.processes import finish, spawn, start, start_command
from tests.faults.scenarios import digests_below, make_sources

pytestmark = pytest.mark.sweep

REGISTER_MANY = """
import pathlib, sys
from artifactctl.client import Client
client = Client(sys.argv[1])
for number in range(int(sys.argv[3])):
    file = pathlib.Path(f"{sys.argv[2]}-{number}")
    file.write_text(f"{sys.argv[2]} {number}")
    print(client.register("x", [str(file)]).version.version)
"""
TAG_MANY = """
import sys
from artifactctl.client import Client
client = Client(sys.argv[1])
for number in range(int(sys.argv[3])):
    client.tag(f"x:{sys.argv[2]}", ["prod"], exclusive=True)
"""
LIST_UNTIL_TOLD = """
import json, select, sys
from artifactctl.client import Client
seen = []
while not select.select([sys.stdin], [], [], 0)[0]:
    client = Client(sys.argv[1])
    items = client.list_artifact_versions("desc:seq", size=0).items
    seen.append([[item.version, "prod" in item.tags] for item in items])
    client.close()
print(json.dumps(seen))
"""
HOLD_LOCK = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE artifact SET last_number = 99")
print("locked", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_200_registers_by_8_processes_make_200_versions_without_a_gap(home: Path, work: Path):
    with _reading(home) as seen:
        started = [start(home, work, REGISTER_MANY, f"p{n}", 25) for n in range(8)]
        printed = [finish(process).split() for process in started]
    assert sorted(int(word) for words in printed for word in words) == list(range(1, 201))
    assert all(words == sorted(words, key=int) for words in printed)
    assert_gapless(home, "x", 200)
    for listing in seen:
        numbers = [int(version) for version, _ in listing]
        assert numbers == list(range(len(numbers), 0, -1))
    counts = [len(listing) for listing in seen]
    assert counts == sorted(counts)


def test_8_commands_at_once_make_a_home_together(tmp_path: Path, work: Path):
    (work / "f").write_text("f")
    for attempt in range(3):
        home = tmp_path / f"home-{attempt}"
        started = [start_command(home, work, "register", "x", "f", "-q") for _ in range(8)]
        printed = sorted(finish(process).strip() for process in started)
        assert printed == [f"x:{number}" for number in range(1, 9)]
        assert len(check_home(home)) == 8


def test_equal_content_registered_at_once_is_stored_once(home: Path, work: Path):
    make_sources(work)
    started = [start_command(home, work, "register", f"x{n}", "many") for n in range(6)]
    for process in started:
        finish(process)
    versions = check_home(home)
    assert len(versions) == 6
    assert len({version["digest"] for version in versions}) == 1
    blobs = list((home / "store" / "blobs").glob("*/*"))
    assert {blob.name for blob in blobs} == set(digests_below(work / "many").values())


def test_if_changed_at_once_with_equal_content_makes_one_version(home: Path, work: Path):
    (work / "f").write_text("f")
    words = ("register", "x", "f", "--if-changed", "-q")
    started = [start_command(home, work, *words) for _ in range(8)]
    assert {finish(process) for process in started} == {"x:1\n"}
    assert count_versions(home) == 1


def test_one_version_name_given_at_once_is_taken_by_one(home: Path, work: Path):
    for number in range(8):
        (work / f"f{number}").write_text(f"{number}")
    started = [start_command(home, work, "register", "x", f"f{n}", "-v", "raw") for n in range(8)]
    codes = []
    for process in started:
        process.communicate(timeout=240)
        codes.append(process.returncode)
    assert sorted(codes) == [0, 4, 4, 4, 4, 4, 4, 4]
    assert count_versions(home) == 1


def test_an_exclusive_tag_has_one_holder_at_every_moment(home: Path, work: Path, run: Run):
    for number in range(4):
        (work / "f").write_text(f"{number}")
        run("register", "x", "f").ok()
    run("tag", "x:1", "prod").ok()
    with _reading(home) as seen:
        started = [start(home, work, TAG_MANY, str(n + 1), 15) for n in range(4)]
        for process in started:
            finish(process)
    assert seen
    for listing in seen:
        assert sum(has_tag for _, has_tag in listing) == 1
    records = [json.loads(path.read_bytes()) for path in (home / "store/records").iterdir()]
    assert sum("prod" in record.get("tags", ()) for record in records) == 1


@pytest.mark.parametrize(("source", "dest"), [("big", "out"), ("many", "out"), ("many", "o.zip")])
def test_downloads_to_one_destination_at_once_leave_it_whole(
    home: Path, work: Path, run: Run, source: str, dest: str
):
    make_sources(work)
    run("register", "x", source).ok()
    for attempt in range(3):
        folder = work / f"try-{attempt}"
        folder.mkdir()
        started = [start_command(home, folder, "download", "x", dest) for _ in range(4)]
        errors = [process.communicate(timeout=240)[1] for process in started]
        codes = sorted(process.returncode for process in started)
        assert codes[0] == 0, errors
        assert set(codes) <= {0, 4, 9}, errors
        assert codes.count(0) == 1, errors
        assert [path.name for path in folder.iterdir()] == [dest]
        if dest == "out":
            expected, found = digests_below(work / source), digests_below(folder / dest)
            assert sorted(found.values()) == sorted(expected.values())


def test_a_lock_that_is_never_let_go_ends_in_busy(home: Path, work: Path, run: Run):
    (work / "f").write_text("f")
    run("register", "x", "f").ok()
    holder = spawn([sys.executable, "-c", HOLD_LOCK, home / "catalog.db"], home, work)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        busy = run("register", "x", "f")
        assert busy.code == 9
        assert len(busy.err.splitlines()) == 1
        assert run("artifact", "version", "list", "-q").ok().out == "x:1\n"
        run("download", "x", "out").ok()
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    assert run("register", "x", "f", "-q").ok().out == "x:2\n"


@contextlib.contextmanager
def _reading(home: Path) -> Iterator[list[list[tuple[str, bool]]]]:
    """Two processes that list all the time; what they saw is there at the end."""
    readers = [start(home, home.parent, LIST_UNTIL_TOLD) for _ in range(2)]
    seen: list[list[tuple[str, bool]]] = []
    try:
        yield seen
    finally:
        first, second = (finish(reader, "stop\n") for reader in readers)
    seen += max(json.loads(first), json.loads(second), key=len)
