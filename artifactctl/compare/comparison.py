"""What is compared, and the result of a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
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
class ComparedDetails:
    """Who started a run, and references to the versions that it made or reused.

    `label` is that of the comparison. A version has no more than that.
    """

    label: str
    user: str | None = None
    outputs: Sequence[str] = ()


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
        has_group = self.key.startswith((f"{self.group}.", f"{self.group}:"))
        return self.key if has_group else f"{self.group}.{self.key}"


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """The columns that share a value of the key by which they are grouped.

    `columns` are positions; `is_missing` when they have no such key.
    """

    value: Any
    is_missing: bool
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """The values of one key in one group.

    `n` have a value, `missing` have none or null. Of numbers `mean`, and `deviation` of the sample
    (over n - 1), None of fewer than two. `distinct` counts different values, `value` is the only
    one, or None.
    """

    n: int
    missing: int
    mean: float | None
    deviation: float | None
    distinct: int
    value: Any


@dataclass(frozen=True, slots=True)
class GroupedRow:
    """One key with its spread in each group, in the order of the groups."""

    key: str
    group: Group
    kind: Literal["number", "category"]
    goal: Goal | None
    spreads: tuple[Spread, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The columns by their values of the key `by`: numbers by size, then texts, missing last."""

    by: str
    groups: tuple[ColumnGroup, ...]
    rows: tuple[GroupedRow, ...]


Method = Literal["spearman", "correlation_ratio"]
Reason = Literal["too few", "too many values", "constant"]


@dataclass(frozen=True, slots=True)
class Association:
    """How strongly one key is associated with the target, over the `n` columns that have both.

    `strength` is from -1 to 1 for `spearman`, from 0 to 1 for `correlation_ratio`. Chance alone
    exceeds `chance` in about one of twenty cases.
    """

    key: str
    group: Group
    method: Method
    n: int
    strength: float
    chance: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A key whose association is not computed, and why."""

    key: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Importance:
    """The keys associated with the numbers of `target`, strongest first; `n` columns have one."""

    target: str
    n: int
    keys: tuple[Association, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs or versions side by side; `baseline` is a position in `columns`.

    `notes` are for people: patterns that matched no key. `labels` are names for the columns that
    are unique, and as short as tells them apart. `grouped` and `importance` are there when they
    were asked for.
    """

    kind: ComparedKind
    baseline: int
    columns: tuple[ComparedItem, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    grouped: Grouped | None = None
    importance: Importance | None = None

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
        lines = [asdict(column) for column in self.columns]
        for row in self.rows:
            for line, value in zip(lines, row.values, strict=True):
                line[row.column] = value
        names = [field.name for field in fields(ComparedItem)]
        known = [name for name in names if any(line[name] is not None for line in lines)]
        from artifactctl.visuals.notebook import data_frame  # noqa: PLC0415 (only notebooks need it)

        return data_frame(lines, [*known, *(row.column for row in self.rows)])

    def _repr_html_(self) -> str:
        from artifactctl.visuals.notebook import (  # noqa: PLC0415 (only notebooks need it)
            MOST_COLUMNS,
            MOST_ROWS,
            cell,
            escaped,
            paragraph,
        )

        labels = self.labels or [column.name for column in self.columns]
        names = ["", *labels[:MOST_COLUMNS]]
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
        value: dict[str, object] = {
            "schema": SCHEMA,
            "kind": self.kind,
            "baseline": self.baseline,
            "columns": _plain(self.columns),
            "rows": _plain(self.rows),
        }
        if self.grouped is not None:
            value["grouped"] = _plain(self.grouped)
        if self.importance is not None:
            value["importance"] = _plain(self.importance)
        return value


def _shown(value: object, is_missing: bool) -> object:
    if is_missing:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "null" if value is None else value
    from artifactctl.visuals.notebook import number  # noqa: PLC0415 (only notebooks need it)

    return number(value)


def _more(count: int, what: str) -> str:
    return f"{count:,} more {what}" if count > 0 else ""


def _plain(value: object) -> object:
    """Dataclasses as objects of JSON and tuples as its lists, all the way down."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not is_dataclass(value):
        return value
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
