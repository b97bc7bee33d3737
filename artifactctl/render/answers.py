"""Answers to questions in SQL, whose columns and values are printed as they are."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TextIO

from artifactctl.catalog.views import View
from artifactctl.enums import OutputFormat
from artifactctl.json_text import JsonObject
from artifactctl.plain_text import escape
from artifactctl.render.columns import cell
from artifactctl.results.answers import Answer

COLUMNS = ["view", "column", "type", "meaning"]


def print_answer(
    answer: Answer, output: OutputFormat, out: TextIO, *, is_wide: bool = False
) -> list[str]:
    """Print an answer; return the columns that a narrow terminal has no room for."""
    if output.is_document:
        from artifactctl.render import structured  # noqa: PLC0415 (each format loads what it needs)

        total = len(answer)
        pagination = {"index": 1, "max_size": 0, "total_pages": 1, "total": total}
        is_json = output is OutputFormat.JSON
        printer = structured.print_json_page if is_json else structured.print_yaml_page
        printer(answer, pagination, out)
    elif output is OutputFormat.TABLE:
        from artifactctl.render.table import Spelling, print_rows  # noqa: PLC0415 (as above)

        spelling = Spelling(escape, _shown, escape, _briefly)
        return print_rows(answer.columns, answer, out, is_wide=is_wide, spelling=spelling)
    else:
        from artifactctl.render.structured import print_cells  # noqa: PLC0415 (as above)

        lines = ([cell(value) for value in row] for row in answer.cells)
        separator = "\t" if output is OutputFormat.TSV else ","
        print_cells([escape(name) for name in answer.columns], lines, out, separator)
    return []


def first_cells(answer: Answer) -> Iterator[str]:
    """The first cell of each row."""
    return (cell(row[0]) for row in answer.cells if row)


def rows_of_views(views: Iterable[View]) -> list[JsonObject]:
    """A row for each column of the views, with `COLUMNS`."""
    return [
        {"view": view.name, "column": column.name, "type": column.type, "meaning": column.meaning}
        for view in views
        for column in view.columns
    ]


def as_json(view: View) -> JsonObject:
    """The object that JSON and YAML show of a view."""
    columns = [
        {"name": column.name, "type": column.type, "meaning": column.meaning}
        for column in view.columns
    ]
    return {"name": view.name, "meaning": view.meaning, "columns": columns}


def lines_of_views(views: Sequence[View]) -> Iterator[str]:
    """Each view with its columns, for people."""
    for view in views:
        yield f"{view.name}: {view.meaning}"
        widest = max(len(column.name) for column in view.columns)
        for column in view.columns:
            yield f"  {column.name:{widest}}  {column.type:7}  {column.meaning}"
        yield ""


def _shown(_column: str, value: Any) -> str:
    return cell(value)


def _briefly(_column: str, value: Any, _now: datetime) -> str:
    return cell(value)
