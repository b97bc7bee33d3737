"""Verbs run again when the catalog's server gives their change up."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artifactctl.catalog.engine.postgres_connection import PostgresConnection
from artifactctl.client import Client
from artifactctl.errors import NotCommittedError
from tests.servers.postgres import Server

Verb = Callable[[Client], object]

VERBS: dict[str, Verb] = {
    "register": lambda client: client.register("a", "f"),
    "tag": lambda client: client.tag("a:1", ["new"]),
    "metadata": lambda client: client.log_metadata("a:1", {"k": 2}),
    "rename": lambda client: client.update_artifact("a", new_name="b"),
    "create tag": lambda client: client.create_tag("t"),
    "delete": lambda client: client.delete_artifact_version("a:1"),
    "delete all": lambda client: client.delete_artifact("a"),
}


@pytest.fixture
def client(
    tmp_path: Path, work: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    monkeypatch.setenv("ARTIFACTCTL_CATALOG", f"{postgres_url}&application_name=repeating")
    monkeypatch.setenv("ARTIFACTCTL_CACHE", "0")
    monkeypatch.setenv("ARTIFACTCTL_TIMEOUT", "4")
    (work / "f").write_text("1")
    made = Client(tmp_path / "team")
    made.register("a", "f")
    yield made
    made.close()


@pytest.fixture
def breaks(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """Have the server end the connection after it has begun a write transaction, so many times."""
    send = PostgresConnection.send

    def begin(times: int) -> list[int]:
        struck: list[int] = []

        def broken(self: PostgresConnection) -> None:
            is_beginning = any(b"pg_advisory_xact_lock" in sql for sql, *_ in self._queue)
            send(self)
            if is_beginning and len(struck) < times:
                struck.append(1)
                with postgres.asked() as asked:
                    asked.execute("SELECT pg_terminate_backend(%s)", (self.info.backend_pid,))

        monkeypatch.setattr(PostgresConnection, "send", broken)
        return struck

    return begin


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_whose_connection_is_ended_runs_again(
    client: Client, breaks: Callable[[int], list[int]], name: str
) -> None:
    struck = breaks(2)
    VERBS[name](client)
    assert len(struck) == 2
    versions = client.list_artifact_versions()
    assert len(versions) == {"register": 2, "delete": 0, "delete all": 0}.get(name, 1)


def test_a_verb_gives_up_when_its_time_is_over(
    client: Client, breaks: Callable[[int], list[int]]
) -> None:
    struck = breaks(1000)
    with pytest.raises(NotCommittedError):
        client.tag("a:1", ["new"])
    assert len(struck) > 2
    assert [str(tag) for tag in client.get_artifact_version("a:1").tags] == []
