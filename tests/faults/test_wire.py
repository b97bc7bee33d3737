"""Connections that break: every command ends in time and says why, or does its work all the same.

A command that failed is run again when the server is well, and finishes the work; the checker finds
every promise kept.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.faults.wire import (
    OF_CATALOG,
    OF_OBJECTS,
    OF_STORE,
    OPERATIONS,
    Breakage,
    Team,
    attempt,
    team_of,
)
from tests.servers.azure import AzureServer
from tests.servers.postgres import Server
from tests.servers.s3 import S3Server
from tests.servers.sftp import SftpServer

# What is tried every day; the other pairs are minutes.
OF_CATALOG_EVERY_DAY = {
    ("answer to COMMIT lost", "register"),
    ("every answer to COMMIT lost", "run"),
    ("silent later", "register"),
    ("refused", "list"),
}
OF_STORE_EVERY_DAY = {
    ("503 twice", "register"),
    ("403", "register"),
    ("cut in a body once", "download"),
    ("flipped in a body once", "download"),
    ("silent in a body", "download"),
    ("reset once", "run"),
}
# What differs between the services is how they read and write, which these do.
OF_BYTES = ("register", "run", "download")


def pairs(
    breakages: Sequence[Breakage],
    every_day: set[tuple[str, str]],
    commands: Sequence[str] = tuple(OPERATIONS),
) -> list[ParameterSet]:
    return [
        pytest.param(
            breakage,
            command,
            id=f"{breakage.name}, {command}",
            marks=() if (breakage.name, command) in every_day else pytest.mark.sweep,
        )
        for breakage in breakages
        for command in commands
    ]


@contextmanager
def on_postgres(folder: Path, server: Server, store: S3Server | None = None) -> Iterator[Team]:
    """A team with a schema of its own."""
    schema = f"t_{uuid.uuid4().hex[:16]}"
    try:
        with team_of(folder, server, schema, store) as team:
            yield team
    finally:
        with server.asked() as connection:
            connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'.encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Its name is the prefix in a bucket."""
    return tmp_path / uuid.uuid4().hex


@pytest.mark.parametrize(("breakage", "command"), pairs(OF_CATALOG, OF_CATALOG_EVERY_DAY))
def test_a_broken_connection_to_postgresql(
    folder: Path, postgres: Server, breakage: Breakage, command: str
) -> None:
    with on_postgres(folder, postgres) as team:
        assert team.to_catalog is not None
        attempt(team, team.to_catalog, breakage, command)


@pytest.mark.parametrize(
    ("breakage", "command"), pairs((*OF_STORE, *OF_OBJECTS), OF_STORE_EVERY_DAY)
)
def test_a_broken_connection_to_s3(
    folder: Path, rclone_s3: S3Server, breakage: Breakage, command: str
) -> None:
    with team_of(folder, store=rclone_s3) as team:
        assert team.to_store is not None
        attempt(team, team.to_store, breakage, command)


@pytest.mark.parametrize(("breakage", "command"), pairs((*OF_STORE, *OF_OBJECTS), set(), OF_BYTES))
def test_a_broken_connection_to_moto(
    folder: Path, moto_s3: S3Server, breakage: Breakage, command: str
) -> None:
    with team_of(folder, store=moto_s3) as team:
        assert team.to_store is not None
        attempt(team, team.to_store, breakage, command)


@pytest.mark.parametrize(("breakage", "command"), pairs((*OF_STORE, *OF_OBJECTS), set(), OF_BYTES))
def test_a_broken_connection_to_azure(
    folder: Path, azurite: AzureServer, breakage: Breakage, command: str
) -> None:
    with team_of(folder, store=azurite) as team:
        assert team.to_store is not None
        attempt(team, team.to_store, breakage, command)


@pytest.mark.parametrize(("breakage", "command"), pairs(OF_STORE, set(), OF_BYTES))
def test_a_broken_connection_to_sftp(
    folder: Path, rclone_sftp: SftpServer, breakage: Breakage, command: str
) -> None:
    with team_of(folder, store=rclone_sftp) as team:
        assert team.to_store is not None
        attempt(team, team.to_store, breakage, command)


@pytest.mark.sweep
@pytest.mark.parametrize("command", OPERATIONS)
@pytest.mark.parametrize("breakage", OF_CATALOG, ids=lambda breakage: breakage.name)
def test_a_broken_connection_to_postgresql_beside_s3(
    folder: Path, postgres: Server, rclone_s3: S3Server, breakage: Breakage, command: str
) -> None:
    with on_postgres(folder, postgres, rclone_s3) as team:
        assert team.to_catalog is not None
        attempt(team, team.to_catalog, breakage, command)
