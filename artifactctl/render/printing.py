"""Pages, objects and tables, printed in the format that was asked for."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Generic, TextIO, TypeVar

from artifactctl.enums import OutputFormat
from artifactctl.json_text import JsonObject
from artifactctl.render.choosing import choose, read_all, sorted_by
from artifactctl.render.columns import Listing
from artifactctl.results.asking import Result
from artifactctl.results.pages import Listed, Page

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound=Listed)


def print_page(
    page: Page[T],
    listing: Listing[T],
    columns: str | None,
    output: OutputFormat,
    out: TextIO,
    *,
    sort_by: Sequence[str] = (),
    say: Callable[[str], None] = lambda _note: None,
    is_wide: bool = False,
) -> list[str]:
    """Print a page of a listing; return the columns that a narrow terminal has no room for.

    `columns` is the user's choice, such as `a,b` or `all`. A table without a choice also shows what
    it is sorted by. `say` gets notes about columns that do not exist.
    """
    is_document = output.is_document
    chosen = choose(listing, columns, page.items, everything=is_document, say=say)
    keep = sorted_by(listing, sort_by)
    if columns is None and output is OutputFormat.TABLE:
        chosen = list(dict.fromkeys([*chosen, *keep]))
    rows = _Rows(page.items, chosen, listing)
    if not is_document:
        return print_table(chosen, rows, output, out, is_wide=is_wide, keep=keep)
    from artifactctl.render import structured  # noqa: PLC0415 (each format loads what it needs)

    is_json = output is OutputFormat.JSON
    printer = structured.print_json_page if is_json else structured.print_yaml_page
    printer(rows, _pagination(page), out)
    return []


def print_object(
    value: "JsonObject | DataclassInstance",
    output: OutputFormat,
    out: TextIO,
    *,
    is_wide: bool = False,
) -> None:
    """Print one object: a mapping or one of the client's results."""
    values = value if isinstance(value, Mapping) else _facts(value)
    if output.is_document:
        from artifactctl.render import structured  # noqa: PLC0415 (as above)

        is_json = output is OutputFormat.JSON
        (structured.print_json if is_json else structured.print_yaml)(values, out)
    elif output is OutputFormat.TABLE:
        from artifactctl.render.properties import print_properties  # noqa: PLC0415 (as above)

        print_properties(values, out, is_wide=is_wide)
    else:
        print_table(list(values), [values], output, out)


def print_table(
    columns: Sequence[str],
    rows: Iterable[JsonObject],
    output: OutputFormat,
    out: TextIO,
    *,
    is_wide: bool = False,
    keep: Collection[str] = (),
) -> list[str]:
    """Print rows as a table, CSV or TSV; `rows` is iterated twice, so not a generator.

    Return the columns that a narrow terminal has no room for; those in `keep` are not among them.
    """
    if output is OutputFormat.TABLE:
        from artifactctl.render.table import print_rows  # noqa: PLC0415 (as above)

        return print_rows(columns, rows, out, is_wide=is_wide, keep=keep)
    from artifactctl.render.structured import print_separated  # noqa: PLC0415 (as above)

    print_separated(columns, rows, out, "\t" if output is OutputFormat.TSV else ",")
    return []


def footer(page: Page[T], listing: Listing[T]) -> str:
    """The lines below a table of a listing: what was found, and how to see the rest."""
    if page.total == 0:
        return f"No {listing.noun}s found."
    found = (
        f"Page ({page.index}/{page.total_pages}), {page.total} items found for the applied filters."
    )
    if page.total_pages <= 1:
        return found
    is_last = page.index >= page.total_pages
    other = "--page 1 shows the first" if is_last else f"--page {page.index + 1} shows more"
    return f"{found}\n{other}, --size 0 everything."


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
    listing: Listing[T]

    def __iter__(self) -> Iterator[JsonObject]:
        return read_all(self.listing, self.items, self.columns)
