"""Results in a notebook: run by a real kernel, and looked at in a browser."""

import shutil
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import sync_playwright

from artifactctl.results import notebooks

CHROMIUM = shutil.which("chromium")

pytestmark = pytest.mark.timeout(600)  # a kernel imports pandas and more

CELLS = [
    """
import numpy as np, pandas as pd
from artifactctl import Client, load_artifact, log_metadata, save_artifact
from artifactctl.client import progress
from artifactctl.types import HTMLString, MarkdownString
client = Client()
hostile = '<script>document.title = "run"</script>&\\u202e\\x1b[31m'
frame = save_artifact(pd.DataFrame({"x": range(4), "species": list("abcd")}), "frame")
client.tag(frame.ref, ["raw"])
client.log_metadata(frame.ref, {"hostile": hostile, "long": "x" * 1_000_000})
for step in range(50):
    client.log_metadata(frame.ref, {"loss": 1 / (step + 1)}, step=step)
save_artifact(pd.DataFrame({"x": range(9)}), "frame", user_metadata={"loss": 0.5, "deep": [1]})
""",
    "client.get_artifact_version('frame:1')",
    "client.list_artifact_versions(size=0)",
    "client.list_artifacts()",
    "client.get_artifact_version('frame:1').series['loss']",
    "client.compare('frame:1', 'frame:2')",
    "client.diff('frame:1', 'frame:2')",
    "client.artifact_history('frame')",
    "client.find('frame')",
    "client.list_files('frame:1')",
    "client.sql('SELECT ref, size_bytes FROM versions')",
    "client.get_artifact_version('frame:1').visualize('A frame')",
    "save_artifact(MarkdownString('# Title\\n\\n*text*'), 'note').visualize()",
    "save_artifact(HTMLString(f'<h1>page</h1>{hostile}'), 'html').visualize()",
    "save_artifact(np.arange(12.0).reshape(3, 4), 'grid').visualize()",
    """
progress.FIRST_S = 0
save_artifact(np.zeros(3_000_000), "big")
load_artifact("big").shape
""",
]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """The outputs of each cell, as a kernel sent them."""
    work = tmp_path_factory.mktemp("notebook")
    book = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, CELLS)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTIFACTCTL_HOME", str(work / "home"))
        patch.setenv("IPYTHONDIR", str(work / "ipython"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(work))
        NotebookClient(book, timeout=240, resources={"metadata": {"path": str(work)}}).execute()
    return [cell.outputs for cell in book.cells]


def html_of(outputs: list[Any]) -> list[str]:
    return [str(one.data["text/html"]) for one in outputs if "text/html" in one.get("data", {})]


def test_each_result_is_a_table_or_a_picture(outputs: list[list[Any]]) -> None:
    shown = ["".join(html_of(cell)) for cell in outputs]
    wanted = [
        ("frame:1", "raw", "metadata.loss", "…"),
        ("frame:1", "frame:2", "2 of 2 artifact versions"),
        ("frame", "1 of 1 artifact"),
        ("<svg", "50", "0 to 49", "0.02"),
        ("frame:1", "frame:2", "loss", "<b>0.02</b>"),
        ("metadata.loss", "changed", "frame:1 → frame:2"),
        ("frame:2", "the first version", "metadata +"),
        ("<td", "name", "frame", "found"),
        ("path", "size", "frame:1: "),
        ("size_bytes", "2 rows"),
        ("<h3>A frame</h3>", "species", "<td>b</td>"),
        ("<h1>Title</h1>", "<em>text</em>"),
        ("<iframe", 'sandbox=""', "height: 420px"),
        ("<h3>grid:1</h3>", "<td>11.0</td>"),
        ("save big: 24", "load big:1: 24"),
    ]
    for document, parts in zip(shown[1:], wanted, strict=True):
        assert [part for part in parts if part not in document] == []
        assert "<script" not in document
        assert "\u202e" not in document or "<iframe" in document
        assert len(document) < 40_000


def test_nothing_is_said_besides(outputs: list[list[Any]]) -> None:
    assert [one for cell in outputs for one in cell if one.output_type == "stream"] == []


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_runs_nothing_and_asks_nothing(outputs: list[list[Any]], scheme: Any) -> None:
    parts = [part for cell in outputs for part in html_of(cell)]
    asked: list[str] = []
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(color_scheme=scheme)
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(
            '<meta name="color-scheme" content="light dark"><title>quiet</title>' + "".join(parts)
        )
        assert page.title() == "quiet"
        assert "run" not in [frame.title() for frame in page.frames]
        for drawn in page.locator("svg, iframe").all():
            box = drawn.bounding_box()
            assert box is not None
            assert box["width"] > 20
            assert box["height"] > 20
        browser.close()
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == []


def test_elsewhere_nothing_is_displayed() -> None:
    assert not notebooks.in_notebook()
