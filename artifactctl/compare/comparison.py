"""What is compared, and the result of a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

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
    """How strongly one key goes with the target, over the `n` columns that have both.

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
    """A key whose association is not told, and why."""

    key: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Importance:
    """What goes with the numbers of `target`, strongest first; `n` columns have such a number."""

    target: str
    n: int
    keys: tuple[Association, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs or versions side by side; `baseline` is a position in `columns`.

    `notes` are for people: patterns that matched no key. `grouped` and `importance` are there when
    they were asked for. `labels` are unique, too, and as
    short as tells the columns apart.
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

    def as_json(self) -> dict[str, object]:
        """The object that JSON shows and that pages and pictures are made of."""
        value: dict[str, object] = {
            "schema": SCHEMA,
            "kind": self.kind,
            "baseline": self.baseline,
            "columns": [_plain(column) for column in self.columns],
            "rows": [_plain(row) for row in self.rows],
        }
        if self.grouped is not None:
            value["grouped"] = _grouped(self.grouped)
        if self.importance is not None:
            value["importance"] = _importance(self.importance)
        return value


def _grouped(grouped: Grouped) -> dict[str, Any]:
    rows = [
        {**_plain(row), "spreads": [asdict(spread) for spread in row.spreads]}
        for row in grouped.rows
    ]
    return {"by": grouped.by, "groups": [_plain(group) for group in grouped.groups], "rows": rows}


def _importance(importance: Importance) -> dict[str, Any]:
    return {
        "target": importance.target,
        "n": importance.n,
        "keys": [asdict(key) for key in importance.keys],
        "left_out": [asdict(key) for key in importance.left_out],
    }


def _plain(value: Any) -> dict[str, Any]:
    fields: dict[str, Any] = asdict(value)
    return {key: list(item) if isinstance(item, tuple) else item for key, item in fields.items()}
