"""A catalog on PostgreSQL: opening it, what is refused, and what errors become."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from artifactctl.catalog.engine.named import for_psycopg
from artifactctl.catalog.engine.postgres import PostgresDatabase
from artifactctl.catalog.engine.postgres_address import parse_address
from artifactctl.catalog.migrations import SCHEMA_VERSION
from artifactctl.errors import (
    ArtifactctlError,
    BusyError,
    CatalogUnusableError,
    InvalidInputError,
    NotAuthorisedError,
    RemoteUnavailableError,
    WrongUsageError,
)
from tests.servers.postgres import PASSWORD, Server


def database(url: str, timeout_s: float = 30.0) -> PostgresDatabase:
    return PostgresDatabase(parse_address(url), timeout_s)


@pytest.fixture
def catalog(postgres_url: str) -> Iterator[PostgresDatabase]:
    with closing(database(postgres_url)) as db:
        yield db


def test_a_catalog_is_made_with_the_first_change(catalog: PostgresDatabase):
    assert catalog.rows("SELECT 1 FROM artifact") == []
    assert (catalog.exists(), catalog.schema_version(), catalog.catalog_id()) == (False, None, None)
    catalog.create()
    assert (catalog.exists(), catalog.schema_version()) == (True, SCHEMA_VERSION)
    assert catalog.rows("SELECT COUNT(*) FROM artifact") == [(0,)]
    catalog.check()


def test_processes_that_start_at_once_make_one_catalog(postgres_url: str):
    made = []

    def start() -> None:
        with closing(database(postgres_url)) as db:
            db.create()
            made.append(db.catalog_id())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_a_change_is_rolled_back_as_a_whole_on_an_error(catalog: PostgresDatabase):
    def change() -> None:
        with catalog.transaction() as transaction:
            transaction.execute("UPDATE catalog SET incarnation = 5")
            raise LookupError("no")

    with pytest.raises(LookupError):
        change()
    assert catalog.rows("SELECT incarnation FROM catalog") == [(0,)]


def test_a_snapshot_does_not_see_later_changes(catalog: PostgresDatabase, postgres_url: str):
    catalog.create()
    with closing(database(postgres_url)) as other, catalog.snapshot():
        before = catalog.rows("SELECT incarnation FROM catalog")
        with other.transaction() as transaction:
            transaction.execute("UPDATE catalog SET incarnation = incarnation + 1")
        assert catalog.rows("SELECT incarnation FROM catalog") == before
    assert catalog.rows("SELECT incarnation FROM catalog") != before


def test_a_transaction_waits_for_another_one_and_then_says_that_it_is_busy(
    catalog: PostgresDatabase, postgres_url: str
):
    with (
        catalog.transaction(),
        closing(database(postgres_url, timeout_s=0.8)) as other,
        pytest.raises(BusyError, match="locked by another process"),
        other.transaction(),
    ):
        pytest.fail("two transactions at once")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE TABLE {}.mine (id TEXT)", "holds no catalog"),
        ("CREATE TABLE {}.catalog (strange TEXT)", "holds no catalog"),
        ("CREATE VIEW {}.view AS SELECT 1", "holds no catalog"),
    ],
)
def test_a_schema_of_another_program_is_not_taken(
    postgres: Server, postgres_url: str, statement: str, message: str
):
    schema = parse_address(postgres_url).schema
    with postgres.asked() as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(statement.format(schema))
    with closing(database(postgres_url)) as db:
        for act in (db.create, lambda: db.rows("SELECT 1")):
            with pytest.raises(CatalogUnusableError, match=message):
                act()


def test_an_empty_schema_is_filled_and_a_newer_catalog_is_refused(
    postgres: Server, postgres_url: str
):
    schema = parse_address(postgres_url).schema
    with postgres.asked() as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        with closing(database(postgres_url)) as db:
            db.create()
        connection.execute(f"UPDATE {schema}.catalog SET schema_version = 99")
    with closing(database(postgres_url)) as db, pytest.raises(CatalogUnusableError, match="newer"):
        db.exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ((f":{PASSWORD}@", ":wrong@"), NotAuthorisedError),
        (("owner:", "nobody:"), NotAuthorisedError),
        (("/postgres", "/missing"), CatalogUnusableError),
        (("127.0.0.1:", "127.0.0.1:1"), RemoteUnavailableError),
        (("schema=", "schema=pg_"), WrongUsageError),
        (("schema=", "schema=a%22b"), WrongUsageError),
        (("schema=", f"{PASSWORD}=1&schema="), WrongUsageError),
        (("127.0.0.1", f"127.0.0.1%zz{PASSWORD}"), WrongUsageError),
    ],
)
def test_what_cannot_be_opened_is_told_without_the_password(
    postgres_url: str, change: tuple[str, str], expected: type[ArtifactctlError]
):
    url = postgres_url.replace(*change)
    if expected is RemoteUnavailableError:
        url = postgres_url.replace(f":{postgres_url.split(':')[3].split('/')[0]}/", ":9/")
    with pytest.raises(expected) as caught:
        database(url).exists()
    if "%zz" not in url:
        assert PASSWORD not in str(caught.value).replace(f"{PASSWORD}=", "")
    assert "wrong" not in str(caught.value)


def test_text_with_a_nul_character_is_refused(catalog: PostgresDatabase):
    catalog.create()
    with pytest.raises(InvalidInputError):
        catalog.rows("SELECT 1 FROM artifact WHERE name = :name", {"name": "a\0b"})


def test_names_of_parameters_are_found_outside_of_texts_and_casts():
    assert for_psycopg("a = :a AND b LIKE '%:b' AND c::text = :c_1 % 2") == (
        "a = %(a)s AND b LIKE '%%:b' AND c::text = %(c_1)s %% 2"
    )
    assert for_psycopg("""x = ':it''s :no' AND "odd:col" = :y""") == (
        """x = ':it''s :no' AND "odd:col" = %(y)s"""
    )


def test_numbers_come_back_as_sqlite_gives_them(catalog: PostgresDatabase):
    catalog.create()
    sql = "SELECT CAST(:a AS NUMERIC), CAST(:b AS NUMERIC)"
    for pair in ((1.5, 2), (1e300, -(1 << 62)), (0.1, 0)):
        found = catalog.one(sql, dict(zip("ab", pair, strict=True)))
        assert found == pair
        assert [type(value) for value in found][1] is int
