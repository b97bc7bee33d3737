"""The page's state lives in its address: a link opens the same view."""

import pytest

from tests.render.page.comparisons import comparison, row, sweep
from tests.render.page.conftest import Open
from tests.render.page.looking import (
    LINES,
    axes,
    brush,
    cells,
    columns,
    inside,
    keys,
    link,
    settle,
)

pytestmark = pytest.mark.sweep

SWEEP = sweep(8)
EVERYTHING = (
    "view=parallel&theme=dark&filter=t*&sort=nightly-3:down&order=test.accuracy:up"
    "&changes=relative&baseline=nightly-2&differing=1&hidden=nightly-1&pinned=nightly-8,nightly-4"
    "&axes=train.loss,test.accuracy,train.optimizer,train.learning_rate"
    "&inverted=train.loss&log=train.learning_rate&brush=test.accuracy:0.9:0.95"
    "&colour=train.loss&x=train.depth&y=train.loss"
)


def test_what_somebody_did_is_there_after_loading_again(opened: Open):
    page = opened(SWEEP)
    page.get_by_role("tab", name="Parallel").click()
    brush(page, "test.accuracy", 0.5, 1)
    page.get_by_role("button", name="nightly-8").click()
    before = (link(page), inside(page), axes(page))
    page.reload()

    assert (link(page), inside(page), axes(page)) == before
    assert before[1] == ["nightly-3", "nightly-5", "nightly-6"]


def test_every_part_of_the_state_is_in_the_link(opened: Open):
    page = opened(SWEEP, EVERYTHING)
    assert axes(page) == ["train.loss", "test.accuracy", "train.optimizer", "train.learning_rate"]
    assert inside(page) == ["nightly-5", "nightly-6", "nightly-8"]

    page.get_by_role("tab", name="Scatter").click()
    assert link(page) == EVERYTHING.replace("parallel", "scatter")


def test_a_second_person_sees_the_same(opened: Open):
    first = opened(SWEEP, EVERYTHING)
    lines = first.locator(LINES).evaluate_all("all => all.map((e) => e.outerHTML)")
    second = opened(SWEEP, link(first))

    assert second.locator(LINES).evaluate_all("all => all.map((e) => e.outerHTML)") == lines
    for page in (first, second):
        page.get_by_role("tab", name="Table").click()
    assert columns(first) == columns(second)
    assert columns(first)[:2] == ["nightly-8", "nightly-4"]
    assert keys(first) == keys(second)
    key = "train.loss"
    assert cells(first, key) == cells(second, key)


def test_a_link_that_is_followed_on_the_open_page_is_shown(opened: Open):
    page = opened(SWEEP)
    page.evaluate("location.hash = 'view=scatter&hidden=nightly-1'")
    settle(page)

    assert page.locator("#scatter-chart .mark-symbol path").count() == 6


@pytest.mark.parametrize(
    "broken",
    [
        "nonsense",
        "view=<script>alert(1)</script>",
        "view=parallel&axes=%E0%A4%A&brush=a:b:c,test.accuracy:9:1,test.accuracy:1e999:2",
        "hidden=@99,@-1,@x,nobody&baseline=@NaN&pinned=,,,&colour=@&x=&y=@1e9&sort=:&order=a:b:c",
        "__proto__=1&constructor=2&toString=3&axes=__proto__&brush=__proto__:1:2",
        "&&==&=&view",
        "brush=" + "test.accuracy:0:1," * 5000,
    ],
)
def test_a_broken_link_shows_what_can_be_understood(opened: Open, broken: str):
    page = opened(SWEEP, broken)
    for view in ("Parallel", "Scatter", "Table"):
        page.get_by_role("tab", name=view).click()

    assert columns(page) == [f"nightly-{index}" for index in range(1, 9)]


def test_names_that_do_not_fit_into_a_link_go_by_number(opened: Open):
    strange = ["a,b:c&d=e", "@1", "100 % + ünï", "\ud800", "x" * 3000, "plain"]
    made = comparison(strange, *[row(name, *range(6)) for name in strange], row("q", *range(6)))
    page = opened(made)
    for index in range(5):
        page.locator("#runs button").nth(index).click()
    page.get_by_role("tab", name="Parallel").click()
    page.get_by_role("button", name="Axes").click()
    page.get_by_role("checkbox", name="q").uncheck()
    page.keyboard.press("Escape")
    shown = link(page)

    assert shown.startswith(
        "view=parallel&hidden=@0,@1,@2,@3,@4&axes=@0,@1,@2,@3,@4,plain,duration_s"
    )
    assert len(opened(made, shown).locator("#runs [aria-pressed=true]").all()) == 1


def test_a_parameter_and_a_metadata_key_of_one_name_are_told_apart(opened: Open):
    made = comparison(
        ["a", "b"], row("lr", 1, 2), row("lr", 3, 4, group="parameters"), row("duration_s", 5, 6)
    )
    page = opened(made, "view=parallel")

    assert axes(page) == ["lr", "parameters:lr", "duration_s", "facts:duration_s"]
