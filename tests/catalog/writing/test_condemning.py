"""Condemned digests: who may rely on bytes, and who must put them again or wait."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.writing import condemning
from artifactctl.digests import digest_of
from artifactctl.errors import BusyError, CatalogDamagedError
from artifactctl.processes import this_process
from tests.catalog.test_rows import open_database

ONE, TWO, THREE = (digest_of(content) for content in (b"1", b"2", b"3"))
ME, OTHER = str(uuid.uuid4()), str(uuid.uuid4())


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteDatabase]:
    made = open_database(tmp_path)
    made.create()
    with closing(made):
        yield made


def condemn(db: SqliteDatabase, *digests: str, by: str = ME) -> set[str]:
    with db.transaction() as transaction:
        return condemning.condemn(transaction, digests, by)


def delete(db: SqliteDatabase, by: str = ME) -> None:
    with db.transaction() as transaction:
        condemning.note_deleted(transaction, by)


def are_kept(db: SqliteDatabase, since: int, *digests: str) -> bool:
    with db.transaction() as transaction:
        return condemning.are_kept(transaction, digests, since)


def change(db: SqliteDatabase, sql: str, **values: object) -> None:
    with db.transaction() as transaction:
        transaction.execute(sql, values)


def test_the_epoch_of_a_catalog_to_be_made_is_that_of_a_new_one(tmp_path: Path) -> None:
    db = open_database(tmp_path)
    since = condemning.read_epoch(db)
    assert since == 0
    assert not db.exists()
    db.create()
    assert condemning.read_epoch(db) == since
    assert are_kept(db, since, ONE)
    condemn(db, TWO)
    assert are_kept(db, since, ONE)
    assert not are_kept(db, since, TWO)
    db.close()


def test_what_is_pending_or_was_condemned_later_is_not_relied_on(db: SqliteDatabase) -> None:
    before = condemning.read_epoch(db)
    assert condemn(db, ONE, TWO) == {ONE, TWO}
    during = condemning.read_epoch(db)
    for since in (before, during):
        assert not are_kept(db, since, THREE, TWO)
        assert are_kept(db, since, THREE)
    delete(db)
    after = condemning.read_epoch(db)
    assert before < during < after
    for since in (before, during):
        assert not are_kept(db, since, ONE)
        assert are_kept(db, since, THREE)
    assert are_kept(db, after, ONE, TWO, THREE)


def test_many_digests_are_looked_up_in_batches(db: SqliteDatabase) -> None:
    digests = [digest_of(b"%d" % number) for number in range(1_203)]
    since = condemning.read_epoch(db)
    assert condemn(db, *digests) == set(digests)
    delete(db)
    for digest in digests[::401]:
        assert not are_kept(db, since, digest, *(digest_of(b"x%d" % n) for n in range(600)))


def test_what_one_collection_deletes_no_other_condemns(db: SqliteDatabase) -> None:
    condemn(db, ONE)
    assert condemn(db, ONE, TWO, by=OTHER) == {TWO}
    delete(db)
    since = condemning.read_epoch(db)
    assert condemn(db, ONE, by=OTHER) == {ONE}
    delete(db, by=OTHER)
    assert not are_kept(db, since, ONE)
    assert db.rows("SELECT 1 FROM lease") == []


def test_a_wait_ends_with_the_deletion(db: SqliteDatabase) -> None:
    condemn(db, ONE)
    condemning.wait_for_deletions(db, 0.0, [TWO])
    for digests in ([ONE], None):
        with pytest.raises(BusyError, match=f"process {this_process().number} on") as busy:
            condemning.wait_for_deletions(db, 0.0, digests)
        assert busy.value.exit_code == 9
    delete(db)
    condemning.wait_for_deletions(db, 0.0, [ONE])
    condemning.wait_for_deletions(db, 0.0)


def test_a_collection_whose_process_died_here_has_ended_at_once(db: SqliteDatabase) -> None:
    since = condemning.read_epoch(db)
    condemn(db, ONE)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    change(db, "UPDATE lease SET process = :number", number=ended.pid)
    during = condemning.read_epoch(db)
    condemning.wait_for_deletions(db, 0.0, [ONE])
    assert not condemning.is_deleting(db)
    for epoch in (since, during):
        assert not are_kept(db, epoch, ONE)
    assert are_kept(db, condemning.read_epoch(db), ONE)


def test_a_collection_on_another_machine_has_ended_when_its_lease_lapsed(
    db: SqliteDatabase,
) -> None:
    condemn(db, ONE)
    change(db, "UPDATE lease SET machine = 'other', host = 'far'")
    with pytest.raises(BusyError, match="on far"):
        condemning.wait_for_deletions(db, 0.0, [ONE])
    during = condemning.read_epoch(db)
    assert condemn(db, ONE, by=OTHER) == set()
    change(db, "UPDATE condemned SET lease_ends_ms = lease_ends_ms - 900001")
    assert condemn(db, ONE, by=OTHER) == {ONE}
    delete(db, by=OTHER)
    assert not are_kept(db, during, ONE)


def test_a_lease_from_before_the_clock_was_set_back_has_lapsed(db: SqliteDatabase) -> None:
    condemn(db, ONE)
    change(db, "UPDATE lease SET machine = NULL")
    change(db, "UPDATE condemned SET lease_ends_ms = lease_ends_ms + 100000000000")
    condemning.wait_for_deletions(db, 0.0, [ONE])


def test_tombstones_go_after_a_month_and_who_began_before_begins_again(
    db: SqliteDatabase,
) -> None:
    condemn(db, ONE, TWO)
    delete(db)
    condemning.forget_condemned(db)
    assert db.rows("SELECT count(*) FROM condemned") == [(2,)]
    month_ms = 30 * 86_400_000
    change(db, "UPDATE condemned SET epoch = epoch - :month", month=month_ms + 1)
    (old,) = db.one("SELECT DISTINCT epoch FROM condemned")
    condemn(db, THREE)
    delete(db)
    condemning.forget_condemned(db)
    assert db.rows("SELECT digest FROM condemned") == [(THREE,)]
    assert not are_kept(db, old - 1, ONE)
    assert are_kept(db, old, ONE)


def test_who_read_the_epoch_of_a_catalog_that_was_replaced_begins_again(
    db: SqliteDatabase,
) -> None:
    condemn(db, ONE)
    delete(db)
    since = condemning.read_epoch(db)
    change(db, "UPDATE catalog SET epoch = epoch - 1")
    assert not are_kept(db, since, TWO)


@pytest.mark.sqlite_only
def test_each_question_uses_an_index(tmp_path: Path) -> None:
    db = SqliteDatabase(tmp_path / "plans.db", tmp_path, lambda: False)
    db.create()
    for sql in (
        "SELECT 1 FROM condemned WHERE digest IN (:a) AND (pending OR epoch > :since) LIMIT 1",
        "SELECT 1 FROM condemned WHERE pending LIMIT 1",
        "SELECT MAX(epoch) FROM condemned WHERE epoch < :until AND NOT pending",
    ):
        plan = db.rows(f"EXPLAIN QUERY PLAN {sql}", {"a": "a", "since": 1, "until": 1})
        assert "INDEX" in str(plan), plan
    db.close()


@pytest.mark.sqlite_only  # PostgreSQL takes whole numbers alone, and its table none below 0
@pytest.mark.parametrize("cells", ["epoch = '..'", "epoch = -1", "epoch = 1.5", "forgotten = 2"])
def test_nobody_registers_into_a_catalog_whose_epoch_cannot_be(
    db: SqliteDatabase, cells: str
) -> None:
    condemn(db, ONE)
    change(db, f"UPDATE catalog SET epoch = 1, {cells}")
    with pytest.raises(CatalogDamagedError, match="epoch"):
        condemning.read_epoch(db)


def test_what_is_forgotten_is_never_later_than_the_epoch(db: SqliteDatabase) -> None:
    condemn(db, ONE)
    delete(db)
    change(db, "UPDATE condemned SET epoch = 5")
    change(db, "UPDATE catalog SET epoch = 1")
    condemning.forget_condemned(db)
    assert are_kept(db, condemning.read_epoch(db), ONE)
