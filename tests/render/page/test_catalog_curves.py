"""Series on the catalog's page: curves in details and in a comparison, values in tables."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from artifactctl.client import Client
from artifactctl.refs import parse_ref
from artifactctl.results.runs import PipelineRun
from artifactctl.verbs.points import log_to_run, log_to_step, log_to_version
from tests.recorded import Did, record
from tests.render.page.conftest import Visit
from tests.render.page.looking import link, refs
from tests.render.page.test_catalog_page import READY
from tests.render.page.test_everyone import FAINT

pytestmark = pytest.mark.sweep

MARKUP = "</script><img src=x onerror=alert(2)>"
Seen = Callable[..., Page]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[PipelineRun]]:
    """A page with three runs, whose step has losses, and which have learning rates themselves."""
    folder = tmp_path_factory.mktemp("trained")
    client = Client(folder / "home")
    runs = []
    for turn in (1, 2, 3):
        run = record(client, f"nightly-{turn}", Did("train", {}, ["model"]))
        step = run.steps["train"].id_text
        losses = [turn / (at + 1) for at in range(20)]
        log_to_step(client.home, step, {"loss": losses, MARKUP: losses}, list(range(20)))
        if turn < 3:
            log_to_run(client.home, run.id_text, {"rate": [0.0, 1.0, 10.0, 100.0]}, [0, 10, 20, 30])
        runs.append(run)
    log_to_version(client.home, parse_ref("model:1"), {"drift": [3, None, 1]}, [1, 2, 3])
    client.page(folder / "catalog.html")
    client.close()
    return folder / "catalog.html", runs


@pytest.fixture
def seen(visit: Visit, trained: tuple[Path, list[PipelineRun]]) -> Seen:
    """`seen("view=runs")`: the page."""

    def open_page(fragment: str = "", **context: Any) -> Page:
        page = visit(trained[0].as_uri(), fragment, **context)
        page.wait_for_selector(READY)
        return page

    return open_page


def paths(page: Page, key: str) -> list[str]:
    found = page.locator(".curve-of", has=page.get_by_text(key, exact=True)).locator("path.curve")
    return [path.get_attribute("d") or "" for path in found.all()]


def test_details_draw_curves_and_tell_the_last_and_the_best_value(
    seen: Seen, trained: tuple[Path, list[PipelineRun]]
) -> None:
    page = seen(f"view=runs&open=run:{trained[1][0].id}")
    page.locator(".curve-chart").first.wait_for()
    captions = page.locator(".curve-of figcaption").all_inner_texts()
    assert [" ".join(text.split()) for text in captions] == [
        "rate last 100, 0 to 100, 4 points",
        f"{MARKUP} last 0.05, 0.05 to 1, 20 points",
        "loss last 0.05, best 0.05, 20 points",
    ]
    assert [path.count("L") for path in paths(page, "rate")] == [3]

    page.get_by_label("Smoothing").first.fill("60")
    page.get_by_label("Log axis").first.check()
    expect(page.locator(".curve.raw")).to_have_count(3)
    assert [path.count("L") for path in paths(page, "rate")] == [2, 2], "no logarithm of 0"
    assert {"smooth=60", "curvelog=1"} <= set(link(page).split("&"))
    again = seen(f"{link(page)}")
    expect(again.locator(".curve.raw")).to_have_count(3)
    assert again.get_by_label("Smoothing").first.input_value() == "60"

    version = seen("view=versions&open=version:model:1")
    version.locator(".curve-chart").wait_for()
    assert paths(version, "drift")[0].count("M") == 2, "broken where a value is unknown"


def test_arrow_keys_and_the_pointer_tell_the_values_of_a_curve(
    seen: Seen, trained: tuple[Path, list[PipelineRun]]
) -> None:
    page = seen(f"view=runs&open=run:{trained[1][0].id}")
    chart = page.get_by_role("group", name="Curve of rate")
    chart.focus()
    page.keyboard.press("End")
    said = page.locator(".curve-of", has_text="rate").first.locator(".curve-values")
    expect(said).to_have_text("100 at 30")
    page.keyboard.press("ArrowLeft")
    expect(said).to_have_text("10 at 20")
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 40)
    expect(said).to_have_text("0 at 0")


def test_a_comparison_lays_the_curves_of_runs_one_over_another(
    seen: Seen, trained: tuple[Path, list[PipelineRun]]
) -> None:
    picked = ",".join(f"run:{run.id}" for run in trained[1])
    page = seen(f"view=compare&picked={picked}")
    page.locator("#compared tr", has_text="train.loss").wait_for()
    page.get_by_label("Shown").select_option("curves")
    expect(page.locator(".legend li")).to_have_count(3)
    assert len(paths(page, "train.loss")) == 3
    assert len(paths(page, "rate")) == 2
    assert "2 of 3 have it" in page.locator("#compared-curves").inner_text()
    page.get_by_role("group", name="Curve of train.loss").focus()
    page.keyboard.press("Home")
    said = page.locator(".curve-of", has_text="train.loss").locator(".said")
    expect(said).to_have_text(["nightly-1: 1 at 0", "nightly-2: 2 at 0", "nightly-3: 3 at 0"])
    assert "compared=curves" in link(page)
    colours = page.locator("#compared-curves .legend line").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('stroke'))"
    )
    assert len(set(colours)) == 3
    assert page.locator("main img, iframe").count() == 0


def test_tables_show_sort_and_search_the_last_and_the_best_values(seen: Seen) -> None:
    page = seen("view=runs&columns=loss,loss.min&sort=metadata.loss:down&q=loss.min<0.14")
    assert refs(page) == ["nightly-2", "nightly-1"]
    row = page.locator("#rows-body .row", has_text="nightly-2").inner_text().split("\n")
    assert row.count("0.1") == 2
    page.get_by_role("button", name="Columns").click()
    expect(page.locator("#column-list label", has_text="rate.max")).to_be_visible()
    heads = page.locator("#rows-head > span").evaluate_all("(all) => all.map((e) => e.offsetLeft)")
    cells = page.locator("#rows-body .row").first.locator("> span")
    assert cells.evaluate_all("(all) => all.map((e) => e.offsetLeft)") == heads


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_curves_can_be_read_on_a_telephone(
    seen: Seen, trained: tuple[Path, list[PipelineRun]], scheme: str
) -> None:
    picked = ",".join(f"run:{run.id}" for run in trained[1])
    page = seen(f"view=compare&compared=curves&picked={picked}", width=390, color_scheme=scheme)
    page.locator(".curve-chart").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(FAINT) == []


def test_a_page_of_thousands_of_series_keeps_its_size_and_says_what_is_left_out(
    tmp_path: Path,
) -> None:
    client = Client(tmp_path / "home")
    noisy = [math.sin(at * at) for at in range(400)]
    names = {f"s{number}": noisy for number in range(120)}
    for turn in range(25):
        run = record(client, f"run-{turn}")
        log_to_run(client.home, run.id_text, names, list(range(400)))
    done = client.page(tmp_path / "many.html")
    client.close()
    assert done.size_bytes < 2_000_000
    (note,) = done.notes
    drawn = re.fullmatch(r"curves are in it for the newest ([\d,]+) series only", note)
    assert drawn
    assert 100 < int(drawn[1].replace(",", "")) < 3000
