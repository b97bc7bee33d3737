"""Each part of a home, in turn, is a link, a FIFO, a device, a folder or a socket instead.

The parts are found by walking a home, so that a new one is tried without anybody's thinking of
it. The short list has every part as every kind with some of the commands; the slow one with all.
"""

import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from blake3 import blake3

from tests.security.every_command import Example, examples
from tests.security.stage import Stage, assert_none, damage

pytestmark = pytest.mark.sweep

EXAMPLES = examples()
SHOWN = [
    Example(("register", "more", "{given}/file"), changes=True),
    Example(("gc", "--grace", "0d"), changes=True),
    Example(("download", "{x}", "out/x")),
    Example(("verify",), changes=True),
    Example(("artifact", "version", "delete", "{x}", "--yes", "--force"), changes=True),
    Example(("catalog", "rebuild"), changes=True),
    Example(("runs", "logs", "{run}", "report")),
    Example(("run", "run.yaml"), changes=True, starts_programs=True),
    Example(("catalog", "restore", "{given}/backup.db", "--yes"), changes=True),
    Example(("artifact", "version", "describe", "{x}", "-o", "json")),
    Example(("catalog", "backup", "out/backup.db")),
    Example(("info", "-o", "json"), needs_home=False),
]
VERIFY = Example(("verify", "-o", "json"), changes=True)
# What a home may have that the one on the stage has not.
MORE = [
    f"known-files.{os.geteuid()}",
    *("config.yaml", "catalog.db-journal", "catalog.db-wal", "catalog.db-shm"),
    *("store/quarantine", "store/owners", "store/locks", "locks"),
    *("store/tmp/0123456789abcdef-lock", "store/tmp/0123456789abcdef-work"),
]
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def link_to_a_file(part: Path, stage: Stage) -> None:
    part.symlink_to(stage.victim / "file")


def link_to_a_folder(part: Path, stage: Stage) -> None:
    part.symlink_to(stage.victim / "folder")


def link_to_nothing(part: Path, stage: Stage) -> None:
    part.symlink_to(stage.victim / "made-by-nobody")


def link_to_a_device(part: Path, stage: Stage) -> None:
    part.symlink_to("/dev/zero")


def fifo(part: Path, stage: Stage) -> None:
    os.mkfifo(part)


def folder(part: Path, stage: Stage) -> None:
    (part / "below").mkdir(parents=True)


def listening(part: Path, stage: Stage) -> None:
    here = os.open(part.parent, os.O_PATH)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{here}/{part.name}")
    os.close(here)


def device(part: Path, stage: Stage) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root makes devices")
    os.mknod(part, 0o20666, os.makedev(1, 5))


def empty_file(part: Path, stage: Stage) -> None:
    part.touch()


KINDS: list[Callable[[Path, Stage], None]] = [
    *(link_to_a_file, link_to_a_folder, link_to_nothing, link_to_a_device),
    *(fifo, folder, listening, device, empty_file),
]
# The others are tried with the slow tests.
_SHORT = (link_to_a_folder, link_to_a_device, fifo, folder, device)
IN_TURN = [pytest.param(make, id=make.__name__, marks=[] if make in _SHORT else pytest.mark.slow)
           for make in KINDS]  # fmt: skip


def parts_of(stage: Stage) -> list[str]:
    """One of each sort of file and folder in the home; those of `file` where there is a choice."""
    of_file = blake3(b"file\n").hexdigest()
    found: dict[str, str] = {}
    for path in sorted(stage.home.rglob("*")):
        name = str(path.relative_to(stage.home))
        sort = _ID.sub("ID", _DIGEST.sub("DIGEST", name))
        sort = re.sub(r"/[0-9a-f]{2}(?=/|$)", "/SHARD", sort)
        if sort not in found or of_file in name or stage.known["x"] in name:
            found[sort] = name
    return [*found.values(), *MORE]


def replace(stage: Stage, name: str, make: Callable[[Path, Stage], None]) -> None:
    """Put something else in the place of a part."""
    part = stage.home / name
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    make(part, stage)


def move_away(stage: Stage, name: str) -> None:
    """Have a link lead to where a part has been moved, among what is the victim's."""
    part, target = stage.home / name, stage.victim / "moved"
    if os.path.lexists(part):
        part.rename(target)
        part.symlink_to(target)


def play(
    stage: Stage, names: Sequence[str], kind: str, act: Callable[[str], None],
    shown: Callable[[int], Sequence[Example]],
) -> Iterator[str]:  # fmt: skip
    """What is wrong with commands in a home with such a part."""
    for turn, name in enumerate(names):
        is_fresh = False
        for example in shown(turn):
            if not is_fresh:
                stage.reset()
                act(name)
            yield from stage.play(example).told(f"{name} is {kind}")
            is_fresh = not example.changes


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("make", IN_TURN)
def test_nothing_in_the_place_of_a_part_leads_astray(
    stage: Stage, make: Callable[[Path, Stage], None]
):
    start = KINDS.index(make) * 5
    assert_none(
        play(stage, parts_of(stage), make.__name__, lambda name: replace(stage, name, make),
             lambda turn: [SHOWN[(start + turn) % len(SHOWN)]])
    )  # fmt: skip


@pytest.mark.timeout(1200)
def test_no_part_that_was_moved_away_is_written_where_it_is(stage: Stage):
    assert_none(
        play(stage, parts_of(stage), "moved away", lambda name: move_away(stage, name),
             lambda turn: [SHOWN[turn % 2], SHOWN[(turn * 5) % len(SHOWN)]])
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("make", IN_TURN)
def test_nothing_in_the_place_of_a_part_leads_any_command_astray(
    stage: Stage, make: Callable[[Path, Stage], None]
):
    assert_none(
        play(stage, parts_of(stage), make.__name__, lambda name: replace(stage, name, make),
             lambda _turn: EXAMPLES)
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_command_writes_to_a_part_that_was_moved_away(stage: Stage):
    assert_none(
        play(stage, parts_of(stage), "moved away", lambda name: move_away(stage, name),
             lambda _turn: EXAMPLES)
    )  # fmt: skip


def is_one_of_many(name: str) -> bool:
    """Whether the rest of the home can be verified without it."""
    return bool(_ID.search(name) or _DIGEST.search(name))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("make", IN_TURN)
def test_verify_names_what_is_no_file_and_other_damage_besides(
    stage: Stage, make: Callable[[Path, Stage], None]
):
    found = []
    for name in filter(is_one_of_many, parts_of(stage)):
        stage.reset()
        damage(stage)
        replace(stage, name, make)
        scene = stage.play(VERIFY).expect(8)
        told = scene.result.out + scene.result.err
        if "other" not in told:
            scene.problems.append("it does not name the damage besides")
        found.extend(scene.told(f"{name} is {make.__name__}"))
    assert_none(found)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("make", IN_TURN)
def test_a_part_is_healed_when_its_file_is_registered_again(
    stage: Stage, make: Callable[[Path, Stage], None]
):
    """The blob and the manifest of `file`."""
    found = []
    names = [name for name in parts_of(stage) if _DIGEST.search(name)]
    assert len(names) == 2
    register = Example(("register", "file", "{given}/file"), changes=True)
    for name in names:
        stage.reset()
        replace(stage, name, make)
        for example in (register, Example(("download", "{x}", "out/x"))):
            found.extend(stage.play(example).expect(0).told(f"{name} is {make.__name__}"))
    assert_none(found)
