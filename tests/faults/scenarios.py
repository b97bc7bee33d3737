"""Commands to be cut short, and what must be true of each afterwards."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blake3 import blake3

from artifactctl.client import Client
from tests.checker import check_home, drafts_in
from tests.commands import Result, environment, execute

Words = tuple[object, ...]


@dataclass(frozen=True)
class Place:
    """A folder of its own for each fault: the home, the user's files, and where results go."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def run(self, *words: object) -> Result:
        return execute(words, self.work, environment(self.home))

    def start(self, words: list[str], **extra: str) -> Result:
        done = subprocess.run(
            words,
            check=False,
            cwd=self.work,
            env=environment(self.home, **extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=240,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def copied(self, name: str) -> Iterator["Place"]:
        """A copy beside this place, for as long as it takes."""
        folder = self.folder.parent / name
        shutil.copytree(self.folder, folder, symlinks=True)
        try:
            yield Place(folder)
        finally:
            shutil.rmtree(folder)


@dataclass(frozen=True)
class Scenario:
    """A command, what is there before it, and the judge of what it leaves.

    `expected` are the files by path that the result must have.
    """

    name: str
    words: Words
    source: str
    before: tuple[Words, ...] = ()
    arrange: Callable[[Path], None] = field(default=lambda _work: None)
    code: int = 0

    @property
    def is_register(self) -> bool:
        return self.words[0] == "register"

    def prepare(self, folder: Path) -> Place:
        place = Place(folder)
        place.work.mkdir(parents=True)
        make_sources(place.work)
        for words in self.before:
            place.run(*words).ok()
        self.arrange(place.work)
        return place

    def judge(self, place: Place, base: Place, broken: Result) -> None:
        """Assert all promises after the fault, and again after the same command has run again."""
        assert strangers(place, self) == strangers(base, self)
        if self.is_register:
            judge_register(self, place, base, broken)
        else:
            judge_download(self, place, base)
        assert strangers(place, self) == strangers(base, self)


def make_sources(work: Path) -> None:
    """A small file, a few files, many files, and a big one."""
    (work / "one.txt").write_text("one\n")
    (work / "few" / "deep" / "er").mkdir(parents=True)
    for path in ("a", "b", "deep/c", "deep/er/d"):
        (work / "few" / path).write_text(f"few {path}\n")
    (work / "many" / "sub").mkdir(parents=True)
    for number in range(40):
        folder = work / "many" / ("sub" if number % 2 else "")
        (folder / f"f{number}").write_text(f"many {number}\n")
    (work / "big").write_bytes(bytes(range(256)) * (12 << 10))


def _make_empty(work: Path) -> None:
    (work / "out").mkdir()


def _make_old(work: Path) -> None:
    shutil.copytree(work / "many", work / "out")
    for path in (work / "out").rglob("f1*"):
        path.write_text("old\n")
    (work / "out" / "mine").write_text("the user's own\n")


REGISTER = [
    Scenario("first register", ("register", "x", "one.txt"), "one.txt"),
    Scenario(
        "second register",
        ("register", "x", "few", "--if-changed", "--tag", "t"),
        "few",
        (("register", "x", "one.txt"),),
    ),
    Scenario(
        "many files", ("register", "x", "many", "-v", "raw"), "many", (("register", "x", "big"),)
    ),
    Scenario("big file", ("register", "x", "big"), "big", (("register", "x", "few"),)),
]
DOWNLOAD = [
    Scenario("file", ("download", "x", "out"), "big", (("register", "x", "big"),)),
    Scenario("folder", ("download", "x", "out"), "few", (("register", "x", "few"),)),
    Scenario(
        "existing folder",
        ("download", "x", "out"),
        "few",
        (("register", "x", "few"),),
        _make_empty,
    ),
    Scenario("zip", ("download", "x", "out.zip"), "many", (("register", "x", "many"),)),
    Scenario(
        "forced",
        ("download", "x", "out", "--force"),
        "many",
        (("register", "x", "many"),),
        _make_old,
    ),
]


def judge_register(scenario: Scenario, place: Place, base: Place, broken: Result) -> None:
    before, after = check_home(base.home), check_home(place.home)
    committed = len(after) - len(before)
    assert committed in (0, 1)
    if broken.out:
        assert committed == 1, "the result was printed, but there is no version"
    assert listed(place) == [version["version"] for version in reversed(after)]
    again = place.run(*scenario.words)
    if "-v" in scenario.words:
        assert again.code == (4 if committed else 0), again.err
        made = 1
    else:
        again.ok()
        made = 1 if "--if-changed" in scenario.words else committed + 1
    versions = check_home(place.home)
    left = drafts_in(place.home)
    # A lock that could not be removed is left to `gc`; a draft goes with the next change.
    if left and all(name.endswith("-lock") for name in left):
        place.run("gc").ok()
        left = drafts_in(place.home)
    assert left == []
    assert len(versions) == len(before) + made
    numbers = [version["number"] for version in versions if version["number"]]
    assert numbers == list(range(1, len(numbers) + 1))
    for version in versions[len(before) :]:
        assert files_of(place.home, version) == digests_below(place.work / scenario.source)
    # A refused register changes nothing, so the next check is what writes a record left out.
    place.run("verify").ok()
    recorded = {path.stem for path in (place.home / "store" / "records").iterdir()}
    assert {version["id"] for version in versions} <= recorded


def judge_download(scenario: Scenario, place: Place, base: Place) -> None:
    assert check_home(place.home) == check_home(base.home)
    was_done = holds(place, scenario) and not parts(place)
    again = place.run(*scenario.words)
    refused = was_done and "--force" not in scenario.words
    assert again.code == (4 if refused else 0), again.err
    assert holds(place, scenario)
    assert parts(place) == []
    if "--force" in scenario.words:
        assert (place.work / "out" / "mine").read_text() == "the user's own\n"


def holds(place: Place, scenario: Scenario) -> bool:
    """Whether the destination has exactly what was registered (and the user's own)."""
    target = place.work / str(scenario.words[2])
    if not target.exists():
        return False
    expected = digests_below(place.work / scenario.source)
    if target.suffix == ".zip":
        with zipfile.ZipFile(target) as archive:
            return expected == {
                name: blake3(archive.read(name)).hexdigest() for name in archive.namelist()
            }
    found = digests_below(target)
    if target.is_file():
        return list(found.values()) == list(expected.values())
    return {path: digest for path, digest in found.items() if path != "mine"} == expected


def parts(place: Place) -> list[str]:
    """The parts of downloads that are not complete."""
    return parts_below(place.work)


def parts_below(folder: Path) -> list[str]:
    """The parts of downloads that are not complete, anywhere below `folder`."""
    return sorted(path.name for path in folder.rglob("*.artifactctl-part"))


def strangers(place: Place, scenario: Scenario) -> list[str]:
    """Everything outside of the home and the destination."""
    target = str(scenario.words[2]) if not scenario.is_register else "?"
    allowed = (place.home, place.work / target, place.work / f".{target}.artifactctl-part")
    return sorted(
        str(path.relative_to(place.folder))
        for path in place.folder.rglob("*")
        if not any(path.is_relative_to(top) for top in allowed)
    )


def listed(place: Place) -> list[str]:
    """What a listing shows right now, newest first; asked of a copy, which it may mend."""
    with place.copied(f"{place.folder.name}-copy") as copy:
        client = Client(copy.home)
        try:
            return [found.version for found in client.list_artifact_versions("desc:seq", size=0)]
        finally:
            client.close()


def files_of(home: Path, version: dict[str, Any]) -> dict[str, str]:
    """The paths of a version's files and their digests, by its manifest."""
    digest = version["manifest"].removeprefix("blake3:")
    manifest = home / "store" / "manifests" / digest[:2] / f"{digest}.json"
    files = json.loads(manifest.read_bytes())["files"]
    return {file["path"]: file["digest"].removeprefix("blake3:") for file in files}


def digests_below(path: Path) -> dict[str, str]:
    """The digest of a file by its name, or of all files of a folder by their paths."""
    if path.is_file():
        return {path.name: blake3(path.read_bytes()).hexdigest()}
    return {
        str(file.relative_to(path)): blake3(file.read_bytes()).hexdigest()
        for file in sorted(path.rglob("*"))
        if file.is_file() and not any(part.endswith("-part") for part in file.parts)
    }
