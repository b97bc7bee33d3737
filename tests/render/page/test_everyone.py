"""The page on a telephone, in the dark, with a keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.render.page.comparisons import big, sweep
from tests.render.page.conftest import Open
from tests.render.page.looking import axes, columns, inside, keys, link, settle

pytestmark = pytest.mark.sweep

SWEEP = sweep(8)
VIEWS = ["table", "parallel", "scatter", "importance"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_telephone_scrolls_tables_and_charts_but_not_the_page_sideways(opened: Open, view: str):
    page = opened(big(20, 40), f"view={view}", width=390, height=844, has_touch=True)
    settle(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert all(
        (box := button.bounding_box()) and box["x"] + box["width"] <= 391
        for button in page.locator("header button, .toolbar select").all()
        if button.is_visible()
    )


def test_a_finger_sees_a_run_with_the_first_touch_and_hides_it_with_the_second(opened: Open):
    page = opened(SWEEP, "view=parallel", width=390, height=844, has_touch=True)
    box = page.locator("#parallel").bounding_box()
    assert box
    step = 92
    tall = page.locator(".strip").first.bounding_box()["height"] - 16  # type: ignore[index]
    x, y = box["x"] + 64 + step / 2, box["y"] + 64 + tall
    page.touchscreen.tap(x, y)
    expect(page.get_by_role("tooltip").locator("strong")).to_have_text("nightly-7")

    page.touchscreen.tap(x, y)
    assert link(page) == "view=parallel&hidden=nightly-7"


@pytest.mark.parametrize("view", VIEWS)
def test_dark_where_the_system_is_dark_or_where_it_is_chosen(opened: Open, view: str):
    page = opened(SWEEP, f"view={view}", color_scheme="dark")
    assert _ground(page) == "rgb(18, 22, 28)"

    page.get_by_label("Theme").select_option("light")
    inside(page)
    assert _ground(page) == "rgb(255, 255, 255)"
    assert "theme=light" in link(page)
    page.emulate_media(color_scheme="light")
    page.get_by_label("Theme").select_option("auto")
    inside(page)
    page.emulate_media(color_scheme="dark")
    inside(page)
    assert _ground(page) == "rgb(18, 22, 28)", "it follows the system"


def _ground(page: Page) -> str:
    found = page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
    return str(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_text_can_be_read_against_its_ground(opened: Open, view: str, scheme: str):
    page = opened(SWEEP, f"view={view}&brush=test.accuracy:0.9:0.95", color_scheme=scheme)
    settle(page)

    assert page.evaluate(FAINT) == []


# Texts with a contrast below 4.5 to 1 (WCAG 2.2, 1.4.3), in elements that are not disabled.
FAINT = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!/rgba|transparent|color/.test(colour)) return colour;
    }
    return getComputedStyle(document.body).backgroundColor;
  };
  const texts = [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility()
    && !e.closest("option, script, svg, .unseen, :disabled")
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  return texts.flatMap((e) => {
    const pair = [light(getComputedStyle(e).color), light(ground(e))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const said = `${e.className || e.id}: ${e.textContent.slice(0, 20)} ${ratio.toFixed(2)}`;
    return ratio < 4.5 ? [said] : [];
  });
}"""


def test_everything_is_done_with_the_keyboard_alone(opened: Open):
    page = opened(SWEEP)
    _tab_to(page, "tab-table")
    page.keyboard.press("ArrowRight")
    assert axes(page)[:2] == ["test.accuracy", "test.f1_macro"]

    _tab_to(page, "heading test.f1_macro")
    page.keyboard.press("ArrowLeft")
    assert axes(page)[:2] == ["test.f1_macro", "test.accuracy"]
    assert _focused(page) == "heading test.f1_macro", "where it was"

    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    assert inside(page) == ["nightly-3", "nightly-5", "nightly-6", "nightly-8"]
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Escape")
    assert len(inside(page)) == 8

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert "inverted=test.f1_macro" in link(page)


def test_the_table_is_sorted_and_columns_hidden_with_the_keyboard(opened: Open):
    page = opened(SWEEP)
    _tab_to(page, "sort test.accuracy")
    page.keyboard.press("Enter")
    assert columns(page)[0] == "nightly-7"
    assert _focused(page) == "sort test.accuracy"
    _tab_to(page, "run 0")
    page.keyboard.press("Space")
    assert "nightly-1" not in columns(page)
    assert _focused(page) == "run 0"
    page.get_by_label("Keys").focus()
    page.keyboard.type("loss")
    assert keys(page) == ["train.loss"]


def _tab_to(page: Page, wanted: str) -> None:
    for _ in range(150):
        if _focused(page) == wanted:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {wanted}")


def _focused(page: Page) -> str | None:
    inside(page)
    found: str | None = page.evaluate("document.activeElement.dataset.focus ?? null")
    return found


def test_what_has_the_focus_is_outlined(opened: Open):
    page = opened(SWEEP)
    _tab_to(page, "run 0")

    style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


def test_everything_that_is_pressed_or_chosen_has_a_name(opened: Open):
    for view in VIEWS:
        page = opened(SWEEP, f"view={view}")
        settle(page)
        nameless = page.locator("button, select, input, [role=slider], [tabindex]").evaluate_all(
            """all => all.filter((e) => e.checkVisibility() && !(e.ariaLabel || e.title
              || e.textContent.trim() || e.labels?.[0]?.textContent.trim()))
              .map((e) => e.outerHTML)"""
        )
        assert nameless == []
