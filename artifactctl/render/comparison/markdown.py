"""A comparison as a Markdown table, for a pull request; names and values are text only.

Names and texts are put into code spans: there no character has a meaning in Markdown, so that
metadata can neither mention people nor make links.
"""

import re
from collections.abc import Iterator

from artifactctl.compare import Comparison
from artifactctl.plain_text import escape
from artifactctl.render.comparison.cells import Cell, Facts, has_trends, lines

# Characters that cannot be in a code span in a table, or that are HTML.
_SPECIAL = re.compile(r"[`|\\<>&]")
_NOT_A_WORD = re.compile(r"[^\w ]|_")


def markdown(comparison: Comparison, facts: Facts = "all") -> Iterator[str]:
    """The lines of a table, and a legend."""
    shown = lines(comparison, facts)
    if not comparison.columns or not shown:
        yield "Nothing to compare." if not comparison.columns else "No differences."
        return
    trend = has_trends(comparison) and any(line.trend for line in shown)
    names = [code(column.name) for column in comparison.columns]
    names[comparison.baseline] += " (baseline)"
    yield row(["key", *names, *(["trend"] if trend else [])])
    yield row(["---"] * (1 + len(names) + trend))
    for line in shown:
        cells = [code(line.key), *map(_cell, line.cells)]
        yield row([*cells, *([line.trend] if trend else [])])
    if any(one.best for one in comparison.rows):
        yield ""
        yield "Best in **bold**, worst in _italics_."


def row(cells: list[str]) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if cell.kind == "missing":
        return "—"
    if cell.kind != "number":
        return cell.value if cell.kind == "fact" else code(cell.value)
    value = {"best": f"**{cell.value}**", "worst": f"_{cell.value}_"}.get(cell.mark, cell.value)
    changes = ", ".join(filter(None, (cell.change, cell.relative)))
    return f"{value} ({changes})" if changes else value


def code(text: str) -> str:
    """Text in a code span, with any characters."""
    shown = escape(text)
    if shown == shown.strip() and not _SPECIAL.search(shown):
        return f"`{shown}`"
    coded = _NOT_A_WORD.sub(lambda found: f"&#{ord(found.group())};", shown)
    return f"<code>{coded}</code>"
