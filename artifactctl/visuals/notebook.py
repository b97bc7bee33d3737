"""What a notebook shows of results: tables and curves as HTML, and data frames.

The HTML has no scripts and no colours of its own, so that it looks right in light and in dark
notebooks. All of it is escaped, and bounded: what is too much is cut, and a note says so.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from artifactctl import plain_text
from artifactctl.errors import NotFoundError
from artifactctl.series import Points, number_of, thinned

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 50
MOST_COLUMNS = 20
_MOST_FACTS = 100
_LONGEST = 80  # characters of a cell
_LONGEST_PARAGRAPH = 1000
_LEFT = ' style="text-align: left"'

_WIDTH, _HEIGHT = 360, 90
_MARGIN = 4
_MOST_POINTS = 400


def table_of_facts(facts: Mapping[str, object]) -> str:
    """Return an HTML table with one line per fact; empty facts are left out."""
    known = {name: value for name, value in facts.items() if not _is_empty(value)}
    lines = [
        f"<tr><th{_LEFT}>{escaped(name)}</th>{cell(value)}</tr>"
        for name, value in islice(known.items(), _MOST_FACTS)
    ]
    more = len(known) - len(lines)
    note = f"<p>{more:,} more</p>" if more > 0 else ""
    return f"<table><tbody>{''.join(lines)}</tbody></table>{note}"


def table_of_rows(
    columns: Sequence[str], rows: Iterable[Mapping[str, object]], caption: str
) -> str:
    """Return an HTML table with a heading for each column, a line for each row, and a caption.

    The caller bounds the rows, and says in the caption how many there are.
    """
    shown = columns[:MOST_COLUMNS]
    head = "".join(f"<th{_LEFT}>{escaped(column)}</th>" for column in shown)
    lines = [f"<tr>{''.join(cell(row[column]) for column in shown)}</tr>" for row in rows]
    more = len(columns) - len(shown)
    caption += f"; {more:,} more columns" if more > 0 else ""
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        f"{paragraph(caption)}"
    )


def first_rows(
    columns: Sequence[str], rows: Sequence[Sequence[object]], caption: str, total: int | None = None
) -> str:
    """Return an HTML table of the first rows, and a caption that says how many more there are."""
    some = [dict(zip(columns, row, strict=True)) for row in rows[:MOST_ROWS]]
    more = (len(rows) if total is None else total) - len(some)
    return table_of_rows(columns, some, caption + (f"; {more:,} more" if more > 0 else ""))


def cell(value: object, *, is_bold: bool = False) -> str:
    """Return a cell of a table, whose text is cut when it is long."""
    text = escaped(_text(value))
    return f"<td{_LEFT}>{f'<b>{text}</b>' if is_bold else text}</td>"


def escaped(text: str, most: int = _LONGEST) -> str:
    """Return a text for HTML, cut when it is long; control characters are made visible."""
    return escape(plain_text.escape(plain_text.shortened(text, most)))


def paragraph(text: str) -> str:
    """Return a short text as a paragraph."""
    return f"<p>{escaped(text, _LONGEST_PARAGRAPH)}</p>"


def number(value: float) -> str:
    """Return a number as tables show it, with six significant digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def curve(points: Points) -> str:
    """Return an SVG of points in the colour of the text; empty where no value is known."""
    few = thinned(points, _MOST_POINTS)
    known = [value for value in few.values if number_of(value) is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    first, last = few.steps[0], few.steps[-1]
    width, height = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN
    lines: list[list[str]] = [[]]
    for step, _, value in few.rows():
        if number_of(value) is None:
            lines.append([])
            continue
        x = _MARGIN + width * (step - first) / ((last - first) or 1)
        # The half keeps a difference of great numbers finite.
        y = _MARGIN + height * (high / 2 - value / 2) / ((high / 2 - low / 2) or 1)
        lines[-1].append(f"{x:.1f},{y:.1f}")
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img"'
        ' fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"'
        f' stroke-linecap="round">{"".join(map(_line, filter(None, lines)))}</svg>'
    )


def _line(places: list[str]) -> str:
    # A line of one point is a dot, by its round ends.
    return f'<polyline points="{" ".join(places if len(places) > 1 else places * 2)}"/>'


def data_frame(lines: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> "pd.DataFrame":
    """Return a data frame of lines; raises `NotFoundError` when pandas is not installed."""
    return pandas().DataFrame(lines, columns=list(columns))


def pandas() -> Any:
    """Return the module pandas; raises `NotFoundError` when it is not installed."""
    try:
        import pandas as found  # noqa: PLC0415 (only this needs it, and it takes a second)
    except ImportError as error:
        raise NotFoundError(
            "to_pandas() needs pandas, which is not installed",
            hint="pip install 'artifactctl[data]'",
        ) from error
    return found


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | tuple | list | dict) and not value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return ", ".join(value) if isinstance(value, tuple) else json.dumps(value, ensure_ascii=False)
