"""The page as a file."""

import base64
import hashlib
import json
import re
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from artifactctl.errors import NotFoundError
from artifactctl.render.page import library, write_page, write_plot
from artifactctl.render.page.modules import COMPARISON, own_script
from tests.render.page.comparisons import comparison, row, sweep


@pytest.fixture
def page(tmp_path: Path) -> str:
    write_page(sweep(3), tmp_path / "page.html")
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def test_only_what_is_in_the_file_runs_and_nothing_is_evaluated(page: str):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert "default-src 'none'" in policy.group(1)
    assert "unsafe" not in policy.group(1)
    scripts = re.findall(r"<script(?: type=\"text/plain\"[^>]*)?>(.*?)</script>", page, re.DOTALL)
    for text in [*scripts, *re.findall(r"<style>(.*?)</style>", page, re.DOTALL)]:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy.group(1)
    assert len(scripts) == 2


def test_nothing_is_loaded_from_anywhere(page: str):
    markup = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)

    assert "http" not in markup.replace("http-equiv", "")
    assert not re.search(r"\ssrc=|@import|url\(", markup)


def test_the_library_neither_ends_its_script_nor_begins_a_comment():
    for script in (library.vega_script(), own_script()):
        assert "</script" not in script.lower()
        assert "<!--" not in script


def test_what_is_compared_is_ascii_json_that_no_parser_of_html_stumbles_over(tmp_path: Path):
    name = "</script><!--\u2028\ud800&amp;"
    write_page(comparison([name, "b"], row(name, name, 2)), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)

    assert data
    assert data.group(1).isascii()
    assert not set(data.group(1)) & set("<>&")
    assert json.loads(data.group(1))["columns"][0]["name"] == name


def test_our_scripts_set_text_and_never_markup():
    for name in COMPARISON:
        script = (files(library.__package__) / f"{name}.js").read_text("utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", script)


def test_all_scripts_are_in_the_page_in_an_order_in_which_they_can_run():
    there = {path.name for path in Path(library.__file__).parent.glob("*.js")}
    assert {f"{name}.js" for name in COMPARISON} == there
    for index, name in enumerate(COMPARISON):
        script = (files(library.__package__) / f"{name}.js").read_text("utf-8")
        assert set(re.findall(r'from "\./(\w+)\.js"', script)) <= set(COMPARISON[:index])
    assert not re.search(r"^(import|export)\b", own_script(), re.MULTILINE)


def test_the_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "page.html"
    path.write_text("older")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", fail)
        with pytest.raises(OSError, match="No space"):
            write_page(sweep(2), path)
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]

    write_page(sweep(2), path)
    assert path.read_text().startswith("<!doctype html>")
    with pytest.raises(FileNotFoundError):
        write_page(sweep(2), tmp_path / "no" / "page.html")


def test_without_the_library_a_page_has_the_table_and_a_picture_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    library.vega_script.cache_clear()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(NotFoundError, match="vl-convert") as caught:
        write_plot(sweep(2), tmp_path / "plot.svg")
    assert caught.value.hint == "install 'artifactctl[compare]'"
    assert list(tmp_path.iterdir()) == []

    write_page(sweep(2), tmp_path / "page.html")
    assert 50_000 < (tmp_path / "page.html").stat().st_size < 150_000
