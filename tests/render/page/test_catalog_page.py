"""The catalog as one page: what a person finds, opens, compares and follows in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from artifactctl.client import Client
from tests.recorded import Did, record
from tests.render.page.conftest import Visit
from tests.render.page.looking import DRAWN, link, refs
from tests.render.page.test_everyone import FAINT

pytestmark = pytest.mark.sweep

Seen = Callable[..., Page]
READY = "body[data-ready=all]"
MARKUP = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>"
NASTY = "<img src=x onerror=alert(3)> & \"'`{{DATA}}"
LONG = "x" * ((1 << 20) - 10)


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page of a catalog: three trainings, notes on them, hostile names."""
    folder = tmp_path_factory.mktemp("stocked")
    client = Client(folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for turn in (1, 2, 3):
            (folder / "rows.csv").write_text(f"a,b\n{turn},2\n")
            client.register("rows", "rows.csv", tags=["raw"], metadata={"turn": turn})
            taken, made = {"data": f"rows:{turn}"}, ["model"]
            record(
                client, f"nightly-{turn}", Did("train", taken, made, metadata={"loss": 1 / turn})
            )
            model = client.get_artifact_version("model", turn)
            client.create_run_metadata(
                {"accuracy": 0.8 + turn / 20}, [(model.id, "artifact_version")]
            )
        client.tag("model:3", ["prod"])
        client.register("notes", "rows.csv", inputs=["model:3"])
        told = {MARKUP: MARKUP, "long": LONG, "number": 2**70, "nested": {"a": [1, NASTY]}}
        client.register(NASTY, "rows.csv", tags=[NASTY], metadata=told)
        record(client, MARKUP, Did(NASTY, {"data": "rows:1"}, ["other"]), pipeline=MARKUP)
        client.page(folder / "catalog.html")
    client.close()
    return folder


@pytest.fixture
def seen(visit: Visit, stocked: Path) -> Seen:
    """`seen("view=runs", width=390)`: the page."""

    def open_page(fragment: str = "", **context: Any) -> Page:
        page = visit((stocked / "catalog.html").as_uri(), fragment, **context)
        page.wait_for_selector(READY)
        return page

    return open_page


def test_a_person_searches_filters_and_sorts_and_the_address_keeps_it(seen: Seen) -> None:
    page = seen("view=versions")
    assert refs(page)[:3] == ["other:1", f"{NASTY}:1", "notes:1"]

    page.keyboard.press("/")
    page.keyboard.type("accuracy>0.86")
    assert refs(page) == ["model:3", "model:2"]
    page.get_by_label("Tag", exact=True).select_option("prod")
    assert refs(page) == ["model:3"]
    assert link(page) == "view=versions&q=accuracy%3E0.86&tag=prod"

    again = seen("view=versions&q=type:data+-notes&sort=artifact:up")
    assert refs(again)[:3] == [f"{NASTY}:1", "model:1", "model:2"]
    again.get_by_role("button", name="Version", exact=True).click()
    assert refs(again)[0] == "rows:3"
    assert again.locator("#found").inner_text().startswith("8 of 9 versions")
    again.get_by_label("Search").fill("rows -notes")  # a key of metadata, too
    assert refs(again) == ["rows:3", "rows:2", "rows:1", f"{NASTY}:1"]


def test_with_keys_alone_a_version_is_opened_followed_and_closed(seen: Seen) -> None:
    page = seen("view=versions&artifact=model")
    page.locator("#rows").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    heading = page.locator("#details h2")
    heading.get_by_text("2").wait_for()
    assert "open=version%3Amodel%3A2" in link(page)
    page.keyboard.press("ArrowUp")
    page.locator("#details h2", has_text="model:3").wait_for()
    assert "rows:3" in page.locator("#details section", has_text="Made from").inner_text()
    assert "notes:1" in page.locator("#details section", has_text="Used for").inner_text()

    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()
    page.go_back()
    expect(page.locator("#details"), "the way back is the browser's").to_be_visible()


def test_versions_of_one_artifact_begin_with_their_numbers_as_columns(seen: Seen) -> None:
    page = seen("view=versions&artifact=model")
    page.get_by_role("columnheader", name="accuracy").wait_for()
    assert page.locator("#rows-body .row").first.inner_text().split("\n").count("0.95") == 1
    page.get_by_role("button", name="accuracy").click()
    page.get_by_role("button", name="accuracy").click()
    assert refs(page) == ["model:1", "model:2", "model:3"]


def test_a_lineage_is_drawn_walked_and_moved(seen: Seen) -> None:
    page = seen("view=lineage&of=version%3Amodel%3A3")
    nodes = page.locator("#graph .node")
    expect(nodes).to_have_count(4)
    shown = [(node.get_attribute("aria-label") or "").split(",")[0] for node in nodes.all()]
    assert sorted(shown) == ["model", "notes", "rows", "train"]

    place = page.locator("#graph .node.root").bounding_box()
    assert place
    page.locator("#graph .node.root").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(":focus")).to_have_attribute("aria-label", "train, nightly-3")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.locator("#details h2", has_text="rows:3").wait_for()

    page.mouse.move(700, 700)
    page.mouse.down()
    page.mouse.move(640, 660, steps=4)
    page.mouse.up()
    page.evaluate(DRAWN)
    moved = page.locator("#graph .node.root").bounding_box()
    assert moved
    assert (round(moved["x"] - place["x"]) < -20, round(moved["y"] - place["y"])) == (True, -40)


def test_all_that_is_made_from_what_is_drawn_before_one_is_chosen(seen: Seen) -> None:
    page = seen("view=lineage")
    page.locator("#graph .node").first.wait_for()
    labels = [node.get_attribute("aria-label") for node in page.locator("#graph .node").all()]
    assert {"rows, 3 versions", "train, training", "model, 3 versions"} <= set(labels)


def test_what_is_ticked_stands_side_by_side(seen: Seen) -> None:
    page = seen("view=versions&artifact=model")
    for name in ("model:1", "model:3"):
        page.get_by_role("checkbox", name=f"Compare {name}").check()
    page.get_by_role("tab", name="Compare").click()
    row = page.locator("#compared tr", has_text="accuracy")
    row.wait_for()
    assert row.locator("td").all_inner_texts()[1].split() == ["0.95", "+0.1"]
    page.get_by_label("Only what differs").check()
    expect(page.locator("#compared tr", has_text="files")).to_have_count(0)
    assert page.locator("#compare-command").inner_text().startswith("artifactctl compare model:1")


@pytest.mark.parametrize("view", ["artifacts", "versions", "runs", "lineage"])
def test_hostile_names_are_text(seen: Seen, view: str) -> None:
    page = seen(f"view={view}")
    page.locator(".ref, .node").first.wait_for()
    shown = page.locator("#view").inner_text()
    assert MARKUP in shown or NASTY in shown or view == "lineage"
    assert page.locator("main img, iframe, object, main script").count() == 0


def test_hostile_and_long_metadata_is_text_and_cut_with_a_note(seen: Seen, stocked: Path) -> None:
    page = seen(f"view=versions&open=version:{NASTY.replace('&', '%26')}:1")
    told = page.locator("#details .values")
    told.wait_for()
    assert MARKUP in told.inner_text()
    assert "1180591620717411303424" in told.inner_text(), "integers beyond floats are exact"
    told.locator("summary").click()
    assert "more characters are not in this page" in told.inner_text()
    assert (stocked / "catalog.html").stat().st_size < 400_000
    assert page.locator("#details img, #details iframe").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_on_a_telephone_in_light_and_dark(seen: Seen, scheme: str) -> None:
    page = seen("view=versions", width=390, height=844, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(FAINT) == []
    page.locator("#rows-body .row", has_text="model:2").locator(".second").click()
    page.locator("#details h2", has_text="model:2").wait_for()
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    box = page.locator("#details").bounding_box()
    assert box
    assert (box["width"], box["y"] > 60) == (390, True), "a sheet over the rows"
    assert page.evaluate(FAINT) == []


def test_a_small_preview_is_in_the_page(seen: Seen) -> None:
    page = seen("view=versions&open=version:rows:3")
    page.locator("#details .wide").wait_for()
    assert page.locator("#details .wide").inner_text().split() == ["a", "b", "3", "2"]


def test_a_page_of_nothing_says_so(visit: Visit, tmp_path: Path) -> None:
    client = Client(tmp_path / "none")
    done = client.page(tmp_path / "empty.html")
    assert (done.artifacts, done.versions, done.runs, done.notes) == (0, 0, 0, ())
    page = visit((tmp_path / "empty.html").as_uri())
    page.get_by_text("There are no artifacts yet.").wait_for()


def test_a_page_of_one_artifact_has_its_versions_and_names_its_neighbours(
    tmp_path: Path, stocked: Path
) -> None:
    client = Client(stocked / "home")
    done = client.page(tmp_path / "model.html", "model")
    assert (done.artifacts, done.versions, done.runs) == (1, 3, 3)
    text = (tmp_path / "model.html").read_text()
    assert (
        json.loads(text.split('id="setup">')[1].split("</script>")[0])["first"]["count"]["versions"]
        == 3
    )
    client.close()
