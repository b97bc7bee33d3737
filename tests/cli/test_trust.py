"""Homes that came from elsewhere: found, named, copied, shared, of another user; and `trust`."""

import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_tree import leaves
from tests.commands import Result, command, environment, execute
from tests.conftest import Run

OTHER = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
# What works in a home that was found and is not own; `--help` and the like look at none.
EXEMPT = {("info",), ("trust",), ("init",), ("help",), ("config", "list"), ("config", "get")}
Here = Callable[..., Result]


@pytest.fixture
def strange(run: Run, work: Path) -> Path:
    """A working directory with a home in it that somebody else's artifactctl has made."""
    project = work / "project"
    project.mkdir()
    (work / "f").write_text("content")
    theirs = {"XDG_DATA_HOME": str(work / "their-data"), "ARTIFACTCTL_HOME": ""}
    run("init", str(project), **theirs).ok()
    home = project / ".artifactctl"
    run("--home", home, "register", "x", "f", "--tag", "t", **theirs).ok()
    run("--home", home, "register", "at", "f", "--link", **theirs).ok()
    return home


@pytest.fixture
def here(strange: Path) -> Here:
    """The command in the folder of the strange home, which it finds there."""

    def run_here(*words: object, uid: int | None = None, **extra: str) -> Result:
        variables = {**environment(strange, **extra), "ARTIFACTCTL_HOME": ""}
        user = [] if uid is None else ["setpriv", f"--reuid={uid}", "--clear-groups"]
        done = subprocess.run(
            [*user, *command(*words)],
            cwd=strange.parent,
            env=variables,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run_here


ARGUMENTS = {
    "register": ["y", "../f"],
    "tag": ["x", "u"],
    "download": ["x", "out"],
    "compare": ["x", "at"],
    "diff": ["x", "at"],
    "ls": ["x"],
    "cat": ["x"],
    "show": ["x"],
    "lineage": ["x"],
    "page": ["p.html"],
    "find": ["x"],
    "sql": ["SELECT 1"],
    "usage": ["x"],
    "run": ["r.yaml"],
    "exec": ["y", "--out", "o", "--", "true"],
    "describe": ["x"],
    "visualize": ["x"],
    "metadata list": ["x"],
    "metadata remove": ["x", "a"],
    "runs update": ["x", "--description", "text"],
    "pipeline runs update": ["x", "--description", "text"],
    "tags create": ["t"],
    "tags register": ["t"],
    "tags protect": ["t"],
    "tags update": ["t", "--color", "red"],
    "update": ["x", "-t", "u"],
    "delete": ["x", "--yes"],
    "prune": ["--yes"],
    "log": ["x"],
    "logs": ["x"],
    "backup": ["b.db"],
    "catalog restore": ["b.db", "--yes"],
    "restore": ["x:9"],
    "config set": ["output", "json"],
    "config unset": ["output"],
    "metadata log": ["x", "a=1"],
    "catalog copy": ["--to", "c.db"],
    "catalog schema": ["--sql"],
    "push": ["x", "--to", "/"],
    "pull": ["x", "--from", "/"],
    "copy": ["--all", "--to", "/"],
    "export": ["x", "b.zip"],
    "import": ["b.zip"],
}
TREE = sorted({words for words, _ in leaves()} - EXEMPT)


def snapshot(home: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file of a home, with its times and content."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes())
        for path in files
    }


@pytest.mark.parametrize("words", TREE, ids=" ".join)
def test_every_command_ends_with_12_in_a_home_that_was_found_and_is_not_own(
    strange: Path, words: tuple[str, ...]
) -> None:
    arguments = ARGUMENTS.get(" ".join(words), ARGUMENTS.get(words[-1], []))
    (strange.parent / "r.yaml").write_text(
        "pipeline: p\nsteps: {s: {command: 'echo 1 > o', outputs: {o: {path: o}}}}\n"
    )
    before = snapshot(strange)
    variables = environment(strange, ARTIFACTCTL_HOME="")
    refused = execute([*words, *arguments], strange.parent, variables)
    assert (refused.code, refused.out) == (12, ""), refused.err
    assert len(refused.err.splitlines()) == 1
    for word in (str(strange), "trust", "--home"):
        assert word in refused.err
    assert snapshot(strange) == before


def test_info_trust_and_init_work_and_say_whose_it_is(here: Here, strange: Path) -> None:
    before = snapshot(strange)
    found = json.loads(here("info", "-o", "json").ok().out)
    assert "not your own" in found["trust"]
    assert found["schema"] is None
    made = here("init").ok()
    assert "trust" in made.err
    asked = here("trust")
    assert asked.code == 2
    assert "--yes" in asked.err
    assert "1 artifact" not in asked.out
    assert "2 artifacts, 2 versions, 0 runs" in asked.err
    assert "links to  file://" in asked.err
    assert snapshot(strange) == before
    done = here("trust", "--yes", ".artifactctl").ok()
    assert done.out == f"Trusted {strange}\n"
    assert here("artifact", "list", "-q").ok().out == "at\nx\n"
    assert json.loads(here("info", "-o", "json").ok().out)["trust"] == "your own"
    assert "already" in here("trust", "--yes").ok().out
    here("register", "y", "../f").ok()
    assert here("verify").ok()


def test_trust_prints_one_object_and_nothing_beside(here: Here, strange: Path) -> None:
    done = here("trust", "--yes", "-o", "json").ok()
    assert done.err == ""
    found = json.loads(done.out)
    assert found["home"] == str(strange)
    assert (found["artifacts"], found["versions"], found["runs"]) == (2, 2, 0)
    assert found["is_new"] is True
    assert len(found["linked_paths"]) == 1


@pytest.mark.parametrize("place", ["gone", ".."])
def test_what_is_no_home_cannot_be_trusted(here: Here, place: str) -> None:
    refused = here("trust", place, "--yes")
    assert (refused.code, refused.out) == (3, "")


@pytest.mark.parametrize(
    "content", ["store: [1, 2\n", "a: b\n", "output: nonsense\n", "catalog: 'http://x'\n"]
)
def test_nothing_of_a_strange_home_is_read_before_it_is_refused(
    here: Here, strange: Path, content: str
) -> None:
    (strange / "config.yaml").write_text(content)
    assert here("artifact", "list").code == 12
    (strange / "config.yaml").unlink()
    os.mkfifo(strange / "config.yaml")
    assert here("artifact", "list").code == 12
    assert here("trust", "--yes").code == 5


def test_a_home_that_is_named_works_but_for_pickles(here: Here, strange: Path) -> None:
    assert here("--home", ".artifactctl", "artifact", "list", "-q").ok().out == "at\nx\n"
    here("register", "y", "../f", "--home", strange).ok()
    info = json.loads(here("--home", strange, "info", "-o", "json").ok().out)
    assert "pickles" in info["trust"]
    assert here("artifact", "list").code == 12


def test_a_copy_of_ones_own_home_says_what_it_is_a_copy_of(run: Run, work: Path) -> None:
    (work / "f").write_text("x")
    run("init", "p").ok()
    original, copy = work / "p" / ".artifactctl", work / "q" / ".artifactctl"
    run("--home", original, "register", "x", "f").ok()
    shutil.copytree(work / "p", work / "q", symlinks=True)
    variables = environment(original, ARTIFACTCTL_HOME="")
    refused = execute(["artifact", "list"], work / "q", variables)
    assert refused.code == 12
    assert f"is a copy of {original}" in refused.err
    # Its store is its own, so that whoever names it can work with it.
    run("--home", copy, "register", "x", "f").ok()
    shutil.rmtree(work / "p")
    moved = execute(["artifact", "list"], work / "q", variables)
    assert moved.code == 12
    assert f"moved or copied from {original}" in moved.err
    execute(["trust", "--yes"], work / "q", variables).ok()
    execute(["verify"], work / "q", variables).ok()


def test_two_copies_never_write_to_one_store(run: Run, work: Path) -> None:
    (work / "f").write_text("x")
    run("init", "p", "--store", "bytes").ok()
    original, copy = work / "p" / ".artifactctl", work / "q" / ".artifactctl"
    run("--home", original, "register", "x", "f").ok()
    shutil.copytree(original, copy)
    assert run("--home", copy, "artifact", "list", "-q").ok().out == "x\n"
    for words in (
        ("artifact", "delete", "x", "--yes"),
        ("gc", "--grace", "0"),
        ("register", "x", "f"),
    ):
        refused = run("--home", copy, *words)
        assert refused.code == 12
        assert str(original) in refused.err
    for more in ([], ["--shared"]):
        assert run("trust", "--yes", "q", *more).code == 4
    run("--home", original, "verify").ok()
    (copy / "config.yaml").write_text("store: more\n")
    shutil.copytree(work / "bytes", copy / "more")
    run("trust", "--yes", "q").ok()
    run("--home", copy, "register", "y", "f").ok()


@pytest.mark.parametrize("part", ["", "catalog.db", "store"])
def test_a_home_that_others_can_write_to_is_read_out_of_a_private_copy(
    run: Run, strange: Path, part: str, work: Path
) -> None:
    (strange / part).chmod((strange / part).stat().st_mode | 0o020)
    before = snapshot(strange)
    for words in (
        ("artifact", "list", "-q"),
        ("artifact", "version", "list"),
        ("artifact", "version", "describe", "x"),
        ("metadata", "list", "x"),
        ("runs", "list"),
        ("verify",),
        ("lineage", "x"),
        ("diff", "x", "x"),
        ("download", "x", "out"),
        ("gc", "--dry-run"),
        ("info",),
    ):
        done = run("--home", strange, *words)
        assert done.code == 0, (words, done.err)
    assert (work / "out").read_text() == "content"
    for words in (
        ("register", "y", "f"),
        ("tag", "x", "u"),
        ("metadata", "log", "x", "a=1"),
        ("artifact", "delete", "x", "--yes"),
        ("artifact", "update", "x", "-n", "z"),
        ("gc",),
        ("catalog", "rebuild"),
        ("exec", "e", "--out", "o", "--", "true"),
    ):
        refused = run("--home", strange, *words)
        assert (refused.code, refused.out) == (12, ""), (words, refused)
        assert "trust" in refused.err
    assert snapshot(strange) == before
    assert {path.name for path in strange.iterdir()} == {".gitignore", "catalog.db", "store"} | (
        {"token"} if (strange / "token").exists() else set()
    )


def test_a_shared_home_is_trusted_on_purpose_and_its_pickles_are_not(
    here: Here, strange: Path
) -> None:
    for path in (strange, *strange.rglob("*")):
        if path.is_dir():
            path.chmod(0o770)
    refused = here("trust", "--yes")
    assert refused.code == 12
    assert "--shared" in refused.err
    here("trust", "--yes", "--shared").ok()
    here("register", "y", "../f").ok()
    assert "shared" in json.loads(here("info", "-o", "json").ok().out)["trust"]
    # Another folder in its place is not what was agreed to.
    shutil.move(strange, strange.with_name("away"))
    shutil.copytree(strange.with_name("away"), strange)
    strange.chmod(0o770)
    assert here("artifact", "list").code == 12


@as_root
def test_a_home_that_another_user_planted_above_is_refused(
    here: Here, strange: Path, tmp_path: Path
) -> None:
    subprocess.run(["chown", "-R", f"{OTHER}:{OTHER}", strange], check=True)
    refused = here("artifact", "list")
    assert refused.code == 12
    assert "belongs to" in refused.err
    before = snapshot(strange)
    assert here("--home", strange, "artifact", "list", "-q").ok().out == "at\nx\n"
    assert here("--home", strange, "register", "y", "../f").code == 12
    assert here("trust", "--yes").code == 12
    assert snapshot(strange) == before
    here("trust", "--yes", "--shared").ok()
    assert here("artifact", "list", "-q").ok().out == "at\nx\n"


def test_completion_offers_nothing_of_a_strange_home(here: Here, strange: Path) -> None:
    answer = here("download", "", _ARTIFACTCTL_COMPLETE="fish")
    assert (answer.code, answer.err) == (0, "")
    assert "x" not in answer.out.split()


def test_a_home_that_cannot_be_noted_as_ones_own_can_still_be_named(
    run: Run, work: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    (work / "f").write_text("x")
    nowhere = {"XDG_DATA_HOME": str(tmp_path / "file"), "ARTIFACTCTL_HOME": ""}
    made = run("init", **nowhere).ok()
    assert "trust" in made.err
    assert run("register", "x", "f", **nowhere).code == 12
    run("--home", ".artifactctl", "register", "x", "f", **nowhere).ok()
    assert run("trust", "--yes", **nowhere).code == 7


def test_the_addresses_of_a_home_that_is_not_own_are_asked_with_consent_alone(
    run: Run, strange: Path, work: Path
) -> None:
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    theirs = {"XDG_DATA_HOME": str(work / "their-data")}
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/f"
        run("--home", strange, "register", "far", url, "--link", **theirs).ok()
        asked.clear()
        refused = run("--home", strange, "download", "far", "out")
        assert refused.code == 12
        assert "--allow-remote" in refused.err
        assert asked == []
        run("--home", strange, "download", "far", "out", "--allow-remote").ok()
        assert asked
        server.shutdown()
    assert (work / "out").read_text() == "content"
