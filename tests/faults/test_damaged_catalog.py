"""A catalog that is damaged, foreign or gone is never written to and never started afresh."""

import os
import sqlite3
from pathlib import Path

import pytest

from tests.commands import Result
from tests.faults.scenarios import Place, make_sources

pytestmark = pytest.mark.sweep

COMMANDS = [
    ("artifact", "list"),
    ("artifact", "version", "list"),
    ("download", "x:1", "out"),
    ("register", "x", "few"),
    ("register", "new", "one.txt", "--if-changed"),
    ("tag", "x:1", "t"),
    ("verify",),
]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A home with one version whose catalog is going to be damaged."""
    made = Place(tmp_path)
    made.work.mkdir()
    make_sources(made.work)
    made.run("register", "x", "one.txt").ok()
    return made


@pytest.mark.parametrize("content", [b"", b"\0" * 8192, b"no database " * 1000])
def test_a_file_that_is_no_catalog_is_left_as_it_is(place: Place, content: bytes):
    catalog = place.home / "catalog.db"
    catalog.write_bytes(content)
    for words in COMMANDS:
        _assert_unusable(place.run(*words))
        assert catalog.read_bytes() == content
    assert not (place.work / "out").exists()


def test_the_database_of_another_program_is_left_as_it_is(place: Place):
    catalog = place.home / "catalog.db"
    catalog.unlink()
    connection = sqlite3.connect(catalog)
    connection.execute("CREATE TABLE artifact (id)")
    connection.commit()
    connection.close()
    content = catalog.read_bytes()
    for words in COMMANDS:
        _assert_unusable(place.run(*words))
        assert catalog.read_bytes() == content


def test_a_catalog_of_a_newer_schema_is_left_as_it_is(place: Place):
    catalog = place.home / "catalog.db"
    connection = sqlite3.connect(catalog)
    connection.execute("PRAGMA user_version = 1000000")
    connection.close()
    content = catalog.read_bytes()
    for words in COMMANDS:
        _assert_unusable(place.run(*words))
        assert catalog.read_bytes() == content


def test_a_catalog_cut_short_is_unusable(place: Place):
    catalog = place.home / "catalog.db"
    os.truncate(catalog, 4096)
    for words in COMMANDS:
        _assert_unusable(place.run(*words))
    assert catalog.stat().st_size == 4096


def test_a_catalog_that_is_gone_does_not_start_again_at_one(place: Place):
    catalog = place.home / "catalog.db"
    catalog.unlink()
    for words in COMMANDS:
        _assert_unusable(place.run(*words))
        assert not catalog.exists()


def test_no_damaged_page_makes_a_command_crash(place: Place):
    catalog = place.home / "catalog.db"
    good = catalog.read_bytes()
    for page in range(len(good) // 4096):
        damaged = bytearray(good)
        damaged[page * 4096 : page * 4096 + 512] = os.urandom(512)
        catalog.write_bytes(damaged)
        listed = place.run("artifact", "version", "list", "--size", "0")
        if listed.code != 0:
            _assert_unusable(listed)


def test_a_home_without_records_may_begin_again(place: Place):
    (place.home / "catalog.db").unlink()
    for record in (place.home / "store" / "records").iterdir():
        record.unlink()
    assert place.run("register", "x", "few", "--quiet").ok().out == "x:1\n"


def _assert_unusable(result: Result) -> None:
    assert result.code == 6, result.err
    assert result.out == ""
    assert result.err.startswith("artifactctl: ")
    assert len(result.err.splitlines()) == 1, result.err
