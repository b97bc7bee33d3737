"""What commands write out never lands on the home's own data, under whatever name it is asked."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artifactctl.own_data import check_not_own_data
from tests.commands import environment, execute
from tests.conftest import Run

pytestmark = pytest.mark.sweep

RUN_FILE = """
pipeline: p
steps: {a: {command: "echo 1 > o1", outputs: {o1: {path: o1}}}}
"""
WRITERS = {
    "page": lambda path: (("compare", "x:1", "x:2", "--html", path), {}),
    "picture": lambda path: (("compare", "x:1", "x:2", "--plot", path), {}),
    "backup": lambda path: (("catalog", "backup", path, "--force"), {}),
    "download": lambda path: (("download", "x", path, "--force"), {}),
    "zip": lambda path: (("download", "x", path, "--zip", "--force"), {}),
    "outputs": lambda path: (("run", "r.yaml"), {"GITHUB_OUTPUT": str(path)}),
    "summary": lambda path: (("run", "r.yaml"), {"GITHUB_STEP_SUMMARY": str(path)}),
}
# What renames a new file to the name leaves the bytes under all other names as they are.
THROUGH = {"page", "picture", "backup", "outputs", "summary"}


def own_files(home: Path) -> dict[str, str]:
    """All files of a home, and what they hold."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


@pytest.fixture
def ask(run: Run, home: Path, work: Path) -> Callable[[str, Path], None]:
    """Has a writer write to a path, which it must refuse, leaving the home as it was."""
    for number in range(2):
        (work / "f").write_text(str(number))
        run("register", "x", "f", "--metadata", f"a={number}").ok()
    (work / "r.yaml").write_text(RUN_FILE)
    (home / "config.yaml").write_text("output: table\n")

    def refused(writer: str, path: Path) -> None:
        before = own_files(home)
        words, environ = WRITERS[writer](path)
        done = run(*words, CI="true", **environ)
        assert (done.code, done.out) == (12, ""), done.err
        assert "own data" in done.err
        assert own_files(home) == before
        assert not (work / "o1").exists()

    return refused


@pytest.fixture
def blob(ask: object, home: Path) -> Path:
    return next((home / "store" / "blobs").glob("*/*"))


@pytest.mark.parametrize("writer", WRITERS)
def test_no_output_lands_in_the_home(
    ask: Callable[[str, Path], None], home: Path, work: Path, blob: Path, writer: str
) -> None:
    (work / "link").symlink_to(home)
    inside = ["catalog.db", "catalog.db-journal", "catalog.db-wal", "config.yaml", "token"]
    inside += [".gitignore", "new.svg", "store/format.json", "store/new", "store/records/x.html"]
    for name in [*inside, str(blob.relative_to(home))]:
        ask(writer, home / name)
    ask(writer, work / "link" / "catalog.db")
    ask(writer, Path("..", work.name, "..", home.name, "config.yaml"))


@pytest.mark.parametrize("writer", sorted(THROUGH))
def test_no_output_lands_on_the_homes_data_by_another_name(
    ask: Callable[[str, Path], None], home: Path, work: Path, blob: Path, writer: str
) -> None:
    for name, target in {"blob": blob, "catalog": home / "catalog.db"}.items():
        (work / f"{name}.svg").symlink_to(target)
        ask(writer, work / f"{name}.svg")
        os.link(target, work / f"hard-{name}.svg")
        ask(writer, work / f"hard-{name}.svg")
        os.unlink(work / f"hard-{name}.svg")


def test_a_catalog_that_lies_elsewhere_is_spared_too(tmp_path: Path, work: Path) -> None:
    catalog = work / "elsewhere" / "catalog.db"
    catalog.parent.mkdir()
    (work / "f").write_text("x")
    environ = environment(tmp_path / "other", ARTIFACTCTL_CATALOG=str(catalog))
    for _ in range(2):
        execute(("register", "x", "f"), work, environ).ok()
    for end in ("", "-wal", "-shm", "-journal"):
        words = ("compare", "x:1", "x:2", "--html", f"{catalog}{end}")
        assert execute(words, work, environ).code == 12
    assert execute(("artifact", "list", "-q"), work, environ).ok().out == "x\n"
    execute(("catalog", "backup", "elsewhere/backup.db"), work, environ).ok()


def test_a_copy_that_shares_the_stores_file_can_be_downloaded_again(
    ask: object, run: Run, work: Path
) -> None:
    for _ in range(2):
        run("download", "x", "out", "--mode", "hardlink", "--force").ok()
    run("download", "x", "out", "--force").ok()
    assert (work / "out").stat().st_nlink == 1


@pytest.fixture
def mounted(tmp_path: Path, home: Path, ask: object) -> Iterator[Path]:
    """The home's store under a second name."""
    place = tmp_path / "mounted"
    place.mkdir()
    words = ["mount", "--bind", str(home / "store"), str(place)]
    if subprocess.run(words, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_store_that_is_mounted_twice_is_one(
    ask: Callable[[str, Path], None], mounted: Path, writer: str
) -> None:
    ask(writer, mounted / "format.json")
    ask(writer, mounted / "new.svg")


def test_what_is_nobodys_is_written(ask: object, run: Run, work: Path) -> None:
    (work / "old.html").write_text("old")
    (work / "link.html").symlink_to("old.html")
    run("compare", "x:1", "x:2", "--html", "link.html").ok()
    assert (work / "link.html").is_symlink()
    assert (work / "old.html").read_text().startswith("<!doctype html>")
    told = {"GITHUB_OUTPUT": str(work / "outputs"), "GITHUB_STEP_SUMMARY": str(work / "summary")}
    run("run", "r.yaml", **told).ok()
    assert "artifact_o1=o1:1" in (work / "outputs").read_text()
    assert "| a | completed |" in (work / "summary").read_text()


def test_a_page_goes_through_a_pipe_and_leaves_it_there(
    ask: object, run: Run, home: Path, work: Path
) -> None:
    pipe = work / "pipe"
    os.mkfifo(pipe)
    with (work / "copy").open("wb") as copy:
        reader = subprocess.Popen(["cat", str(pipe)], stdout=copy)
    run("compare", "x:1", "x:2", "--html", "pipe").ok()
    assert reader.wait(timeout=60) == 0
    assert (work / "copy").read_text().startswith("<!doctype html>")
    assert pipe.is_fifo()


def test_a_pipe_that_nobody_reads_is_told_and_not_waited_for(
    ask: object, run: Run, work: Path
) -> None:
    os.mkfifo(work / "pipe")
    done = run("run", "r.yaml", GITHUB_OUTPUT=str(work / "pipe"))
    assert done.code == 7
    assert str(work / "pipe") in done.err
    assert run("artifact", "version", "list", "--artifact", "o1", "-q").ok().out == "o1:1\n"


def test_a_path_that_does_not_exist_is_looked_at_all_the_same(tmp_path: Path) -> None:
    check_not_own_data(tmp_path / "no" / "such" / "file", [str(tmp_path / "gone")])
