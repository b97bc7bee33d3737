"""Runs as they are read: by name or ID, in pages, and by what a step was keyed with."""

import contextlib
from pathlib import Path
from typing import Any

import pytest

from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.reading import runs
from artifactctl.catalog.reading.finding_runs import (
    find_run,
    find_run_of_step,
    find_run_to_read,
)
from artifactctl.catalog.reading.listing import list_versions
from artifactctl.catalog.reading.listing_runs import list_runs
from artifactctl.catalog.reading.runs import CACHED, find_cached
from artifactctl.catalog.rows import Listing, Page
from artifactctl.catalog.run_rows import Run
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from tests.catalog.reading.test_listing import selects, traced  # noqa: F401 (a fixture)
from tests.catalog.test_rows import add, find, new_version, open_database
from tests.catalog.writes import delete_versions, end_run, give_up_data, put_step_metadata
from tests.catalog.writing.test_running import NO_ID, end, run, step


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    yield made
    made.close()


def pages(db: SqliteDatabase, *filters: tuple[str, str], **wish: Any) -> Page[Run]:
    return list_runs(db, Listing(filters=filters, **wish), lambda row: row)


def names(db: SqliteDatabase, *filters: tuple[str, str], **wish: Any) -> list[str]:
    return [item.name for item in pages(db, *filters, **wish)]


def test_a_name_is_tried_before_an_id_and_means_the_newest_run_of_it(db):
    first = run(db, name="nightly")
    second = run(db, name="nightly")
    named = run(db, name=first)  # whoever calls a run by the ID of another means that name
    assert find_run(db, "nightly").id == second
    assert find_run(db, first).id == named
    assert find_run(db, second[:8]).id == second
    assert find_run(db, second.upper().replace("-", "")).id == second


def test_the_start_of_an_id_that_two_runs_share_is_an_error_that_names_both(db):
    ids = [f"deadbeef-0000-4000-8000-00000000000{i}" for i in (1, 2)]
    for row_id in ids:
        run(db, id=row_id)
    with pytest.raises(InvalidInputError, match=f"{ids[0]}.*{ids[1]}"):
        find_run(db, "deadbeef")
    assert find_run(db, ids[1]).id == ids[1]


def test_a_run_that_does_not_exist_is_said_to_be_missing_with_the_nearest_name(db):
    with pytest.raises(NotFoundError) as caught:
        find_run(db, "nightly")
    assert caught.value.hint == "see 'artifactctl runs list'"
    run(db, name="nightly-1")
    assert find_run_to_read(db, "nightly").name == "nightly-1"
    with pytest.raises(NotFoundError):
        find_run(db, "nightly")
    for text in ("nightyl", "nightly_1"):
        with pytest.raises(NotFoundError) as caught:
            find_run(db, text)
        assert caught.value.hint == "did you mean 'nightly-1'?"
    with pytest.raises(NotFoundError):
        find_run(db, NO_ID)


def fill(db: SqliteDatabase, count: int) -> None:
    """Runs of three steps, each with metadata and versions."""
    used = add(db, "data")
    for i in range(count):
        run_id = run(db, name=f"r{i}", tags=["t", f"t{i % 3}"], metadata={"i": i})
        for name in ("a", "b", "c"):
            step_id = step(db, run_id, name, inputs=[("x", used)], cache_key=f"{i % 4}{name}")
            end(db, step_id, outputs=[("o", new_version(name))], metadata={"acc": i / 10})
        end_run(db, run_id, "completed", {})


@pytest.mark.sqlite_only
def test_a_run_takes_six_statements_however_many_steps_it_has(db, traced):  # noqa: F811
    fill(db, 3)
    traced.clear()
    found = find_run(db, "r1")
    assert selects(traced) == 6
    assert [item.name for item in found.steps] == ["a", "b", "c"]
    assert [len(item.outputs) for item in found.steps] == [1, 1, 1]


@pytest.mark.sqlite_only
def test_a_page_of_runs_takes_eight_statements_however_many_there_are(db, traced):  # noqa: F811
    for count in (1, 12):
        fill(db, count)
        traced.clear()
        assert len(list(pages(db, ("tag", "t")))) >= count
        assert selects(traced) == 8


@pytest.mark.sqlite_only
def test_no_statement_for_one_run_looks_at_every_row(db):
    fill(db, 3)
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        rows = type(db).rows

        def noted(self: SqliteDatabase, sql: str, params: Any = {}) -> Any:  # noqa: B006
            asked.append((sql, params))
            return rows(self, sql, params)

        patch.setattr(type(db), "rows", noted)
        for text in ("r1", find_run(db, "r2").id, "12345678"):
            with contextlib.suppress(NotFoundError):
                find_run(db, text)
        find_cached(db, "1a")
        runs.list_running(db)
    for sql, params in asked:
        if "LIMIT 5000" not in sql:  # names for "did you mean"
            steps = [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {sql}", params)]
            # The few that are running are an index of their own.
            scans = [
                item for item in steps if item.startswith("SCAN") and "run_running" not in item
            ]
            assert scans == [], sql


@pytest.mark.sqlite_only
def test_a_key_is_looked_up_in_its_index(db):
    fill(db, 2)
    steps = [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {CACHED}", {"key": "k"})]
    assert "SEARCH s USING INDEX run_step_cache_key (cache_key=?)" in steps[0]
    assert not any("SCAN" in item or "TEMP B-TREE" in item for item in steps)


def keyed(
    db: SqliteDatabase, status: str = "completed", key: str | None = "k", **ended: Any
) -> str:
    step_id = step(db, run(db), cache_key=key)
    end(db, step_id, status, **ended)
    return step_id


def cached(db: SqliteDatabase, key: str) -> tuple[str, Any]:
    found = find_cached(db, key)
    assert found is not None
    (made,) = [one for one in find_run_of_step(db, found.id).steps if one.id == found.id]
    assert (found.ended, found.details) == (made.ended, made.details)
    return found.id, found.outputs


def test_the_newest_step_with_a_key_that_was_completed_is_found(db):
    assert find_cached(db, "k") is None
    keyed(db)
    best = keyed(db, outputs=[("b", new_version("b")), ("a", new_version("a"))])
    outputs = [("a", find(db, "a").id), ("b", find(db, "b").id)]
    keyed(db, "failed")
    keyed(db, "cancelled")
    keyed(db, "cached", reused=outputs)
    keyed(db, key="other")
    keyed(db, key=None)
    step(db, run(db), cache_key="k")
    assert cached(db, "k") == (best, outputs)
    assert find_cached(db, "none") is None


def test_a_step_of_which_an_output_is_gone_does_not_serve(db):
    old = keyed(db, outputs=[("o", new_version("a"))])
    for spoil in (
        lambda version: delete_versions(db, [version], force=True),
        lambda version: give_up_data(db, [version], include_runs=True),
    ):
        keyed(db, outputs=[("o", new_version("a")), ("p", new_version("b"))])
        spoil(find(db, "b"))
        assert cached(db, "k") == (old, [("o", find(db, "a:1").id)])


def test_a_step_without_outputs_serves(db):
    step_id = keyed(db)
    assert cached(db, "k") == (step_id, [])


@pytest.fixture
def several(db: SqliteDatabase):
    """Four runs: names r0 to r3, with steps, tags and metadata."""
    for i, metadata in enumerate(({"n": 10}, {"n": 9.5}, {"n": "x", "deep": {"k": 1}}, {})):
        run_id = run(
            db,
            "train" if i < 3 else "eval",
            name=f"r{i}",
            tags=["t", f"t{i}"] if i else (),
            metadata=metadata,
        )
        step_id = step(db, run_id, "fit")
        put_step_metadata(db, step_id, {"acc": i / 10, "n": 50 + i, "conf": {"lr": i}})
        if i != 1:
            end(db, step_id)
            end_run(db, run_id, "failed" if i == 2 else "completed", {})
    return db


@pytest.mark.parametrize(
    ("field", "text", "found"),
    [
        ("name", "r1", "1"),
        ("name", "startswith:r", "3210"),
        ("pipeline", "eval", "3"),
        ("status", "oneof:running,failed", "21"),
        ("status", "notequals:completed", "21"),
        ("tag", "t", "321"),
        ("tags", "t2", "2"),
        ("tag", "isnull:", "0"),
        ("tag", "notequals:t1", "320"),
        ("created", "gt:2020-01-01", "3210"),
        ("started", "lt:2020-01-01", ""),
        ("ended", "isnull:", "1"),
        ("ended", "gt:1h", "320"),
        ("metadata.n", "10", "0"),
        ("metadata.n", "lt:11", "10"),
        ("metadata.n", "gte:52", "32"),
        ("metadata.acc", "0", "0"),
        ("metadata.acc", "gt:0.1", "32"),
        ("metadata.acc", "notequals:0.1", "320"),
        ("metadata.fit::n", "53", "3"),
        ("metadata.fit::n", "10", ""),
        ("metadata.other::n", "53", ""),
        ("metadata.deep.k", "1", "2"),
        ("metadata.conf.lr", "in:1,2", "21"),
        ("metadata.fit::conf.lr", "3", "3"),
        ("metadata.deep", "isnotnull:", "2"),
        ("metadata.deep", "isnull:", "310"),
        ("run_metadata.n", "x", None),
    ],
)
def test_runs_are_found_by_what_is_known_of_them_and_of_their_steps(several, field, text, found):
    if found is None:
        with pytest.raises(WrongUsageError, match="cannot filter by"):
            names(several, (field, text))
        return
    assert "".join(name[1:] for name in names(several, (field, text))) == found
    assert pages(several, (field, text)).total == len(found)


def test_a_run_is_found_by_its_id(several):
    row_id = find_run(several, "r2").id
    for text in (row_id, row_id.replace("-", "").upper(), f"startswith:{row_id[:8]}"):
        assert names(several, ("id", text)) == ["r2"]


def test_filters_of_runs_go_together_or_one_by_one(several):
    both = (("pipeline", "train"), ("metadata.acc", "gte:0.1"))
    assert names(several, *both) == ["r2", "r1"]
    assert names(several, *both, logical_operator="or") == ["r3", "r2", "r1", "r0"]


@pytest.mark.parametrize(
    ("sort_by", "found"),
    [
        ("name", "0123"),
        ("desc:name", "3210"),
        ("pipeline", "3012"),
        ("status", "0321"),
        ("started", "0123"),
        ("desc:created", "3210"),
        ("desc:ended", "3201"),
        ("tags", "0123"),
        ("metadata.acc", "0123"),
        ("desc:metadata.acc", "3210"),
        ("metadata.n", "2103"),
        ("desc:metadata.conf.lr", "3210"),
    ],
)
def test_runs_are_sorted(several, sort_by, found):
    fields = (sort_by, "name") if sort_by in ("pipeline", "status") else (sort_by,)
    assert "".join(name[1:] for name in names(several, sort_by=fields)) == found


def test_runs_come_in_pages_the_newest_first(several):
    page = pages(several, size=3)
    assert ([item.name for item in page], page.total, page.total_pages) == (
        ["r3", "r2", "r1"],
        4,
        2,
    )
    assert names(several, size=3, page=2) == ["r0"]
    assert [item.name for item in pages(several, size=0)] == ["r3", "r2", "r1", "r0"]
    with pytest.raises(WrongUsageError, match="cannot sort by 'size'"):
        names(several, sort_by=["size"])


def test_there_are_no_runs_in_a_catalog_that_does_not_exist(db):
    assert (names(db), runs.list_running(db), find_cached(db, "k")) == ([], [], None)


def test_versions_are_found_by_the_run_that_made_them(db):
    fill(db, 2)
    wish = Listing(filters=[("pipeline_run", "r1"), ("step", "b")])
    assert [row.artifact for row in list_versions(db, wish, lambda row: row)] == ["b"]
