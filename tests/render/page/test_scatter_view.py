"""The page's scatter chart, as somebody uses it."""

from playwright.sync_api import Page, expect

from tests.render.page.comparisons import ABSENT, comparison, row
from tests.render.page.conftest import Open
from tests.render.page.looking import link, settle

POINTS = "#scatter-chart .mark-symbol path"
FOUR = comparison(
    ["a", "b", "c", "d"],
    row("accuracy", 0.0, 0.5, 1.0, 0.7, goal="maximize"),
    row("loss", 1.0, 0.4, 0.0, ABSENT, goal="minimize"),
    row("lr", 1e-4, 1e-3, 1e-2, 1e-1),
)


def _place(page: Page, name: str) -> tuple[float, float]:
    settle(page)
    box = page.locator(f'{POINTS}[aria-label="{name}"]').bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_two_numbers_of_each_run_against_each_other(opened: Open):
    page = opened(FOUR, "view=scatter&x=accuracy&y=loss")

    assert page.locator(POINTS).count() == 3
    assert page.get_by_text("1 run lacks one of the two").is_visible()
    (left, top), (right, bottom) = _place(page, "a"), _place(page, "c")
    assert left < right
    assert top < bottom


def test_the_axes_are_chosen_swapped_and_made_logarithmic(opened: Open):
    page = opened(FOUR, "view=scatter&x=accuracy&y=loss")
    page.get_by_label("Across").select_option("lr")
    before = _place(page, "b")[0]
    page.locator("#scatter-x-log").check()
    assert _place(page, "b")[0] > before + 100
    page.get_by_role("button", name="Swap the two axes").click()

    assert link(page) == "view=scatter&log=lr&y=lr", "across is what it was at first"
    assert page.locator("#scatter-x-log").is_disabled()


def test_pointing_names_the_run_and_a_click_hides_it(opened: Open):
    page = opened(FOUR, "view=scatter&x=accuracy&y=loss&colour=lr")
    x, y = _place(page, "b")
    page.mouse.move(x + 3, y + 3)
    expect(page.get_by_role("tooltip").locator("strong")).to_have_text("b")
    assert page.get_by_role("tooltip").inner_text().split("\n")[:6] == [
        *("b", "accuracy", "0.5", "loss", "0.4", "lr")
    ]

    page.mouse.click(x, y)
    settle(page)
    assert page.locator(POINTS).count() == 2
    assert link(page).endswith("hidden=b&colour=lr&x=accuracy&y=loss")


def test_over_the_order_of_their_making_points_are_joined(opened: Open):
    page = opened(FOUR, "view=scatter&x=created&y=loss")
    line = page.locator("#scatter-chart .line-marks path").get_attribute("d") or ""

    assert (line.count("M"), line.count("L")) == (1, 2)
