"""Pipelines as they are read: names with runs, found by name, ID and the start of either."""

from pathlib import Path
from typing import Any

import pytest

from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.reading.listing_runs import list_pipelines
from artifactctl.catalog.reading.pipelines import find_pipeline, run_index
from artifactctl.catalog.rows import Listing
from artifactctl.errors import AmbiguousError, NotFoundError, WrongUsageError
from artifactctl.refs import pipeline_id
from tests.catalog.reading.test_listing import selects, traced  # noqa: F401 (a fixture)
from tests.catalog.test_rows import open_database
from tests.catalog.writes import delete_runs
from tests.catalog.writing.test_running import run


@pytest.fixture
def db(tmp_path: Path):
    made = open_database(tmp_path)
    for pipeline in ("train", "training", "training", "eval"):
        run(made, pipeline)
    yield made
    made.close()


def names(db: SqliteDatabase, *filters: tuple[str, str], **wish: Any) -> list[str]:
    listing = Listing(filters=filters, **{"sort_by": ["name"], **wish})
    return [item.name for item in list_pipelines(db, listing, lambda row: row)]


def test_a_pipeline_is_found_by_name_and_id_and_by_the_only_start_of_either(db):
    row_id = pipeline_id("training")
    for text in ("training", row_id, row_id.upper(), row_id.replace("-", "")):
        assert find_pipeline(db, text, by_start=False).name == "training"
    for text in ("traini", row_id[:4], row_id[:9]):
        assert find_pipeline(db, text, by_start=True).name == "training"
        with pytest.raises(NotFoundError):
            find_pipeline(db, text, by_start=False)
    assert find_pipeline(db, "train", by_start=True).name == "train"
    with pytest.raises(AmbiguousError, match=r"\(train\), .* \(training\)"):
        find_pipeline(db, "tra", by_start=True)
    for text in (row_id[:3], "TRAINI", "aining", ""):
        with pytest.raises((NotFoundError, AmbiguousError)):
            find_pipeline(db, text, by_start=True)


def test_a_pipeline_tells_of_its_first_and_its_latest_run(db):
    last = run(db, "train")
    found = find_pipeline(db, "train", by_start=False)
    assert (found.latest_run_id, found.latest_run_status, found.run_count) == (last, "running", 2)
    assert found.created < found.updated


def test_pipelines_are_filtered_by_the_ids_that_their_names_give(db):
    row_id, none = pipeline_id("training"), "00000000-0000-4000-8000-000000000000"
    for text in (row_id, f"startswith:{row_id[:8]}"):
        assert names(db, ("id", text)) == ["training"]
    assert names(db, ("id", f"oneof:{row_id},{none}")) == ["training"]
    assert names(db, ("id", f"notequals:{row_id}")) == ["eval", "train"]
    assert names(db, ("id", none)) == []
    assert names(db, ("id", none), ("name", "eval"), logical_operator="or") == ["eval"]
    for wrong in ("training", "startswith:xyz", "gt:1", row_id[:8]):
        with pytest.raises(WrongUsageError):
            names(db, ("id", wrong))


def test_pipelines_are_sorted_by_their_latest_run_and_counted(db):
    run(db, "train")
    assert names(db, sort_by=["desc:latest_run"]) == ["train", "eval", "training"]
    assert names(db, ("num_runs", "gt:1")) == ["train", "training"]
    assert names(db, ("latest_run_status", "completed")) == []


def test_a_run_keeps_its_place_when_an_earlier_one_is_deleted(db):
    third = run(db, "training")
    assert run_index(db, third) == 3
    delete_runs(db, [third], force=True)
    assert run_index(db, run(db, "training")) == 4
    with pytest.raises(NotFoundError):
        run_index(db, third)


@pytest.mark.sqlite_only
def test_a_page_of_pipelines_takes_four_statements_however_many_there_are(db, traced):  # noqa: F811
    for more in (0, 20):
        for number in range(more):
            run(db, f"p{number}")
        db.close()  # so that the next statement opens a connection that is traced
        traced.clear()
        assert len(names(db, ("tag", "isnull:"), size=100)) >= 3
        assert selects(traced) == 4
