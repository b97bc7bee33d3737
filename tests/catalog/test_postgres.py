"""A catalog on PostgreSQL: opening it, what is refused, and what errors become."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from artifactctl.catalog import backups
from artifactctl.catalog.cells import CELLS
from artifactctl.catalog.engine import postgres_making
from artifactctl.catalog.engine.postgres import PostgresDatabase
from artifactctl.catalog.engine.postgres_address import Address, parse_address
from artifactctl.catalog.engine.postgres_connection import PostgresConnection, for_psycopg
from artifactctl.catalog.engine.postgres_making import schema_sql
from artifactctl.catalog.migrations import SCHEMA_VERSION
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.errors import (
    ArtifactctlError,
    BusyError,
    CatalogUnusableError,
    InvalidInputError,
    NotAuthorisedError,
    NotCommittedError,
    RemoteUnavailableError,
    WrongUsageError,
)
from artifactctl.json_text import canonical_json
from tests.catalog.test_rows import add, listed
from tests.catalog.writes import delete_artifact
from tests.servers.postgres import PASSWORD, USER, Server, start_again


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


def test_a_catalog_of_the_schema_before_is_brought_up_to_date(
    catalog: PostgresDatabase, postgres_url: str, postgres: Server
):
    catalog.create()
    schema = parse_address(postgres_url).schema
    before = catalog.rows(_COLUMNS, {"schema": schema})
    with postgres.asked() as connection:
        for statement in (
            "DROP TABLE series",
            "ALTER TABLE deleted_version DROP COLUMN former",
            *(f"ALTER TABLE {name} DROP COLUMN description" for name in _DESCRIBED),
            "UPDATE catalog SET schema_version = 9",
        ):
            connection.execute(f'SET search_path = "{schema}"; {statement}')
    catalog.close()
    with catalog.transaction():
        pass
    assert catalog.schema_version() == SCHEMA_VERSION
    assert catalog.rows(_COLUMNS, {"schema": schema}) == before
    catalog.check()


_DESCRIBED = ("artifact", "artifact_version", "run")
_COLUMNS = """
    SELECT table_name, column_name, data_type, collation_name, is_nullable, is_identity
    FROM information_schema.columns WHERE table_schema = :schema ORDER BY 1, 2
"""


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


def test_a_catalog_that_another_process_makes_meanwhile_is_found(
    catalog: PostgresDatabase, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    is_taken = postgres_making.is_taken

    def is_taken_meanwhile(connection: PostgresConnection, address: Address) -> bool:
        monkeypatch.undo()
        with closing(database(postgres_url)) as other:
            assert other.make()
        return is_taken(connection, address)

    monkeypatch.setattr(postgres_making, "is_taken", is_taken_meanwhile)
    assert catalog.exists()


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
        b"a = %(a)s AND b LIKE '%%:b' AND c::text = %(c_1)s %% 2"
    )
    assert for_psycopg("""x = ':it''s :no' AND "odd:col" = :y""") == (
        b"""x = ':it''s :no' AND "odd:col" = %(y)s"""
    )


def test_numbers_come_back_as_sqlite_gives_them(catalog: PostgresDatabase):
    catalog.create()
    sql = "SELECT CAST(:a AS NUMERIC), CAST(:b AS NUMERIC)"
    for pair in ((1.5, 2), (1e300, -(1 << 62)), (0.1, 0)):
        found = catalog.one(sql, dict(zip("ab", pair, strict=True)))
        assert found == pair
        assert [type(value) for value in found][1] is int


def end_of(server: Server, schema: str) -> None:
    """The server ends all connections that have to do with a schema."""
    with server.asked() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = %s AND pid <> pg_backend_pid()",
            (f"of {schema}",),
        )


@pytest.fixture
def named(postgres_url: str) -> str:
    """A URL whose connections `end_of` finds."""
    schema = parse_address(postgres_url).schema
    return f"{postgres_url}&application_name=of%20{schema}"


def test_a_connection_that_was_ended_while_idle_is_opened_again(postgres: Server, named: str):
    with closing(database(named)) as db:
        db.create()
        end_of(postgres, db.address.schema)
        assert db.rows("SELECT incarnation FROM catalog") == [(0,)]
        end_of(postgres, db.address.schema)
        with db.transaction() as transaction:
            transaction.execute("UPDATE catalog SET incarnation = 1")
        assert db.rows("SELECT incarnation FROM catalog") == [(1,)]


def test_a_change_whose_connection_is_ended_did_not_happen(postgres: Server, named: str):
    with closing(database(named)) as db:

        def change() -> None:
            with db.transaction() as transaction:
                transaction.execute("UPDATE catalog SET incarnation = 1")
                end_of(postgres, db.address.schema)
                transaction.execute("UPDATE catalog SET incarnation = 2")

        with pytest.raises(NotCommittedError, match="try again"):
            change()
        assert db.rows("SELECT incarnation FROM catalog") == [(0,)]


@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize("inserts", [True, False])
def test_a_lost_answer_to_the_commit_is_asked_for_on_a_new_connection(
    named: str, is_sent: bool, inserts: bool, monkeypatch: pytest.MonkeyPatch
):
    execute = PostgresConnection.execute

    def lose(self: PostgresConnection, query: object, *arguments: object) -> object:
        if query != b"COMMIT":
            return execute(self, query, *arguments)  # type: ignore[arg-type]
        if is_sent:
            execute(self, "COMMIT")
        self.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with closing(database(named)) as db:
        db.create()

        def change() -> None:
            with db.transaction() as transaction, monkeypatch.context() as patch:
                patch.setattr(PostgresConnection, "execute", lose)
                if inserts:
                    row = {"id": "x", "name": "x", "created": "", "updated": ""}
                    transaction.insert("pipeline", {**row, "revision": 1, "recorded": 0})
                transaction.execute("UPDATE catalog SET incarnation = 1")
                patch.undo()
                monkeypatch.setattr(PostgresConnection, "execute", lose)

        if is_sent:
            change()
        else:
            with pytest.raises(NotCommittedError):
                change()
        monkeypatch.undo()
        assert db.rows("SELECT incarnation FROM catalog") == [(int(is_sent),)]


def test_a_server_that_falls_silent_is_given_up_in_time(own_postgres: Server):
    with closing(database(own_postgres.url(), timeout_s=1.0)) as db:
        db.create()
        with own_postgres.asked() as connection:
            pids = connection.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'owner'")
            others = [pid for (pid,) in pids if pid != connection.info.backend_pid]
        for pid in others:
            os.kill(int(str(pid)), signal.SIGSTOP)
        begun = time.monotonic()
        with pytest.raises(RemoteUnavailableError, match="no answer within 1 s"):
            db.rows("SELECT 1")
        assert time.monotonic() - begun < 20, "not the 30 s that are usual"
        for pid in others:
            os.kill(int(str(pid)), signal.SIGCONT)
        assert db.rows("SELECT incarnation FROM catalog") == [(0,)]


def test_a_restarted_server_goes_on_with_what_was_committed(own_postgres: Server):
    with closing(database(own_postgres.url())) as db:
        db.create()
        made = db.catalog_id()
        own_postgres.signal(signal.SIGINT)
        while Path(own_postgres.folder, "data", "postmaster.pid").exists():
            time.sleep(0.05)
        start_again(own_postgres.folder, own_postgres.port, os.getpid())
        assert db.catalog_id() == made
        with db.transaction() as transaction:
            transaction.execute("UPDATE catalog SET incarnation = 1")
        assert db.rows("SELECT incarnation FROM catalog") == [(1,)]


def test_a_child_process_opens_a_connection_of_its_own(catalog: PostgresDatabase):
    catalog.create()
    process = os.fork()
    if not process:
        try:
            os._exit(0 if catalog.rows("SELECT incarnation FROM catalog") == [(0,)] else 1)
        finally:
            os._exit(2)
    assert os.waitpid(process, 0)[1] == 0
    assert catalog.rows("SELECT incarnation FROM catalog") == [(0,)]


def test_passwords_come_from_a_passfile_and_places_from_a_service_file(
    postgres: Server, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    schema = parse_address(postgres_url).schema
    passfile, service = tmp_path / "pass", tmp_path / "service"
    passfile.write_text(f"127.0.0.1:{postgres.port}:*:{USER}:{PASSWORD}\n")
    passfile.chmod(0o600)
    service.write_text(
        f"[team]\nhost=127.0.0.1\nport={postgres.port}\ndbname=postgres\nuser={USER}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    url = f"postgresql:///?service=team&passfile={passfile}&schema={schema}"
    with closing(database(url)) as db:
        db.create()
        assert db.exists()
    assert parse_address(url).shown == f"postgresql:///?service=team&passfile=***&schema={schema}"


def test_a_role_without_the_right_to_create_uses_the_catalog(
    postgres: Server, postgres_url: str, catalog: PostgresDatabase
):
    schema = catalog.address.schema
    role = f"r_{schema}"
    catalog.create()
    with postgres.asked() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        for grant in schema_sql(schema, role).splitlines():
            if grant.startswith("-- GRANT"):
                connection.execute(grant.removeprefix("-- "))
    with closing(database(postgres_url.replace(f"{USER}:", f"{role}:"))) as db:
        add(db, "a", tags=["t"], metadata={"k": 1})
        assert [version.version for version in listed(db)] == ["1"]
        delete_artifact(db, find_artifact(db, "a").id)
    with (
        closing(database(postgres_url.replace(schema, "other").replace("owner", role))) as db,
        pytest.raises(NotAuthorisedError),
    ):
        db.create()
    with postgres.asked() as connection:
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_the_statements_for_an_administrator_make_a_catalog(postgres: Server, postgres_url: str):
    schema = parse_address(postgres_url).schema
    with postgres.asked() as connection:
        connection.execute(schema_sql(schema).encode())
    with closing(database(postgres_url)) as db:
        assert db.exists()
        add(db, "a")
        db.check()


def test_a_damaged_catalog_is_rebuilt_beside_the_former_schema(
    postgres: Server, catalog: PostgresDatabase, tmp_path: Path
):
    ids = [add(catalog, "a", tags=["t"], metadata={"k": i}) for i in range(3)]
    records = [(row_id, canonical_json(record_of(catalog, row_id)[1])) for row_id in ids]  # type: ignore[index]
    schema = catalog.address.schema
    with postgres.asked() as connection:
        connection.execute(f"DROP TABLE {schema}.version_metadata")
        done = backups.rebuild(catalog, tmp_path / f"kept_{schema}", lambda: records)
        assert (done.versions, done.problems, done.kept) == (3, [], f"kept_{schema}")
        kept = connection.execute(f"SELECT COUNT(*) FROM kept_{schema}.artifact_version")
        assert kept.fetchone() == (3,)
        connection.execute(f"DROP SCHEMA kept_{schema} CASCADE")
    assert [row.metadata for row in listed(catalog)] == [{"k": 2}, {"k": 1}, {"k": 0}]
    add(catalog, "a")
    assert listed(catalog)[0].version == "4"


def test_a_page_of_many_versions_is_read_by_an_index(catalog: PostgresDatabase):
    add(catalog, "a")
    columns = [column for column in CELLS["artifact_version"] if column != "seq"]
    chosen = {"id": "gen_random_uuid()::text", "version": "i::text", "number": "i"}
    chosen |= {"created": "lpad(i::text, 9, '0')", "size_bytes": "i"}
    with catalog.transaction() as transaction:
        transaction.execute(
            f"INSERT INTO artifact_version ({', '.join(columns)})"
            f" SELECT {', '.join(chosen.get(column, column) for column in columns)}"
            " FROM artifact_version, generate_series(2, 20000) AS i"
        )
        transaction.execute("ANALYZE artifact_version")
    for order in ("v.seq DESC", "v.created DESC, v.seq DESC", "v.size_bytes ASC, v.seq ASC"):
        sql = f"EXPLAIN SELECT v.seq FROM artifact_version v ORDER BY {order} LIMIT 20"
        plan = "\n".join(line for (line,) in catalog.rows(sql))
        assert "Index" in plan, plan
        assert "Seq Scan" not in plan, plan


_ALL_COLUMNS = (
    "SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default"
    " FROM information_schema.columns WHERE table_schema = %s"
)
_ALL_INDEXES = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = %s"
_ALL_CONSTRAINTS = (
    "SELECT c.conrelid::regclass::text, pg_get_constraintdef(c.oid) FROM pg_constraint c"
    " JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = %s"
)


def shape_of(server: Server, schema: str) -> list[list[tuple[str, ...]]]:
    """The columns, indexes and constraints of a schema, without its name."""
    with server.asked() as connection:
        found = [
            connection.execute(sql, (schema,)).fetchall()
            for sql in (_ALL_COLUMNS, _ALL_INDEXES, _ALL_CONSTRAINTS)
        ]
    return [
        sorted(tuple(str(cell).replace(f"{schema}.", "") for cell in row) for row in rows)
        for rows in found
    ]


def test_a_catalog_of_the_first_schema_here_is_migrated_to_what_a_new_one_is(
    postgres: Server, postgres_url: str
):
    schema = parse_address(postgres_url).schema
    with closing(database(postgres_url)) as db:
        db.create()
        row_id = add(db, "a", tags=["t"])
    fresh = shape_of(postgres, schema)
    with postgres.asked() as connection:
        for statement in (
            "DROP TABLE {}.series",
            "ALTER TABLE {}.artifact DROP COLUMN description",
            "ALTER TABLE {}.artifact_version DROP COLUMN description",
            "ALTER TABLE {}.run DROP COLUMN description",
            "ALTER TABLE {}.deleted_version DROP COLUMN former",
            "UPDATE {}.catalog SET schema_version = 9",
        ):
            connection.execute(statement.format(schema))
    with closing(database(postgres_url)) as db:
        assert db.rows("SELECT id, description FROM artifact_version") == [(row_id, None)]
        assert db.schema_version() == SCHEMA_VERSION
    assert shape_of(postgres, schema) == fresh
