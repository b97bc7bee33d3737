"""The values that the catalog's functions take and return: frozen dataclasses without SQL.

Those of runs are in `run_rows`, since most commands are about none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Generic, Self, TypeVar

from artifactctl.enums import VersionPart

T = TypeVar("T")

TABLES = {
    "version": "artifact_version",
    "artifact": "artifact",
    "deletion": "deleted_version",
    "run": "run",
    "run_deletion": "deleted_run",
    "tag": "tag",
    "pipeline": "pipeline",
    "series": "series",
}
"""The tables whose rows have records, by the kind of record."""


ELSEWHERE = {"from": "other statements"}
"""Marks a field that is filled from the rows of other tables, such as tags."""

JOINED = {"from": "other tables"}
"""Marks a field that the row's SELECT computes or joins, and that is no column of its table."""


def cells_of(row_class: type[Any]) -> dict[str, Any]:
    """The fields of a row class that its SELECT returns, with their types."""
    return {item.name: item.type for item in fields(row_class) if item.metadata != ELSEWHERE}


def columns_of(row_class: type[Any]) -> dict[str, Any]:
    """The fields of a row class that are columns of its table, with their types."""
    joined = {item.name for item in fields(row_class) if item.metadata == JOINED}
    return {name: kind for name, kind in cells_of(row_class).items() if name not in joined}


def optional_columns(row_class: type[Any]) -> list[str]:
    """The columns for which a row class has defaults, since older records lack them."""
    given = {item.name for item in fields(row_class) if item.default is MISSING}
    return [name for name in columns_of(row_class) if name not in given]


class TagOn(str):
    """The name of a tag on a row, with the tag's own properties.

    They are None in a catalog that was changed by hand, where a tag may have no row.
    """

    __slots__ = ("color", "exclusive", "id")

    id: str | None
    color: str | None
    exclusive: int | None

    def __new__(  # noqa: D102 (a magic method)
        cls, name: str, tag_id: str | None, color: str | None, exclusive: int | None
    ) -> Self:
        made = super().__new__(cls, name)
        made.id, made.color, made.exclusive = tag_id, color, exclusive
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.id, self.color, self.exclusive)


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact: a name for versions; times are RFC 3339 in UTC."""

    seq: int
    id: str
    name: str
    has_custom_name: bool
    latest_version_name: str | None = field(metadata=JOINED)
    version_count: int = field(metadata=JOINED)
    created: str
    updated: str
    description: str | None
    tags: tuple[str, ...] = field(metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag; `tagged_count` is the number of rows that carry it; times are RFC 3339 in UTC."""

    seq: int
    id: str
    name: str
    color: str
    exclusive: bool
    cascade: bool
    protected: bool
    tagged_count: int = field(metadata=JOINED)
    created: str
    updated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionContent:
    """The columns of a version that the caller provides.

    `manifest` is the digest of its manifest; `link` is the URL of linked data, else None;
    `producer_run` is the ID of the run that made it, `producer_step` the name of its step;
    `save_type` is ZenML's `ArtifactSaveType`, or None where unknown.
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
    """A version in the catalog, with its tags and metadata.

    `facts` is the stored digest of the immutable columns (see `facts_of`); `producer_name` is the
    name of the run that made it, or that run's ID once the run is deleted; `data_deleted` is the
    time when its bytes were deleted, else None.
    """

    seq: int
    artifact: str = field(metadata=JOINED)
    artifact_id: str = field(metadata=JOINED)
    version: str
    created: str
    updated: str
    facts: str
    data_deleted: str | None = None
    description: str | None = None
    producer_name: str | None = field(default=None, metadata=JOINED)
    revision: int
    tags: tuple[str, ...] = field(default=(), metadata=ELSEWHERE)
    metadata: Mapping[str, Any] = field(default_factory=dict, metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion(VersionContent):
    """A version to add; if `version` is None, the next number is allocated.

    With `bump`, the semantic version that follows the highest one by that part.

    With `if_changed`, no version is added if the latest one has the same `digest`: that one gets
    the tags and metadata. The `exclusive_tags` are removed from all other versions of the artifact.
    `has_custom_name` tells whether the user chose the artifact's name. `inputs` are the IDs of the
    versions that it was made from, for a version that no step made.
    """

    artifact: str
    version: str | None
    tags: Sequence[str]
    metadata: Mapping[str, Any]
    if_changed: bool
    exclusive_tags: Sequence[str] = ()
    has_custom_name: bool = True
    inputs: Sequence[str] = ()
    description: str | None = None
    bump: VersionPart | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing; `index` counts from 1, and a `max_size` of 0 means all rows."""

    items: Sequence[T]
    index: int
    max_size: int
    total: int

    @property
    def total_pages(self) -> int:
        """The number of pages; at least 1."""
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
    """A request for a page of a listing, in the form in which users write it.

    Each of `sort_by` is `FIELD`, `asc:FIELD` or `desc:FIELD`; empty means newest first. `filters`
    are pairs of a field and `VALUE` or `OPERATOR:VALUE`, joined by `logical_operator`; the field
    of a metadata key is `metadata.KEY`. `store` is the store's URL, with which the URIs of versions
    begin. `words` must be in what is known of a row, or, with False, must not be there.
    """

    page: int = 1
    size: int = 20
    sort_by: Sequence[str] = ()
    filters: Sequence[tuple[str, str]] = ()
    logical_operator: str = "and"
    store: str = ""
    words: Sequence[tuple[str, bool]] = ()


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A row whose record may not be written yet, with its revision."""

    kind: str
    id: str
    revision: int
