"""The page of `ui` in a browser: rows as one scrolls, changes by others, the end by a signal."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from artifactctl.client import Client
from tests.commands import command, environment
from tests.recorded import Did, make, record
from tests.render.page.test_catalog_page import MARKUP

pytestmark = pytest.mark.sweep

Process = subprocess.Popen[str]


@pytest.fixture
def serving(client: Client, home: Path, work: Path) -> Iterator[Process]:
    """The command `ui` over a catalog with 120 versions and a run."""
    del work
    for _ in range(118):
        make(client, "raw", metadata={"n": 1})
    make(client, "other", tags=[MARKUP])
    record(client, "nightly", Did("train", {"data": "raw:1"}, ["model"], metadata={"loss": 0.5}))
    with subprocess.Popen(
        command("ui", "--no-open"),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        if process.poll() is None:
            process.kill()


@pytest.fixture
def page(browser: Browser, serving: Process) -> Iterator[Page]:
    assert serving.stdout
    url = serving.stdout.readline().strip()
    noises: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 700}, locale="en-GB")
    page.set_default_timeout(20_000)
    page.on("request", lambda r: r.url.startswith((url, "data:")) or noises.append(r.url))
    page.on("console", lambda message: noises.append(message.text))
    page.on("pageerror", lambda error: noises.append(str(error.stack)))
    page.on("dialog", lambda dialog: (noises.append(dialog.message), dialog.dismiss()))
    page.goto(f"{url}#view=versions")
    page.wait_for_selector("body[data-ready=all]")
    yield page
    page.close()
    assert noises == []


def test_rows_come_as_one_scrolls_and_changes_by_themselves(
    page: Page, serving: Process, client: Client
) -> None:
    rows = page.locator("#rows-body .row")
    expect(rows.first).to_contain_text("model:1")
    expect(page.locator("#found")).to_have_text("120 versions")
    page.locator("#rows").focus()
    page.keyboard.press("End")
    expect(page.locator("#rows-body .row .ref", has_text="raw:1").last).to_be_visible()

    make(client, "newest")
    expect(page.locator("#found")).to_have_text("121 versions")
    page.keyboard.press("Home")
    expect(rows.filter(has_text="newest:1")).to_be_visible()

    page.get_by_label("Search").fill("other n>0")
    expect(page.locator("#nothing")).to_have_text("No version matches.")
    page.get_by_label("Search").fill("other")
    expect(page.locator("#found")).to_have_text("1 of 121 versions")
    page.locator("#rows-body .ref").first.click()
    expect(page.locator("#details h2")).to_have_text("other:1")
    expect(page.locator("#details .tag")).to_have_text(MARKUP)

    page.get_by_role("tab", name="Lineage").click()
    expect(page.locator("#graph .node")).to_have_count(3)
    page.goto(page.url.partition("#")[0] + "#view=compare&picked=version:raw:1,version:raw:2")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open with charts").click()
    expect(opened.value.locator("#grid thead")).to_contain_text("raw:2")
    opened.value.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_without_a_word(
    page: Page, serving: Process, number: signal.Signals, code: int
) -> None:
    page.goto("about:blank")
    os.kill(serving.pid, number)
    assert serving.wait(10) == code
    assert serving.stderr
    assert serving.stderr.read() == ""
