"""Leases: taken, renewed and dropped; their holders alive or not."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.writing import leasing
from tests.catalog.test_rows import open_database

ONE, TWO = str(uuid.uuid4()), str(uuid.uuid4())


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteDatabase]:
    made = open_database(tmp_path)
    with closing(made):
        with made.transaction() as transaction:
            for lease_id in (ONE, TWO):
                leasing.take_lease(transaction, lease_id, "run", 10)
            transaction.execute("UPDATE lease SET machine = 'other' WHERE id = :id", {"id": TWO})
        yield made
    leasing.let_go(ONE)
    leasing.let_go(TWO)


def signs(db: SqliteDatabase) -> dict[str, tuple[bool, bool]]:
    found = leasing.leases_among(db, [ONE, TWO, "none"])
    return {lease_id: (lease.is_alive, lease.has_lapsed) for lease_id, lease in found.items()}


def later(db: SqliteDatabase, by_ms: int) -> None:
    with db.transaction() as transaction:
        transaction.execute("UPDATE lease SET ends_ms = ends_ms - :by", {"by": by_ms})


def test_a_lease_lapses_unless_it_is_renewed(db: SqliteDatabase) -> None:
    assert signs(db) == {ONE: (True, False), TWO: (True, False)}
    later(db, 10_001)
    assert signs(db) == {ONE: (True, True), TWO: (False, True)}
    with db.transaction() as transaction:
        assert leasing.renew_lease(transaction, TWO, 10)
        assert not leasing.renew_lease(transaction, "none", 10)
    assert signs(db)[TWO] == (True, False)


def test_a_lease_that_was_taken_before_the_clock_was_set_back_has_lapsed(
    db: SqliteDatabase,
) -> None:
    later(db, -100_000_000)
    assert signs(db) == {ONE: (True, True), TWO: (False, True)}


def test_a_process_knows_what_it_no_longer_works_on(db: SqliteDatabase) -> None:
    leasing.let_go(ONE)
    assert signs(db)[ONE] == (False, False)


def test_a_lease_that_is_dropped_is_gone(db: SqliteDatabase) -> None:
    with db.transaction() as transaction:
        for lease_id in (ONE, TWO, "none"):
            leasing.drop_lease(transaction, lease_id)
    assert signs(db) == {}
