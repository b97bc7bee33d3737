"""The table in groups, turned round, and as a file; what goes with a metric; details of a run."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from artifactctl.compare import (
    ComparedDetails,
    ComparedItem,
    CompareOptions,
    Comparison,
    Subject,
    compare,
)
from artifactctl.series import points_of
from tests.render.page.comparisons import ABSENT, big, comparison, row, sweep
from tests.render.page.conftest import Open
from tests.render.page.looking import cells, columns, keys, link, settle

pytestmark = pytest.mark.sweep


def compared(count: int = 12, **options: Any) -> Comparison:
    """A real comparison of runs with a metric, three parameters and gaps."""
    subjects = [
        Subject(
            ComparedItem(
                f"{i:08}-0000-4000-8000-000000000000", f"run-{i}", f"2026-01-{i + 1:02}T00:00:00Z"
            ),
            {"accuracy": 0.5 + ((i * 5) % 12) / 31, **({"loss": 1.5 / (i + 1)} if i % 5 else {})},
            {"lr": [0.1, 0.01, 0.001][i % 3], "kind": "ab"[i % 2], "seed": (i * 7) % 12},
        )
        for i in range(count)
    ]
    return compare("run", subjects, CompareOptions(**options))


def names(page: Page) -> list[str]:
    """The names at the left of the rows."""
    settle(page)
    return page.locator("#grid tbody th .name").all_inner_texts()


def saved(page: Page) -> list[list[str]]:
    """The cells of the CSV that the page gives."""
    settle(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save CSV").click()
    assert waiting.value.suggested_filename == "compared.csv"
    text = Path(waiting.value.path()).read_bytes().decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_runs_are_rows_or_columns_and_the_link_keeps_it(opened: Open):
    page = opened(sweep(4))
    assert columns(page) == ["nightly-1", "nightly-2", "nightly-3", "nightly-4"]
    page.get_by_label("Rows").check()

    assert names(page) == ["nightly-1", "nightly-2", "nightly-3", "nightly-4"]
    assert page.locator("#grid thead .key").count() == 15
    assert link(page) == "runs=rows"
    page.locator('#grid thead .key[title="test.f1_macro"]').click()
    assert names(page)[0] == "nightly-4"
    page.get_by_label("Columns").check()
    assert columns(page)[0] == "nightly-4"


def test_many_runs_are_rows_at_first(opened: Open):
    page = opened(big(100, 50))
    assert len(names(page)) == 100
    page.locator(".table-scroll").evaluate("e => { e.scrollLeft = 1500; e.scrollTop = 1500 }")
    corner = page.locator("#grid .corner").bounding_box()
    scroll = page.locator(".table-scroll").bounding_box()
    assert corner
    assert scroll
    assert abs(corner["x"] - scroll["x"]) < 3
    assert abs(corner["y"] - scroll["y"]) < 3
    head = page.locator("#grid tbody th").nth(60).bounding_box()
    assert head
    assert abs(head["x"] - scroll["x"]) < 3
    assert columns(opened(big(20, 5)))[0] == "run-1"


def test_very_many_keys_are_drawn_when_they_are_asked_for(opened: Open):
    page = opened(big(100, 500))
    assert len(names(page)) == 100
    assert page.locator("#grid td").count() < 10_000
    page.get_by_label("Columns").check()
    settle(page)
    assert page.locator("#grid td").count() <= 12_000
    assert page.get_by_role("button", name="Show the other").is_visible()
    assert len(saved(page)) == 506, "a file has all of them"


def test_keys_are_hidden_and_come_back(opened: Open):
    page = opened(sweep(4))
    page.get_by_role("button", name="Hide test.accuracy").focus()
    page.keyboard.press("Enter")
    assert "test.accuracy" not in keys(page)
    assert link(page) == "without=test.accuracy"
    page.get_by_role("button", name="Show 1 hidden").click()
    assert "test.accuracy" in keys(page)


@pytest.mark.parametrize("by", ["lr", "kind", "seed", "accuracy", "loss"])
def test_groups_have_the_numbers_of_the_command(opened: Open, by: str):
    found = compared(group_by=by)
    page = opened(found.as_json())
    header, *lines = saved(page)
    grouped = found.grouped
    assert grouped
    assert page.get_by_label("Group by").first.input_value() == by
    assert len(header) == 2 + 3 * len(grouped.groups)
    told = {line[0]: line[2:] for line in lines}
    for one in grouped.rows:
        if one.kind == "number":
            for place, spread in enumerate(one.spreads):
                mean, deviation, n = told[one.key][3 * place : 3 * place + 3]
                assert int(n) == spread.n
                assert (float(mean) if mean else None) == pytest.approx(spread.mean)
                assert (float(deviation) if deviation else None) == pytest.approx(
                    spread.deviation, abs=1e-15
                )


def test_groups_say_what_is_left_out(opened: Open):
    made = comparison(
        ["a", "b", "c", "d"],
        row("acc", 0.5, 0.7, ABSENT, 0.9, goal="maximize"),
        row("lr", 0.1, 0.1, 0.1, ABSENT, group="parameters"),
    )
    page = opened(made)
    page.get_by_label("Group by").first.select_option("lr")

    assert columns(page) == ["lr=0.1", "no lr"]
    assert cells(page, "acc") == ["0.6 ± 0.141▽worstn = 2, 1 missing", "0.9★best"]
    assert cells(page, "pipeline") == ["digits_training", "digits_training"]
    assert link(page) == "group=lr&colour=lr"
    page.get_by_label("Rows").check()
    assert names(page) == ["lr=0.1", "no lr"]
    page.locator("#runs").get_by_role("button", name="b", exact=True).click()
    settle(page)
    assert page.locator("#grid tbody tr").first.locator("td.number .value").all_inner_texts()[
        -2:
    ] == [
        "0.5",
        "0.1 ± 0",
    ]


def test_groups_are_ordered_by_their_means(opened: Open):
    page = opened(compared(group_by="lr").as_json(), "order=accuracy:down")
    means = [float(text.split(" ±")[0]) for text in cells(page, "accuracy")]
    assert means == sorted(means, reverse=True)
    page = opened(compared(group_by="lr").as_json(), "group=@none")
    assert len(columns(page)) == 12


def test_parallel_coordinates_have_a_line_for_each_group(opened: Open):
    page = opened(compared(group_by="lr").as_json(), "view=parallel")
    lines = page.locator("#parallel-chart .group-lines path")
    settle(page)
    assert [line.get_attribute("aria-label") for line in lines.all()] == [
        "lr=0.001",
        "lr=0.01",
        "lr=0.1",
    ]
    drawn = page.locator("#parallel-chart .group-bands path").all()
    assert all("NaN" not in (one.get_attribute("d") or "NaN") for one in drawn)
    page.locator("#view-parallel").get_by_label("Group by").select_option("")
    settle(page)
    assert lines.count() == 0


def test_what_goes_with_a_metric_is_as_the_command_says(opened: Open):
    found = compared(importance="accuracy")
    page = opened(found.as_json(), "view=importance")
    settle(page)
    told = [
        (line.get_attribute("data-key"), float(line.get_attribute("data-strength") or "nan"))
        for line in page.locator("#important tbody tr").all()
    ]
    assert found.importance
    wanted = found.importance.keys
    assert [key for key, _ in told] == [one.key for one in wanted]
    assert [strength for _, strength in told] == pytest.approx([one.strength for one in wanted])

    page.get_by_label("What goes with").select_option("loss")
    settle(page)
    assert page.get_by_text("9 runs are few").is_visible()
    assert link(page) == "view=importance&target=loss"


def test_few_runs_have_no_importance(opened: Open):
    page = opened(compared(3).as_json(), "view=importance")
    assert not page.locator("#tab-importance").is_visible()
    page = opened(compared(4).as_json(), "view=importance")
    assert page.get_by_text("4 runs are few").is_visible()
    page.locator("#runs button").first.click()
    expect(page.get_by_text("Nothing that differs can be set against it")).to_be_visible()


HOSTILE = ["=1+1", "@SUM(A1)", "-x", "+x", 'a"b', "a,b", "a\nb\u202e", "</script>"]


def test_a_file_is_quoted_and_has_no_formulas(opened: Open):
    page = opened(
        comparison(
            HOSTILE,
            row("note", *HOSTILE),
            row("n", -0.1, 1e-7, 2**63 + 1, None, ABSENT, 0.1, 12345678.9, 3),
            row("=key", *range(8)),
            row("list", ["=a", "b"], [1, "x"], True, None, {"a": 1}, "", "x", 1.5),
        )
    )
    header, *lines = saved(page)
    shown = ["'=1+1", "'@SUM(A1)", "'-x", "'+x", 'a"b', "a,b", "a\\nb\\u202e", "</script>"]
    assert header == ["key", "group", *shown]
    told = {line[0]: line[2:] for line in lines}
    assert told["note"] == shown
    assert told["n"] == ["-0.1", "1e-7", str(2**63 + 1), "null", "", "0.1", "12345678.9", "3"]
    assert "'=key" in told
    assert told["list"] == ["'=a,b", '[1,"x"]', "true", "null", '{"a":1}', "", "x", "1.5"]
    page.get_by_label("Rows").check()
    turned = saved(page)
    assert [line[0] for line in turned] == ["run", *shown]
    assert len(turned[0]) == 1 + len(lines)


def test_a_file_has_what_is_shown(opened: Open):
    page = opened(sweep(4), "differing=1&filter=test&hidden=nightly-2&order=test.f1_macro:up")
    header, *lines = saved(page)
    assert header[2:] == columns(page)
    assert [line[0] for line in lines] == keys(page) == ["test.accuracy", "test.f1_macro"]


def test_markdown_is_copied(opened: Open):
    page = opened(
        comparison(["a|b", "c"], row("x", 0.5, "<b>")),
        "filter=x",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.get_by_role("button", name="Copy Markdown").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == (
        "| key | <code>a&#124;b</code> | `c` |\n| --- | --- | --- |\n"
        "| `x` | `0.5` | <code>&#60;b&#62;</code> |\n"
    )


def test_a_column_opens_the_details_of_its_run(opened: Open):
    made = comparison(
        ["a", "b"],
        row("page", "https://example.org/a?b=<c>", "javascript:alert(1)"),
        row("other", "http://user:word@example.org", "HTTPS://example.org"),
        row("lr", 0.1, 0.2, group="parameters"),
    )
    page = opened(
        made, details=[ComparedDetails("a", "ada", ["model:1", "model:<b>"]), ComparedDetails("b")]
    )
    page.get_by_role("button", name="Details of a").click()

    shown = page.locator("#details").inner_text()
    for text in ("digits_training", "ada", "model:<b>", "lr", "2026-03-01 00:15:00 UTC"):
        assert text in shown
    assert f"artifactctl runs describe {made['columns'][0]['id']}" in shown
    links = page.locator("#details a")
    assert [one.get_attribute("href") for one in links.all()] == ["https://example.org/a?b=%3Cc%3E"]
    assert links.first.get_attribute("rel") == "noopener noreferrer nofollow"
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()

    page.get_by_label("Rows").check()
    settle(page)
    page.locator("#grid tbody").get_by_role("button", name="b", exact=True).click()
    assert [one.get_attribute("href") for one in links.all()] == ["https://example.org/"]


def test_labels_stand_over_columns_and_the_link_has_names(opened: Open):
    made = comparison(["training-of-flowers-1", "training-of-flowers-2"], row("x", 1, 2))
    page = opened(made, details=[ComparedDetails("…1"), ComparedDetails("…2")])
    assert columns(page) == ["…1", "…2"]
    page.locator("#runs").get_by_role("button", name="…2").click()
    assert link(page) == "hidden=training-of-flowers-2"
    assert saved(page)[0] == ["key", "group", "training-of-flowers-1"]


def test_narrow_pages_do_not_scroll_sideways(opened: Open):
    made = sweep(30)
    curves = {"loss": [points_of(((0, 0, 1.0), (1, 1000, 0.5)))] * 30}  # all five views
    for fragment in ("", "runs=rows", "group=train.optimizer", "view=importance"):
        page = opened(made, fragment, width=390, height=800, curves=curves)
        settle(page)
        assert page.get_by_role("tab").count() == 5
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, fragment


def test_what_the_command_asked_for_is_what_the_page_shows_first(opened: Open):
    value = compared(group_by="kind", importance="loss").as_json()
    assert json.loads(json.dumps(value))["grouped"]["by"] == "kind"
    page = opened(value)
    assert columns(page) == ["kind=a", "kind=b"]
    page.get_by_role("tab", name="Importance").click()
    settle(page)
    assert page.get_by_label("What goes with").input_value() == "loss"
