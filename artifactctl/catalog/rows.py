"""What the catalog gives and takes: frozen values, free of SQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Artifact:
    """A name and what is kept under it; times are RFC 3339, UTC."""

    seq: int
    id: str
    name: str
    has_custom_name: bool
    latest_version_name: str | None
    version_count: int
    tags: tuple[str, ...]
    created: str
    updated: str


@dataclass(frozen=True, slots=True)
class Version:
    """One artifact version as the catalog has it.

    `manifest` is the digest of its manifest; `link` is the place of linked data, else None;
    `facts` is the hash kept of what never changes (see `facts_of`); `producer_run` is the ID of
    the run that made it, `producer_name` that run's name while it exists; `data_deleted` is when
    its bytes were given up.
    """

    seq: int
    id: str
    artifact: str
    artifact_id: str
    version: str
    type: str
    kind: str
    digest: str | None
    source_checksum: str | None
    manifest: str
    link: str | None
    size_bytes: int
    file_count: int
    created: str
    updated: str
    facts: str
    data_type: str | None = None
    materializer: str | None = None
    producer_run: str | None = None
    producer_step: str | None = None
    data_deleted: str | None = None
    producer_name: str | None = None
    revision: int = 0
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to be added. `version` None takes the next number.

    `if_changed` adds none when the latest version has the same `digest`, and gives that one the
    tags and metadata instead. `find_missing` is asked inside of the transaction which bytes are
    gone: nothing that deletes bytes can run between its answer and the commit. No other version
    of the artifact keeps any of the `exclusive_tags`.
    """

    id: str
    artifact: str
    version: str | None
    type: str
    kind: str
    digest: str | None
    source_checksum: str | None
    manifest: str
    link: str | None
    size_bytes: int
    file_count: int
    tags: Sequence[str]
    metadata: Mapping[str, Any]
    if_changed: bool
    find_missing: Callable[[], Sequence[str]]
    exclusive_tags: Sequence[str] = ()


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
