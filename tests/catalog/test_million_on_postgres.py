"""1,000,000 versions on PostgreSQL: what listings and references ask is answered by indexes."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from artifactctl.catalog.engine.postgres import PostgresDatabase
from artifactctl.catalog.engine.postgres_address import parse_address
from artifactctl.catalog.engine.postgres_connection import PostgresConnection
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.listing import list_artifacts, list_versions
from artifactctl.catalog.rows import Listing
from artifactctl.refs import parse_ref
from tests.benchmarks.filling import fill
from tests.servers.postgres import Server

pytestmark = pytest.mark.slow

COUNT = 1_000_000
_MOST_READ = 50_000  # rows, other than those that an index alone tells: a count reads all
Question = Callable[[PostgresDatabase], object]


def versions(*filters: tuple[str, str], sort_by: tuple[str, ...] = (), page: int = 1) -> Question:
    wish = Listing(filters=filters, sort_by=sort_by, page=page)
    return lambda db: list_versions(db, wish, lambda row: row)


def reference(text: str) -> Question:
    return lambda db: find_version(db, parse_ref(text))


QUESTIONS: dict[str, Question] = {
    "version list": versions(),
    "version list --page 2": versions(page=2),
    "version list --artifact": versions(("artifact", "dataset_7")),
    "version list --tag": versions(("tag", "tag7")),
    "version list --version": versions(("version", "77")),
    "version list --type": versions(("type", "model")),
    "version list --created": versions(("created", "gte:2026-03-20")),
    "version list --metadata, a number": versions(("metadata.accuracy", "gt:0.99")),
    "version list --metadata, a text": versions(("metadata.framework", "f3")),
    "version list --artifact --tag": versions(("artifact", "dataset_0"), ("tag", "tag0")),
    "version list --sort-by created": versions(sort_by=("created",)),
    "version list --sort-by desc:created": versions(sort_by=("desc:created",)),
    "version list --sort-by size": versions(sort_by=("size",)),
    "version list --sort-by version": versions(sort_by=("version",)),
    "version list --sort-by artifact": versions(sort_by=("artifact",)),
    "artifact list": lambda db: list_artifacts(db, Listing(), lambda row: row),
    "artifact list --sort-by latest_version": lambda db: list_artifacts(
        db, Listing(sort_by=("latest_version",)), lambda row: row
    ),
    "NAME": reference("dataset_7"),
    "NAME:VERSION": reference("dataset_7:77"),
    "NAME@TAG": reference("dataset_0@tag0"),
}


@pytest.fixture(scope="module")
def filled(postgres: Server) -> Iterator[str]:
    """The URL of a catalog with a million versions."""
    with closing(PostgresDatabase(parse_address(postgres.url("million")), 30.0)) as db:
        db.create()
    with postgres.asked() as connection:
        fill(connection, "million", COUNT)
        yield postgres.url("million")
        connection.execute("DROP SCHEMA million CASCADE")


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_reads_or_sorts_a_large_table(
    name: str, filled: str, monkeypatch: pytest.MonkeyPatch
):
    asked: list[tuple[str, Any]] = []
    execute = PostgresConnection.execute

    def watched(self: PostgresConnection, query: Any, params: Any = None) -> Any:
        asked.append((query if isinstance(query, str) else query.decode(), params))
        return execute(self, query, params)

    address = parse_address(filled)
    with closing(PostgresDatabase(address, 30.0)) as db:
        monkeypatch.setattr(PostgresConnection, "execute", watched)
        QUESTIONS[name](db)
        monkeypatch.undo()
    selects = [item for item in asked if item[0].lstrip().startswith(("SELECT", "WITH"))]
    assert len(selects) > 1
    with closing(psycopg.connect(address.url, autocommit=True)) as connection:
        connection.execute(f"SET search_path = {address.schema}".encode())
        for sql, params in selects:
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}".encode()
            found: Any = connection.execute(explain, params).fetchone()
            faults = [node for node in nodes(found[0][0]["Plan"]) if is_slow(node)]
            assert not faults, f"{sql}\n{json.dumps(found[0], indent=1)}"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of a plan."""
    yield {key: value for key, value in plan.items() if key != "Plans"}
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def is_slow(node: dict[str, Any]) -> bool:
    """Whether a node sorts many rows, or reads many of a table itself."""
    rows = node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
    kind = node["Node Type"]
    is_heavy = "Sort" in kind or kind in ("Seq Scan", "Index Scan", "Bitmap Heap Scan")
    return is_heavy and rows > _MOST_READ
