"""Our tables in pipes are the ones that rich draws, to the last blank."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.box import SIMPLE_HEAD
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


def ours(rows, out: Output, **how) -> str:
    print_rows(COLUMNS, rows, out, **how)
    return out.getvalue()


def by_rich(rows, out: Output) -> str:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in COLUMNS:
        table.add_column(header(column), no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(show(column, row[column])) for column in COLUMNS))
    Console(
        file=out,
        width=100_000,
        force_terminal=out.isatty(),
        color_system=None,
        highlight=False,
        markup=False,
        emoji=False,
    ).print(table)
    return out.getvalue()


@given(ROWS, st.sampled_from([None, "utf-8", "UTF-16", "ascii", "latin-1"]))
def test_a_piped_table_is_the_one_that_rich_draws(rows, encoding):
    assert ours(rows, Output(encoding)) == by_rich(rows, Output(encoding))


@given(ROWS)
def test_a_wide_table_on_a_terminal_without_colours_is_what_a_pipe_gets(rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "20")
        patch.setenv("NO_COLOR", "1")
        assert ours(rows, Output(is_terminal=True), is_wide=True) == ours(rows, Output())
