"""What is compared, and the result of a comparison."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1

Number = int | float
ComparedKind = Literal["run", "artifact_version"]
Goal = Literal["maximize", "minimize"]
Group = Literal["metadata", "outputs", "parameters"]


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """One run or version, a column of the comparison; facts that its kind lacks are None.

    `name` is unique within a comparison; `created` is when a run began, RFC 3339, UTC.
    """

    id: str
    name: str
    created: str
    status: str | None = None
    pipeline: str | None = None
    artifact: str | None = None
    version: str | None = None
    type: str | None = None
    duration_s: float | None = None
    size_bytes: int | None = None
    file_count: int | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """One run or version with the values to compare.

    Only runs have `parameters`, and `outputs`: by artifact, the numbers in the metadata of the
    versions that they made or reused.
    """

    column: ComparedItem
    metadata: Mapping[str, Any]
    parameters: Mapping[str, Any]
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One key with its value in each column, in the order of the columns.

    `changes` and `relative` are against the baseline; `best` and `worst` are positions; `trend`
    has the numbers in the order of time.
    """

    key: str
    group: Group
    kind: Literal["number", "category"]
    goal: Goal | None
    differs: bool
    values: tuple[Any, ...]
    missing: tuple[bool, ...]
    changes: tuple[Number | None, ...]
    relative: tuple[float | None, ...]
    best: tuple[int, ...]
    worst: tuple[int, ...]
    trend: tuple[Number, ...]

    @property
    def column(self) -> str:
        """The name of its column in a data frame: the key with its group in front."""
        is_told = self.key.startswith((f"{self.group}.", f"{self.group}:"))
        return self.key if is_told else f"{self.group}.{self.key}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs or versions side by side; `baseline` is a position in `columns`.

    `notes` are for people: patterns that matched no key.
    """

    kind: ComparedKind
    baseline: int
    columns: tuple[ComparedItem, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether no row differs."""
        return not any(row.differs for row in self.rows)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a data frame with one row per run or version.

        Its columns are the facts of these, then each key as `metadata.KEY`, `parameters.KEY` or
        `outputs.KEY`; what one lacks is None or NaN. Raises `NotFoundError` when pandas is not
        installed.
        """
        from artifactctl.visuals.notebook import data_frame  # noqa: PLC0415 (as below)

        lines = [asdict(column) for column in self.columns]
        for row in self.rows:
            for line, value in zip(lines, row.values, strict=True):
                line[row.column] = value
        names = [field.name for field in fields(ComparedItem)]
        known = [name for name in names if any(line[name] is not None for line in lines)]
        return data_frame(lines, [*known, *(row.column for row in self.rows)])

    def _repr_html_(self) -> str:
        # Imported on first use: only notebooks need it.
        from artifactctl.visuals.notebook import (  # noqa: PLC0415
            MOST_COLUMNS,
            MOST_ROWS,
            cell,
            escaped,
            paragraph,
        )

        names = ["", *(column.name for column in self.columns[:MOST_COLUMNS])]
        lines = []
        for row in self.rows[:MOST_ROWS]:
            cells = [
                cell(_shown(value, missing), is_bold=place in row.best)
                for place, (value, missing) in enumerate(
                    zip(row.values[:MOST_COLUMNS], row.missing, strict=False)
                )
            ]
            lines.append(f"<tr>{cell(row.key)}{''.join(cells)}</tr>")
        more = (
            _more(len(self.columns) - MOST_COLUMNS, f"{self.kind.replace('_', ' ')}s"),
            _more(len(self.rows) - MOST_ROWS, "rows"),
        )
        notes = "".join(paragraph(note) for note in (*filter(None, more), *self.notes))
        heads = "".join(f"<th>{escaped(name)}</th>" for name in names)
        return (
            f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>{notes}"
        )

    def as_json(self) -> dict[str, object]:
        """The object that JSON shows and that pages and pictures are made of."""
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "baseline": self.baseline,
            "columns": [_plain(column) for column in self.columns],
            "rows": [_plain(row) for row in self.rows],
        }


def _shown(value: object, is_missing: bool) -> object:
    if is_missing:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "null" if value is None else value
    from artifactctl.visuals.notebook import number  # noqa: PLC0415 (loaded already)

    return number(value)


def _more(count: int, what: str) -> str:
    return f"{count:,} more {what}" if count > 0 else ""


def _plain(value: Any) -> dict[str, Any]:
    fields: dict[str, Any] = asdict(value)
    return {key: list(item) if isinstance(item, tuple) else item for key, item in fields.items()}
