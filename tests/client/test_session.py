"""Free questions to the catalog, by a SQLModel session that only reads."""

import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing

import pytest
from sqlalchemy import delete, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import func, select

from artifactctl import catalog
from artifactctl.catalog import ArtifactRow, RunRow, VersionMetadataRow, VersionRow, VersionTagRow
from artifactctl.client import Client
from artifactctl.errors import CatalogDamagedError, WrongUsageError
from tests.recorded import Did, record


@pytest.fixture
def filled(client, work):
    (work / "f").write_text("four")
    client.register("a", "f", tags=["raw"], metadata={"rows": 4})
    client.register("a", "f")
    record(client, "nightly", Did("train"))
    return client


def test_every_table_can_be_asked(filled):
    with filled.session() as session:
        sizes = select(ArtifactRow.name, func.sum(VersionRow.size_bytes)).join(VersionRow)
        assert session.exec(sizes.group_by(ArtifactRow.name)).all() == [("a", 8)]
        tagged = select(VersionRow).join(VersionTagRow).where(VersionTagRow.tag == "raw")
        assert session.exec(tagged).one().version == "1"
        assert session.exec(select(RunRow.name)).all() == ["nightly"]
        number = select(VersionMetadataRow.number).where(VersionMetadataRow.key == "rows")
        assert session.exec(number).one() == 4
        for name in catalog.__all__:
            assert session.exec(select(func.count()).select_from(getattr(catalog, name))).one() >= 0


def test_it_sees_what_was_committed_since(filled, work):
    with filled.session() as session:
        count = select(func.count()).select_from(VersionRow)
        assert session.exec(count).one() == 2
        filled.register("b", "f")
        assert session.exec(count).one() == 3


def add_a_row(session):
    session.add(ArtifactRow(id="x", name="x", has_custom_name=True, created="", updated=""))
    session.commit()


def change_a_row(session):
    session.exec(select(VersionRow)).first().type = "ModelArtifact"
    session.commit()


@pytest.mark.parametrize(
    "write",
    [
        add_a_row,
        change_a_row,
        lambda session: session.exec(delete(VersionRow)),
        lambda session: session.execute(text("UPDATE artifact SET name = 'x'")),
        lambda session: session.execute(text("DROP TABLE artifact")),
    ],
)
def test_nothing_can_be_written(filled, write):
    before = [item.as_json() for item in filled.list_artifact_versions(size=0)]
    with pytest.raises(WrongUsageError, match="only reads"), filled.session() as session:
        write(session)
    assert [item.as_json() for item in filled.list_artifact_versions(size=0)] == before
    assert filled.verify() == []


def test_what_is_set_in_a_session_does_not_let_it_write(filled):
    for setting in ("PRAGMA query_only = OFF", "ATTACH ':memory:' AS other"):
        with pytest.raises(WrongUsageError, match="only reads"), filled.session() as session:
            session.execute(text(setting))


def test_a_session_on_a_server_only_reads_whatever_is_set(
    work, postgres_url, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARTIFACTCTL_CATALOG", postgres_url)
    (work / "f").write_text("four")
    with closing(Client(work / "team")) as client:
        client.register("a", "f")
        with client.session() as session:
            assert session.exec(select(ArtifactRow.name)).all() == ["a"]
            for change in (
                "SET default_transaction_read_only = off",
                "DELETE FROM artifact_version",
            ):
                with pytest.raises(WrongUsageError, match="only reads"):
                    session.execute(text(change))
                session.rollback()
            client.register("b", "f")
            assert session.exec(select(ArtifactRow.name)).all() == ["a", "b"]
            assert "artifact" in inspect(session.get_bind()).get_table_names()


def test_a_question_that_is_wrong_is_told_by_sqlalchemy(filled):
    with pytest.raises(OperationalError, match="no such column"), filled.session() as session:
        session.execute(text("SELECT missing FROM artifact"))


def test_where_there_is_no_catalog_yet_there_are_no_rows_and_none_is_made(client, home):
    with client.session() as session:
        assert session.exec(select(VersionRow)).all() == []
        assert "artifact" in inspect(session.get_bind()).get_table_names()
    assert not (home / "catalog.db").exists()


def ask_everything(client: Client) -> None:
    with client.session() as session:
        for name in catalog.__all__:
            session.exec(select(getattr(catalog, name))).all()


def test_a_damaged_catalog_is_told_as_everywhere(filled, home):
    filled.close()
    with closing(sqlite3.connect(home / "catalog.db")) as connection:
        (page,) = connection.execute("PRAGMA page_size").fetchone()
    sound = (home / "catalog.db").read_bytes()
    with open(home / "catalog.db", "r+b") as file:
        file.seek(page)
        file.write(b"\xff" * page)
    with pytest.raises(CatalogDamagedError), closing(Client(home)) as client:
        ask_everything(client)
    (home / "catalog.db").write_bytes(sound)


def test_the_classes_are_loaded_on_first_use():
    code = (
        "import sys, artifactctl.catalog as catalog;"
        "assert 'sqlmodel' not in sys.modules;"
        "catalog.VersionRow;"
        "assert 'sqlmodel' in sys.modules;"
        "assert not hasattr(catalog, 'Nothing')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_they_are_apart_from_the_tables_of_a_program(filled):
    from sqlmodel import Field, SQLModel

    class Run(SQLModel, table=True):
        __tablename__ = "run"

        id: int | None = Field(default=None, primary_key=True)

    assert Run.metadata is not RunRow.metadata
    with filled.session() as session:
        assert session.exec(select(RunRow.name)).all() == ["nightly"]


ON_SQLITE = [
    "SELECT 1; DELETE FROM artifact",
    "COMMIT; DELETE FROM artifact",
    "BEGIN IMMEDIATE",
    "BEGIN EXCLUSIVE",
    "PRAGMA query_only = OFF",
    "PRAGMA writable_schema = ON",
    "PRAGMA user_version = 1",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "SELECT * FROM pragma_wal_checkpoint",
    "PRAGMA temp_store_directory = '/tmp'",
    "ATTACH '{file}' AS other",
    "DETACH main",
    "VACUUM INTO '{file}'",
    "CREATE TEMP TABLE mine (x)",
    "CREATE VIRTUAL TABLE mine USING fts5(x)",
    "REINDEX",
    "ANALYZE",
    "EXPLAIN DELETE FROM artifact",
    "WITH x AS (SELECT 1) DELETE FROM artifact",
    "SELECT load_extension('{file}')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT fts3_tokenizer('mine', x'00')",
    "SELECT writefile('{file}', 'x')",
    "SELECT edit('x')",
]


def test_no_text_makes_a_session_write(filled, work):
    file = work / "written"
    for attack in ON_SQLITE:
        with filled.session() as session:
            with pytest.raises((WrongUsageError, DBAPIError)):  # noqa: PT012 (or which one was not?)
                session.execute(text(attack.format(file=file)))
                pytest.fail(f"was not refused: {attack}")
            session.rollback()
            assert session.exec(select(func.count()).select_from(VersionRow)).one() == 2
            # No lock is left either: others can write.
            filled.update_artifact("a", description=attack)
    assert not file.exists()
    assert filled.verify() == []


@pytest.fixture(params=["superuser", "role"])
def team(work, postgres, postgres_url, monkeypatch: pytest.MonkeyPatch, request):
    """A catalog on a server with one version, opened as a superuser or as an ordinary role."""
    monkeypatch.setenv("ARTIFACTCTL_CATALOG", postgres_url)
    (work / "f").write_text("four")
    if request.param == "role":
        name = f"r{uuid.uuid4().hex[:12]}"
        schema = postgres_url.rpartition("schema=")[2]
        with postgres.asked() as server:
            server.execute(
                f"CREATE ROLE {name} LOGIN PASSWORD 'geheim';"
                f' CREATE SCHEMA IF NOT EXISTS "{schema}" AUTHORIZATION {name};'
                f' ALTER SCHEMA "{schema}" OWNER TO {name}'
            )
        monkeypatch.setenv("ARTIFACTCTL_CATALOG", postgres_url.replace("owner:", f"{name}:"))
    with closing(Client(work / "team")) as client:
        client.register("a", "f")
        yield client
    if request.param == "role":
        with postgres.asked() as server:
            server.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


ATTACKS = [
    "COMMIT; BEGIN; DELETE FROM artifact_version",
    "SELECT 1; COMMIT; BEGIN; DELETE FROM artifact_version",
    "SELECT 1; ROLLBACK; DELETE FROM artifact_version; SELECT 1",
    "VALUES (1); DROP TABLE artifact_version CASCADE",
    "/* SELECT */ COMMIT",
    "-- SELECT\nROLLBACK AND CHAIN",
    "END",
    "SET TRANSACTION READ WRITE",
    "SET default_transaction_read_only = off",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "SET ROLE none",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "DO $$ BEGIN COMMIT; DELETE FROM artifact_version; END $$",
    "WITH gone AS (DELETE FROM artifact_version RETURNING *) SELECT * FROM gone",
    "WITH one AS (SELECT 1) DELETE FROM artifact_version",
    "EXPLAIN ANALYZE DELETE FROM artifact_version",
    "SELECT * INTO other FROM artifact",
    "SELECT * FROM artifact FOR UPDATE",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "PREPARE later AS DELETE FROM artifact_version",
    "LOCK TABLE artifact IN ACCESS EXCLUSIVE MODE",
    "COPY (SELECT 1) TO PROGRAM 'touch {file}'",
    "COPY (SELECT 1) TO '{file}'",
    "COPY artifact FROM PROGRAM 'touch {file}'",
    "SELECT setval(pg_get_serial_sequence('artifact', 'seq'), 1000)",
    "SELECT nextval(pg_get_serial_sequence('artifact', 'seq'))",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_export(1, '{file}')",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_reload_conf()",
    "SELECT query_to_xml('DELETE FROM artifact_version', true, false, '')",
    "SELECT query_to_xml('COMMIT', true, false, '')",
    "CALL nothing()",
    "NOTIFY someone",
    "VACUUM",
    "ALTER SYSTEM SET work_mem = '5MB'",
    "",
]


def test_no_text_makes_a_session_on_a_server_write(team, postgres, tmp_path):
    file = tmp_path / "written"
    with postgres.asked() as server:
        objects = server.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone()
        setting = server.execute("SHOW work_mem").fetchone()
    for attack in ATTACKS:
        with team.session() as session:
            with pytest.raises((WrongUsageError, DBAPIError)):  # noqa: PT012 (or which one was not?)
                session.execute(text(attack.format(file=file).replace(":", "\\:")))
                pytest.fail(f"was not refused: {attack}")
            session.rollback()
            with pytest.raises(WrongUsageError, match="only reads"):
                session.execute(text("DELETE FROM artifact_version"))
            session.rollback()
            assert session.exec(select(ArtifactRow.seq)).all() == [1], attack
    assert [version.ref for version in team.list_artifact_versions()] == ["a:1"]
    assert not file.exists()
    with postgres.asked() as server:
        assert server.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone() == objects
        assert server.execute("SHOW work_mem").fetchone() == setting


def test_what_a_function_writes_in_a_session_is_undone(team, postgres):
    """As `lo_create` does on servers before version 16: it writes, although it should not."""
    with team.session() as session:
        session.execute(text("SELECT set_config('artifactctl.mark', 'set', false)"))
        found = session.execute(text("SELECT current_setting('artifactctl.mark', true)")).scalar()
        assert not found


def test_values_and_signs_reach_a_session_on_a_server(team):
    with team.session() as session:
        asked = text("SELECT :name || '%s' || '%' WHERE 7 % 4 = 3")
        assert session.execute(asked, {"name": "a%"}).scalar() == "a%%s%"
        assert session.execute(text("(SELECT 1) UNION ALL SELECT 2")).all() == [(1,), (2,)]
        assert session.execute(text("VALUES ('x')")).all() == [("x",)]
        plain = session.connection().execution_options(no_parameters=True)
        assert plain.exec_driver_sql("SELECT '%'").scalar() == "%"
        with pytest.raises(WrongUsageError, match="only reads"):
            session.execute(text("DELETE FROM artifact WHERE seq = :s"), [{"s": 1}, {"s": 2}])
