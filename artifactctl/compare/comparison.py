"""What is compared, and the result of a comparison."""

from collections.abc import Mapping
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

    def as_json(self) -> dict[str, object]:
        """The object that JSON shows and that pages and pictures are made of."""
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "baseline": self.baseline,
            "columns": [_plain(column) for column in self.columns],
            "rows": [_plain(row) for row in self.rows],
        }


def _plain(value: Any) -> dict[str, Any]:
    fields: dict[str, Any] = asdict(value)
    return {key: list(item) if isinstance(item, tuple) else item for key, item in fields.items()}
