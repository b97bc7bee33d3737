"""Pages of results."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar
from uuid import UUID

from artifactctl import plain_text
from artifactctl.catalog import rows

if TYPE_CHECKING:
    import pandas as pd


class Listed(Protocol):
    """The protocol of results that can stand in a page."""

    NOUN: ClassVar[str]
    """The word for one of them, such as `run`."""

    SHOWN: ClassVar[tuple[str, ...]]
    """The names of the `facts` that a page shows."""

    CELLS: ClassVar[tuple[str, ...]]
    """The names of the attributes that are columns of a data frame."""

    def facts(self) -> Mapping[str, Any]:
        """Return the facts that a notebook shows, by name."""

    @property
    def other_cells(self) -> Mapping[str, Any]:
        """Return the further cells of a data frame's row, by column."""


T = TypeVar("T", bound=Listed)


@dataclass(frozen=True, repr=False, eq=False)
class Page(rows.Page[T]):
    """One page of a listing: its `items`, and the `total` number of items on all pages.

    `index` (or `page`) counts from 1; a `max_size` of 0 puts everything on one page.
    """

    kind: type[T]

    @classmethod
    def of(cls, found: rows.Page[T], kind: type[T]) -> "Page[T]":
        """Return a page made from a page of the catalog."""
        items = tuple(found.items) if isinstance(found.items, list) else found.items
        return cls(items, found.index, found.max_size, found.total, kind)

    @property
    def page(self) -> int:
        """The number of the page; the same as `index`."""
        return self.index

    @property
    def size(self) -> int:
        """The number of items on this page."""
        return len(self.items)

    def __repr__(self) -> str:
        return f"<Page {self._caption()}>"

    def _repr_html_(self) -> str:
        # Imported on first use, as below: every listing imports this module.
        from artifactctl.visuals.notebook import MOST_ROWS, table_of_rows  # noqa: PLC0415

        facts = [item.facts() for item in islice(self.items, MOST_ROWS)]
        more = len(self.items) - len(facts)
        caption = self._caption() + (f"; {more:,} more on this page" if more > 0 else "")
        return table_of_rows(self.kind.SHOWN, facts, caption)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a data frame with one row per item.

        Each metadata key is a column `metadata.KEY`. Raises `NotFoundError` when pandas is not
        installed.
        """
        from artifactctl.visuals.notebook import data_frame  # noqa: PLC0415

        lines = [self._cells(item) for item in self.items]
        columns = dict.fromkeys([*self.kind.CELLS, *(key for line in lines for key in line)])
        return data_frame(lines, list(columns))

    def _cells(self, item: T) -> dict[str, object]:
        fixed = {name: _cell(getattr(item, name)) for name in self.kind.CELLS}
        return fixed | dict(item.other_cells)

    def _caption(self) -> str:
        shown = f"{len(self.items):,} of {plain_text.count(self.total, self.kind.NOUN)}"
        return f"{self.index} of {self.total_pages}: {shown}"


def columns_of(group: str, values: Mapping[str, object]) -> dict[str, object]:
    """Return values by the names of their columns, such as `metadata.KEY`."""
    return {f"{group}.{key}": value for key, value in values.items()}


def _cell(value: object) -> object:
    """Return a value for a data frame: texts of the results' own types become plain `str`."""
    if isinstance(value, tuple):
        return tuple(map(str, value))
    return str(value) if isinstance(value, str | UUID) else value
