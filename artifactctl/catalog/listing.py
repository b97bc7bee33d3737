"""Listings: which rows, in which order, and how many there are in all.

A page takes a fixed number of statements, however long it is and however big the catalog: the
count, the keys of its rows in order, the rows, their tags, and their metadata.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from artifactctl.catalog.fields import (
    Among,
    Bound,
    Condition,
    Field,
    Flag,
    Identifier,
    Text,
    Time,
    Whole,
    read_type,
)
from artifactctl.catalog.filters import Filter
from artifactctl.catalog.metadata_fields import Metadata
from artifactctl.catalog.queries import (
    ARTIFACT_NAME,
    COUNT,
    LATEST,
    select_artifacts,
    select_versions,
)
from artifactctl.catalog.rows import Artifact, Listing, Page, Version
from artifactctl.catalog.sqlite import Database
from artifactctl.catalog.usage import BATCH, batches, numbered
from artifactctl.errors import WrongUsageError

T = TypeVar("T")
R = TypeVar("R")

METADATA = "metadata."

_URI = (
    "COALESCE(v.link, :store || '/manifests/' || substr(v.manifest, 8, 2) || '/'"
    " || substr(v.manifest, 8) || '.json')"
)
_OF_ARTIFACT = Among(
    Text("a.name"),
    "v.artifact_seq",
    "SELECT a.seq FROM artifact a WHERE {}",
    one="v.artifact_seq = (SELECT a.seq FROM artifact a WHERE {})",
    identifier=Identifier("a.id"),
)


def _of_run(column: str) -> Among:
    return Among(Text(column), "v.producer_run", "SELECT r.id FROM run r WHERE {}")


_VERSION_FIELDS: dict[str, Field] = {
    "id": Identifier("v.id"),
    "artifact": _OF_ARTIFACT,
    "name": _OF_ARTIFACT,
    "tag": Among(
        Text("t.tag"),
        "v.seq",
        "SELECT t.version_seq FROM version_tag t WHERE {}",
        is_exact=True,
    ),
    "version": Text("v.version", number="v.number"),
    "version_number": Whole("v.number"),
    "type": Text("v.type", read=read_type),
    "data_type": Text("v.data_type"),
    "materializer": Text("v.materializer"),
    "uri": Text(_URI),
    "size_bytes": Whole("v.size_bytes"),
    "created": Time("v.created"),
    "updated": Time("v.updated"),
    "has_custom_name": Among(
        Flag("a.has_custom_name"), "v.artifact_seq", "SELECT a.seq FROM artifact a WHERE {}"
    ),
    "pipeline_run": Among(
        Text("r.name"),
        "v.producer_run",
        "SELECT r.id FROM run r WHERE {}",
        identifier=Identifier("r.id"),
    ),
    "pipeline": _of_run("r.pipeline"),
    "step": Text("v.producer_step"),
    "only_unused": Flag("(v.seq NOT IN (SELECT u.version_seq FROM step_version u))"),
}
_ARTIFACT_FIELDS: dict[str, Field] = {
    "id": Identifier("a.id"),
    "name": Text("a.name"),
    "tag": Among(Text("t.tag"), "a.seq", "SELECT t.artifact_seq FROM artifact_tag t WHERE {}"),
    "created": Time("a.created"),
    "updated": Time("a.updated"),
    "has_custom_name": Flag("a.has_custom_name"),
}
_ALIASES = {"tags": "tag", "run_metadata": "metadata"}

# Numbers sort as numbers, before custom strings.
_BY_VERSION = ("(v.number IS NULL)", "v.number", "v.version")
_VERSION_ORDERS: dict[str, Sequence[str]] = {
    "id": ("v.id",),
    "artifact": (ARTIFACT_NAME,),
    "name": (ARTIFACT_NAME,),
    "version": _BY_VERSION,
    "version_number": _BY_VERSION[:2],
    "type": ("v.type",),
    "tags": ("(SELECT MIN(t.tag) FROM version_tag t WHERE t.version_seq = v.seq)",),
    "size": ("v.size_bytes",),
    "size_bytes": ("v.size_bytes",),
    "file_count": ("v.file_count",),
    "created": ("v.created",),
    "updated": ("v.updated",),
}
_ARTIFACT_ORDERS: dict[str, Sequence[str]] = {
    "id": ("a.id",),
    "name": ("a.name",),
    "latest_version_name": tuple(
        LATEST.replace("SELECT v.version", f"SELECT {column}") for column in _BY_VERSION
    ),
    "version_count": (COUNT,),
    "tags": ("(SELECT MIN(t.tag) FROM artifact_tag t WHERE t.artifact_seq = a.seq)",),
    "created": ("a.created",),
    "updated": ("a.updated",),
}
_ARTIFACT_ORDERS["latest_version"] = _ARTIFACT_ORDERS["latest_version_name"]

_MOST = 1 << 31  # rows on a page, and more than any catalog holds


@dataclass(frozen=True, slots=True)
class _Kind(Generic[T]):
    """What is listed: its table, and how its rows are filtered, ordered and fetched."""

    table: str
    seq: str
    always: str
    fields: Mapping[str, Field]
    orders: Mapping[str, Sequence[str]]
    select: Callable[[Database, str, Mapping[str, Any]], list[T]]


_VERSIONS = _Kind(
    "artifact_version v", "v.seq", "", _VERSION_FIELDS, _VERSION_ORDERS, select_versions
)
_ARTIFACTS = _Kind(
    "artifact a",
    "a.seq",
    "a.deleted IS NULL",
    _ARTIFACT_FIELDS,
    _ARTIFACT_ORDERS,
    select_artifacts,
)


def list_versions(db: Database, listing: Listing, convert: Callable[[Version], R]) -> Page[R]:
    """One page of versions, newest first unless sorted otherwise."""
    return _page(db, listing, _VERSIONS, convert)


def list_artifacts(db: Database, listing: Listing, convert: Callable[[Artifact], R]) -> Page[R]:
    """One page of artifacts, newest first unless sorted otherwise."""
    return _page(db, listing, _ARTIFACTS, convert)


class Everything(Sequence[T]):
    """Rows by their keys, read in batches each time they are gone through.

    Only the keys stay in memory, 8 bytes each. What is deleted meanwhile is left out.
    """

    def __init__(self, seqs: Sequence[int], fetch: Callable[[Sequence[int]], list[T]]) -> None:
        self._seqs = array("q", seqs)
        self._fetch = fetch

    def __len__(self) -> int:
        return len(self._seqs)

    def __iter__(self) -> Iterator[T]:
        for start in range(0, len(self._seqs), BATCH):
            yield from self._fetch(self._seqs[start : start + BATCH])

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return self._fetch(self._seqs[index])
        return self._fetch([self._seqs[index]])[0]


def _page(db: Database, listing: Listing, kind: _Kind[T], convert: Callable[[T], R]) -> Page[R]:
    bound = Bound()
    bound.params["store"] = listing.store
    conditions = [_condition(*item, kind, bound) for item in listing.filters]
    joint = _joint(listing.logical_operator)
    of_members = _of_members(conditions, joint)
    of_table = f"FROM {kind.table} WHERE {_where(conditions, joint, kind)}"
    order = _order(listing.sort_by, kind, bound)
    total = _number(db, f"SELECT COUNT(*) {of_members or of_table}", bound)
    limit = _limit(listing, total, bound)
    if of_members and not order:
        sql = f"SELECT seq {of_members} ORDER BY seq DESC {limit}"
    else:
        sql = f"SELECT {kind.seq} {of_table} ORDER BY {order or f'{kind.seq} DESC'} {limit}"
    seqs = [seq for (seq,) in db.rows(sql, bound.params)]

    def fetch(some: Sequence[int]) -> list[R]:
        return [convert(row) for row in _fetch(db, kind, some)]

    return Page(
        Everything(seqs, fetch) if listing.size == 0 else fetch(seqs),
        listing.page,
        listing.size,
        total,
    )


def _condition(name: str, text: str, kind: _Kind[Any], bound: Bound) -> Condition:
    name = name.replace("-", "_")
    field = kind.fields.get(_ALIASES.get(name, name))
    if field is None and kind is _VERSIONS and name.startswith(METADATA):
        field = Metadata(name.removeprefix(METADATA))
    if field is None:
        known = [*kind.fields, f"{METADATA}KEY"] if kind is _VERSIONS else [*kind.fields]
        raise WrongUsageError(f"cannot filter by {name!r}", hint="use one of " + ", ".join(known))
    return field.condition(Filter.parse(name, text, field.operators), bound)


def _joint(logical_operator: str) -> str:
    if logical_operator.lower() not in ("and", "or"):
        raise WrongUsageError(
            f"logical operator {logical_operator!r} is not known", hint="use and, or or"
        )
    return f" {logical_operator.upper()} "


def _where(conditions: Sequence[Condition], joint: str, kind: _Kind[Any]) -> str:
    wanted = joint.join(f"({condition.sql})" for condition in conditions)
    parts = [kind.always, f"({wanted})" if wanted else ""]
    return " AND ".join(part for part in parts if part) or "1 = 1"


def _of_members(conditions: Sequence[Condition], joint: str) -> str | None:
    """The rows found through indexes alone, without a look at the table; None when they are not."""
    selects = [condition.members for condition in conditions if condition.members is not None]
    if not selects or len(selects) < len(conditions):
        return None
    if joint == " OR ":
        return f"FROM (SELECT version_seq AS seq FROM ({' UNION '.join(selects)}))"
    first, *others = selects
    rest = " AND ".join(f"seq IN ({select})" for select in others) or "1 = 1"
    return f"FROM (SELECT version_seq AS seq FROM ({first})) WHERE {rest}"


def _order(sort_by: Sequence[str], kind: _Kind[Any], bound: Bound) -> str:
    """The ORDER BY for some `[asc:|desc:]FIELD`; empty for the usual order."""
    terms, direction = [], "ASC"
    for wanted in sort_by:
        direction, columns = _term(wanted, kind, bound)
        terms += [f"{column} {direction}" for column in columns]
    # Equals come in the order of allocation, in the direction of what was asked last.
    return ", ".join([*terms, f"{kind.seq} {direction}"]) if terms else ""


def _term(wanted: str, kind: _Kind[Any], bound: Bound) -> tuple[str, Sequence[str]]:
    direction, colon, field = wanted.partition(":")
    if not colon or direction not in ("asc", "desc"):
        direction, field = "asc", wanted
    field = field.replace("-", "_")
    if kind is _VERSIONS and field.startswith(METADATA):
        return direction.upper(), _by_metadata(field.removeprefix(METADATA), bound)
    if field not in kind.orders:
        known = [*kind.orders, f"{METADATA}KEY"] if kind is _VERSIONS else [*kind.orders]
        raise WrongUsageError(
            f"cannot sort by {wanted!r}",
            hint="write [asc:|desc:]FIELD with one of " + ", ".join(known),
        )
    return direction.upper(), kind.orders[field]


def _by_metadata(key: str, bound: Bound) -> Sequence[str]:
    """Numbers as numbers, then texts; who lacks the key comes first, as with SQL's nulls."""
    name = bound(key)

    def value(column: str) -> str:
        found = (
            f"(SELECT m.{column} FROM {table} m WHERE m.version_seq = v.seq AND m.key = {name})"
            for table in ("version_metadata", "version_metadata_leaf")
        )
        return f"COALESCE({', '.join(found)})"

    return [value("number"), value("text")]


def _limit(listing: Listing, total: int, bound: Bound) -> str:
    if listing.page < 1 or not 0 <= listing.size <= _MOST:
        raise WrongUsageError(
            f"page {listing.page} of size {listing.size} does not exist",
            hint="pages count from 1; size 0 lists everything",
        )
    pages: Page[Any] = Page((), listing.page, listing.size, total)
    if listing.page > pages.total_pages:
        raise WrongUsageError(
            f"page {listing.page} does not exist", hint=f"the last page is {pages.total_pages}"
        )
    if listing.size == 0:
        return ""
    offset = (listing.page - 1) * listing.size
    return f"LIMIT {bound(listing.size)} OFFSET {bound(offset)}"


def _number(db: Database, sql: str, bound: Bound) -> int:
    rows = db.rows(sql, bound.params)
    return int(rows[0][0]) if rows else 0


def _fetch(db: Database, kind: _Kind[T], seqs: Sequence[int]) -> list[T]:
    """The rows with these keys, in this order; keys that are gone are passed over."""
    if not seqs:
        return []
    found = {}
    for batch in batches(seqs):
        places, params = numbered(batch)
        for row in kind.select(db, f"WHERE {kind.seq} IN ({places})", params):
            found[row.seq] = row  # type: ignore[attr-defined]
    return [found[seq] for seq in seqs if seq in found]
