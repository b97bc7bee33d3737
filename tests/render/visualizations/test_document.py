"""The page of visualizations in a browser: hostile content is shown, and does nothing."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect, sync_playwright

from artifactctl import save_artifact
from artifactctl.client import Client
from artifactctl.enums import VisualizationType
from artifactctl.render.visualizations import write_page
from artifactctl.results.asking import bind
from artifactctl.results.descriptions import Visualizations
from artifactctl.results.visualizations import Visualization

CHROMIUM = shutil.which("chromium")
AWAY = "http://127.0.0.1:1/away"
STEAL = "try{parent.document.title='stolen'}catch(e){};try{top.document.title='stolen'}catch(e){}"
HTML = f"""<p id=x>before</p><script>x.textContent='ran';{STEAL};fetch('{AWAY}');
top.location='{AWAY}'</script><img src=x onerror="{STEAL}"><iframe src="{AWAY}"></iframe>
<link rel=stylesheet href="{AWAY}"></iframe><script>document.title='stolen'</script>"""
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{STEAL}"><image href="{AWAY}"/></svg>'
CONTENT = {
    "a.html": (VisualizationType.HTML, HTML),
    "b.md": (VisualizationType.MARKDOWN, f"<script>{STEAL}</script> [x](javascript:alert(1))"),
    "c.csv": (VisualizationType.CSV, f"a,<script>{STEAL}</script>\n<img src=x onerror=1>,2\n"),
    "d.json": (VisualizationType.JSON, '{"a": "</pre><script>document.title=1</script>"}'),
    "e.svg": (VisualizationType.IMAGE, SVG),
    "<script>document.title=2</script>": (VisualizationType.IMAGE, "no picture"),
}


def hostile(client: Client) -> Visualizations:
    version = save_artifact(1, "x")
    items = [
        bind(
            Visualization(
                artifact_version_id=UUID(str(version.id)),
                name=name,
                type=kind,
                uri="",
                size_bytes=len(text),
            ),
            client.home.origin,
            text.encode(),
        )
        for name, (kind, text) in CONTENT.items()
    ]
    return Visualizations(version, items, ("<script>document.title=3</script>",))


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("scripts", [False, True])
def test_hostile_content_neither_takes_over_the_page_nor_loads_anything(
    scripts: bool, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))
    path = tmp_path / "page.html"
    write_page(hostile(client), path, scripts=scripts)
    reached: list[Any] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("response", lambda response: reached.append(response.url))
        page.on("requestfailed", lambda request: reached.append(request.failure))
        page.goto(path.as_uri())
        expect(page.frame_locator("iframe").first.locator("#x")).to_have_text(
            "ran" if scripts else "before", timeout=60_000
        )
        page.wait_for_timeout(400)  # for what it might do later
        assert page.title() == "x:1"
        assert page.url == path.as_uri()
        assert page.locator("script").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
    loaded = {str(item) for item in reached if not str(item).startswith(("file:", "data:"))}
    # "csp" and "other" are Chromium's reasons for requests that it blocked before they were sent.
    assert loaded <= {"csp", "other", "net::ERR_BLOCKED_BY_CSP", "net::ERR_BLOCKED_BY_RESPONSE"}
