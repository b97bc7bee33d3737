"""One headless Chromium for all tests of the page; whatever a test does, the page stays silent."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from artifactctl.compare import ComparedDetails
from artifactctl.render.page import write_page
from artifactctl.render.page.curves import Curves

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 60_000  # a busy machine is no bug

expect.set_options(timeout=PATIENCE_MS)

Visit = Callable[..., Page]
Open = Callable[..., Page]


# Of the package, not of the session: where Playwright is at work, others cannot use asyncio.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """`visit(address, "view=table", width=390)`: the page, in a browser context of its own.

    No page may ask for anything but what begins with its address, or with one of `may_ask`; none
    may open a dialog, or write to the console.
    """
    contexts, noises = [], []

    def visit_page(
        address: str,
        fragment: str = "",
        width: int = 1280,
        height: int = 800,
        may_ask: Sequence[str] = (),
        **context: Any,
    ) -> Page:
        asked = (address, *may_ask)
        viewport = {"width": width, "height": height}
        contexts.append(browser.new_context(viewport=viewport, locale="en-GB", **context))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda r: r.url.startswith(asked) or noises.append(r.url[:99]))
        page.on("console", lambda message: noises.append(message.text))
        page.on("pageerror", lambda error: noises.append(error.stack))
        page.on("dialog", lambda dialog: (noises.append(dialog.message), dialog.dismiss()))
        page.goto(f"{address}#{fragment}")
        return page

    yield visit_page
    for context in contexts:
        context.close()
    assert noises == []


@pytest.fixture
def opened(visit: Visit, tmp_path: Path) -> Open:
    """`opened(comparison, "view=table", width=390)`: the page of a comparison."""
    written: list[tuple[dict[str, Any], Path]] = []

    def open_page(
        comparison: dict[str, Any],
        fragment: str = "",
        curves: Curves | None = None,
        details: Sequence[ComparedDetails] = (),
        **context: Any,
    ) -> Page:
        path = next((path for one, path in written if one is comparison), None)
        if path is None:
            path = tmp_path / f"{len(written)}.html"
            write_page(comparison, path, curves or {}, details)
            written.append((comparison, path))
        return visit(path.as_uri(), fragment, **context)

    return open_page
