"""Tables for people: harmless, aligned, and whole where it matters."""

import contextlib
import io
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from artifactctl.catalog.rows import Page
from artifactctl.enums import OutputFormat
from artifactctl.render import ARTIFACTS, footer, print_page
from artifactctl.render.table import print_properties, print_rows
from artifactctl.results.artifacts import Artifact
from tests.commands import command, environment

ID = "0b5c3c1e-1234-4000-8000-000000000000"
COLUMNS = ["id", "name", "metadata", "tags"]
MARKUP = ["[/x]", "[red]a[/red]", "[bold", "[link=file:///]x[/link]", ":smile:", "[]", "\\[x]"]
TEXT = st.text(st.characters() | st.sampled_from("\x1b\x9b\u202e\n\r\t\x00[]/\\模é🎉"), max_size=20)


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def table(rows: list[dict], out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    print_rows(COLUMNS, rows, out)
    return out.getvalue()


def row(**changed) -> dict:
    return {"id": ID, "name": "a", "metadata": {}, "tags": (), **changed}


def artifact(**changed) -> Artifact:
    time = "2024-01-31T10:20:30.123456Z"
    values = {"id": ID, "name": "a", "latest_version_name": "1", "version_count": 1, "tags": ()}
    return Artifact(
        **{**values, "has_custom_name": True, "created": time, "updated": time} | changed
    )


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_shown_as_it_is(text: str):
    shown = table([row(name=text, tags=(text,), metadata={text: text})])
    assert shown.count(text) >= 2


@given(TEXT, TEXT, TEXT)
def test_whatever_the_text_nothing_raw_comes_out_and_a_row_is_a_line(name, tag, value):
    shown = table([row(name=name, tags=(tag,), metadata={"k": value})])
    assert len(shown.rstrip("\n").split("\n")) == 3
    assert not any(char in shown for char in "\x1b\x9b\u202e\r\t\x00\x07")
    shown.encode()


def test_a_piped_table_is_never_cut_and_has_no_colour(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    long = {"text": "x" * 3000}
    shown = table([row(name="n" * 255, metadata=long, tags=("t" * 255, "u" * 255))])
    assert "x" * 3000 in shown
    assert f"{'t' * 255},{'u' * 255}" in shown
    assert "…" not in shown
    assert "\x1b" not in shown


def test_a_piped_table_is_not_cut_however_wide_it_is():
    text = "x" * 400_000
    shown = table([row(metadata={f"k{number}": text for number in range(3)})])
    assert shown.count(text) == 3
    assert "…" not in shown


def test_a_terminal_that_does_not_know_its_width_has_an_ordinary_one(monkeypatch):
    monkeypatch.setenv("COLUMNS", "0")
    assert "metadata-value" in table([row(metadata={"k": "metadata-value"})], Terminal())


@pytest.mark.parametrize("width", ["1", "20", "60", "100", "not a number"])
def test_a_narrow_terminal_cuts_neither_ids_nor_names(monkeypatch, width: str):
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setenv("NO_COLOR", "1")
    rows = [row(name="n" * 200, metadata={"k": "v" * 90}), row(name="模型" * 40, tags=("t" * 90,))]
    shown = table(rows, Terminal())
    assert shown.count(ID) == 2
    assert "n" * 200 in shown
    assert "模型" * 40 in shown
    assert "v" * 90 not in shown
    assert len(shown.rstrip("\n").split("\n")) == 4


def test_a_wide_terminal_cuts_nothing(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = table([row(name="n", metadata={"k": "v" * 60}, tags=("t" * 40,))], Terminal())
    assert "v" * 60 in shown
    assert "t" * 40 in shown
    assert "…" not in shown


@pytest.mark.parametrize("width", [80, 100, 120])
def test_what_can_give_way_makes_the_table_fit(monkeypatch, width: int):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    shown = table([row(metadata={"k": "v" * 300}, tags=("t" * 300,))], Terminal())
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()  # headings may be bold
    assert max(cell_len(line) for line in lines) <= width


def test_columns_stand_below_each_other_whatever_the_script():
    shown = table([row(name=name, tags=("tag",)) for name in ("ab", "模型", "é", "🎉")])
    lines = shown.rstrip("\n").split("\n")[2:]
    assert len({cell_len(line[: line.index("tag")]) for line in lines}) == 1


def test_an_empty_table_prints_nothing_and_the_footer_says_so():
    out = io.StringIO()
    page = Page([], 1, 20, 0)
    print_page(page, ARTIFACTS, None, OutputFormat.TABLE, out)
    assert out.getvalue() == ""
    assert footer(page, ARTIFACTS) == "No artifacts found."


def test_the_footer_counts_pages_and_items():
    page = Page([artifact()], 1, 20, 57)
    assert footer(page, ARTIFACTS) == "Page (1/3), 57 items found for the applied filters."


def test_the_default_columns_of_a_page_are_shown_in_their_order():
    out = io.StringIO()
    print_page(
        Page([artifact(tags=("x", "y"))], 1, 20, 1), ARTIFACTS, None, OutputFormat.TABLE, out
    )
    heading, _, line = out.getvalue().rstrip("\n").split("\n")
    assert " ".join(heading.split()) == "ID NAME LATEST VERSION NAME VERSION COUNT TAGS"
    assert line.split() == [ID, "a", "1", "1", "x,y"]


@given(TEXT, TEXT)
def test_properties_are_one_harmless_line_each(name: str, value: str):
    out = io.StringIO()
    print_properties({"name": name, "metadata": {"k": value}, "digest": None}, out)
    lines = out.getvalue().split("\n")
    assert len(lines) == 4
    assert not any(char in out.getvalue() for char in "\x1b\x9b\u202e\r\t\x00")


def test_a_property_whose_name_is_hostile_is_harmless():
    out = io.StringIO()
    print_properties({"k\x1b[2J": 1}, out)
    assert "\x1b" not in out.getvalue()


def test_properties_are_whole_and_say_nothing_for_nothing():
    out = io.StringIO()
    print_properties({"name": "[/x]" * 200, "digest": None, "size_bytes": 1500}, out)
    name, digest, size = out.getvalue().splitlines()
    assert "[/x]" * 200 in name
    assert digest.split() == ["DIGEST"]
    assert size.split() == ["SIZE", "1.5", "kB"]


def test_a_real_terminal_shows_hostile_names_harmlessly(client, home: Path, work: Path):
    (work / "f").write_text("x")
    client.register("[red]x[bold]", "f", tags=["[/x]"], metadata={"k": "\x1b]0;title\x07"})
    ours, theirs = pty.openpty()
    words = ["artifact", "version", "list", "--columns", "all"]
    process = subprocess.Popen(
        command(*words), stdout=theirs, env=environment(home, NO_COLOR="1", COLUMNS="300")
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal
        while chunk := os.read(ours, 65536):
            shown += chunk
    os.close(ours)
    assert process.wait() == 0
    assert b"[red]x[bold]" in shown
    assert b"[/x]" in shown
    assert b"\x1b]0" not in shown
    assert b"\x07" not in shown
    assert client.verify() == []
