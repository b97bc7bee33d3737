"""Which parameters go with a metric, strongest first, as bars."""

from collections.abc import Iterator
from typing import TextIO

from artifactctl.compare import FEW, Association, Importance
from artifactctl.plain_text import escape, is_unicode
from artifactctl.render.columns import cell
from artifactctl.render.comparison.markdown import code, row
from artifactctl.render.structured import print_cells as print_separated_cells
from artifactctl.render.table import print_cells
from artifactctl.screen import Style

_WIDE = 20  # cells of the longest bar
_METHODS = {"spearman": "Spearman", "correlation_ratio": "ratio"}
_COLUMNS = ("key", "group", "method", "n", "strength", "chance")


def print_importance(found: Importance, out: TextIO) -> None:
    """Print a line for each parameter; what chance alone may give is not bold."""
    if not found.keys:
        return
    lines = [_line(one, is_unicode=is_unicode(out)) for one in found.keys]
    styles = [[Style.PLAIN, *_styles(one)] for one in found.keys]
    print_cells([escape(found.target), "", "STRENGTH", "METHOD", "N", "CHANCE"], lines, out, styles)


def markdown_importance(found: Importance) -> Iterator[str]:
    """The same as the lines of a Markdown table."""
    yield row([code(found.target), "strength", "method", "n", "chance"])
    yield row(["---"] * 5)
    for one in found.keys:
        strength = f"**{_signed(one)}**" if _is_beyond_chance(one) else _signed(one)
        yield row([code(one.key), strength, _METHODS[one.method], str(one.n), f"{one.chance:.2f}"])


def print_separated_importance(found: Importance, out: TextIO, separator: str) -> None:
    """Print a line for each parameter, with exact numbers."""
    lines = ([cell(getattr(one, name)) for name in _COLUMNS] for one in found.keys)
    print_separated_cells(_COLUMNS, lines, out, separator)


def remarks(found: Importance) -> list[str]:
    """What the numbers mean, how far they can be trusted, and what is left out."""
    said = []
    if found.keys:
        said.append("Chance alone exceeds CHANCE for about one of twenty parameters.")
    if found.n < FEW:
        said.append(f"Only {found.n} have {found.target!r}: this is a hint, not a finding.")
    for reason in dict.fromkeys(one.reason for one in found.left_out):
        keys = ", ".join(one.key for one in found.left_out if one.reason == reason)
        said.append(f"Left out, {reason}: {keys}.")
    return said or ["No other key differs."]


def _line(one: Association, *, is_unicode: bool) -> list[str]:
    bar = ("█" if is_unicode else "#") * max(1, round(abs(one.strength) * _WIDE))
    return [
        *(escape(one.key), bar, _signed(one), _METHODS[one.method], str(one.n)),
        f"{one.chance:.2f}",
    ]


def _styles(one: Association) -> list[Style]:
    if not _is_beyond_chance(one):
        return [Style.PLAIN] * 5
    shown = Style.BAD if one.strength < 0 else Style.GOOD
    return [shown, shown, *[Style.PLAIN] * 3]


def _is_beyond_chance(one: Association) -> bool:
    return abs(one.strength) > one.chance


def _signed(one: Association) -> str:
    return f"{one.strength:+.2f}" if one.method == "spearman" else f"{one.strength:.2f}"
