"""A comparison as CSV or TSV: a line for each key, a column for each run or version."""

from collections.abc import Iterator
from typing import TextIO

from artifactctl.compare import Comparison
from artifactctl.plain_text import escape
from artifactctl.render.columns import cell
from artifactctl.render.comparison.cells import Facts, shown_facts
from artifactctl.render.structured import print_cells

_FACTS = {
    "run": ("status", "created", "duration_s"),
    "artifact_version": ("type", "created", "size_bytes", "file_count"),
}


def print_separated(
    comparison: Comparison, out: TextIO, separator: str, facts: Facts = "all"
) -> None:
    """Print a header and a line for each key; missing values are empty, nulls are `null`."""
    header = ["key", "group", *(escape(column.name) for column in comparison.columns)]
    print_cells(header, _lines(comparison, facts), out, separator)


def _lines(comparison: Comparison, facts: Facts) -> Iterator[list[str]]:
    for fact in shown_facts(comparison, _FACTS[comparison.kind], facts):
        yield [fact, "fact", *(cell(getattr(column, fact)) for column in comparison.columns)]
    for row in comparison.rows:
        values = zip(row.values, row.missing, strict=True)
        yield [escape(row.key), row.group, *(_exact(*value) for value in values)]


def _exact(value: object, is_missing: bool) -> str:
    return "" if is_missing else "null" if value is None else cell(value)
