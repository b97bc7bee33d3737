"""Printing results for people and programs; no other room decides how results look."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Generic, TextIO, TypeVar

from artifactctl.enums import OutputFormat
from artifactctl.json_text import JsonObject
from artifactctl.plain_text import count, duration, escape, size
from artifactctl.render.columns import ARTIFACTS, RUNS, VERSIONS, Listing, choose
from artifactctl.render.stream import write
from artifactctl.results.asking import Result
from artifactctl.results.pages import Listed, Page

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound=Listed)

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
    page: Page[T],
    listing: Listing[T],
    columns: str | None,
    output: OutputFormat,
    out: TextIO,
    say: Callable[[str], None] = lambda _note: None,
) -> None:
    """Print a page of a listing; `columns` is the user's choice, such as `a,b` or `all`."""
    is_document = output.is_document
    chosen = choose(listing, columns, everything=is_document, say=say)
    rows = _Rows(page.items, chosen, listing.row)
    if not is_document:
        print_table(chosen, rows, output, out)
        return
    from artifactctl.render import structured  # noqa: PLC0415 (each format loads what it needs)

    is_json = output is OutputFormat.JSON
    printer = structured.print_json_page if is_json else structured.print_yaml_page
    printer(rows, _pagination(page), out)


def print_object(
    value: "JsonObject | DataclassInstance", output: OutputFormat, out: TextIO
) -> None:
    """Print one object: a mapping or one of the client's results."""
    values = value if isinstance(value, Mapping) else _facts(value)
    if output.is_document:
        from artifactctl.render import structured  # noqa: PLC0415 (as above)

        is_json = output is OutputFormat.JSON
        (structured.print_json if is_json else structured.print_yaml)(values, out)
    elif output is OutputFormat.TABLE:
        from artifactctl.render.table import print_properties  # noqa: PLC0415 (as above)

        print_properties(values, out)
    else:
        print_table(list(values), [values], output, out)


def print_table(
    columns: Sequence[str], rows: Iterable[JsonObject], output: OutputFormat, out: TextIO
) -> None:
    """Print rows as a table, CSV or TSV; `rows` is iterated twice, so not a generator."""
    if output is OutputFormat.TABLE:
        from artifactctl.render.table import print_rows  # noqa: PLC0415 (as above)

        print_rows(columns, rows, out)
    else:
        from artifactctl.render.structured import print_separated  # noqa: PLC0415 (as above)

        separator = "\t" if output is OutputFormat.TSV else ","
        print_separated(columns, rows, out, separator)


def footer(page: Page[T], listing: Listing[T]) -> str:
    """The line below a table of a listing."""
    if page.total == 0:
        return f"No {listing.noun}s found."
    return (
        f"Page ({page.index}/{page.total_pages}), {page.total} items found for the applied filters."
    )


def _facts(value: "DataclassInstance") -> JsonObject:
    return value.as_json() if isinstance(value, Result) else asdict(value)


def _pagination(page: Page[T]) -> dict[str, int]:
    return {
        "index": page.index,
        "max_size": page.max_size,
        "total_pages": page.total_pages,
        "total": page.total,
    }


@dataclass(frozen=True, slots=True)
class _Rows(Generic[T]):
    """The items of a page as rows, made again each time they are iterated."""

    items: Iterable[T]
    columns: Sequence[str]
    read: Callable[[T, Sequence[str]], JsonObject]

    def __iter__(self) -> Iterator[JsonObject]:
        return (self.read(item, self.columns) for item in self.items)
