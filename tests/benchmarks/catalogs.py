"""Commands on a catalog on PostgreSQL, near and over a link with 20 ms, against those on SQLite."""

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.benchmarks.measuring import Row, Sample, pairs, timed
from tests.benchmarks.starting import BARE_PROGRAM, COMMAND
from tests.benchmarks.stores import delayed
from tests.servers import postgres

_URL = "ARTIFACTCTL_CATALOG"
_FILE = "data.txt"


def catalogs(folder: Path, runs: int) -> list[Row]:
    """Registering, tagging and listing; without PostgreSQL there is nothing."""
    (folder / _FILE).write_text("1")
    program = folder / "bare.py"
    program.write_text(BARE_PROGRAM)
    try:
        server = postgres.start(os.getpid())
    except pytest.skip.Exception as missing:
        print(f"left out: {missing}", file=sys.stderr)
        return []
    with delayed(server.port) as port:
        near, far = server.url("bench"), server.url("bench", port=port)
        bare = pairs(
            lambda _: _on(near, ["artifact", "list"], folder),
            lambda _: timed([sys.executable, str(program)], folder, folder),
            2 * runs,
        )
        rows = [Row("artifact list on PostgreSQL", "bare Typer table", *bare, 1.6)]
        rows += _against_sqlite(folder, runs, near, "PostgreSQL", {"artifact list": 1.5})
        rows += _against_sqlite(folder, runs, far, "PostgreSQL, 20 ms", {})
    return rows


def _against_sqlite(
    folder: Path, runs: int, url: str, where: str, limits: dict[str, float]
) -> list[Row]:
    rows = []
    for what, (words, verb) in _COMMANDS.items():
        on_it, on_sqlite = (
            lambda turn, url=url, words=words: _on(
                url, [word.format(turn=turn) for word in words], folder
            )
            for url in (url, f"sqlite:///{folder}/bench.db")
        )
        measured = pairs(on_it, on_sqlite, runs)
        trips = _trips(url, verb, folder)
        rows.append(
            Row(f"{what} on {where} ({trips} trips)", "on SQLite", *measured, limits.get(what))
        )
    return rows


_COMMANDS: dict[str, tuple[list[str], Callable[[Client, Path], object]]] = {
    "register": (
        ["register", "data", _FILE, "-q"],
        lambda client, folder: client.register("data", folder / _FILE),
    ),
    "tag": (
        ["tag", "data:1", "t{turn}"],
        lambda client, _: client.tag("data:1", [f"t-{uuid.uuid4()}"]),
    ),
    "artifact list": (["artifact", "list"], lambda client, _: client.list_artifacts()),
    "artifact version list": (
        ["artifact", "version", "list"],
        lambda client, _: client.list_artifact_versions(),
    ),
}


def _on(url: str, words: list[str], folder: Path) -> Sample:
    """Run a command on a catalog, in a home of its own for each engine."""
    with _catalog(url):
        return timed([*COMMAND, *words], folder / url.partition(":")[0], folder)


def _trips(url: str, verb: Callable[[Client, Path], object], folder: Path) -> int:
    """How many answers of the server a verb waits for, the connection counted as one."""
    with _catalog(url):
        client = Client(folder / url.partition(":")[0])
        verb(client, folder)
        found = client.home.catalog.waiting().answers
        client.close()
    return found


@contextmanager
def _catalog(url: str) -> Iterator[None]:
    os.environ[_URL] = url
    try:
        yield
    finally:
        del os.environ[_URL]
