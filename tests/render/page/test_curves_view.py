"""The view of curves: what is drawn, smoothed, said, hidden and linked."""

import math
import re

from playwright.sync_api import Page, expect

from artifactctl.series import Points, points_of, thinned
from tests.render.page.comparisons import comparison, row
from tests.render.page.conftest import Open
from tests.render.page.looking import link

MARKUP = "</script><img src=x onerror=alert(2)>\u202e"
TWO = comparison([MARKUP, "b", "c"], row("loss", 1, 2, 3), row(MARKUP, 1, 2, 3))


def series(*values: float, each_ms: int = 1000) -> Points:
    return points_of((10 * i, each_ms * i, value) for i, value in enumerate(values))


CURVES = {
    MARKUP: [Points(), Points(), series(1, 2)],
    "__proto__": [series(0.5, 0.25), Points(), Points()],
    "loss": [series(8, 4, math.nan, 1), series(100, 10, 0, 0.1), Points()],
}


def lines(page: Page) -> list[str]:
    found = page.locator("#curves-chart path.curve")
    return [found.nth(i).get_attribute("d") or "" for i in range(found.count())]


def heights(path: str) -> list[float]:
    return [float(y) for _, y in re.findall(r"[ML](\S+) ([\d.]+)", path)]


def test_curves_are_laid_over_each_other_and_broken_where_a_value_is_unknown(opened: Open):
    page = opened(TWO, "view=curves&curve=loss", curves=CURVES)
    first, second = lines(page)
    assert (first.count("M"), first.count("L")) == (2, 1)
    assert (second.count("M"), second.count("L")) == (1, 3)
    at = dict(zip((100, 10, 0, 0.1), heights(second), strict=True))
    assert at[100] < at[10] < at[0.1] < at[0]
    expect(page.locator("#curve-missing")).to_have_text("1 run has no such curve")
    page.locator("#curvelog").check()
    expect(page.locator("#curves-chart .tick.up", has_text="0.1")).to_have_count(1)
    assert lines(page)[1].count("M") == 2
    page.get_by_label("along").select_option("time")
    expect(page.locator("#curves-chart .tick", has_text="3 s")).to_have_count(1)
    assert {"view=curves", "curve=loss", "curvelog=1", "along=time"} <= set(link(page).split("&"))


def test_smoothing_lays_a_line_over_the_values_and_the_pointer_says_them(opened: Open):
    page = opened(TWO, "view=curves&curve=loss&smooth=50", curves=CURVES)
    assert len(lines(page)) == 4
    raw, smooth = lines(page)[:2]
    assert heights(smooth)[-1] < heights(raw)[-1]
    box = page.locator("#curves-chart svg").bounding_box()
    assert box
    page.mouse.move(box["x"] + 70, box["y"] + 100)
    said = page.locator("#curve-values .said")
    expect(said).to_have_count(2)
    assert said.nth(1).inner_text() == "b: 100 at 0"
    page.locator("#runs button").nth(1).click()
    expect(page.locator("#curves-chart path.curve")).to_have_count(2)


def test_hostile_keys_are_shown_and_linked_by_their_numbers(opened: Open):
    page = opened(TWO, "view=curves", curves=CURVES)
    assert page.locator("#curve option").all_inner_texts() == [
        "</script><img src=x onerror=alert(2)>\\u202e",
        "__proto__",
        "loss",
    ]
    assert len(lines(page)) == 1
    page.locator("#curve").select_option("__proto__")
    expect(page.locator("#curves-chart title")).to_have_text(
        "</script><img src=x onerror=alert(2)>\\u202e"
    )
    assert "curve=__proto__" in link(page)
    assert len(lines(opened(TWO, "view=curves&curve=@2", curves=CURVES))) == 2
    assert page.locator("img").count() == 0


def test_a_page_without_curves_has_no_such_view_and_a_narrow_one_fits(opened: Open):
    page = opened(comparison(["a", "b"], row("x", 1, 2)), "view=curves")
    assert page.locator("#tab-curves").is_hidden()
    narrow = opened(TWO, "view=curves&curve=loss", width=390, curves=CURVES)
    assert narrow.evaluate("document.documentElement.scrollWidth") == 390
    assert len(lines(narrow)) == 2


def test_thinning_keeps_the_ends_and_the_peaks():
    values = [math.sin(i / 900) for i in range(10_000)]
    values[4321], values[7000] = 50, -50
    thin = thinned(points_of((i, 0, value) for i, value in enumerate(values)), 200)
    assert len(thin) <= 200
    assert {50, -50} <= set(thin.values)
    assert (thin.steps[0], thin.steps[-1]) == (0, 9_999)
    few = series(1, 2, 3)
    assert thinned(few, 50) is few
