"""What is said of a table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """The shape of a table; None is what its file does not say with certainty.

    A JSON object counts as one record: it has columns (its keys) and no number of rows.
    `width` is the number of columns whose names are not known.
    """

    rows: int | None
    columns: tuple[str, ...] | None
    width: int | None = None

    @property
    def column_count(self) -> int | None:
        """The number of columns, whether or not their names are known."""
        return self.width if self.columns is None else len(self.columns)
