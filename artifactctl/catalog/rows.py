"""What the catalog gives and takes: frozen values, free of SQL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Generic, TypeVar

T = TypeVar("T")

TABLES = {
    "version": "artifact_version",
    "artifact": "artifact",
    "deletion": "deleted_version",
    "run": "run",
    "run_deletion": "deleted_run",
    "tag": "tag",
}
"""The tables whose rows have records, by the kind of the record."""


ELSEWHERE = {"from": "other statements"}
"""Marks a field that no cell of the row says: what other tables add, such as tags."""

JOINED = {"from": "other tables"}
"""Marks a field that is no column of the row's table, and that its statement selects with it."""


def cells_of(row_class: type[Any]) -> dict[str, Any]:
    """The fields of a row class that the cells of its row say, with their types."""
    return {item.name: item.type for item in fields(row_class) if item.metadata != ELSEWHERE}


def columns_of(row_class: type[Any]) -> dict[str, Any]:
    """The fields of a row class that are columns of its table, with their types."""
    joined = {item.name for item in fields(row_class) if item.metadata == JOINED}
    return {name: kind for name, kind in cells_of(row_class).items() if name not in joined}


def optional_columns(row_class: type[Any]) -> list[str]:
    """The columns that a row class need not be given, since older records do not have them."""
    given = {item.name for item in fields(row_class) if item.default is MISSING}
    return [name for name in columns_of(row_class) if name not in given]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A name and what is kept under it; times are RFC 3339, UTC."""

    seq: int
    id: str
    name: str
    has_custom_name: bool
    latest_version_name: str | None = field(metadata=JOINED)
    version_count: int = field(metadata=JOINED)
    created: str
    updated: str
    tags: tuple[str, ...] = field(metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionContent:
    """What is kept of a version as it is given.

    `manifest` is the digest of its manifest; `link` is the place of linked data, else None;
    `producer_run` is the ID of the run that made it, `producer_step` the name of its step;
    `save_type` says how it came here, in ZenML's words, where known.
    """

    id: str
    type: str
    kind: str
    digest: str | None
    source_checksum: str | None
    manifest: str
    link: str | None
    size_bytes: int
    file_count: int
    data_type: str | None = None
    materializer: str | None = None
    producer_run: str | None = None
    producer_step: str | None = None
    save_type: str | None = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(VersionContent):
    """One artifact version as the catalog has it.

    `facts` is the hash kept of what never changes (see `facts_of`); `producer_name` is the name of
    the run that made it while that exists; `data_deleted` is when its bytes were given up.
    """

    seq: int
    artifact: str = field(metadata=JOINED)
    artifact_id: str = field(metadata=JOINED)
    version: str
    created: str
    updated: str
    facts: str
    data_deleted: str | None = None
    producer_name: str | None = field(default=None, metadata=JOINED)
    revision: int
    tags: tuple[str, ...] = field(default=(), metadata=ELSEWHERE)
    metadata: Mapping[str, Any] = field(default_factory=dict, metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion(VersionContent):
    """A version to be added. `version` None takes the next number.

    `if_changed` adds none when the latest version has the same `digest`, and gives that one the
    tags and metadata instead. No other version of the artifact keeps any of the `exclusive_tags`.
    `has_custom_name` is whether a person chose the artifact's name. `inputs` are the IDs of
    versions that it was made from, where no run says so.
    """

    artifact: str
    version: str | None
    tags: Sequence[str]
    metadata: Mapping[str, Any]
    if_changed: bool
    exclusive_tags: Sequence[str] = ()
    has_custom_name: bool = True
    inputs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run; `inputs` and `outputs` are pairs of a name and a version's ID.

    A version that is gone is in neither. `log` is the digest of what it printed; times are
    RFC 3339, UTC, and None where they were not noted.
    """

    seq: int
    id: str
    name: str
    status: str
    started: str | None
    ended: str | None
    cache_key: str | None
    log: str | None
    log_bytes: int | None
    details: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict, metadata=ELSEWHERE)
    inputs: tuple[tuple[str, str], ...] = field(default=(), metadata=ELSEWHERE)
    outputs: tuple[tuple[str, str], ...] = field(default=(), metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True)
class RunContent:
    """What is kept of a run as it is given."""

    id: str
    name: str
    pipeline: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(RunContent):
    """One execution of a pipeline, with its steps in the order in which they began."""

    seq: int
    status: str
    started: str
    ended: str | None
    revision: int
    tags: tuple[str, ...] = field(default=(), metadata=ELSEWHERE)
    metadata: Mapping[str, Any] = field(default_factory=dict, metadata=ELSEWHERE)
    steps: tuple[Step, ...] = field(default=(), metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True)
class NewRun(RunContent):
    """A run that begins; no other run of the pipeline keeps any of the `exclusive_tags`."""

    tags: Sequence[str] = ()
    exclusive_tags: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeletedVersion:
    """What is left of a deleted version: the name and the number that it has used up."""

    seq: int
    id: str
    artifact_seq: int
    version: str
    number: int | None
    created: str
    deleted: str
    revision: int


@dataclass(frozen=True, slots=True)
class DeletedRun:
    """What is left of a deleted run: so much that no record can bring it back."""

    seq: int
    id: str
    name: str
    pipeline: str
    started: str
    deleted: str
    revision: int


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step that begins; `inputs` are pairs of a name and a version's ID.

    Of steps with equal `cache_key` the outputs can stand for each other's; None: of no other's.
    """

    id: str
    run_id: str
    name: str
    details: Mapping[str, Any] = field(default_factory=dict)
    cache_key: str | None = None
    inputs: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How a step ended; `id` is the step's.

    `details` are merged over what was there. `inputs` are further ones, pairs of a name and a
    version's ID; `outputs` are made, under a name of the step's; `reused` are versions that stand
    for outputs, as pairs, and get the `reused_tags`; `told_by` is the ID of the step that made
    them, whose metadata this one has, too. `log` is the digest of what it printed.
    """

    id: str
    status: str
    details: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    log: str | None = None
    log_bytes: int = 0
    inputs: Sequence[tuple[str, str]] = ()
    outputs: Sequence[tuple[str, NewVersion]] = ()
    reused: Sequence[tuple[str, str]] = ()
    reused_tags: Sequence[str] = ()
    told_by: str | None = None


@dataclass(frozen=True, slots=True)
class FormerStep:
    """A step that has made something; `outputs` are pairs of a name and a version's ID.

    `ended` is RFC 3339, UTC, where it was noted.
    """

    id: str
    ended: str | None
    details: Mapping[str, Any]
    outputs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing; `index` counts from 1, and `max_size` 0 means everything."""

    items: Sequence[T]
    index: int
    max_size: int
    total: int

    @property
    def page(self) -> int:
        """The same as `index`."""
        return self.index

    @property
    def size(self) -> int:
        """The same as `max_size`: how many rows were asked for."""
        return self.max_size

    @property
    def total_pages(self) -> int:
        """How many pages there are; at least 1."""
        if self.max_size == 0 or self.total == 0:
            return 1
        return -(-self.total // self.max_size)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __getitem__(self, position: int) -> T:
        return self.items[position]


@dataclass(frozen=True, slots=True)
class Listing:
    """Which page of what is wanted, as a user writes it.

    Each of `sort_by` is `FIELD`, `asc:FIELD` or `desc:FIELD`; none means newest first. `filters`
    are pairs of a field and `VALUE` or `OPERATOR:VALUE`, joined by `logical_operator`; the field
    of a metadata key is `metadata.KEY`. `store` is the store's URL, as URIs begin with it.
    """

    page: int = 1
    size: int = 20
    sort_by: Sequence[str] = ()
    filters: Sequence[tuple[str, str]] = ()
    logical_operator: str = "and"
    store: str = ""


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A row whose record may not be written yet, at one of its revisions."""

    kind: str
    id: str
    revision: int
