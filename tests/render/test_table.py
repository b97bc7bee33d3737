"""Tables for people: harmless, aligned, and whole where it matters."""

import contextlib
import io
import os
import pty
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from artifactctl.catalog.rows import Page
from artifactctl.enums import OutputFormat
from artifactctl.plain_text import escape
from artifactctl.render.columns import ARTIFACTS
from artifactctl.render.fitting import fold
from artifactctl.render.printing import footer, print_page
from artifactctl.render.properties import print_properties
from artifactctl.render.table import print_rows
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


def lines_on(monkeypatch, width: int, rows: list[dict], **how) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    print_rows(COLUMNS, rows, out, **how)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 140])
def test_whatever_the_rows_a_table_fits_the_terminal_and_names_are_whole(monkeypatch, width):
    rows = [
        row(name="a_long_name_" * 20, metadata={"k": "v" * 300}, tags=("t" * 300,)),
        row(name="模型" * 40, metadata={"k": "v" * 90}),
    ]
    lines = lines_on(monkeypatch, width, rows)
    assert max(map(cell_len, lines)) <= width
    assert not any(ID in line for line in lines)
    assert sum(line.startswith(ID[:8] + " ") for line in lines) == 2
    start = cell_len(lines[1].partition("  ")[0]) + 2
    name = "".join(line[start:].partition("  ")[0].strip() for line in lines[2:])
    assert name == "a_long_name_" * 20 + "模型" * 40


def test_on_a_terminal_ids_are_short_types_are_words_and_times_are_ages(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    now = datetime.now(UTC)
    times = [now - timedelta(**ago) for ago in ({"minutes": 3}, {"hours": 5}, {"days": 2})]
    times += [now - timedelta(days=8), now + timedelta(days=1)]
    rows = [
        {"id": ID, "type": "DataArtifact", "created": f"{time:%Y-%m-%dT%H:%M:%S.%fZ}"}
        for time in times
    ]
    out = Terminal()
    print_rows(["id", "type", "created"], rows, out)
    shown = [line.split(maxsplit=2) for line in out.getvalue().splitlines()[2:]]
    days = [f"{time:%Y-%m-%d}" for time in times[3:]]
    ages = ["3 min ago", "5 h ago", "2 days ago", *days]
    assert shown == [[ID[:8], "data", age] for age in ages]


def test_columns_give_way_from_the_right_except_names_and_what_is_asked_for(monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    monkeypatch.setenv("NO_COLOR", "1")
    columns = ["id", "artifact", "version", "type", "tags", "size_bytes", "created", "metadata.acc"]
    given = {
        "id": ID,
        "artifact": "iris",
        "version": "1",
        "type": "DataArtifact",
        "tags": ("raw",),
        "size_bytes": 1500,
        "created": "2024-01-31T10:20:30Z",
        "metadata.acc": 0.5,
    }
    out = Terminal()
    assert print_rows(columns, [given], out) == ["size_bytes", "created"]
    assert out.getvalue().splitlines()[2].split() == [ID[:8], "iris", "1", "data", "raw", "0.5"]
    left_out = print_rows(columns, [given], Terminal(), keep=["size_bytes"])
    assert left_out == ["type", "tags", "created"]


def test_a_wide_terminal_cuts_nothing(monkeypatch):
    shown = "\n".join(
        lines_on(monkeypatch, 200, [row(name="n", metadata={"k": "v" * 60}, tags=("t" * 40,))])
    )
    assert "v" * 60 in shown
    assert "t" * 40 in shown
    assert "…" not in shown


def test_whole_tables_are_shown_on_a_narrow_terminal_when_asked_for(monkeypatch):
    lines = lines_on(monkeypatch, 20, [row(metadata={"k": "v" * 60})], is_wide=True)
    assert ID in lines[2]
    assert "v" * 60 in lines[2]


def test_a_status_has_a_colour_and_its_word_and_headings_are_bold(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    rows = [{"step": "a", "status": "failed"}, {"step": "b", "status": "completed"}]
    for term, codes in (("xterm-256color", ("38;5;160", "38;5;28")), ("xterm", ("31", "32"))):
        monkeypatch.setenv("TERM", term)
        monkeypatch.delenv("COLORTERM", raising=False)
        out = Terminal()
        print_rows(["step", "status"], rows, out)
        assert out.getvalue().startswith("\x1b[1mSTEP\x1b[0m")
        assert f"\x1b[{codes[0]}mfailed" in out.getvalue()
        assert f"\x1b[{codes[1]}mcompleted" in out.getvalue()


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": "unknown"}])
def test_no_escapes_where_no_colours_are_wanted(monkeypatch, variables):
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in {"COLUMNS": "80", "TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    out = Terminal()
    print_rows(["step", "status"], [{"step": "a", "status": "failed"}], out)
    assert "\x1b" not in out.getvalue()


@given(TEXT, st.integers(4, 40))
def test_folding_loses_nothing_but_blanks(text, width):
    plain = escape(text)
    lines = fold(plain, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == plain.replace(" ", "")


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
    found = "Page (1/3), 57 items found for the applied filters."
    assert footer(page, ARTIFACTS) == f"{found}\n--page 2 shows more, --size 0 everything."
    last = Page([artifact()], 3, 20, 57)
    assert footer(last, ARTIFACTS).endswith("\n--page 1 shows the first, --size 0 everything.")
    assert "\n" not in footer(Page([artifact()], 1, 20, 1), ARTIFACTS)


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


def test_on_a_terminal_properties_are_folded_and_metadata_is_a_tree(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    metadata = {"accuracy": 0.9, "params": {"lr": 0.1, "depth": {"max": 3}}, "shape": [1, 2]}
    values = {"name": "n" * 50, "digest": None, "tags": (), "metadata": metadata}
    print_properties(values, out)
    assert out.getvalue().splitlines() == [
        f"  NAME       {'n' * 27}",
        f"               {'n' * 23}",
        "  METADATA   accuracy  0.9",
        "             params",
        "               lr  0.1",
        "               depth",
        "                 max  3",
        "             shape     [1, 2]",
    ]


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
