"""Results as people and programs read them; the only room that knows how things look."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from artifactctl.enums import OutputFormat
from artifactctl.plain_text import count, duration, escape, size
from artifactctl.render.columns import ARTIFACTS, RUNS, VERSIONS, Listing, choose
from artifactctl.render.stream import write
from artifactctl.results.asking import Result
from artifactctl.results.pages import Page

__all__ = [
    "ARTIFACTS",
    "RUNS",
    "VERSIONS",
    "count",
    "duration",
    "escape",
    "footer",
    "print_object",
    "print_page",
    "print_table",
    "size",
    "write",
]


def print_page(
    page: Page[Any], listing: Listing, columns: str | None, output: OutputFormat, out: TextIO
) -> None:
    """Print a page of a listing; `columns` is what the user asked for, `a,b` or `all`."""
    is_document = output in (OutputFormat.JSON, OutputFormat.YAML)
    chosen = choose(listing, columns, everything=is_document)
    rows = _Rows(page.items, chosen, listing.read)
    if not is_document:
        print_table(chosen, rows, output, out)
        return
    from artifactctl.render import structured  # noqa: PLC0415 (each format loads what it needs)

    is_json = output is OutputFormat.JSON
    printer = structured.print_json_page if is_json else structured.print_yaml_page
    printer(rows, _pagination(page), out)


def print_object(value: Any, output: OutputFormat, out: TextIO) -> None:
    """Print one object: a mapping or one of the client's results."""
    values: Mapping[str, Any] = value if isinstance(value, dict) else _facts(value)
    if output in (OutputFormat.JSON, OutputFormat.YAML):
        from artifactctl.render import structured  # noqa: PLC0415 (as above)

        is_json = output is OutputFormat.JSON
        (structured.print_json if is_json else structured.print_yaml)(values, out)
    elif output is OutputFormat.TABLE:
        from artifactctl.render.table import print_properties  # noqa: PLC0415 (as above)

        print_properties(values, out)
    else:
        print_table(list(values), [values], output, out)


def print_table(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], output: OutputFormat, out: TextIO
) -> None:
    """Print rows as a table, or with separators; `rows` can be read twice, so no generator."""
    if output is OutputFormat.TABLE:
        from artifactctl.render.table import print_rows  # noqa: PLC0415 (as above)

        print_rows(columns, rows, out)
    else:
        from artifactctl.render.structured import print_separated  # noqa: PLC0415 (as above)

        separator = "\t" if output is OutputFormat.TSV else ","
        print_separated(columns, rows, out, separator)


def footer(page: Page[Any], listing: Listing) -> str:
    """The line below a table."""
    if page.total == 0:
        return f"No {listing.noun}s found."
    return (
        f"Page ({page.index}/{page.total_pages}), {page.total} items found for the applied filters."
    )


def _facts(value: Any) -> Mapping[str, Any]:
    return value.as_json() if isinstance(value, Result) else asdict(value)


def _pagination(page: Page[Any]) -> dict[str, int]:
    return {
        "index": page.index,
        "max_size": page.max_size,
        "total_pages": page.total_pages,
        "total": page.total,
    }


@dataclass(frozen=True, slots=True)
class _Rows:
    """The items of a page as rows, made anew whenever they are read."""

    items: Iterable[Any]
    columns: Sequence[str]
    read: Callable[[Any, Sequence[str]], dict[str, Any]]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.read(item, self.columns) for item in self.items)
