"""Groups of runs or versions: of each key the mean and the deviation."""

from collections.abc import Iterator
from typing import Any, TextIO

from artifactctl.compare import ColumnGroup, Grouped, Spread
from artifactctl.plain_text import escape, is_unicode
from artifactctl.render.columns import cell
from artifactctl.render.comparison import numbers
from artifactctl.render.comparison.cells import plain
from artifactctl.render.comparison.layout import Column, print_columns
from artifactctl.render.comparison.markdown import code, row
from artifactctl.render.structured import print_cells

_FACTS = ("n", "missing", "mean", "deviation", "distinct", "value")
_LONGEST = 32  # characters of a text in a table


def print_grouped(grouped: Grouped, out: TextIO, *, is_wide: bool = False) -> None:
    """Print a column for each group: how many are in it, and the mean and deviation of each key."""
    signs = ("±", "—") if is_unicode(out) else ("+/-", "-")
    keys = Column("KEY", ["(n)", *(escape(one.key) for one in grouped.rows)])
    columns = []
    for place, group in enumerate(grouped.groups):
        cells = [_text(one.spreads[place], group, signs) for one in grouped.rows]
        columns.append(Column(_name(grouped, group), [str(len(group.columns)), *cells]))
    print_columns(keys, columns, out, is_wide=is_wide)


def markdown_grouped(grouped: Grouped) -> Iterator[str]:
    """The same as the lines of a Markdown table."""
    yield row(["key", *(code(_name(grouped, group)) for group in grouped.groups)])
    yield row(["---"] * (1 + len(grouped.groups)))
    yield row(["n", *(str(len(group.columns)) for group in grouped.groups)])
    for one in grouped.rows:
        pairs = zip(one.spreads, grouped.groups, strict=True)
        cells = [_text(*pair, ("±", "—")) for pair in pairs]
        is_text = one.kind == "category"
        yield row([code(one.key), *(code(text) if is_text else text for text in cells)])


def print_separated_groups(grouped: Grouped, out: TextIO, separator: str) -> None:
    """Print a line for each key and group, with exact numbers."""
    header = ["key", "group", escape(grouped.by), *_FACTS]
    lines = (
        [escape(one.key), one.group, _value(group), *map(cell, _told(spread))]
        for one in grouped.rows
        for group, spread in zip(grouped.groups, one.spreads, strict=True)
    )
    print_cells(header, lines, out, separator)


def remark(grouped: Grouped) -> str:
    """What the cells of a table mean."""
    has_gaps = any(
        spread.missing for one in grouped.rows if one.kind == "number" for spread in one.spreads
    )
    said = f"Grouped by {grouped.by}: mean ± deviation of the sample"
    return (
        f"{said}; in brackets how many have the key, where some do not." if has_gaps else f"{said}."
    )


def _told(spread: Spread) -> tuple[Any, ...]:
    value = spread.value if spread.distinct == 1 else None
    counted = spread.n, spread.missing, spread.mean, spread.deviation, spread.distinct
    return *counted, "null" if spread.distinct == 1 and value is None else value


def _value(group: ColumnGroup) -> str:
    return "" if group.is_missing else "null" if group.value is None else cell(group.value)


def _name(grouped: Grouped, group: ColumnGroup) -> str:
    leaf = grouped.by.rpartition(".")[2] or grouped.by
    if group.is_missing:
        return escape(f"no {leaf}")
    value = group.value
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    return escape(f"{leaf}={_exact(value)}")


def _exact(value: object) -> str:
    """Numbers as they are, as two groups must not have the same heading."""
    return repr(value) if isinstance(value, float) else cell(value) if value is not None else "null"


def _text(spread: Spread, group: ColumnGroup, signs: tuple[str, str]) -> str:
    between, none = signs
    if spread.n == 0:
        return none
    if spread.mean is None and spread.deviation is None and spread.distinct > 1:
        return f"{spread.distinct} values"
    if spread.mean is None:
        return _shortened(escape(plain(spread.value)))
    text = numbers.number(spread.mean)
    if spread.deviation is not None:
        text = f"{text} {between} {numbers.number(spread.deviation, 3)}"
    return text if spread.n == len(group.columns) else f"{text} ({spread.n})"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
