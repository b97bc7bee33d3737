"""Pages of results, and how results look in a notebook."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from artifactctl import plain_text
from artifactctl.catalog import rows
from artifactctl.errors import NotFoundError

if TYPE_CHECKING:
    import pandas as pd


class Listed(Protocol):
    """A result that pages are made of."""

    NOUN: ClassVar[str]
    """What one of them is called."""

    SHOWN: ClassVar[tuple[str, ...]]
    """Those of its `facts` that a page shows."""

    CELLS: ClassVar[tuple[str, ...]]
    """Those of its attributes that are columns of a data frame."""

    def facts(self) -> Mapping[str, Any]:
        """What a notebook shows of it, by name."""

    @property
    def other_cells(self) -> Mapping[str, Any]:
        """What else a data frame has of it, by column."""


T = TypeVar("T", bound=Listed)

_MOST_ROWS = 50
_LONGEST = 80  # characters of a cell
_LEFT = ' style="text-align: left"'
# The module html would do it too, but takes a millisecond to load, and listings load this one.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


@dataclass(frozen=True, repr=False, eq=False)
class Page(rows.Page[T]):
    """One page of a listing: its `items`, and the `total` of all pages.

    `index` (or `page`) counts from 1; `max_size` (or `size`) 0 means everything on one page.
    """

    kind: type[T]

    @classmethod
    def of(cls, found: rows.Page[T], kind: type[T]) -> "Page[T]":
        """A page that the catalog gave."""
        items = tuple(found.items) if isinstance(found.items, list) else found.items
        return cls(items, found.index, found.max_size, found.total, kind)

    def __repr__(self) -> str:
        return f"<Page {self._caption()}>"

    def _repr_html_(self) -> str:
        facts = [item.facts() for item in islice(self.items, _MOST_ROWS)]
        more = len(self.items) - len(facts)
        caption = self._caption() + (f"; {more:,} more on this page" if more > 0 else "")
        return _table_of_rows(self.kind.SHOWN, facts, caption)

    def to_pandas(self) -> "pd.DataFrame":
        """A data frame with a row for each item; each key of metadata is a column `metadata.KEY`.

        Raises `NotFoundError` when pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415 (only this needs it)
        except ImportError as error:
            raise NotFoundError(
                "to_pandas() needs pandas, which is not installed",
                hint="pip install 'artifactctl[data]'",
            ) from error
        lines = [self._cells(item) for item in self.items]
        columns = dict.fromkeys([*self.kind.CELLS, *(key for line in lines for key in line)])
        return pd.DataFrame(lines, columns=list(columns))

    def _cells(self, item: T) -> dict[str, Any]:
        fixed = {name: _cell(getattr(item, name)) for name in self.kind.CELLS}
        return fixed | dict(item.other_cells)

    def _caption(self) -> str:
        shown = f"{len(self.items):,} of {plain_text.count(self.total, self.kind.NOUN)}"
        return f"{self.index} of {self.total_pages}: {shown}"


def table_of_facts(facts: Mapping[str, Any]) -> str:
    """A table with a line for each fact that there is, in the colours of the notebook."""
    lines = [
        f"<tr><th{_LEFT}>{_escaped(name)}</th>{_shown(value)}</tr>"
        for name, value in facts.items()
        if value not in (None, "", (), [], {})
    ]
    return f"<table><tbody>{''.join(lines)}</tbody></table>"


def _table_of_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], caption: str) -> str:
    head = "".join(f"<th{_LEFT}>{_escaped(column)}</th>" for column in columns)
    lines = [f"<tr>{''.join(_shown(row[column]) for column in columns)}</tr>" for row in rows]
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        f"<p>{_escaped(caption)}</p>"
    )


def _cell(value: Any) -> Any:
    """A value of a data frame: without the types that only results have."""
    if isinstance(value, tuple):
        return tuple(map(str, value))
    return str(value) if isinstance(value, str) else value


def _shown(value: Any) -> str:
    text = _text(value)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return f"<td{_LEFT}>{_escaped(text)}</td>"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return ", ".join(value) if isinstance(value, tuple) else json.dumps(value, ensure_ascii=False)


def _escaped(text: str) -> str:
    return plain_text.escape(text).translate(_ESCAPES)
