"""Pages and pictures that the real command has written."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from artifactctl.cli import run as run_in_process
from artifactctl.client import Client
from artifactctl.render.page import library
from tests.commands import environment
from tests.conftest import Run
from tests.recorded import Did, record
from tests.render.page.conftest import Visit
from tests.render.page.looking import cells, columns

pytestmark = pytest.mark.sweep

RUNS = ("run:one", "run:two")


@pytest.fixture(autouse=True)
def two(client: Client) -> None:
    """Two runs that differ."""
    record(client, "one", Did("fit", metadata={"acc": 0.5}, parameters={"lr": 0.125}))
    record(client, "two", Did("fit", metadata={"acc": 0.75, "note": "x"}, parameters={"lr": 2.5}))
    client.close()


def test_table_json_and_page_have_the_same_numbers(run: Run, work: Path, visit: Visit):
    assert run("compare", *RUNS, "--html", "a.html").ok().err == "Wrote a.html\n"
    rows = json.loads(run("compare", *RUNS, "-o", "json").ok().out)["rows"]
    table = run("compare", *RUNS).ok().out
    page = visit((work / "a.html").as_uri())

    assert columns(page) == ["one", "two"]
    for row in rows:
        if row["kind"] == "number":
            shown = [float(re.findall(r"^[\d.]+", text)[0]) for text in cells(page, row["key"])]
            assert shown == row["values"]
            line = next(line for line in table.splitlines() if line.startswith(row["key"]))
            assert [value for value in row["values"] if f" {value}" not in line] == []


def test_one_key_is_a_line_and_several_are_axes(run: Run, work: Path):
    assert run("compare", *RUNS, "--plot", "many.svg").ok().out == ""
    run("compare", *RUNS, "--key", "acc", "--plot", "one.svg").ok()
    run("compare", *RUNS, "--plot", "many.png").ok()

    assert "Colour: acc" in (work / "many.svg").read_text()
    assert "Colour" not in (work / "one.svg").read_text()
    assert (work / "many.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in work.iterdir()) == ["many.png", "many.svg", "one.svg"]


def test_what_cannot_be_written_leaves_the_old_file(home: Path, work: Path):
    (work / "a.html").write_text("old")
    words = [sys.executable, "-m", "artifactctl", "compare", *RUNS, "--html", "a.html"]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 64; exec "$@"', "sh", *words],
        cwd=work,
        env=environment(home),
        capture_output=True,
        check=False,
    )

    assert done.returncode != 0
    assert (work / "a.html").read_text() == "old"


def test_a_link_stays_a_link(run: Run, work: Path):
    (work / "real.html").write_text("old")
    (work / "a.html").symlink_to("real.html")
    run("compare", *RUNS, "--html", "a.html").ok()

    assert (work / "a.html").is_symlink()
    assert (work / "real.html").read_text().startswith("<!doctype html>")


def test_without_the_extra_the_page_has_the_table_and_the_command_says_how_to_get_charts(
    home: Path,
    work: Path,
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    library.vega_script.cache_clear()
    assert run_in_process(["compare", *RUNS, "--plot", "a.svg"]) == 3
    assert "install 'artifactctl[compare]'" in capsys.readouterr().err
    assert list(work.iterdir()) == []

    assert run_in_process(["compare", *RUNS, "--html", "a.html"]) == 0
    said = capsys.readouterr().err
    assert said == (
        "Wrote a.html\nIt has no parallel coordinates and no scatter chart; "
        "for these, install 'artifactctl[compare]'\n"
    )
    page = visit((work / "a.html").as_uri(), "view=parallel")
    assert columns(page) == ["one", "two"]
    assert cells(page, "acc")[0].startswith("0.5")
    assert not page.is_visible("#tabs")
    assert page.is_visible("#view-table")


def test_a_browser_shows_it_or_the_address_is_told(run: Run, work: Path):
    words = ("compare", *RUNS, "--html", "a.html", "--open")
    address = (work / "a.html").as_uri()

    assert address in run(*words, BROWSER="echo %s").ok().out
    assert f"open {address}" in run(*words, BROWSER="lynx", PATH="/nowhere", DISPLAY="").ok().err
