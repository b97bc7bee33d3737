"""One headless Chromium for all tests of the page; whatever a test does, the page stays silent."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from artifactctl.compare import ComparedDetails
from artifactctl.render.page import write_page
from artifactctl.render.page.curves import Curves

CHROMIUM = shutil.which("chromium")

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
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """`opened(comparison, "view=table", width=390)`: the page, in a browser context of its own.

    No page may ask for anything but its own file, open a dialog, or write to the console.
    """
    contexts, noises, files = [], [], {}

    def open_page(
        comparison: dict[str, Any],
        fragment: str = "",
        width: int = 1280,
        height: int = 800,
        curves: Curves | None = None,
        details: Sequence[ComparedDetails] = (),
        **context: Any,
    ) -> Page:
        path = files.setdefault(id(comparison), tmp_path / f"{len(files)}.html")
        if not path.exists():
            write_page(comparison, path, curves or {}, details)
        viewport = {"width": width, "height": height}
        contexts.append(browser.new_context(viewport=viewport, locale="en-GB", **context))
        page = contexts[-1].new_page()
        page.set_default_timeout(5000)
        page.on("request", lambda r: r.url.startswith(path.as_uri()) or noises.append(r.url[:99]))
        page.on("console", lambda message: noises.append(message.text))
        page.on("pageerror", lambda error: noises.append(error.stack))
        page.on("dialog", lambda dialog: (noises.append(dialog.message), dialog.dismiss()))
        page.goto(f"{path.as_uri()}#{fragment}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert noises == []
