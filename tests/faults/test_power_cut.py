"""The power goes right after a command printed its result: the result is still there."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifactctl.digests import manifest_key
from artifactctl.store.local import LocalStore
from tests.checker import assert_gapless, check_home
from tests.commands import Result, command, environment
from tests.faults.changes import state_of
from tests.faults.mounts import Disk, disk
from tests.faults.scenarios import digests_below, files_of, make_sources, parts_below
from tests.faults.scripts import SCRIPTS, Script, runs_of, versions_of

pytestmark = pytest.mark.sweep


@pytest.fixture
def unreliable(tmp_path: Path) -> Iterator[Disk]:
    """A disk that loses what was not made durable."""
    with disk(tmp_path) as made:
        yield made


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The user's files, on a disk that keeps them."""
    folder = tmp_path / "work"
    folder.mkdir()
    make_sources(folder)
    return folder


@pytest.mark.parametrize("source", ["one.txt", "few", "many", "big"])
def test_the_first_version_survives(unreliable: Disk, sources: Path, source: str):
    home = unreliable.folder / "home"
    _run(home, sources, "register", "x", source).ok()
    _cut_power(unreliable)
    (version,) = check_home(home)
    assert files_of(home, version) == digests_below(sources / source)
    assert {path.stem for path in (home / "store" / "records").iterdir()} >= {version["id"]}


@pytest.mark.parametrize(
    "rounds", [2, pytest.param(25, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])]
)
def test_every_later_version_survives(unreliable: Disk, sources: Path, rounds: int):
    home = unreliable.folder / "home"
    count = 0
    for number in range(rounds):
        for source in ("one.txt", "few", "many", "big"):
            _change(sources / source, number)
            _run(home, sources, "register", "x", source).ok()
            _cut_power(unreliable)
            count += 1
            version = check_home(home)[-1]
            assert files_of(home, version) == digests_below(sources / source)
            assert_gapless(home, "x", count)


@pytest.mark.parametrize(
    "rounds", [2, pytest.param(25, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_a_tag_survives(unreliable: Disk, sources: Path, rounds: int):
    home = unreliable.folder / "home"
    _run(home, sources, "register", "x", "one.txt").ok()
    for number in range(rounds):
        _run(home, sources, "tag", "x", f"t{number}").ok()
        _cut_power(unreliable)
        shown = _run(home, sources, "artifact", "version", "describe", "x", "-o", "json").ok()
        assert f"t{number}" in json.loads(shown.out)["tags"]
        check_home(home)


@pytest.mark.parametrize("source", ["one.txt", "few", "many", "big"])
@pytest.mark.parametrize("dest", ["out", "out.zip"])
def test_a_download_survives(
    unreliable: Disk, sources: Path, tmp_path: Path, source: str, dest: str
):
    home, target = tmp_path / "home", unreliable.folder / "new" / dest
    _run(home, sources, "register", "x", source).ok()
    _run(home, sources, "download", "x", target).ok()
    before = digests_below(target)
    _cut_power(unreliable)
    assert digests_below(target) == before
    assert parts_below(unreliable.folder) == []


def test_a_download_into_a_folder_that_exists_survives(
    unreliable: Disk, sources: Path, tmp_path: Path
):
    home, target = tmp_path / "home", unreliable.folder / "out"
    target.mkdir()
    subprocess.run(["sync"], check=True)
    _run(home, sources, "register", "x", "few").ok()
    _run(home, sources, "download", "x", target).ok()
    _cut_power(unreliable)
    assert digests_below(target) == digests_below(sources / "few")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_home_survives_a_power_cut_in_the_middle_of_anything(unreliable: Disk, sources: Path):
    home = unreliable.folder / "home"
    acknowledged = 0
    for number in range(40):
        _change(sources / "many", number)
        process = subprocess.Popen(
            command("register", "x", "many", "-q"),
            cwd=sources,
            env=environment(home),
            stdout=subprocess.PIPE,
        )
        try:
            printed, _ = process.communicate(timeout=0.2 + number * 0.005)
        except subprocess.TimeoutExpired:
            process.kill()
            printed, _ = process.communicate()
        _cut_power(unreliable)
        versions = check_home(home)
        acknowledged = int(printed.decode().removeprefix("x:") or acknowledged)
        assert len(versions) >= acknowledged
        if versions:
            assert_gapless(home, "x", len(versions))


@pytest.mark.parametrize(
    "rounds", [1, pytest.param(12, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def test_whatever_a_command_says_it_changed_stays_changed_and_nothing_else_goes(
    unreliable: Disk, sources: Path, rounds: int
):
    home, backup = unreliable.folder / "home", unreliable.folder / "backup.db"
    for number in range(rounds):
        x, y, z = (f"{name}{number}" for name in "xyz")
        for source in ("one.txt", "few", "many", "few"):
            _change(sources / source, number)
            _run(home, sources, "register", x, source).ok()
        _run(home, sources, "register", y, "few", "-t", "prod").ok()
        for words in (
            ("tag", f"{x}:1", "prod", "--exclusive"),
            ("metadata", "log", f"{x}:1", "a=1", 'b={"c": 2}'),
            ("artifact", "version", "delete", f"{x}:1", "-y", "--delete-data"),
            ("catalog", "backup", backup, "--force"),
            ("artifact", "delete", y, "-y"),
            ("gc", "--grace", "0"),
            ("catalog", "restore", backup, "--force"),
            ("artifact", "prune", x, "--keep-last", "2", "-y"),
            ("artifact", "prune", x, "--keep-last", "1", "-a", "-y"),
            ("gc", "--grace", "0"),
            ("artifact", "update", x, "-n", z),
            ("catalog", "rebuild"),
        ):
            _run(home, sources, *words).ok()
            before = state_of(home)
            copied = backup.read_bytes() if backup.exists() else b""
            _cut_power(unreliable)
            assert state_of(home) == before, words
            assert (backup.read_bytes() if backup.exists() else b"") == copied
            check_home(home)
        shown = _run(home, sources, "artifact", "version", "list", "--artifact", z, "-q").ok()
        assert shown.out == f"{z}:4\n{z}:3\n"
        _run(home, sources, "download", f"{z}:4", f"out{number}").ok()
        assert digests_below(sources / f"out{number}") == digests_below(sources / "few")
        assert _run(home, sources, "download", f"{z}:3", "none").code == 3
    _run(home, sources, "verify").ok()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "words",
    [
        ("artifact", "version", "delete", "x:1", "-y", "--delete-data"),
        ("artifact", "prune", "x", "--keep-last", "1", "-y"),
        ("gc", "--grace", "0"),
        ("catalog", "restore", "../backup.db"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_nothing_that_is_needed_goes_in_a_power_cut_in_the_middle_of(
    unreliable: Disk, sources: Path, words: tuple[str, ...]
):
    home = unreliable.folder / "home"
    _run(home, sources, "register", "x", "many").ok()
    _run(home, sources, "catalog", "backup", "../backup.db").ok()
    for number in range(25):
        _run(home, sources, "register", "y", "few").ok()
        _change(sources / "few", number)
        _run(home, sources, "register", "x", "few").ok()
        _run(home, sources, "artifact", "version", "delete", "y", "-y").ok()
        subprocess.run(["sync"], check=True)
        process = subprocess.Popen(
            command(*words), cwd=sources, env=environment(home), stderr=subprocess.DEVNULL
        )
        try:
            process.communicate(timeout=0.15 + number * 0.01)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        _cut_power(unreliable)
        assert check_home(home)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_what_a_script_saved_survives(unreliable: Disk, script: Script):
    for _ in range(2):
        place = script.prepare_in(unreliable.folder)
        place.start(script.argv).ok()
        before, runs = versions_of(place.home), runs_of(place.home)
        _cut_power(unreliable)
        assert versions_of(place.home) == before
        assert runs_of(place.home) == runs
        recorded = {path.stem for path in (place.home / "store" / "records").iterdir()}
        assert {version["id"] for version in check_home(place.home)} <= recorded


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_what_a_script_said_survives_a_power_cut_in_its_middle(unreliable: Disk, script: Script):
    place = script.prepare_in(unreliable.folder)
    for number in range(25):
        process = subprocess.Popen(
            script.argv, cwd=place.work, env=environment(place.home), stdout=subprocess.PIPE
        )
        try:
            printed, _ = process.communicate(timeout=0.3 + number * 0.01)
        except subprocess.TimeoutExpired:
            process.kill()
            printed, _ = process.communicate()
        _cut_power(unreliable)
        found = [f"{name}:{version}" for name, version, _ in versions_of(place.home)]
        assert set(printed.decode().split()) - {"completed"} <= {*found, "one", "begins"}
        if b"completed" in printed:
            assert runs_of(place.home)[-1][0] == "completed"


def test_bytes_in_a_folder_that_another_made_anew_survive(unreliable: Disk):
    store = LocalStore(unreliable.folder / "store")
    for number in range(3):
        digest = store.put_manifest(b"{}")
        shard = (unreliable.folder / "store" / manifest_key(digest)).parent
        _cut_power(unreliable)
        assert store.get_manifest(digest) == b"{}"
        # Somebody clears away, and another process is about to make the same folder durable.
        for path in shard.iterdir():
            path.unlink()
        shard.rmdir()
        subprocess.run(["sync"], check=True)
        if number % 2 == 0:
            shard.mkdir()


def _cut_power(unreliable: Disk) -> None:
    """Cut it, and see by a file that nobody made durable that the cut was real."""
    control = unreliable.folder / "control"
    control.write_text("lost")
    unreliable.cut_power()
    assert not control.exists() or control.stat().st_size == 0


def _change(path: Path, number: int) -> None:
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file():
            with file.open("r+b") as stream:
                stream.write(f"{number}".encode())


def _run(home: Path, work: Path, *words: object) -> Result:
    done = subprocess.run(
        command(*words),
        cwd=work,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=240,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())
