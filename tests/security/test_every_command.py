"""The sweeps try every command, every table and every kind of record; those do what they say."""

import json
import sqlite3
from contextlib import closing

import pytest

from artifactctl.catalog.tables import METADATA
from tests.checker import RECORDS, check_home
from tests.security.cells import files_of_json
from tests.security.every_command import (
    Example,
    commands_there_are,
    commands_with_examples,
    examples,
)
from tests.security.stage import Stage, assert_none, damage

pytestmark = pytest.mark.sweep


def test_every_command_has_an_example():
    assert set(commands_there_are()) == commands_with_examples(), (
        "a command without an example is tried in no hostile home: see every_command.py"
    )


def test_the_stage_has_a_row_in_every_table(stage: Stage):
    with closing(sqlite3.connect(stage.home / "catalog.db")) as catalog:
        counts = {
            name: catalog.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in METADATA.tables
        }
        known = catalog.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    assert all(counts.values()), f"no example has something of a table: {counts}"
    strangers = {name for (name,) in known if not name.startswith("sqlite_")} - counts.keys()
    assert not strangers, f"tables that no cell is looked for in: {strangers}"


def test_the_stage_has_every_kind_of_record(stage: Stage):
    assert files_of_json(stage.home / "store").keys() >= RECORDS.keys()


@pytest.mark.parametrize("example", examples(), ids=str)
def test_a_command_changes_nothing_outside_of_what_it_is_given(stage: Stage, example: Example):
    scene = stage.play(example).expect(0)
    assert_none(scene.told("in a home of one's own"))
    if not example.changes:
        opened = [f"openat {str(stage.home / name)!r}" for name in ("catalog.db", "catalog.db-shm")]
        assert set(scene.changed(stage.home)) <= set(opened), "reading changes the home"
    check_home(stage.home)


def test_a_completed_word_is_one_of_the_home(stage: Stage):
    offered = stage.play(next(example for example in examples() if example.completes))
    assert "file" in offered.result.out


def test_what_is_damaged_besides_is_named_by_verify(stage: Stage):
    damage(stage)
    told = stage.execute("verify", "-o", "json")
    assert told.code == 8
    assert "other" in told.out + told.err
    assert json.loads(told.out)
