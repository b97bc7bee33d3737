"""Runs at once in one folder: what a version says of who made it is true."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.errors import UnsafeError
from artifactctl.pipelines.commands.guard import Guard
from artifactctl.pipelines.engine.claims import FOLDER, Claims, Conflict
from artifactctl.pipelines.engine.environment import mark_of
from tests.cli.test_run import wait_for, write
from tests.commands import command, environment
from tests.conftest import Run

# Says who it is, then goes on as soon as the file 'go' is there.
SLOW = "echo $ARTIFACTCTL_RUN_ID > x; until test -e go; do sleep 0.02; done"
ONE = "pipeline: p\nsteps: {a: {command: [sh, slow.sh], outputs: {x: {path: x}}}}\n"

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(home: Path, work: Path) -> Iterator[Start]:
    """Start the real command; what is still there in the end is killed."""
    (work / "slow.sh").write_text(SLOW)
    started = []

    def start_command(*words: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command(*words),
            cwd=work,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_command
    for process in started:
        process.kill()
        process.communicate()


def hears(process: subprocess.Popen[str], text: str) -> str:
    """Wait for the line that says something."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return line
    raise AssertionError(f"it ended without saying {text!r}")


def ended(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=60)
    return process.returncode


def test_each_version_holds_what_its_own_run_wrote(start: Start, work: Path, home: Path) -> None:
    write(work, ONE)
    first = start("run", "run.yaml", "--no-cache")
    wait_for(work / "x")
    others = [start("run", "run.yaml", "--no-cache") for _ in range(2)]
    for other in others:
        line = hears(other, "waiting for up to 600 s")
        assert "step 'a' writes 'x', as step 'a' of run 'p-" in line
    (work / "go").touch()
    assert [ended(process) for process in (first, *others)] == [0, 0, 0]
    with_home = Client(home)
    versions = with_home.list_artifact_versions(artifact="x").items
    assert len(versions) == 3
    for version in versions:
        with_home.download(version.ref, work / version.id_text)
        assert (work / version.id_text).read_text().strip() == version.run.id_text
    with_home.close()
    assert [path.name for path in (home / FOLDER).iterdir()] == ["mutex"]


def test_who_waited_reuses_what_was_made_meanwhile(start: Start, work: Path, home: Path) -> None:
    write(work, ONE)
    first = start("run", "run.yaml")
    wait_for(work / "x")
    second = start("run", "run.yaml")
    hears(second, "waiting")
    (work / "go").touch()
    hears(second, "a: cached: x:1")
    assert (ended(first), ended(second)) == (0, 0)


@pytest.mark.parametrize("words", [("run", "run.yaml"), ("exec", "y", "--out", "x")])
def test_who_does_not_wait_is_told_who_writes(
    run: Run, start: Start, work: Path, home: Path, words: tuple[str, ...]
) -> None:
    write(work, ONE)
    first = start("exec", "y", "--out", "x", "--", "sh", "slow.sh")
    wait_for(work / "x")
    other = [*words, "--wait", "0"] + ["--", "sh", "-c", "echo 2 > x"] * (words[0] == "exec")
    busy = run(*other)
    assert busy.code == 9
    assert "writes 'x', as step 'y' of run 'exec-" in busy.err
    assert busy.err.splitlines()[-1].endswith("--wait SECONDS")
    (work / "go").touch()
    assert ended(first) == 0
    client = Client(home)
    assert [each.status for each in client.list_pipeline_runs().items] == ["failed", "completed"]
    assert client.get_artifact_version("y").run.status == "completed"
    client.close()
    run(*other).ok()


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("out", "out/a.csv", True),
        ("out/a.csv", "out", True),
        ("out/a.csv", "out/b.csv", False),
        ("out", "out.csv", False),
        ("out/a.csv", "link/a.csv", True),
        ("latest", "out/a.csv", True),
        ("latest", "link/../latest", True),
        (".", "out/a.csv", True),
    ],
)
def test_paths_overlap_with_what_lies_in_them(work: Path, one: str, other: str, overlap: bool):
    (work / "out").mkdir()
    (work / "link").symlink_to("out")
    (work / "latest").symlink_to("out/a.csv")
    first, second = Claims(work / "home", "a" * 32, "r"), Claims(work / "home", "b" * 32, "s")
    assert first.claim("it", [str(work / one), str(work / "else")]) is None
    found = Conflict(str(work / other), "a" * 32, "r", "it") if overlap else None
    assert second.claim("other", [str(work / other), str(work / "mine")]) == found
    first.release("it")
    second.release("other")
    assert second.claim("other", [str(work / other)]) is None
    second.close()
    first.close()


def test_metadata_beside_an_output_is_no_other_runs(work: Path, start: Start, run: Run) -> None:
    write(work, ONE.replace("path: x", "path: x, metadata_file: m.json"))
    first = start("run", "run.yaml")
    wait_for(work / "x")
    assert run("exec", "y", "--out", "m.json", "--wait", "0", "--", "true").code == 9
    run("exec", "y", "--out", "y", "--wait", "0", "--", "touch", "y").ok()
    (work / "m.json").write_text("{}")
    (work / "go").touch()
    assert ended(first) == 0


def test_steps_of_one_run_write_one_after_the_other_what_overlaps(run: Run, work: Path) -> None:
    write(
        work,
        "pipeline: p\nsteps:\n"
        "  a:\n    command: mkdir -p out; touch busy; sleep 1; echo 1 > out/a; rm busy\n"
        "    outputs: {a: {path: out}}\n"
        "  b: {command: 'test ! -e busy && echo 1 > out/b', outputs: {b: {path: out/b}}}\n"
        "  c: {command: echo 1 > c, outputs: {c: {path: c}}}\n",
    )
    done = run("run", "run.yaml", "-j", "3", "--wait", "0", "-o", "json").ok()
    assert {step["status"] for step in json.loads(done.out)["steps"]} == {"completed"}


def test_a_run_within_a_step_may_write_what_the_step_writes(run: Run, work: Path) -> None:
    inner = f"{sys.executable} -m artifactctl exec"
    inmost = f'{inner} inmost --out x --wait 0 -- sh -c "echo 1 > x"'
    write(
        work,
        "pipeline: p\nsteps:\n  a:\n"
        f"    command: '{inner} inner --out x --wait 0 -- sh -c \"$INMOST\"'\n"
        f"    env: {{INMOST: {json.dumps(inmost)}}}\n"
        "    outputs: {x: {path: x}}\n",
    )
    run("run", "run.yaml").ok()


def test_a_killed_run_holds_nobody_up(run: Run, start: Start, work: Path, home: Path) -> None:
    write(work, ONE)
    first = start("run", "run.yaml")
    wait_for(work / "x")
    first.send_signal(signal.SIGKILL)
    assert ended(first) == -signal.SIGKILL
    (work / "go").touch()
    run("run", "run.yaml", "--wait", "60").ok()
    assert [path.name for path in (home / FOLDER).iterdir()] == ["mutex"]


def test_claims_of_a_killed_run_last_until_its_commands_are_gone(work: Path) -> None:
    killed, other = Claims(work / "home", "a" * 32, "r"), Claims(work / "home", "b" * 32, "s")
    assert killed.claim("first", []) is None  # a step that writes nothing, with the first command
    guard = Guard(mark_of("a"), killed.descriptors)
    assert killed.claim("it", ["/x"]) is None
    os.close(*killed.descriptors)  # as the system does
    assert other.claim("it", ["/x"]) == Conflict("/x", "a" * 32, "r", "it")
    guard.close()
    assert other.claim("it", ["/x"]) is None
    other.close()


def test_claims_tell_nothing_of_paths(work: Path) -> None:
    claims = Claims(work / "home", "a" * 32, "r")
    claims.claim("it", [str(work / "TOPSECRET")])
    assert b"TOPSECRET" not in (work / "home" / ("a" * 32)).read_bytes()
    assert (work / "home").stat().st_mode & 0o777 == 0o700
    claims.close()


@pytest.mark.parametrize("name", ["", "mutex"])
@pytest.mark.parametrize("planted", ["link", "fifo", "file", "folder"])
def test_what_lies_in_the_place_of_claims_is_neither_followed_nor_waited_for(
    work: Path, name: str, planted: str
) -> None:
    place = work / "home" / name
    place.parent.mkdir(exist_ok=True)
    if planted == ("file" if name else "folder"):
        return  # as it should be
    {
        "link": lambda: place.symlink_to(work / "elsewhere"),
        "fifo": lambda: os.mkfifo(place),
        "file": lambda: place.write_text("x"),
        "folder": place.mkdir,
    }[planted]()
    with pytest.raises(UnsafeError, match="not a file of artifactctl"):
        Claims(work / "home", "a" * 32, "r").claim("it", ["/x"])
    assert not (work / "elsewhere").exists()


def test_other_files_among_claims_are_left_alone(work: Path) -> None:
    folder = work / "home"
    folder.mkdir()
    (folder / "theirs").write_text("x")
    (folder / ("c" * 32)).symlink_to("/dev/zero")
    os.mkfifo(folder / ("d" * 32))
    claims = Claims(folder, "a" * 32, "r")
    assert claims.claim("it", ["/x"]) is None
    claims.close()
    assert {path.name for path in folder.iterdir()} == {"theirs", "mutex", "c" * 32, "d" * 32}
