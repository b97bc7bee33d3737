"""Free questions to the catalog, by a SQLModel session that only reads."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import delete, inspect, text
from sqlalchemy.exc import OperationalError
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
            session.execute(text("SET default_transaction_read_only = off"))
            with pytest.raises(WrongUsageError, match="only reads"):
                session.execute(text("DELETE FROM artifact_version"))
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
