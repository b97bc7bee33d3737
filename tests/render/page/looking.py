"""What a person sees on the page."""

from playwright.sync_api import Locator, Page

LINES = "#parallel-chart .mark-path path"

# The page draws in the next frame, and writes its address by a timer of 150 ms. Timers of one page
# go off in the order of their ends, however late: one that is set later and longer comes after it.
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
WRITTEN = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 200))))"""


def columns(page: Page) -> list[str]:
    """The names over the table's columns, from left to right."""
    settle(page)
    return page.locator("#grid thead .name").all_inner_texts()[1:]


def keys(page: Page) -> list[str]:
    """The keys of the table's rows, from top to bottom, without the facts."""
    settle(page)
    found = page.locator("#grid tbody").filter(has_not_text="About the").locator(".key")
    return _attributes(found, "title")


def cells(page: Page, key: str) -> list[str]:
    """The texts of one row, each with what only a screen reader says."""
    settle(page)
    row = page.locator("#grid tbody tr", has=page.locator(f'.key[title="{key}"]'))
    return [" ".join(text.split()) for text in row.locator("td").all_text_contents()]


def axes(page: Page) -> list[str]:
    """The titles of the axes, from left to right."""
    settle(page)
    return _attributes(page.locator(".heading"), "title")


def inside(page: Page) -> list[str]:
    """The runs whose lines are not faint."""
    settle(page)
    lines = page.locator(LINES)
    pairs = zip(_attributes(lines, "aria-label"), _attributes(lines, "stroke-opacity"), strict=True)
    return [name for name, opacity in pairs if float(opacity) > 0.2]


def _attributes(found: Locator, name: str) -> list[str]:
    texts: list[str] = found.evaluate_all(
        "(all, name) => all.map((e) => e.getAttribute(name))", name
    )
    return texts


def brush(page: Page, key: str, low: float, high: float) -> None:
    """Drag along an axis from one place to another, 0 at its lower end and 1 at its upper one."""
    settle(page)
    strip = page.get_by_role("slider", name=f"Range of {key}")
    box = strip.bounding_box()
    assert box
    x, top, tall = box["x"] + box["width"] / 2, box["y"] + 8, box["height"] - 16
    page.mouse.move(x, top + (1 - low) * tall)
    page.mouse.down()
    page.mouse.move(x, top + (1 - (low + high) / 2) * tall)
    page.mouse.move(x, top + (1 - high) * tall)
    page.mouse.up()
    settle(page)


def settle(page: Page) -> None:
    """Until the next frame has been drawn, and the table has all of its rows."""
    page.evaluate(DRAWN)
    page.locator("#grid:not([aria-busy='true'])").wait_for(state="attached")


def link(page: Page) -> str:
    """The page's fragment, once it is written."""
    page.evaluate(WRITTEN)
    fragment: str = page.evaluate("location.hash")
    return fragment.removeprefix("#")


def refs(page: Page) -> list[str]:
    """The names in the rows of the catalog's page, from top to bottom, once they are drawn."""
    page.evaluate(WRITTEN)
    rows = page.locator("#rows-body .row")
    by_place = sorted(rows.all(), key=lambda row: int(row.get_attribute("aria-rowindex") or 0))
    return [row.locator(".ref").inner_text() for row in by_place]
