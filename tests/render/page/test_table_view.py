"""The page's table, as somebody uses it."""

import re

import pytest

from tests.render.page.comparisons import ABSENT, big, comparison, row, sweep
from tests.render.page.conftest import Open
from tests.render.page.looking import cells, columns, keys, link

pytestmark = pytest.mark.sweep

FOUR = comparison(
    ["a", "b", "c", "d"],
    row("test.accuracy", 0.91, 0.95, ABSENT, 0.88, goal="maximize"),
    row("test.loss", 0.4, 0.2, 0.3, 0.5, goal="minimize"),
    row("seed", 1, 1, 1, 1),
    row("note", "", None, "fine", ABSENT),
    row("train.lr", 0.1, 0.01, 0.001, 10, group="parameters"),
)


def test_each_key_is_a_row_and_each_run_a_column(opened: Open):
    page = opened(FOUR)

    assert columns(page) == ["a", "b", "c", "d"]
    assert keys(page) == ["test.accuracy", "test.loss", "seed", "note", "train.lr"]
    assert cells(page, "seed") == ["1", "1", "1", "1"]


def test_what_is_missing_is_neither_null_nor_empty(opened: Open):
    page = opened(FOUR)

    assert cells(page, "note") == ['""', "null", "fine", "missing"]


def test_the_best_and_the_worst_are_marked_by_a_sign_and_in_words(opened: Open):
    page = opened(FOUR, "changes=none")

    assert cells(page, "test.accuracy") == ["0.91", "0.95★best", "missing", "0.88▽worst"]
    assert cells(page, "test.loss") == ["0.4", "0.2★best", "0.3", "0.5▽worst"]


def test_changes_are_against_the_baseline_that_is_chosen(opened: Open):
    page = opened(FOUR)
    assert cells(page, "test.loss")[2] == "0.3-0.1"

    page.get_by_label("Changes").select_option("relative")
    assert cells(page, "test.loss")[2] == "0.3-25 %"

    page.get_by_label("against").select_option("b")
    assert cells(page, "test.loss")[0] == "0.4+100 %"
    assert cells(page, "test.loss")[1] == "0.2★best"
    assert link(page) == "changes=relative&baseline=b"


def test_rows_are_sorted_by_a_column_and_columns_by_a_key(opened: Open):
    page = opened(FOUR)
    page.get_by_role("columnheader", name="b").get_by_role("button", name="b", exact=True).click()
    assert keys(page)[:4] == ["test.loss", "test.accuracy", "seed", "note"]

    page.locator('.key[title="test.accuracy"]').click()
    page.locator('.key[title="test.accuracy"]').click()

    assert columns(page) == ["b", "a", "d", "c"], "what is missing comes last either way"
    header = page.get_by_role("rowheader", name=re.compile("accuracy"))
    assert header.get_attribute("aria-sort") == "descending"
    assert link(page) == "sort=b:up&order=test.accuracy:down"


def test_the_filter_takes_text_and_patterns(opened: Open):
    page = opened(FOUR)
    page.get_by_label("Keys").fill("LOSS")
    assert keys(page) == ["test.loss"]

    page.get_by_label("Keys").fill("test.*")
    assert keys(page) == ["test.accuracy", "test.loss"]

    page.get_by_label("Keys").fill("(nothing[")
    assert keys(page) == []
    assert page.get_by_text("No key matches.").is_visible()


def test_equal_rows_runs_and_pins(opened: Open):
    page = opened(sweep(20))
    page.get_by_label("Only what differs").check()
    assert "model.classes" not in keys(page)

    page.locator("#grid").get_by_role("button", name="Hide nightly-2", exact=True).click()
    page.get_by_role("button", name="Pin nightly-9", exact=True).click()

    assert columns(page)[:3] == ["nightly-9", "nightly-1", "nightly-3"]
    page.locator(".table-scroll").evaluate("e => { e.scrollLeft = 1200 }")
    assert page.locator("#grid th", has_text="nightly-9").bounding_box()["x"] < 400  # type: ignore[index]
    assert link(page) == "differing=1&hidden=nightly-2&pinned=nightly-9"

    page.get_by_role("button", name="Show all").click()
    assert len(columns(page)) == 20


def test_integers_are_exact_however_large(opened: Open):
    two = comparison(
        ["a", "b"],
        row("seed", 2**63 + 1, 2**63 + 3),
        row("big", 10**400, 1),
        row("seeds", [2**63 + 1], {"n": [2**63 + 3]}),
    )
    page = opened(two)

    assert cells(page, "seed") == ["9223372036854775809", "9223372036854775811+2"]
    assert cells(page, "seeds") == ["[9223372036854775809]", '{"n": [9223372036854775811]}']
    assert page.locator(".more").first.inner_text() == "show all 401 letters"


def test_facts_of_runs_have_units_and_times_are_local_with_utc_on_hover(opened: Open):
    page = opened(sweep(8), timezone_id="Asia/Tokyo")

    assert cells(page, "duration_s")[4].startswith("1 min 12 s")
    created = page.locator("#grid tr", has=page.locator('.key[title="created"]')).locator("td")
    assert created.first.inner_text() == "1 Mar 2026, 09:15"
    assert created.first.get_attribute("title") == "2026-03-01 00:15:00 UTC"


def test_sizes_of_versions_are_those_of_the_listings(opened: Open):
    made = comparison(["iris:1", "iris:2"], row("rows", 1, 2))
    for column, size in zip(made["columns"], (512, 1_258_291), strict=True):
        column.update(size_bytes=size, duration_s=None, status=None, pipeline=None, file_count=2)
    page = opened({**made, "kind": "artifact_version"})

    assert cells(page, "size_bytes") == ["512 B", "1.3 MB+1.3 MB"]
    assert page.get_by_role("heading", name="2 versions compared").is_visible()
    assert "duration_s" not in page.locator("#grid").inner_text()


def test_a_filter_that_left_one_run_or_none_shows_what_is_left(opened: Open):
    one = opened(comparison(["only"], row("accuracy", 0.5, goal="maximize")), "view=parallel")
    assert one.get_by_role("heading", name="1 run compared").is_visible()

    none = opened(comparison([]))
    assert none.get_by_text("Nothing is left to compare.").is_visible()
    for view in ("Parallel", "Scatter", "Table"):
        none.get_by_role("tab", name=view).click()


def test_very_many_rows_are_drawn_when_they_are_asked_for(opened: Open):
    page = opened(big(2, 500))
    assert cells(page, "status") == ["completed", "completed"]
    assert len(keys(page)) < 400

    page.get_by_role("button", name="Show the other").click()
    assert len(keys(page)) == 500
