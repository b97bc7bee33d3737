"""`artifact version visualize`: tables, pictures and texts on the terminal and on a page."""

import json
from pathlib import Path

import pytest

from artifactctl import cli, save_artifact
from artifactctl.client import Client
from artifactctl.results import visualizations
from artifactctl.types import HTMLString


@pytest.fixture(autouse=True)
def here(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(["artifact", "version", "visualize", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_table_from_the_shell_is_shown_as_rows(
    client: Client, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "iris.csv").write_text("length,kind\n5.1,a\n4.9,b\n")
    client.register("iris", [work / "iris.csv"])
    code, out, err = run(capsys, "iris")
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()][1:4:2] == [["length", "kind"], ["5.1", "a"]]


def test_a_page_holds_everything_and_keeps_html_in_a_frame(
    client: Client, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del client
    save_artifact(HTMLString("<script>alert(1)</script><p>'\"</p>"), "report")
    code, _, err = run(capsys, "report", "--html", str(work / "out.html"))
    page = (work / "out.html").read_text()
    assert (code, err) == (0, f"Wrote {work / 'out.html'}\n")
    assert "<script" not in page, "all markup of the content is escaped"
    assert 'sandbox=""' in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    run(capsys, "report", "--html", str(work / "out.html"), "--scripts")
    assert 'sandbox="allow-scripts"' in (work / "out.html").read_text()


def test_json_has_the_content_and_names_are_printed_alone(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    del client
    save_artifact({"a": 1}, "config")
    found = json.loads(run(capsys, "config", "-o", "json")[1])
    assert found["artifact"] == "config"
    (item,) = found["visualizations"]
    assert (item["name"], item["type"], item["value"]) == ("data.json", "json", '{"a": 1}')
    assert run(capsys, "config", "-q")[1] == "data.json\n"
    assert run(capsys, "config", "-o", "csv")[1].splitlines()[0] == "name,type,size_bytes,uri"


def test_what_cannot_be_shown_says_why(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    del client
    save_artifact([1], "quiet", include_visualizations=False)
    assert run(capsys, "quiet") == (0, "", "quiet:1 was saved without visualizations\n")


def test_control_characters_of_a_text_do_not_reach_the_terminal(
    client: Client, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.md", "a.json", "a.csv"):
        (work / name).write_text("x\x1b]0;owned\x07,b\n\x1b[31m,\u202e\n")
        client.register("text", [work / name])
        assert not {"\x1b", "\x07", "\u202e"} & set(run(capsys, "text")[1])


def test_what_is_too_large_is_not_read_to_be_shown(
    client: Client,
    work: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del client
    save_artifact({"a": "x" * 100}, "big")
    monkeypatch.setattr(visualizations, "MOST_SHOWN_BYTES", 50)
    monkeypatch.setattr(visualizations.Visualization, "content", lambda _: 1 / 0)
    assert run(capsys, "big")[:2] == (0, "data.json (json, 109 B)\ntoo large to show here\n\n")
    assert run(capsys, "big", "--html", str(work / "out.html"))[0] == 0
    assert "too large to show here" in (work / "out.html").read_text()
