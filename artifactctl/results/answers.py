"""Answers to questions in SQL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from artifactctl import plain_text
from artifactctl.catalog import questions
from artifactctl.visuals.notebook import data_frame, first_rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Answer(Sequence[dict[str, Any]]):
    """The answer to a question: a sequence of rows, each a dictionary by column.

    `columns` are the names of its columns, `cells` the rows as tuples. Many rows are kept on disk.
    `is_more`: there are more rows than were asked for.
    """

    columns: tuple[str, ...]
    cells: Sequence[tuple[Any, ...]]
    is_more: bool = False

    @classmethod
    def of(cls, found: questions.Answer) -> "Answer":
        """Return an answer made from one of the catalog."""
        return cls(found.columns, found.rows, found.is_more)

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self._row, self.cells)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._row(cells) for cells in self.cells[index]]
        return self._row(self.cells[index])

    def __repr__(self) -> str:
        return f"<Answer {self._caption()}>"

    def _repr_html_(self) -> str:
        return first_rows(self.columns, self.cells, self._caption())

    def to_pandas(self) -> "pd.DataFrame":
        """Return a data frame; raises `NotFoundError` when pandas is not installed."""
        return data_frame(list(self), self.columns)

    def _row(self, cells: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self.columns, cells, strict=True))

    def _caption(self) -> str:
        return f"{plain_text.count(len(self), 'row')}: {', '.join(self.columns)}"
