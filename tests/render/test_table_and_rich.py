"""Our tables are the ones that rich draws, to the last blank."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from artifactctl.render.columns import header, show
from artifactctl.render.table import print_rows

COLUMNS = ["id", "metadata", "name"]
ZERO_WIDTH_JOINER = "\u200d"
CHARS = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    "\u0301\u0308\u0e33\u200c\u200d\ufe0e\ufe0f\u20e3\u1100\u1161☁❤#1模型語🎉👩👍🏽🇩🇪éﬀ…─ \x1b\t"
)
# rich takes a joiner at the end of a cell for one that joins the blank behind it, and adds another.
CELLS = st.text(CHARS, max_size=24).filter(lambda text: not text.endswith(ZERO_WIDTH_JOINER))
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, CELLS)), min_size=1, max_size=5)


class Output(io.StringIO):
    """Something with an encoding that may say it is a terminal."""

    def __init__(self, encoding: str | None = "utf-8", *, is_terminal: bool = False) -> None:
        super().__init__()
        self._encoding = encoding
        self._is_terminal = is_terminal

    @property
    def encoding(self):
        return self._encoding

    def isatty(self) -> bool:
        return self._is_terminal


def ours(rows, out: Output) -> str:
    print_rows(COLUMNS, rows, out)
    return out.getvalue()


def by_rich(rows, out: Output, widths=(None, None, None), *, colours: bool = False) -> str:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column, width in zip(COLUMNS, widths, strict=True):
        table.add_column(header(column), width=width, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(show(column, row[column])) for column in COLUMNS))
    Console(
        file=out,
        width=100_000,
        force_terminal=out.isatty(),
        color_system="auto" if colours else None,
        highlight=False,
        markup=False,
        emoji=False,
    ).print(table)
    return out.getvalue()


def widths_on(terminal: int, rows) -> list[int]:
    """Whole columns, except for metadata, which gives way down to five cells."""
    whole = [
        max(cell_len(text) for text in (header(column), *(show(column, r[column]) for r in rows)))
        for column in COLUMNS
    ]
    excess = sum(whole) + 3 * len(COLUMNS) + 2 - terminal
    return [whole[0], max(5, whole[1] - max(0, excess)), whole[2]]


@given(ROWS, st.sampled_from([None, "utf-8", "UTF-16", "ascii", "latin-1"]))
def test_a_piped_table_is_the_one_that_rich_draws(rows, encoding):
    assert ours(rows, Output(encoding)) == by_rich(rows, Output(encoding))


@given(ROWS, st.integers(1, 90), st.sampled_from(["utf-8", "ascii"]))
def test_a_table_on_a_terminal_without_colours_is_the_one_that_rich_draws(rows, width, encoding):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        patch.setenv("NO_COLOR", "1")
        shown = ours(rows, Output(encoding, is_terminal=True))
        expected = by_rich(rows, Output(encoding, is_terminal=True), widths_on(width, rows))
    assert shown == expected


@pytest.mark.parametrize(
    ("term", "colorterm"),
    [("xterm", ""), ("xterm-256color", ""), ("xterm", "truecolor"), ("", ""), ("linux", "")],
)
@given(ROWS, st.integers(1, 90))
def test_a_table_on_a_terminal_is_the_one_that_rich_draws(term, colorterm, rows, width):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("COLUMNS", str(width)), ("TERM", term), ("COLORTERM", colorterm)):
            patch.setenv(name, value)
        patch.delenv("NO_COLOR", raising=False)
        shown = ours(rows, Output(is_terminal=True))
        expected = by_rich(rows, Output(is_terminal=True), widths_on(width, rows), colours=True)
    assert shown == expected
    assert shown.startswith("\x1b[1mID")


@given(ROWS)
def test_a_wide_terminal_without_colours_shows_what_a_pipe_gets(rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "1000")
        patch.setenv("NO_COLOR", "1")
        assert ours(rows, Output(is_terminal=True)) == ours(rows, Output())


@pytest.mark.parametrize("term", ["dumb", "unknown", "DUMB"])
def test_a_terminal_that_can_do_nothing_gets_no_escapes_and_whole_ids(monkeypatch, term):
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", "100")
    shown = ours([{"id": "i" * 90, "metadata": "", "name": "n" * 90}], Output(is_terminal=True))
    assert "\x1b" not in shown
    assert "i" * 90 in shown
    assert "n" * 90 in shown
