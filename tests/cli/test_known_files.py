"""Files that have not changed since they were registered are not read again."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from artifactctl import drafts
from artifactctl.client import Client
from artifactctl.digests import blob_key, digest_of
from artifactctl.errors import StepFailedError
from artifactctl.pipelines.commands import keys
from artifactctl.pipelines.engine.reports import Watch
from artifactctl.pipelines.run_files import RunOptions, run_file
from tests.checker import assert_gapless
from tests.commands import command, environment
from tests.conftest import Run
from tests.needed import needs
from tests.on_disk import trusted_folder

FILES = 40  # fewer are not worth a table


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of which the tests' usual place, in memory, would tell nothing."""
    with trusted_folder() as folder:
        yield folder


@pytest.fixture
def tree(work: Path) -> Path:
    """A folder of files that were changed longer ago than the grain of any clock."""
    folder = work / "tree"
    for i in range(FILES):
        path = folder / f"part-{i % 3}" / f"file-{i}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % i * 100)
    time.sleep(2.1)
    return folder


def opened(home: Path, tree: Path, *words: str) -> set[str]:
    """The files of the tree that a command opens, of all its system calls."""
    needs("strace")
    trace = home.parent / "trace"
    calls = ["-s", "300", "-e", "trace=open,openat,openat2"]
    subprocess.run(
        ["strace", "-f", *calls, "-o", str(trace), *command(*words)],
        cwd=tree.parent,
        env=environment(home),
        check=True,
        capture_output=True,
    )
    names = re.findall(rf'"{re.escape(str(tree))}/(part-[^"]*)"', trace.read_text())
    return {name for name in names if (tree / name).is_file()}


def watched(fault: str) -> list[str]:
    """A command that has a fault happen where the table gets its name: it alone uses `rename`."""
    needs("strace")
    return ["strace", "-f", "-o", "/dev/null", "-e", fault]


@pytest.mark.parametrize(
    "words",
    [
        ["register", "a", "tree"],
        ["register", "a", "tree", "--if-changed"],
        ["register", "a", "tree", "--dry-run"],
        ["register", "b", "tree", "--link"],
    ],
    ids=" ".join,
)
def test_what_is_unchanged_is_not_even_opened(
    run: Run, home: Path, tree: Path, words: list[str]
) -> None:
    run("register", "a", "tree").ok()
    assert opened(home, tree, *words) == set()
    (tree / "part-1/file-1").write_bytes(b"changed")
    expected = set() if "--dry-run" in words else {"part-1/file-1"}
    assert opened(home, tree, *words) == expected  # a dry run sees by the sizes that it changed
    assert len(opened(home, tree, *words, "--rehash")) == (0 if "--dry-run" in words else FILES)


def test_the_version_is_the_same_as_when_everything_is_read(
    client: Client, home: Path, tree: Path
) -> None:
    first = client.register("a", tree)
    path = tree / "part-1/file-1"
    before = path.stat()
    path.write_bytes(b"x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    known, read = client.register("a", tree), client.register("b", tree, rehash=True)
    assert known.version.digest == read.version.digest != first.version.digest
    assert not client.register("a", tree, if_changed=True).is_new


@pytest.mark.parametrize("command_", ["echo x > made.txt", "exit 1"])
def test_a_run_keeps_what_it_hashed_once_whether_it_fails_or_not(
    client: Client, work: Path, monkeypatch: pytest.MonkeyPatch, command_: str
) -> None:
    big = [work / "big-1", work / "big-2", work / "big-3"]
    for path in big:
        path.write_bytes(path.name.encode() * (1 << 18))
    step = {
        "command": command_,
        "sources": [path.name for path in big],
        "outputs": {"made": {"path": "made.txt"}},
    }
    (work / "run.yaml").write_text(json.dumps({"pipeline": "p", "steps": {"s": step}}))
    time.sleep(2.1)
    read: list[int] = []
    written: list[str] = []
    hashed, replaced = keys.hash_file, drafts.replace

    def watched_hash(descriptor: int) -> tuple[str, int]:
        read.append(descriptor)
        return hashed(descriptor)

    def watched_replace(path: Path, content: Iterable[bytes]) -> None:
        written.append(path.name)
        replaced(path, content)

    def execute(*, rehash: bool = False) -> None:
        with nullcontext() if "echo" in command_ else pytest.raises(StepFailedError):
            run_file(client, work / "run.yaml", RunOptions(rehash=rehash), Watch())

    monkeypatch.setattr(keys, "hash_file", watched_hash)
    monkeypatch.setattr(drafts, "replace", watched_replace)
    table = f"known-files.{os.geteuid()}"
    execute()
    assert (len(read), written.count(table)) == (3, 1)
    execute()
    assert (len(read), written.count(table)) == (3, 1)
    execute(rehash=True)
    assert (len(read), written.count(table)) == (6, 2)


def test_what_a_step_wrote_is_read_again_with_rehash(run: Run, home: Path, work: Path) -> None:
    (work / "big").write_bytes(b"x" * (2 << 20))
    time.sleep(2.1)
    words = ["exec", "made", "--out", "big"]
    run(*words, "--", "true").ok()
    blob = home / "store" / blob_key(digest_of(b"x" * (2 << 20)))
    blob.chmod(0o644)
    blob.write_bytes(b"y" * (2 << 20))
    run(*words, "--", "true").ok()  # nothing is read, so nobody sees the damage
    assert blob.read_bytes() == b"y" * (2 << 20)
    run(*words, "--rehash", "--", "true").ok()
    assert blob.read_bytes() == b"x" * (2 << 20)


def test_what_verify_took_away_is_read_and_put_again(run: Run, home: Path, tree: Path) -> None:
    run("register", "a", "tree").ok()
    blob = home / "store" / blob_key(digest_of((tree / "part-1/file-1").read_bytes()))
    blob.chmod(0o644)
    content = blob.read_bytes()
    blob.write_bytes(content[::-1][1:] + b"!")
    # Damage of the same size that nobody has found yet is not found here either.
    run("register", "a", "tree").ok()
    assert run("verify", "-o", "json").code != 0
    assert not blob.exists()
    run("register", "a", "tree").ok()
    assert blob.read_bytes() == content
    run("verify").ok()


def test_rehash_repairs_damage_that_nobody_has_found(run: Run, home: Path, tree: Path) -> None:
    run("register", "a", "tree").ok()
    blob = home / "store" / blob_key(digest_of((tree / "part-1/file-1").read_bytes()))
    content = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(content[:-1] + b"!")
    run("register", "a", "tree", "--rehash").ok()
    assert blob.read_bytes() == content


def test_what_gc_took_away_is_read_and_put_again(run: Run, tree: Path) -> None:
    run("register", "a", "tree").ok()
    run("artifact", "delete", "a", "--yes").ok()
    run("gc", "--grace", "0d").ok()
    run("register", "a", "tree").ok()
    run("verify").ok()


def test_the_table_is_this_users_alone_and_never_part_of_a_version(
    run: Run, home: Path, tree: Path
) -> None:
    run("register", "a", "tree").ok()
    table = home / f"known-files.{os.geteuid()}"
    assert table.stat().st_mode & 0o777 == 0o600
    refused = run("register", "b", str(table))
    assert refused.code != 0
    assert "artifactctl's own data" in refused.err


def test_a_table_that_came_with_a_home_is_not_used(run: Run, home: Path, tree: Path) -> None:
    run("register", "a", "tree").ok()
    folder = home.parent / "of another user"
    folder.mkdir()
    # Another user's data folder knows no token of this home, although it has a table.
    other = {"XDG_DATA_HOME": str(folder / "data"), "HOME": str(folder)}
    before = (home / f"known-files.{os.geteuid()}").read_bytes()
    run("register", "a", "tree", **other).ok()
    assert (home / f"known-files.{os.geteuid()}").read_bytes() == before


@pytest.mark.parametrize("what", ["read-only", "full"])
def test_a_table_that_cannot_be_written_hinders_nothing(
    run: Run, home: Path, tree: Path, what: str
) -> None:
    run("register", "a", str(tree / "part-0/file-0")).ok()
    table = home / f"known-files.{os.geteuid()}"
    error = "EROFS" if what == "read-only" else "ENOSPC"
    done = subprocess.run(
        [*watched(f"inject=rename:error={error}"), *command("register", "a", "tree", "-q")],
        cwd=tree.parent,
        env=environment(home),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "a:2\n"), done.stderr
    assert not table.exists()
    assert [path.name for path in home.glob("*draft*")] == []


def test_a_process_that_is_killed_leaves_a_whole_table(run: Run, home: Path, tree: Path) -> None:
    run("register", "a", "tree").ok()
    table = home / f"known-files.{os.geteuid()}"
    whole = table.read_bytes()
    for path in tree.glob("*/*"):
        path.touch()
    time.sleep(2.1)
    killed = subprocess.run(
        [*watched("inject=rename:signal=SIGKILL"), *command("register", "a", "tree")],
        cwd=tree.parent,
        env=environment(home),
        capture_output=True,
    )
    assert killed.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
    assert table.read_bytes() == whole
    run("register", "a", "tree").ok()
    assert opened(home, tree, "register", "a", "tree") == set()
    assert [path.name for path in home.glob("*-draft")] == []


def test_many_at_once_leave_a_whole_table(run: Run, home: Path, tree: Path) -> None:
    run("register", "a", "tree").ok()
    processes = [
        subprocess.Popen(
            command("register", "a", "tree", *(["--rehash"] if i % 2 else [])),
            cwd=tree.parent,
            env=environment(home),
            stdout=subprocess.DEVNULL,
        )
        for i in range(6)
    ]
    assert [process.wait() for process in processes] == [0] * 6
    assert opened(home, tree, "register", "a", "tree") == set()
    assert_gapless(home, "a", 8)
