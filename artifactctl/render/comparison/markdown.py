"""A comparison as a Markdown table for a pull request, in which no name or value is more than text.

Names and texts stand in code: there no character means anything to Markdown, and nobody is
mentioned and nothing linked by what some metadata says.
"""

import re
from collections.abc import Iterator

from artifactctl.compare import Comparison
from artifactctl.plain_text import escape
from artifactctl.render.comparison.cells import Cell, Facts, has_trends, lines

# What a code span cannot hold inside of a table, or what browsers would be given.
_SPECIAL = re.compile(r"[`|\\<>&]")
_NOT_A_WORD = re.compile(r"[^\w ]|_")


def markdown(comparison: Comparison, facts: Facts = "all") -> Iterator[str]:
    """The lines of a table, and what is to be said of it."""
    shown = lines(comparison, facts)
    if not comparison.columns or not shown:
        yield "Nothing to compare." if not comparison.columns else "No differences."
        return
    trend = has_trends(comparison) and any(line.trend for line in shown)
    names = [_code(column.name) for column in comparison.columns]
    names[comparison.baseline] += " (baseline)"
    yield _row(["key", *names, *(["trend"] if trend else [])])
    yield _row(["---"] * (1 + len(names) + trend))
    for line in shown:
        cells = [_code(line.key), *map(_cell, line.cells)]
        yield _row([*cells, *([line.trend] if trend else [])])
    if any(row.best for row in comparison.rows):
        yield ""
        yield "Best in **bold**, worst in _italics_."


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if cell.kind == "missing":
        return "—"
    if cell.kind != "number":
        return cell.value if cell.kind == "fact" else _code(cell.value)
    value = {"best": f"**{cell.value}**", "worst": f"_{cell.value}_"}.get(cell.mark, cell.value)
    changes = ", ".join(filter(None, (cell.change, cell.relative)))
    return f"{value} ({changes})" if changes else value


def _code(text: str) -> str:
    """Text in code, whatever is in it."""
    shown = escape(text)
    if shown == shown.strip() and not _SPECIAL.search(shown):
        return f"`{shown}`"
    coded = _NOT_A_WORD.sub(lambda found: f"&#{ord(found.group())};", shown)
    return f"<code>{coded}</code>"
