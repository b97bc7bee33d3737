"""The page of `ui` in a browser: rows as one scrolls, changes by others, the end by a signal."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from artifactctl.client import Client
from artifactctl.verbs.points import log_to_run
from tests.commands import command, environment
from tests.recorded import Did, make, record
from tests.render.page.conftest import Visit
from tests.render.page.looking import DRAWN
from tests.render.page.test_catalog_page import MARKUP, READY

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
def page(visit: Visit, serving: Process) -> Iterator[Page]:
    assert serving.stdout
    url = serving.stdout.readline().strip()
    page = visit(url, "view=versions", height=700, may_ask=["data:"])
    page.wait_for_selector(READY)
    yield page
    page.close()  # before its server ends, which it would miss


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
    # In one piece: rows that are drawn anew between a press and its release lose the click.
    page.evaluate("document.querySelector('#rows-body .ref').click()")
    expect(page.locator("#details h2")).to_have_text("other:1")
    expect(page.locator("#details .tag")).to_have_text(MARKUP)

    page.get_by_role("tab", name="Lineage").click()
    expect(page.locator("#graph .node")).to_have_count(3)
    page.goto(page.url.partition("#")[0] + "#view=compare&picked=version:raw:1,version:raw:2")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open with charts").click()
    expect(opened.value.locator("#grid thead")).to_contain_text("raw:2")
    opened.value.close()


def test_what_is_looked_at_stays_in_its_place_while_a_run_goes_on(
    page: Page, client: Client, work: Path
) -> None:
    run = client.get_pipeline_run("nightly")
    log_to_run(client.home, run.id_text, {"rate": [3.0, 2.0]}, [0, 1])
    (work / "note.html").write_text("<b>held</b>")
    client.register("note", "note.html", metadata={"long": "x " * 999})
    expect(page.locator("#found")).to_have_text("121 versions")

    place = page.locator("#rows")
    place.focus()
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    page.evaluate(DRAWN)
    seen = page.locator("#rows-body .row.active")
    before = (seen.get_attribute("data-name"), seen.bounding_box())
    for _ in range(3):
        make(client, "newer")
    expect(page.locator("#found")).to_have_text("124 versions")
    expect(seen).to_have_attribute("data-name", before[0] or "")
    assert seen.bounding_box() == before[1], "new rows above push nothing away"

    address = page.url.partition("#")[0]
    page.goto(f"{address}#view=runs&open=run:{run.id}")
    chart = page.get_by_role("group", name="Curve of rate")
    chart.focus()
    page.get_by_label("Smoothing").first.evaluate("e => { e.dataset.kept = 'yes'; }")
    log_to_run(client.home, run.id_text, {"rate": [1.0]}, [2])
    expect(page.locator(".curve-of figcaption").first).to_contain_text("3 points")
    assert page.evaluate("document.activeElement.dataset.focus") == "curve rate"
    chart.press("End")
    expect(page.locator(".curve-values").first).to_have_text("1 at 2")

    page.goto(f"{address}#view=versions&open=version:note:1")
    expect(page.frame_locator("#details iframe").locator("b")).to_have_text("held")
    page.locator("#details summary").click()
    expect(page.locator("#details .files li")).to_contain_text("note.html")
    client.log_metadata("note:1", {"added": 1})
    expect(page.locator("#details .values")).to_contain_text("added")
    assert page.locator("#details details").evaluate("e => e.open"), "what was unfolded stays so"
    expect(page.locator("#details iframe")).to_have_count(1)
    page.get_by_label("Search").fill("XX added")
    expect(page.locator("#found")).to_have_text("0 of 124 versions")
    page.get_by_label("Search").fill("x added")
    expect(page.locator("#found")).to_have_text("1 of 124 versions")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_without_a_word(
    page: Page, serving: Process, number: signal.Signals, code: int
) -> None:
    page.goto("about:blank")
    os.kill(serving.pid, number)
    assert serving.wait(60) == code
    assert serving.stderr
    assert serving.stderr.read() == ""
