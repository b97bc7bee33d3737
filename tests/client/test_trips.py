"""How often verbs wait for the catalog: trips to PostgreSQL, statements of SQLite."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifactctl.client import Client

Verb = Callable[[Client], object]

LABELS: dict[str, Any] = {"tags": ["x", "y", "z"], "metadata": {"k": 1, "o": {"p": 2}, "s": "t"}}

# What is connected to counts as one: libpq's handshake takes several packets.
TRIPS: dict[str, tuple[int, Verb]] = {
    "register": (5, lambda client: client.register("a", "g")),
    "register a new artifact": (5, lambda client: client.register("b", "g")),
    "register with labels": (5, lambda client: client.register("a", "f", **LABELS)),
    "register a version": (5, lambda client: client.register("a", "f", version="v")),
    "tag": (5, lambda client: client.tag("a:1", ["y"])),
    "tag with new tags": (5, lambda client: client.tag("a:1", ["p", "q"])),
    "tag and untag": (5, lambda client: client.tag("a:1", ["r"], remove=["p"])),
    "metadata log": (5, lambda client: client.log_metadata("a:1", {"m": 1, "n": {"o": 2}})),
    "delete": (5, lambda client: client.delete_artifact_version("a:1")),
    "artifact list": (3, lambda client: client.list_artifacts()),
    "artifact version list": (3, lambda client: client.list_artifact_versions(artifact="a")),
    "runs list": (3, lambda client: client.list_pipeline_runs()),
    "describe": (3, lambda client: client.describe_artifact_version("a:2")),
    "download": (2, lambda client: client.download("a:2", "out")),
}


@pytest.fixture
def files(work: Path) -> None:
    (work / "f").write_text("1")
    (work / "g").write_text("2")


@pytest.mark.usefixtures("files")
def test_verbs_make_few_trips_to_a_server(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_CATALOG", postgres_url)
    monkeypatch.setenv("ARTIFACTCTL_CACHE", "0")
    client = Client(tmp_path / "team")
    client.register("a", "f")
    client.close()
    found = {}
    for name, (_, verb) in TRIPS.items():
        client = Client(tmp_path / "team")
        verb(client)
        found[name] = client.home.catalog.waiting().answers
        client.close()
    assert found == {name: trips for name, (trips, _) in TRIPS.items()}


# Those of an opened catalog's own checks are among them.
STATEMENTS: dict[str, int] = {
    "register": 34,
    "register a new artifact": 44,
    "register with labels": 51,
    "register a version": 48,
    "tag": 52,
    "tag with new tags": 57,
    "tag and untag": 58,
    "metadata log": 53,
    "delete": 49,
    "artifact list": 12,
    "artifact version list": 13,
    "runs list": 9,
    "describe": 12,
    "download": 11,
}


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that SQLite runs."""
    found: list[str] = []
    connect = sqlite3.connect

    def traced(*arguments: object, **options: object) -> sqlite3.Connection:
        made = connect(*arguments, **options)  # type: ignore[call-overload]
        made.set_trace_callback(found.append)
        return made  # type: ignore[no-any-return]

    monkeypatch.setattr(sqlite3, "connect", traced)
    return found


@pytest.mark.usefixtures("files")
def test_verbs_run_no_more_statements_on_a_file(client: Client, statements: list[str]) -> None:
    client.register("a", "f")
    found = {}
    for name, (_, verb) in TRIPS.items():
        statements.clear()
        verb(client)
        found[name] = len(statements)
        client.home.close()
    assert found == STATEMENTS
