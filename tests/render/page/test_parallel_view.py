"""The page's parallel coordinates, as somebody uses them."""

import pytest
from playwright.sync_api import Page, expect

from tests.render.page.comparisons import ABSENT, big, comparison, row, sweep
from tests.render.page.conftest import Open
from tests.render.page.looking import LINES, axes, brush, columns, inside, link, settle

pytestmark = pytest.mark.sweep

SIX = comparison(
    [f"r{index}" for index in range(6)],
    row("accuracy", 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, goal="maximize"),
    row("loss", 1.0, 0.8, 0.6, 0.4, 0.2, 0.0, goal="minimize"),
    row("lr", 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, group="parameters"),
    row("size", 1, ABSENT, 3, ABSENT, ABSENT, 6),
    row("optimizer", "adam", "sgd", "adam", "sgd", "lion", ABSENT),
)
PARALLEL = "view=parallel&axes=accuracy,loss,lr"


def _menu(page: Page, key: str) -> None:
    page.locator(f'.heading[title="{key}"]').click()


def test_the_axes_are_numbers_that_differ_those_with_a_goal_first(opened: Open):
    page = opened(sweep(8), "view=parallel")
    usual = ["test.accuracy", "test.f1_macro", "train.loss", "model.parameters"]

    assert axes(page) == [*usual, "train.learning_rate", "train.depth", "duration_s"]
    assert page.locator(LINES).count() == 8


def test_no_more_than_twelve_unless_asked_then_all(opened: Open):
    page = opened(big(5, 40), "view=parallel")
    assert len(axes(page)) == 12

    page.get_by_role("button", name="Axes").click()
    page.get_by_label("Find a key").fill("weights")
    page.get_by_role("button", name="These 10").click()
    settle(page)

    assert axes(page) == [f"layer{index}.weights.mean" for index in range(10)]


def test_a_range_on_an_axis_fades_the_runs_outside(opened: Open):
    page = opened(SIX, PARALLEL)
    brush(page, "accuracy", 0.3, 0.9)

    assert inside(page) == ["r2", "r3", "r4"]
    assert page.locator("#count").inner_text() == "3 of 6 runs"
    low, high = map(float, link(page).partition("accuracy:")[2].split(":"))
    assert (round(low, 1), round(high, 1)) == (0.3, 0.9)


def test_a_range_is_moved_narrowed_and_cleared(opened: Open):
    page = opened(SIX, f"{PARALLEL}&brush=accuracy:0.3:0.7")
    assert inside(page) == ["r2", "r3"]
    brush(page, "accuracy", 0.5, 0.7)
    assert inside(page) == ["r3", "r4"], "moved"

    brush(page, "accuracy", 0.9, 0.7)
    assert inside(page) == ["r3"], "its upper end"

    page.get_by_role("slider", name="Range of accuracy").dblclick()
    assert len(inside(page)) == 6
    brush(page, "accuracy", 0, 0.5)
    page.keyboard.press("Escape")
    settle(page)
    assert len(inside(page)) == 6


def test_ranges_on_two_axes_must_both_hold(opened: Open):
    page = opened(SIX, PARALLEL)
    brush(page, "accuracy", 0.3, 1)
    brush(page, "loss", 0.3, 1)
    assert inside(page) == ["r2", "r3"]

    page.get_by_role("button", name="Hide the others").click()
    settle(page)
    assert page.locator(LINES).count() == 2
    assert link(page) == f"{PARALLEL.replace('&axes', '&hidden=r0,r1,r4,r5&axes')}"


def test_an_axis_is_moved_by_dragging_its_title(opened: Open):
    page = opened(SIX, PARALLEL)
    box = page.locator('.heading[title="lr"]').bounding_box()
    target = page.locator('.heading[title="accuracy"]').bounding_box()
    assert box
    assert target
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] - 100, box["y"] + 20)
    page.mouse.move(target["x"] + 30, box["y"] + 20)
    page.mouse.up()
    settle(page)

    assert axes(page) == ["lr", "accuracy", "loss"]
    assert not page.locator("#axis-menu").is_visible()


def test_an_inverted_axis_is_upside_down_and_so_is_its_range(opened: Open):
    page = opened(SIX, PARALLEL)
    _menu(page, "accuracy")
    page.get_by_label("Inverted").check()
    page.keyboard.press("Escape")
    brush(page, "accuracy", 0.7, 1)

    assert inside(page) == ["r0", "r1"]
    assert "inverted=accuracy" in link(page)


def test_a_logarithmic_axis_where_all_numbers_are_positive(opened: Open):
    page = opened(SIX, PARALLEL)
    _menu(page, "loss")
    assert page.get_by_label("Logarithmic").is_disabled()
    page.keyboard.press("Escape")
    _menu(page, "lr")
    page.get_by_label("Logarithmic").check()
    page.keyboard.press("Escape")
    brush(page, "lr", 0.1, 0.5)

    assert inside(page) == ["r1", "r2"]
    assert "log=lr" in link(page)


def test_a_range_can_be_typed(opened: Open):
    page = opened(SIX, PARALLEL)
    _menu(page, "accuracy")
    page.get_by_role("spinbutton", name="From").fill("0.5")
    page.get_by_role("spinbutton", name="To").fill("0.6")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    settle(page)

    assert inside(page) == ["r3"]


def test_what_is_missing_is_a_gap_with_a_mark_below_the_axis(opened: Open):
    page = opened(SIX, "view=parallel&axes=accuracy,size,loss")
    path = page.locator(LINES).nth(1).get_attribute("d") or ""

    assert path.count("M") == 2
    assert path.count("L") == 0
    assert page.locator("#parallel-chart text", has_text="missing").count() == 1
    brush(page, "size", 0, 1)
    assert inside(page) == ["r0", "r2", "r5"], "what is missing is in no range"


def test_a_category_can_be_an_axis(opened: Open):
    page = opened(SIX, PARALLEL)
    page.get_by_role("button", name="Axes").click()
    page.get_by_role("checkbox", name="optimizer").check()
    page.keyboard.press("Escape")
    brush(page, "optimizer", 0.9, 1)

    assert inside(page) == ["r1", "r3"]


def test_pointing_at_a_line_names_its_run_and_a_click_hides_it(opened: Open):
    page = opened(SIX, PARALLEL)
    box = page.locator("#parallel").bounding_box()
    assert box
    step = (box["width"] - 128) / 2
    tall = page.locator(".strip").first.bounding_box()["height"] - 16  # type: ignore[index]
    # r3, a quarter of the way from 0.6 to 0.4
    x, y = box["x"] + 64 + step / 4, box["y"] + 64 + tall * (1 - 0.55)
    page.mouse.move(x, y)
    tip = page.get_by_role("tooltip")
    expect(tip.locator("strong")).to_have_text("r3")
    assert "accuracy\n0.6" in tip.inner_text()

    page.mouse.click(x, y)
    assert "r3" not in inside(page)
    assert not tip.is_visible()
    page.get_by_role("button", name="r3").click()
    settle(page)
    assert "r3" in inside(page)


def test_lines_have_the_colours_of_the_legend(opened: Open):
    page = opened(SIX, f"{PARALLEL}&colour=loss")
    lines = [line.get_attribute("stroke") for line in page.locator(LINES).all()]
    swatches = page.locator("#runs .swatch").evaluate_all(
        "all => all.map((e) => getComputedStyle(e).backgroundColor)"
    )

    assert lines == swatches
    assert lines[0] == "rgb(88, 176, 74)", "the highest loss"
    page.locator("#view-parallel select.colour").select_option("accuracy")
    settle(page)
    assert page.locator(LINES).first.get_attribute("stroke") == "rgb(68, 1, 84)"


def test_hidden_runs_are_hidden_in_every_view(opened: Open):
    page = opened(SIX, PARALLEL)
    page.get_by_role("button", name="r0").click()
    page.get_by_role("tab", name="Table").click()

    assert columns(page) == ["r1", "r2", "r3", "r4", "r5"]


def test_a_range_reaches_what_lies_at_the_very_end_of_an_axis(opened: Open):
    thirds = comparison(["a", "b", "c"], row("x", 1 / 3, 0.5, 2 / 3), row("y", 1, 2, 3))
    page = opened(thirds, "view=parallel&axes=x,y")
    brush(page, "x", 0.4, 1)
    assert inside(page) == ["b", "c"]

    brush(page, "y", 0.6, 0)
    assert inside(page) == ["b"]
