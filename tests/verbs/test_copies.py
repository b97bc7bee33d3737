"""Copies of loaded files go with their process, and after one that was killed with the next."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.verbs import saving
from artifactctl.verbs.publishing import VersionSpec
from tests.commands import environment

LOADING = """
import os, sys
from artifactctl.client import Client
paths = [str(Client().load("f")), str(Client().load("d"))]
assert open(paths[0]).read() == "content"
print(*paths, sep="\\n", flush=True)
if sys.argv[1] == "wait":
    sys.stdin.read()
elif sys.argv[1] == "fork" and os.fork() == 0:
    sys.exit()
"""
INTERRUPTED = """
from artifactctl.client import Client
from artifactctl.verbs import loading
def stop(*_args, **_options):
    import os
    os.kill(os.getpid(), 9)
loading.materializers.load = stop
Client().load("object")
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def start(client: Client, home: Path, work: Path, temporary: Path) -> Start:
    """Starts a program that uses a home with a file, a folder and an object."""
    (work / "f").write_text("content")
    (work / "d").mkdir()
    (work / "d" / "g").write_text("content")
    client.register("f", "f")
    client.register("d", "d")
    client.close()

    def run(*words: str) -> "subprocess.Popen[str]":
        environ = environment(home, TMPDIR=str(temporary))
        pipe = subprocess.PIPE
        command = [sys.executable, *words]
        return subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe, text=True)

    return run


@contextmanager
def loaded(start: Start) -> Iterator[tuple["subprocess.Popen[str]", list[Path]]]:
    """A process that has loaded a file and a folder, and their paths."""
    with start("-c", LOADING, "wait") as process:
        assert process.stdout is not None
        try:
            yield process, [Path(process.stdout.readline().rstrip()) for _ in range(2)]
        finally:
            process.kill()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def gc(start: Start, *words: str) -> None:
    assert start("-m", "artifactctl", "gc", *words).wait(timeout=120) == 0


def test_copies_go_with_their_process(start: Start, temporary: Path) -> None:
    with loaded(start) as (process, paths):
        assert all(temporary in path.parents for path in paths)
        (folder,) = temporary.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        process.communicate("", timeout=120)
    assert files_below(temporary) == []


def test_what_a_killed_process_had_loaded_goes_with_the_garbage(
    start: Start, temporary: Path
) -> None:
    with loaded(start) as (_, alive), loaded(start) as (process, dead):
        process.kill()
        process.wait()
        gc(start, "--dry-run")
        assert all(path.exists() for path in (*alive, *dead))
        gc(start)
        assert [path.exists() for path in (*alive, *dead)] == [True, True, False, False]
    gc(start)
    assert files_below(temporary) == []


def test_what_a_killed_process_had_loaded_goes_when_another_loads(
    start: Start, temporary: Path
) -> None:
    with loaded(start) as (_, dead):
        pass
    with loaded(start) as (_, alive):
        assert [path.exists() for path in (*alive, *dead)] == [True, True, False, False]


def test_an_object_that_was_being_loaded_leaves_nothing_for_long(
    start: Start, client: Client, temporary: Path
) -> None:
    saving.save(client.home, saving.NewObject({"a": 1}, VersionSpec("object")))
    client.close()
    assert start("-c", INTERRUPTED).wait(timeout=120) == -9
    assert len(list(temporary.glob("*/*"))) > 1
    gc(start)
    assert list(temporary.glob("*/*")) == []


def test_a_fork_that_ends_leaves_its_parents_copies(start: Start) -> None:
    script = LOADING + "\nos.wait()\nassert os.path.exists(paths[0])\n"
    assert start("-c", script, "fork").wait(timeout=120) == 0


@pytest.mark.parametrize("kind", ["link", "open to all", "file"])
def test_what_others_put_in_our_folders_place_is_not_used(
    start: Start, temporary: Path, tmp_path: Path, kind: str
) -> None:
    place = temporary / f"artifactctl-{os.geteuid()}"
    other = tmp_path / "other"
    victim = other / f"{'a' * 16}-copies" / "precious"
    victim.parent.mkdir(parents=True)
    victim.write_text("precious")
    if kind == "link":
        place.symlink_to(other)
    elif kind == "file":
        place.write_text("")
    else:
        other.rename(place)
        place.chmod(0o777)
        victim = place / victim.relative_to(other)
    with loaded(start) as (process, paths):
        assert place not in paths[0].parents
        process.communicate("", timeout=120)
    assert not paths[0].exists()
    gc(start)
    assert victim.read_text() == "precious"


def test_only_copies_are_cleared_from_our_folder(start: Start, temporary: Path) -> None:
    place = temporary / f"artifactctl-{os.geteuid()}"
    (place / "other").mkdir(parents=True)
    place.chmod(0o700)
    (place / f"{'b' * 16}-copies").symlink_to(temporary)
    (temporary / "precious").write_text("")
    gc(start)
    assert (place / "other").is_dir()
    assert (temporary / "precious").exists()
