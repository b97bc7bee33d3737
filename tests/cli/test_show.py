"""`show`: previews on terminals, in pipes, as data and as a page."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from artifactctl import cli, save_artifact
from artifactctl.client import Client
from artifactctl.previews import Picture
from artifactctl.render.previews import graphics
from artifactctl.render.previews.graphics import Graphics
from tests.cli.test_inside import on_terminal
from tests.commands import Result


@pytest.fixture(autouse=True)
def home_is(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))


@pytest.fixture
def files(client: Client, work: Path) -> Client:
    (work / "d/in").mkdir(parents=True)
    (work / "d/t.csv").write_text("a,b\n" + "".join(f"{n},x{n % 2}\n" for n in range(30)))
    (work / "d/in/r.md").write_text("# Title\n\n**bold** \x1b]0;owned\x07\n")
    Image.new("RGB", (40, 20), (200, 10, 10)).save(work / "d/p.png")
    client.register("d", work / "d")
    return client


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Result:
    code = cli.run(["show", *words])
    said = capsys.readouterr()
    return Result(code, said.out, said.err)


@pytest.mark.usefixtures("files")
def test_a_table_has_statistics_and_rows_and_a_folder_says_what_each_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = run(capsys, "d/t.csv", "--rows", "2").ok().out.splitlines()
    assert lines[0] == "d:1/t.csv  text/csv, 174 B, rows 30, columns 2"
    assert [line.split() for line in lines[4:6]] == [
        ["a", "integer", "0", "30", "0", "…", "29,", "mean", "14.5"],
        ["b", "text", "0", "2", "mostly", "'x0'", "(15)"],
    ]
    assert lines[-1] == "… 28 more rows"
    lines = run(capsys, "d").ok().out.splitlines()
    assert [line.split() for line in lines[2:]] == [
        ["in/", "29", "B"],
        ["p.png", lines[3].split()[1], "B", "image/png", "40", "x", "20", "pixels"],
        ["t.csv", "174", "B", "text/csv", "30", "rows,", "2", "columns"],
    ]


@pytest.mark.usefixtures("files")
def test_data_formats_and_paths(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run(capsys, "d/t.csv", "-o", "json", "--rows", "1").ok().out)
    (file,) = found["files"]
    assert [view["kind"] for view in file["views"]] == ["columns", "rows"]
    assert (file["facts"], file["is_verified"]) == ({"rows": 30, "columns": 2}, True)
    assert file["views"][0]["columns"][0]["mean"] == 14.5
    assert run(capsys, "d/t.csv", "-o", "csv", "--rows", "1").ok().out == "a,b\n0,x0\n"
    assert run(capsys, "d/p.png", "-o", "csv").ok().out.startswith("path,content_type,size_bytes")
    assert run(capsys, "d", "-q").ok().out == "in/\np.png\nt.csv\n"
    assert run(capsys, "d", "--rows", "0").code == 5
    assert run(capsys, "d/none").code == 3


@pytest.mark.usefixtures("files")
def test_the_page_holds_the_same_and_no_markup_of_the_data(
    capsys: pytest.CaptureFixture[str], work: Path, client: Client
) -> None:
    (work / "e").mkdir()
    (work / "e/x.csv").write_text("</script><b>,b\n<img src=x onerror=alert(1)>,2\n")
    client.register("e", work / "e")
    run(capsys, "e", "--html", str(work / "page.html")).ok()
    page = (work / "page.html").read_text()
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert not [word for word in ("<script", "<b>", "<img src=x") if word in page]
    run(capsys, "d/p.png", "--html", str(work / "page.html")).ok()
    assert 'src="data:image/png;base64,' in (work / "page.html").read_text()


@pytest.mark.sweep
def test_saved_objects_are_shown_by_their_data(capsys: pytest.CaptureFixture[str]) -> None:
    save_artifact(pd.DataFrame({"a": [1, 2]}), "frame")
    assert "data.parquet" in run(capsys, "frame").ok().out
    save_artifact(np.arange(6).reshape(2, 3), "array")
    assert "shape 2 x 3" in run(capsys, "array").ok().out
    # Imported here: they take seconds.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.25)).fit([[0.0], [1.0]], [0, 1])
    save_artifact(model, "model")
    out = run(capsys, "model").ok().out
    assert "sklearn.pipeline.Pipeline" in out
    assert ["logisticregression__C", "0.25"] in [line.split() for line in out.splitlines()]


@pytest.mark.usefixtures("files")
def test_nothing_of_the_data_reaches_the_terminal_as_a_command(home: Path) -> None:
    code, shown = on_terminal(home, "show", "d/in/r.md")
    assert (code, "\x07" in shown, "owned" in shown) == (0, False, True)


def picture() -> Picture:
    out = io.BytesIO()
    image = Image.new("RGBA", (4, 3), (255, 0, 0, 255))
    image.putpixel((0, 0), (0, 0, 0, 0))
    image.save(out, "PNG")
    return Picture(4, 3, out.getvalue())


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-kitty"}, Graphics.KITTY),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, Graphics.KITTY),
        ({"TERM": "foot"}, Graphics.SIXEL),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Graphics.SIXEL),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Graphics.TRUE_COLOUR),
        ({"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, Graphics.COLOURS),
        ({"TERM": "xterm"}, Graphics.NONE),
        ({"TERM": "dumb"}, Graphics.NONE),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, Graphics.NONE),
    ],
    ids=str,
)
def test_a_terminal_shows_pictures_as_its_environment_says(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], expected: Graphics
) -> None:
    for name in ("TERM", "COLORTERM", "NO_COLOR", "TMUX", "KITTY_WINDOW_ID", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert graphics.graphics_of(Terminal(), os.environ) is expected
    assert graphics.graphics_of(io.StringIO(), os.environ) is Graphics.NONE


def test_each_protocol_draws_the_picture() -> None:
    def drawn(kind: Graphics) -> str:
        return "".join(graphics.drawn(picture(), Terminal(), kind))

    red = "2;255;0;0"
    assert drawn(Graphics.TRUE_COLOUR) == (
        f"\x1b[38;{red}m▄\x1b[0m"
        + f"\x1b[38;{red};48;{red}m▀\x1b[0m" * 3
        + "\n"
        + f"\x1b[38;{red}m▀\x1b[0m" * 4
        + "\n"
    )
    assert drawn(Graphics.COLOURS).count("5;196") == 11
    kitty = drawn(Graphics.KITTY)
    assert kitty.startswith("\x1b_Ga=T,f=100,q=2,m=0;iVBOR")
    assert kitty.endswith("\x1b\\\n")
    sixels = drawn(Graphics.SIXEL)
    assert sixels.startswith('\x1bP0;1q"1;1;4;3#0;2;')
    assert "#0EFFF-" in sixels or "EFFF" in sixels
