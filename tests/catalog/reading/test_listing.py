"""Listings: order, pages, and how much work they are for SQLite."""

import contextlib
import json
import sqlite3
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.reading import listing
from artifactctl.catalog.reading import versions as selecting
from artifactctl.catalog.reading.finding import find_artifact, find_version
from artifactctl.catalog.rows import Artifact, Listing, Page, Version
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.refs import parse_ref
from tests.catalog.test_rows import add, open_database
from tests.catalog.writes import change_artifact, delete_artifact, delete_versions

VERSION_ORDERS = ("id", "artifact", "version", "type", "tags", "size", "created")
ARTIFACT_ORDERS = ("id", "name", "latest_version_name", "version_count", "tags", "created")


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def fill(db: SqliteDatabase, count: int) -> None:
    """Add versions to three artifacts, with tags and metadata."""
    kinds = ("DataArtifact", "ModelArtifact", "BaseArtifact")
    for i in range(count):
        row = {"type": kinds[i % 2], "size_bytes": (i * 7) % 11, "metadata": {"i": i, "j": 0}}
        add(db, f"n{(i * 5) % 3}", tags=[f"t{i % 4}", "z"], **row)


def page_of(db: SqliteDatabase, *sort_by: str, **wish: Any) -> Page[Version]:
    return listing.list_versions(db, Listing(sort_by=sort_by, **wish), lambda row: row)


def versions(db: SqliteDatabase, *sort_by: str, **wish: Any) -> list[Version]:
    return list(page_of(db, *sort_by, **wish))


def artifacts(db: SqliteDatabase, *sort_by: str, **wish: Any) -> list[Artifact]:
    return list(listing.list_artifacts(db, Listing(sort_by=sort_by, **wish), lambda row: row))


def statements(db: SqliteDatabase, wish: Listing) -> list[tuple[str, dict]]:
    """What one listing asks SQLite."""
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        rows = type(db).rows

        def watched(self, sql, params=None):
            asked.append((sql, dict(params or {})))
            return rows(self, sql, params or {})

        patch.setattr(type(db), "rows", watched)
        list(listing.list_versions(db, wish, lambda row: row))
    return asked


def plan(db: SqliteDatabase, wish: Listing) -> list[str]:
    """How SQLite finds the keys of a page."""
    [(sql, params)] = [item for item in statements(db, wish) if "LIMIT :" in item[0]]
    return [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {sql}", params)]


def test_the_newest_come_first(db):
    ids = [add(db, name) for name in ("b", "a", "b")]
    assert [version.id for version in versions(db)] == ids[::-1]
    assert [item.name for item in artifacts(db)] == ["a", "b"]


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
        change_artifact(db, find_artifact(db, f"n{i}").id, Labels([f"t{(i * 2) % 3}"]))
    up, down = (artifacts(db, f"{way}:{field}") for way in ("asc", "desc"))
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
    found = artifacts(db, "latest_version_name")
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
    pages = [page_of(db, page=page, size=3) for page in (1, 2, 3)]
    assert [item.id for page in pages for item in page.items] == ids
    assert [len(page.items) for page in pages] == [3, 3, 1]
    assert {(page.total, page.total_pages, page.max_size) for page in pages} == {(7, 3, 3)}


def test_size_zero_lists_everything_on_one_page(db):
    fill(db, 45)
    page = page_of(db, size=0)
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


@pytest.mark.sqlite_only
def test_an_absent_catalog_is_an_empty_one_and_wrong_words_are_refused_there_too(db):
    for listed in (listing.list_versions, listing.list_artifacts):
        page = listed(db, Listing(), lambda row: row)
        assert (list(page.items), page.total, page.total_pages) == ([], 0, 1)
        with pytest.raises(WrongUsageError):
            listed(db, Listing(sort_by=["nmae"]), lambda row: row)
    assert not db.path.exists()


def test_all_versions_are_walked_through_in_the_order_of_allocation(db, monkeypatch):
    monkeypatch.setattr(selecting, "BATCH", 3)
    ids = [add(db) for _ in range(10)]
    assert [row.id for row in selecting.iterate_versions(db)] == ids


@pytest.fixture
def traced(db, monkeypatch) -> list[str]:
    """Every statement that SQLite runs from now on."""
    seen: list[str] = []
    connect = sqlite3.connect

    def connected(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(seen.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connected)
    return seen


def selects(seen: list[str]) -> int:
    """How many statements that are no question about the file; none may be another's."""
    assert all(sql.lstrip().startswith(("SELECT", "PRAGMA", "BEGIN", "COMMIT")) for sql in seen)
    asked = [sql for sql in seen if "sqlite_master" not in sql]
    count = len([sql for sql in asked if sql.lstrip().startswith("SELECT")])
    seen.clear()
    return count


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "wish",
    [
        Listing(size=500),
        Listing(size=500, filters=[("tag", "z")]),
        Listing(
            size=500, sort_by=["metadata.i"], filters=[("metadata.j", "0"), ("artifact", "n1")]
        ),
        Listing(size=500, filters=[("tag", "t1"), ("type", "model")], logical_operator="or"),
    ],
)
def test_a_page_takes_five_statements_however_many_rows_it_has(db, traced, wish: Listing):
    fill(db, 3)
    for count in (3, 30, 500):
        fill(db, count - db.rows("SELECT COUNT(*) FROM artifact_version")[0][0])
        db.close()
        traced.clear()
        found = list(listing.list_versions(db, wish, lambda row: row))
        assert selects(traced) == 5
        assert len(found) >= count // 4


@pytest.mark.sqlite_only
def test_a_page_without_rows_takes_no_more_than_the_count(db, traced):
    fill(db, 3)
    traced.clear()
    assert versions(db, filters=[("tag", "none")]) == []
    assert selects(traced) == 1


@pytest.mark.sqlite_only
def test_a_page_of_artifacts_takes_four_statements(db, traced):
    for i in range(60):
        add(db, f"a{i}")
        traced.clear()
    assert len(artifacts(db, size=50)) == 50
    assert selects(traced) == 4


@pytest.mark.sqlite_only
def test_everything_is_read_when_it_is_looked_at_and_again_each_time(db, traced, monkeypatch):
    monkeypatch.setattr(listing, "BATCH", 10)
    ids = [add(db, "a", metadata={"i": i}) for i in range(35)][::-1]
    traced.clear()
    page = page_of(db, size=0)
    assert selects(traced) == 2
    assert (len(page), page.total) == (35, 35)
    assert selects(traced) == 0
    assert page[0].id == ids[0]
    assert page[-1].id == ids[-1]
    assert [row.id for row in page.items[3:6]] == ids[3:6]
    assert selects(traced) == 9
    for _ in range(2):
        assert [row.id for row in page] == ids
        assert selects(traced) == 4 * 3
    first = next(iter(page))
    assert first.metadata == {"i": 34}
    assert selects(traced) == 3
    with pytest.raises(IndexError):
        page[35]


def test_what_was_deleted_meanwhile_is_left_out_of_everything(db):
    ids = [add(db, "a") for _ in range(5)][::-1]
    page = page_of(db, size=0)
    delete_versions(db, [find_version(db, parse_ref("a:3"))])
    assert [row.id for row in page] == [ids[0], ids[1], ids[3], ids[4]]


def test_listing_everything_needs_no_memory_for_its_rows(db):
    insert_many(db, 3000, metadata=json.dumps("x" * 1000))
    sum(1 for _ in page_of(db, size=0))  # whatever is loaded on first use
    tracemalloc.start()
    assert sum(len(row.metadata["k"]) for row in page_of(db, size=0)) == 3_000_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_500_000


def insert_many(db: SqliteDatabase, count: int, metadata: str) -> None:
    """As many versions as would take too long one by one."""
    add(db, "a", metadata={"k": json.loads(metadata)})
    with db.transaction() as connection:
        for i in range(2, count + 1):
            connection.execute(
                "INSERT INTO artifact_version (id, artifact_seq, version, number, type, kind,"
                " digest, manifest, size_bytes, file_count, created, updated, facts, revision,"
                " recorded) SELECT :id, artifact_seq, :i, :i, type, kind, digest, manifest,"
                " size_bytes, file_count, created, updated, facts, 1, 1"
                " FROM artifact_version WHERE seq = 1",
                {"id": f"id {i}", "i": i},
            )
            connection.execute(
                "INSERT INTO version_metadata (version_seq, key, value, text)"
                " VALUES (:seq, 'k', :value, 's')",
                {"seq": i, "value": metadata},
            )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    size=st.integers(1, 40),
    sort_by=st.lists(
        st.sampled_from(
            [f"{way}{field}" for way in ("", "desc:") for field in (*VERSION_ORDERS, "metadata.i")]
        ),
        max_size=3,
    ),
    text=st.sampled_from(["isnotnull:", "t1", "notequals:t1", "oneof:t1,t2"]),
)
def test_pages_of_any_size_hold_everything_exactly_once(filled, size, sort_by, text):
    wish: dict[str, Any] = {"filters": [("tag", text)]}
    whole = [row.id for row in versions(filled, *sort_by, size=0, **wish)]
    first = page_of(filled, *sort_by, size=size, **wish)
    found = [
        row.id
        for number in range(1, first.total_pages + 1)
        for row in versions(filled, *sort_by, page=number, size=size, **wish)
    ]
    assert found == whole
    assert len(set(found)) == len(found) == first.total


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    made = open_database(tmp_path_factory.mktemp("filled"))
    fill(made, 33)
    yield made
    made.close()


def test_equal_rows_are_sorted_by_what_is_named_next(filled):
    found = versions(filled, "asc:artifact", "desc:size_bytes", "asc:metadata.i", size=0)
    keys = [(row.artifact, -row.size_bytes, row.metadata["i"]) for row in found]
    assert keys == sorted(keys)
    found = versions(filled, "type", "desc:artifact", size=0)
    keys = [(row.type, [-ord(char) for char in row.artifact], row.seq) for row in found]
    assert [key[:2] for key in keys] == sorted(key[:2] for key in keys)
    # What was asked last says in which order of allocation equals come.
    assert keys[0][2] > keys[1][2]


def test_metadata_sorts_numbers_as_numbers_and_texts_as_texts(db):
    values = [10, "b", 9.5, None, "a", -3, 2**70, {"inner": 7}]
    for value in values:
        add(db, "a", metadata={"k": value})
    add(db, "a", metadata={"other": 1})
    up = [row.metadata.get("k", "absent") for row in versions(db, "metadata.k", size=0)]
    numbers = [value for value in up if isinstance(value, int | float)]
    texts = [value for value in up if value in ("a", "b")]
    assert (numbers, texts) == ([-3, 9.5, 10, 2**70], ["a", "b"])
    assert up[-4:] == numbers
    assert versions(db, "desc:metadata.k", size=0) == versions(db, "metadata.k", size=0)[::-1]
    assert versions(db, "desc:metadata.k.inner")[0].metadata["k"] == {"inner": 7}


def test_a_dash_may_stand_for_an_underscore_in_a_field(db):
    for size in (2, 1, 3):
        add(db, size_bytes=size)
    assert [row.size_bytes for row in versions(db, "size-bytes")] == [1, 2, 3]


def test_a_deleted_artifact_is_not_listed_and_not_counted(db):
    add(db, "a")
    add(db, "b")
    delete_artifact(db, find_artifact(db, "a").id)
    assert [item.name for item in artifacts(db)] == ["b"]
    wish = Listing(filters=[("name", "a"), ("id", "isnull:")], logical_operator="or")
    page = listing.list_artifacts(db, wish, lambda row: row)
    assert (list(page), page.total) == ([], 0)


@pytest.mark.sqlite_only
def test_the_default_listing_of_many_rows_reads_them_in_their_order(db, monkeypatch):
    monkeypatch.setattr(listing, "_FEW", 10)
    fill(db, 10)
    steps = plan(db, Listing())
    assert steps[0] == "SCAN v"
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN a") for step in steps)


@pytest.mark.sqlite_only
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


@pytest.mark.sqlite_only
def test_a_listing_of_many_rows_of_one_artifact_reads_an_index_in_its_order(db, monkeypatch):
    monkeypatch.setattr(listing, "_FEW", 3)
    fill(db, 10)
    steps = plan(db, Listing(filters=[("artifact", "n1")]))
    assert not any("TEMP B-TREE" in step for step in steps)


@pytest.mark.sqlite_only
def test_a_reference_is_found_without_reading_a_whole_table(db):
    fill(db, 10)
    asked: list[tuple[str, dict]] = []
    with pytest.MonkeyPatch.context() as patch:
        rows = type(db).rows

        def watched(self, sql, params=None):
            asked.append((sql, dict(params or {})))
            return rows(self, sql, params or {})

        patch.setattr(type(db), "rows", watched)
        for ref in ("n1", "n1:2", "n1@t1", "12345678"):
            with contextlib.suppress(NotFoundError):
                find_version(db, parse_ref(ref))
    for sql, params in asked:
        if "LIMIT 5000" not in sql:  # names for "did you mean"
            steps = [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {sql}", params)]
            assert not any(step.startswith("SCAN") for step in steps), sql
