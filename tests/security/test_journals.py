"""What lies beside a catalog is not SQLite's to obey: a journal may name a file to delete.

SQLite, opening a catalog, applies the rollback journal beside it; where that names a
super-journal, it deletes the file of that name.
"""

import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.checker import check_home
from tests.security.every_command import Example, examples
from tests.security.stage import Stage, assert_none, assert_same, tree_of
from tests.security.test_whose_home import NOBODY, give, named

pytestmark = pytest.mark.sweep

_MAGIC = bytes.fromhex("d9d505f920a163d7")
_SECTOR = 512
# A writer that spills its changes into the catalog before it commits, and is killed then.
_KILLED = """
import os, signal, sqlite3, sys
catalog = sqlite3.connect(sys.argv[1], isolation_level=None)
catalog.execute("PRAGMA journal_mode = DELETE")
catalog.execute("PRAGMA cache_size = 2")
catalog.execute("BEGIN IMMEDIATE")
catalog.execute("UPDATE artifact_version SET type = 'overwritten' || hex(zeroblob(3000))")
catalog.execute("UPDATE artifact SET updated = 'overwritten' || hex(zeroblob(3000))")
os.kill(os.getpid(), signal.SIGKILL)
"""
LIST = Example(("artifact", "list", "-o", "json"))
SHOWN = [
    LIST,
    Example(("register", "more", "{given}/file"), changes=True),
    Example(("verify",), changes=True),
    Example(("catalog", "backup", "out/backup.db")),
    Example(("catalog", "restore", "{given}/backup.db", "--yes"), changes=True),
    Example(("catalog", "rebuild"), changes=True),
    Example(("info",), needs_home=False),
    next(example for example in examples() if example.completes),
]


def hot_journal(catalog: Path) -> None:
    """What a writer leaves that was killed halfway."""
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(catalog)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert beside(catalog, "-journal").read_bytes().startswith(_MAGIC)


def super_journal(catalog: Path, name: str) -> None:
    """A journal without pages that names a super-journal."""
    size = catalog.stat().st_size
    page = struct.unpack(">H", catalog.read_bytes()[16:18])[0]
    header = _MAGIC + struct.pack(">IIIII", 0, 1234, size // page, _SECTOR, page)
    beside(catalog, "-journal").write_bytes(header.ljust(_SECTOR, b"\0") + named_in(name, page))


def named_in(name: str, page: int) -> bytes:
    """The end of a journal that names a super-journal."""
    text = os.fsencode(name)
    start = struct.pack(">I", 2**30 // page + 1)
    return start + text + struct.pack(">II", len(text), sum(text)) + _MAGIC


def beside(catalog: Path, suffix: str) -> Path:
    return catalog.with_name(catalog.name + suffix)


def to_a_relative_path(catalog: Path, stage: Stage) -> None:
    super_journal(catalog, "../../victim/file")


def to_an_absolute_path(catalog: Path, stage: Stage) -> None:
    super_journal(catalog, str(stage.victim / "file"))


def of_a_crash_and_to_a_path(catalog: Path, stage: Stage) -> None:
    hot_journal(catalog)
    with beside(catalog, "-journal").open("ab") as file:
        file.write(named_in(str(stage.victim / "file"), 4096))


def garbage(catalog: Path, stage: Stage) -> None:
    beside(catalog, "-journal").write_bytes(b"\x17garbage" * 5000)


def cut_short(catalog: Path, stage: Stage) -> None:
    hot_journal(catalog)
    with beside(catalog, "-journal").open("r+b") as file:
        file.truncate(_SECTOR + 1000)


def wal_of_another(catalog: Path, stage: Stage) -> None:
    """A catalog that says that it has a WAL, and the WAL of another database."""
    other = stage.root / "tmp" / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE artifact (seq INTEGER PRIMARY KEY, name TEXT)")
        connection.commit()
        shutil.copy(beside(other, "-wal"), beside(catalog, "-wal"))
    with catalog.open("r+b") as file:
        file.seek(18)
        file.write(b"\x02\x02")


NAMING = [to_a_relative_path, to_an_absolute_path, of_a_crash_and_to_a_path]
OTHERS = [garbage, cut_short, wal_of_another]
Plant = Callable[[Path, Stage], None]


@pytest.mark.parametrize("plant", NAMING, ids=lambda plant: plant.__name__)
def test_a_journal_that_names_another_file_is_refused_in_an_own_home(stage: Stage, plant: Plant):
    found = []
    for example in SHOWN:
        stage.reset()
        plant(stage.home / "catalog.db", stage)
        scene = stage.play(example)
        scene.expect(*((0,) if example.completes else (0, 6) if not example.needs_home else (6,)))
        found.extend(scene.told(plant.__name__))
    assert_none(found)


@pytest.mark.parametrize("plant", [*NAMING, *OTHERS], ids=lambda plant: plant.__name__)
def test_no_journal_is_touched_in_a_strangers_home_that_is_found(stage: Stage, plant: Plant):
    plant(stage.home / "catalog.db", stage)
    before = tree_of(stage.home)
    found = []
    for example in SHOWN[:3] + SHOWN[-2:]:
        scene = stage.play(example, XDG_DATA_HOME=str(stage.root / "tmp"))
        scene.expect(*((12,) if example.needs_home and not example.completes else (0,)))
        found.extend(scene.told(plant.__name__))
    assert_none(found)
    assert_same(before, tree_of(stage.home))


@pytest.mark.parametrize("plant", NAMING, ids=lambda plant: plant.__name__)
def test_a_journal_that_names_another_file_is_refused_in_a_home_that_is_named(
    stage: Stage, plant: Plant
):
    plant(stage.home / "catalog.db", stage)
    scene = stage.play(LIST, XDG_DATA_HOME=str(stage.root / "tmp"), **named(stage)).expect(6)
    assert_none(scene.told(plant.__name__))


@pytest.mark.parametrize("plant", [*NAMING, *OTHERS], ids=lambda plant: plant.__name__)
def test_no_journal_is_touched_in_another_users_home_that_is_named(stage: Stage, plant: Plant):
    plant(stage.home / "catalog.db", stage)
    give(stage.home, NOBODY)
    before = tree_of(stage.home)
    scene = stage.play(LIST, **named(stage))
    if plant in NAMING:
        scene.expect(6)
    assert_none([*scene.told(plant.__name__), *scene.changed(stage.home)])
    assert_same(before, tree_of(stage.home))


@pytest.mark.parametrize("plant", OTHERS, ids=lambda plant: plant.__name__)
def test_no_other_journal_leads_astray_in_an_own_home(stage: Stage, plant: Plant):
    found = []
    for example in SHOWN:
        stage.reset()
        plant(stage.home / "catalog.db", stage)
        found.extend(stage.play(example).told(plant.__name__))
    assert_none(found)


def test_what_a_crash_left_is_taken_back_in_an_own_home(stage: Stage):
    before = stage.execute("artifact", "list", "-o", "json").ok().out
    hot_journal(stage.home / "catalog.db")
    assert_none(stage.play(LIST).expect(0).told("a hot journal"))
    assert stage.execute("artifact", "list", "-o", "json").ok().out == before
    stage.execute("verify").ok()
    check_home(stage.home)


@pytest.mark.parametrize("plant", NAMING, ids=lambda plant: plant.__name__)
def test_a_journal_beside_a_backup_is_not_applied(stage: Stage, plant: Plant):
    backup = stage.root / "tmp" / "backup.db"
    shutil.copy(stage.root / "given" / "backup.db", backup)
    plant(backup, stage)
    if plant is to_a_relative_path:  # from where the backup lies
        super_journal(backup, "../victim/file")
    restore = Example(("catalog", "restore", str(backup), "--yes"), changes=True)
    assert_none(stage.play(restore).expect(0, 6).told(f"beside a backup, {plant.__name__}"))
    stage.execute("artifact", "list").ok()
