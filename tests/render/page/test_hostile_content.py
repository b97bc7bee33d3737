"""Whatever names, keys and values are, they are only shown."""

import json

import pytest

from tests.render.page.comparisons import comparison, row
from tests.render.page.conftest import Open
from tests.render.page.looking import axes, cells, columns, settle

pytestmark = pytest.mark.sweep

MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
HOSTILE = [
    MARKUP,
    "<!--<script>",
    "\"'`${alert(3)}\\",
    "a\u2028b\u2029c\u202ed",
    "\x00\x01\x1b[31mred\x7f\x9b",
    "\ud800lone\udfff",
    "javascript:alert(4)",
    "]]>&lt;&amp;{{DATA}}{{STYLE}}",
]


def test_names_keys_and_values_are_shown_as_they_are(opened: Open):
    rows = [row(name, *([index, *range(1, 7), name])) for index, name in enumerate(HOSTILE)]
    page = opened(comparison(HOSTILE, *rows))

    assert columns(page)[0] == MARKUP
    assert columns(page)[3:6] == [
        "a\\u2028b\\u2029c\\u202ed",
        "\\x00\\x01\\x1b[31mred\\x7f\\x9b",
        "\\ud800lone\\udfff",
    ]
    assert columns(page)[7] == HOSTILE[7]
    last = page.locator("#grid tbody tr td:last-child .value").all_inner_texts()
    assert MARKUP in last
    assert page.locator("img, iframe, object").count() == 0
    assert page.locator("script").count() == 3


def test_charts_show_them_too(opened: Open):
    rows = [row(name, *range(index, index + 8)) for index, name in enumerate(HOSTILE)]
    page = opened(comparison(HOSTILE, *rows), "view=parallel")
    assert axes(page)[0] == MARKUP
    page.locator(".heading").first.click()
    page.keyboard.press("Escape")
    box = page.locator("#parallel").bounding_box()
    assert box
    page.mouse.move(box["x"] + 64, box["y"] + 64)
    page.get_by_role("tab", name="Scatter").click()
    settle(page)

    assert page.locator("#scatter-chart text", has_text="alert(1)").count() > 0
    assert page.locator("svg script, svg a, svg image, svg foreignObject").count() == 0


def test_a_megabyte_of_text_is_cut_until_it_is_asked_for(opened: Open):
    text = "<b>" + "x" * (1 << 20) + "\x07"
    page = opened(comparison(["a", "b"], row("note", text, "short"), row("n", 1, 2)))
    assert len(cells(page, "note")[0]) < 200

    page.get_by_role("button", name="show all").click()
    whole = page.locator("#text-whole").text_content() or ""
    assert whole == text[:-1] + "\\x07"
    page.keyboard.press("Escape")


def test_what_looks_like_something_else_stands_in_quotes(opened: Open):
    values = ["10", "true", "null", "", "missing", "1e5", "plain"]
    page = opened(comparison([*"abcdefg"], row("v", *values)))

    assert cells(page, "v") == ['"10"', '"true"', '"null"', '""', '"missing"', '"1e5"', "plain"]


def test_lists_and_nested_values_are_json(opened: Open):
    nested = {"a": ["<i>", 1.5, None]}
    page = opened(comparison(["a", "b"], row("v", nested, [1, "x"])))

    assert json.loads(cells(page, "v")[0]) == nested


def test_rows_that_are_called_as_facts_are(opened: Open):
    made = comparison(["a", "b"], row("tags", {"x": 1}, 2), row("created", "never", 3))
    page = opened(made)

    assert cells(page, "tags") == ['{"x":1}', "2"]
    assert cells(page, "created") == ["never", "3"]


def test_integers_beyond_all_floats_are_compared_and_sorted(opened: Open):
    page = opened(comparison(["a", "b", "c"], row("big", 10**309 + 1, 10**309, 1.5)))
    assert cells(page, "big")[1].startswith("1000")

    page.locator('.key[title="big"]').click()
    page.get_by_label("Changes").select_option("relative")
    assert columns(page) == ["c", "b", "a"]
    assert cells(page, "big")[0] == "1.5"


def test_numbers_at_the_ends_of_what_floats_hold(opened: Open):
    page = opened(
        comparison(
            ["a", "b", "c"],
            row("huge", 1.7e308, -1.7e308, 0.0),
            row("tiny", 5e-324, 1e-323, 0.5),
            row("close", 1.0, 1.0000000000000002, 1.0000000000000004),
            row("seed", 2**60, 2**60 + 1, 2**60 + 2),
            row("beyond", 10**400, 2, 3),
        ),
        "view=parallel&log=tiny&axes=huge,tiny,close,seed,beyond",
    )

    lines = page.locator("#parallel-chart .line-marks path").all()
    assert all("NaN" not in (line.get_attribute("d") or "NaN") for line in lines)
    assert len(axes(page)) == 5
