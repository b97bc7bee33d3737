"""Whose home it is decides what is done in it: own, found, named, of another user."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.security.every_command import Example, examples, one_of_each
from tests.security.stage import Stage, assert_none, assert_same, tree_of
from tests.security.watching import can_start

pytestmark = pytest.mark.sweep

NOBODY = 65534
# All commands but the one that makes a home one's own.
ALL = [example for example in examples() if example.command != "trust"]
SOME = one_of_each(ALL)
FEW = [one for one in SOME if one.command in ("register", "download", "gc", "runs list", "init")]
HELPS = [Example((flag,), needs_home=False) for flag in ("--help", "--version")]


@pytest.fixture(params=[pytest.param(ALL, marks=pytest.mark.slow, id="all"),
                        pytest.param(SOME, id="some")])  # fmt: skip
def shown(request: pytest.FixtureRequest) -> Sequence[Example]:
    """The commands to try: some of them each time."""
    return request.param


@pytest.fixture
def stranger(stage: Stage) -> dict[str, str]:
    """The environment of a user who did not make the home."""
    folder = stage.root / "tmp" / "stranger"
    folder.mkdir()
    return {"XDG_DATA_HOME": str(folder)}


def named(stage: Stage) -> dict[str, str]:
    """The environment that names the home."""
    return {"ARTIFACTCTL_HOME": str(stage.home)}


def give(path: Path, user: int) -> None:
    """Have everything in a folder belong to a user."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files to another user")
    for one in (path, *path.rglob("*")):
        os.chown(one, user, user, follow_symlinks=False)


def plays(stage: Stage, shown: Sequence[Example], as_user: tuple[str, ...] = (), *,
          reads: Sequence[int], writes: Sequence[int], **extra: str) -> Iterator[str]:  # fmt: skip
    """What is wrong with commands in a home that nobody may write to."""
    before = tree_of(stage.home)
    for example in shown:
        scene = stage.play(example, as_user, **extra)
        if example.completes or not example.needs_home:
            scene.expect(0)
        elif example.command == "verify" or str(example) == "gc --dry-run -o json":
            scene.expect(0, 12)  # they look without mending, or say that they cannot
        elif example.command in ("push", "copy"):
            scene.expect(*reads, *writes)  # they read this home, and write into another one
        else:
            scene.expect(*(writes if example.changes else reads))
        scene.problems.extend(scene.changed(stage.home)[:3])
        if tree_of(stage.home) != before:
            scene.problems.append("the home has changed")
            before = tree_of(stage.home)
        stage.clear_work()
        yield from scene.told("a home that may not be written")


def test_a_strangers_home_that_is_found_is_left_alone(
    stage: Stage, shown: Sequence[Example], stranger: dict[str, str]
):
    assert_none(plays(stage, [*HELPS, *shown], reads=[12], writes=[12], **stranger))


def test_completion_offers_nothing_of_a_strangers_home(stage: Stage, stranger: dict[str, str]):
    for example in [example for example in ALL if example.completes]:
        words = stage.play(example, **stranger).result.out.split("\n")[1:]
        assert not [word for word in words if word.startswith("file")]


def test_another_users_home_that_is_found_is_left_alone(stage: Stage):
    give(stage.home, NOBODY)
    assert_none(plays(stage, [*HELPS, *FEW], reads=[12], writes=[12]))


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_an_own_home_that_others_can_write_to_is_one_no_more(stage: Stage, mode: int):
    stage.home.chmod(mode)
    assert_none(plays(stage, FEW, reads=[12], writes=[12]))


def test_a_copy_of_an_own_home_that_is_found_is_left_alone(stage: Stage):
    copy = stage.root / "project" / "copy"
    copy.mkdir()
    shutil.copytree(stage.home, copy / ".artifactctl", symlinks=True)
    shutil.rmtree(stage.home)
    copy.joinpath(".artifactctl").rename(stage.root / "project" / "here" / ".artifactctl")
    before = tree_of(stage.work / ".artifactctl")
    for words in (("artifact", "list"), ("register", "x", "{given}/file"), ("gc",)):
        scene = stage.play(Example(words)).expect(12)
        assert_none(scene.told("a copy of an own home"))
        assert "cop" in scene.result.err
    assert_same(before, tree_of(stage.work / ".artifactctl"))


def test_a_home_that_is_named_and_private_works(
    stage: Stage, shown: Sequence[Example], stranger: dict[str, str]
):
    found = []
    for example in shown:
        stage.reset()
        Path(stranger["XDG_DATA_HOME"]).mkdir()
        scene = stage.play(example, **stranger, **named(stage)).expect(0)
        found.extend(scene.told("a home that is named"))
        assert not [call for call in scene.calls if call.name == "connect"]
    assert_none(found)


def test_no_remote_address_is_asked_in_a_home_that_is_not_own(
    stage: Stage, stranger: dict[str, str]
):
    url = "http://127.0.0.1:9/data"
    with closing(sqlite3.connect(stage.home / "catalog.db")) as catalog, catalog:
        catalog.execute("UPDATE artifact_version SET link = ? WHERE link IS NOT NULL", (url,))
    for words in (("download", "linked", "out/x"), ("verify",), ("verify", "linked")):
        scene = stage.play(Example(words), **stranger, **named(stage))
        assert_none(scene.told("a stranger's link"))
        assert not [call for call in scene.calls if call.name == "connect"], words
    assert stage.play(Example(words), **stranger, **named(stage)).result.code in (8, 12)


def test_another_users_home_that_is_named_is_read_and_not_written(
    stage: Stage, shown: Sequence[Example]
):
    give(stage.home, NOBODY)
    assert_none(plays(stage, shown, reads=[0], writes=[12], **named(stage)))


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_home_that_others_can_write_to_is_read_and_not_written(
    stage: Stage, stranger: dict[str, str], mode: int
):
    stage.home.chmod(mode)
    assert_none(plays(stage, FEW, reads=[0], writes=[12], **stranger, **named(stage)))


@pytest.fixture
def nobody(stage: Stage) -> tuple[str, ...]:
    """The start of a command as another user, who may read everything and has folders to write."""
    if shutil.which("setpriv") is None or os.geteuid() != 0:
        pytest.skip("setpriv is not installed, or may not choose a user")
    give(stage.work, NOBODY)
    for name in ("tmp", "data"):
        shutil.rmtree(stage.root / name)
        (stage.root / name).mkdir()
        os.chown(stage.root / name, NOBODY, NOBODY)
    for folder in (stage.home, stage.root / "given"):
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    plain = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    able = (*plain, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    found = next((way for way in (plain, able) if can_start(way)), None)
    if found is None:
        pytest.skip("another user cannot run this Python")
    return (*found, "--")


def test_another_user_reads_a_home_that_is_named_and_writes_nothing(
    stage: Stage, shown: Sequence[Example], nobody: tuple[str, ...]
):
    assert_none(plays(stage, shown, nobody, reads=[0], writes=[12], **named(stage)))


def test_another_user_does_nothing_in_a_home_that_is_found(stage: Stage, nobody: tuple[str, ...]):
    assert_none(plays(stage, [*HELPS, *FEW], nobody, reads=[12], writes=[12]))


def test_what_is_said_of_a_home_says_whose_it_is(stage: Stage, stranger: dict[str, str]):
    own = json.loads(stage.play(Example(("info", "-o", "json"))).result.out)
    strange = json.loads(stage.play(Example(("info", "-o", "json")), **stranger).result.out)
    assert own != strange
