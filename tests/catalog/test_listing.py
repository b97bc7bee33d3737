"""Listings: order, pages, and how much work they are for SQLite."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from artifactctl.catalog import changes, queries
from artifactctl.catalog.finding import find_artifact, find_version
from artifactctl.catalog.rows import Listing
from artifactctl.catalog.sqlite import Database
from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.refs import parse_ref
from tests.catalog.test_rows import add, open_database

VERSION_ORDERS = ("id", "artifact", "version", "type", "tags", "size", "created")
ARTIFACT_ORDERS = ("id", "name", "latest_version_name", "version_count", "tags", "created")


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def fill(db: Database, count: int) -> None:
    """Add versions to three artifacts, with tags and metadata."""
    kinds = ("DataArtifact", "ModelArtifact", "BaseArtifact")
    for i in range(count):
        row = {"type": kinds[i % 2], "size_bytes": (i * 7) % 11, "metadata": {"i": i, "j": 0}}
        add(db, f"n{(i * 5) % 3}", tags=[f"t{i % 4}", "z"], **row)


def versions(db: Database, sort_by: str = "", **listing: int) -> list:
    return list(queries.list_versions(db, Listing(sort_by=sort_by, **listing)).items)


def statements(db: Database, listing: Listing) -> list[tuple[str, dict]]:
    """What one listing asks SQLite."""
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        rows = Database.rows

        def watched(self, sql, params=None):
            asked.append((sql, dict(params or {})))
            return rows(self, sql, params or {})

        patch.setattr(Database, "rows", watched)
        queries.list_versions(db, listing)
    return asked


def plan(db: Database, listing: Listing) -> list[str]:
    """How SQLite finds the rows of a page."""
    [(sql, params)] = [item for item in statements(db, listing) if "LIMIT" in item[0]]
    return [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {sql}", params)]


def test_the_newest_come_first(db):
    ids = [add(db, name) for name in ("b", "a", "b")]
    assert [version.id for version in versions(db)] == ids[::-1]
    names = [item.name for item in queries.list_artifacts(db, Listing()).items]
    assert names == ["a", "b"]


def test_a_row_carries_its_own_tags_and_metadata(db):
    add(db, "a", tags=["y", "x"], metadata={"k": [1, None], "é": 0})
    add(db, "b")
    b, a = versions(db)
    assert (a.tags, dict(a.metadata)) == (("x", "y"), {"k": [1, None], "é": 0})
    assert (b.tags, dict(b.metadata)) == ((), {})


@pytest.mark.parametrize("field", VERSION_ORDERS)
def test_versions_sort_by_each_column_both_ways(db, field: str):
    fill(db, 12)
    key = {
        "size": lambda row: row.size_bytes,
        "tags": lambda row: min(row.tags),
        "version": lambda row: int(row.version),
    }.get(field, lambda row: getattr(row, field))
    up, down = (versions(db, f"{way}:{field}") for way in ("asc", "desc"))
    assert [row.id for row in down] == [row.id for row in reversed(up)]
    assert [key(row) for row in up] == sorted(key(row) for row in up)
    assert versions(db, field) == up


@pytest.mark.parametrize("field", ARTIFACT_ORDERS)
def test_artifacts_sort_by_each_column_both_ways(db, field: str):
    fill(db, 7)
    for i in range(3):
        changes.change_artifact_tags(db, find_artifact(db, f"n{i}").seq, [f"t{(i * 2) % 3}"], [])
    up, down = (
        list(queries.list_artifacts(db, Listing(sort_by=f"{way}:{field}")).items)
        for way in ("asc", "desc")
    )
    keys = [getattr(row, field) for row in up]
    assert keys == sorted(keys)
    assert down == up[::-1]


def test_version_numbers_sort_as_numbers_and_before_custom_strings(db):
    for version in ("10", "raw_b", "9", "05", "raw_a", "100"):
        add(db, "a", version)
    up = [row.version for row in versions(db, "version")]
    assert up == ["9", "10", "100", "05", "raw_a", "raw_b"]
    assert [row.version for row in versions(db, "desc:version")] == up[::-1]


def test_artifacts_sort_by_their_latest_numbers_as_numbers(db):
    for name, version in (("a", "9"), ("b", "10"), ("c", "2")):
        add(db, name, version)
    found = queries.list_artifacts(db, Listing(sort_by="latest_version_name")).items
    assert [artifact.latest_version_name for artifact in found] == ["2", "9", "10"]


def test_equal_rows_keep_the_order_of_allocation_on_every_page(db):
    ids = [add(db, "a") for _ in range(7)]
    found = [row.id for page in (1, 2, 3, 4) for row in versions(db, "asc:type", page=page, size=2)]
    assert found == ids


@pytest.mark.parametrize("sort_by", ["nmae", "seq", "asc:", "desc:facts", "v.id", "asc:id;--"])
def test_an_unknown_field_is_refused_with_all_that_exist(db, sort_by: str):
    with pytest.raises(WrongUsageError) as caught:
        versions(db, sort_by)
    assert all(field in caught.value.hint for field in VERSION_ORDERS)


@pytest.mark.parametrize("sort_by", ["up:id", "ASC:id", ":id", "id:asc"])
def test_an_unknown_direction_is_refused(db, sort_by: str):
    with pytest.raises(WrongUsageError, match="cannot sort"):
        versions(db, sort_by)


def test_pages_cut_the_listing_without_loss_or_repeat(db):
    ids = [add(db) for _ in range(7)][::-1]
    pages = [queries.list_versions(db, Listing(page=page, size=3)) for page in (1, 2, 3)]
    assert [item.id for page in pages for item in page.items] == ids
    assert [len(page.items) for page in pages] == [3, 3, 1]
    assert {(page.total, page.total_pages, page.max_size) for page in pages} == {(7, 3, 3)}


def test_size_zero_lists_everything_on_one_page(db):
    fill(db, 45)
    page = queries.list_versions(db, Listing(size=0))
    assert (len(page.items), page.total, page.total_pages, page.max_size) == (45, 45, 1, 0)


def test_a_page_beyond_the_end_is_refused_with_the_last_one(db):
    fill(db, 5)
    for size, last in ((2, 3), (0, 1), (5, 1)):
        with pytest.raises(WrongUsageError) as caught:
            versions(db, page=last + 1, size=size)
        assert str(last) in caught.value.hint


@pytest.mark.parametrize(("page", "size"), [(0, 20), (-1, 20), (1, -1), (1, 2**63)])
def test_a_page_or_size_that_cannot_be_is_refused(db, page: int, size: int):
    add(db)
    with pytest.raises(WrongUsageError):
        versions(db, page=page, size=size)


def test_an_absent_catalog_is_an_empty_one_and_wrong_words_are_refused_there_too(db):
    for listed in (queries.list_versions, queries.list_artifacts):
        page = listed(db, Listing())
        assert (list(page.items), page.total, page.total_pages) == ([], 0, 1)
        with pytest.raises(WrongUsageError):
            listed(db, Listing(sort_by="nmae"))
    assert not db.path.exists()


def test_all_versions_are_walked_through_in_the_order_of_allocation(db, monkeypatch):
    monkeypatch.setattr(queries, "_BATCH", 3)
    ids = [add(db) for _ in range(10)]
    assert [row.id for row in queries.iterate_versions(db)] == ids


def test_a_listing_takes_the_same_few_statements_however_many_rows(db):
    fill(db, 3)
    few = len(statements(db, Listing(size=0)))
    fill(db, 120)
    assert len(statements(db, Listing(size=0))) == few == 4
    assert len(statements(db, Listing(size=100, filters=[("tag", "z")]))) == 4


def test_the_statements_that_are_counted_are_those_that_sqlite_runs(db, monkeypatch):
    fill(db, 30)
    db.close()
    seen: list[str] = []
    connect = sqlite3.connect

    def traced(*args, **kwargs):
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(seen.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    queries.list_versions(db, Listing())
    assert len([sql for sql in seen if sql.lstrip().startswith("SELECT")]) == 4
    assert all(sql.lstrip().startswith(("SELECT", "PRAGMA")) for sql in seen)


def test_the_default_listing_reads_rows_in_their_own_order_without_sorting(db):
    fill(db, 10)
    steps = plan(db, Listing())
    assert steps[0] == "SCAN v"
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN a") for step in steps)


@pytest.mark.parametrize(
    ("field", "text", "index"),
    [
        ("artifact", "n1", "artifact_version_latest"),
        ("tag", "t1", "version_tag_tag"),
    ],
)
def test_a_listing_filtered_by_equality_uses_an_index(db, field: str, text: str, index: str):
    fill(db, 10)
    steps = plan(db, Listing(filters=[(field, text)]))
    assert any(index in step for step in steps)
    assert not any(step.startswith("SCAN") for step in steps)


def test_a_listing_of_one_artifact_reads_an_index_in_its_order_without_sorting(db):
    fill(db, 10)
    steps = plan(db, Listing(filters=[("artifact", "n1")]))
    assert not any("TEMP B-TREE" in step for step in steps)


def test_a_reference_is_found_without_reading_a_whole_table(db):
    fill(db, 10)
    asked: list[tuple[str, dict]] = []
    with pytest.MonkeyPatch.context() as patch:
        rows = Database.rows

        def watched(self, sql, params=None):
            asked.append((sql, dict(params or {})))
            return rows(self, sql, params or {})

        patch.setattr(Database, "rows", watched)
        for ref in ("n1", "n1:2", "n1@t1", "12345678"):
            with contextlib.suppress(NotFoundError):
                find_version(db, parse_ref(ref))
    for sql, params in asked:
        if "LIMIT 5000" not in sql:  # names for "did you mean"
            steps = [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {sql}", params)]
            assert not any(step.startswith("SCAN") for step in steps), sql
