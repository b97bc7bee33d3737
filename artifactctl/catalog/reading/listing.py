"""Listings: which rows, in which order, and how many there are in all.

A page takes a fixed number of statements, however long it is and however big the catalog: the
count, the keys of its rows in order, the rows, and one for each kind of thing that hangs on them,
such as tags.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, overload

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.batching import BATCH, batches, numbered
from artifactctl.catalog.reading.fields import Bound, Condition
from artifactctl.catalog.reading.filters import Filter
from artifactctl.catalog.reading.listed import ARTIFACTS, METADATA, RUNS, VERSIONS, Kind
from artifactctl.catalog.rows import Artifact, Listing, Page, Run, Version
from artifactctl.errors import NotFoundError, WrongUsageError

__all__ = ["METADATA", "Everything", "list_artifacts", "list_runs", "list_versions"]

T = TypeVar("T")
R = TypeVar("R")

_FEW = 10_000  # rows that are sorted at once
_MOST_FILTERS = 200
_MOST = 1 << 31  # rows on a page, and more than any catalog holds


def list_versions(db: Database, listing: Listing, convert: Callable[[Version], R]) -> Page[R]:
    """One page of versions, newest first unless sorted otherwise."""
    with db.snapshot():
        return _page(db, listing, VERSIONS, convert)


def list_artifacts(db: Database, listing: Listing, convert: Callable[[Artifact], R]) -> Page[R]:
    """One page of artifacts, newest first unless sorted otherwise."""
    with db.snapshot():
        return _page(db, listing, ARTIFACTS, convert)


def list_runs(db: Database, listing: Listing, convert: Callable[[Run], R]) -> Page[R]:
    """One page of runs, newest first unless sorted otherwise."""
    with db.snapshot():
        return _page(db, listing, RUNS, convert)


class Everything(Sequence[T]):
    """Rows by their keys, read in batches each time they are gone through.

    Only the keys stay in memory, 8 bytes each. What is deleted meanwhile is left out.
    """

    def __init__(self, seqs: "array[int]", fetch: Callable[[Sequence[int]], list[T]]) -> None:
        self._seqs = seqs
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
        found = self._fetch([self._seqs[index]])
        if not found:
            raise NotFoundError(f"row {index} of the listing was deleted meanwhile")
        return found[0]


def _page(db: Database, listing: Listing, kind: Kind[T], convert: Callable[[T], R]) -> Page[R]:
    if len(listing.filters) > _MOST_FILTERS:
        raise WrongUsageError(f"more than {_MOST_FILTERS} filters", hint="use oneof:A,B,…")
    bound = Bound()
    bound.params["store"] = listing.store
    conditions = [_condition(*item, kind, bound) for item in listing.filters]
    joint = _joint(listing.logical_operator)
    of_members = _of_members(conditions, joint)
    where = joint.join(f"({condition.sql})" for condition in conditions) or "1 = 1"
    source, order = _order(listing.sort_by, kind, bound)
    counted = of_members or f"FROM {kind.source}({where})"
    total = _number(db, f"SELECT COUNT(*) {counted}", bound)
    limit = _limit(listing, total, bound)
    if of_members and not order:
        sql = f"SELECT seq {of_members} ORDER BY seq DESC {limit}"
    else:
        # Of a few rows the filter's index is the way; a plus keeps SQLite from going through the
        # whole table just because that is in the right order.
        usual = f"{'+' if total < _FEW else ''}{kind.seq} DESC"
        sql = f"SELECT {kind.seq} FROM {source}({where}) ORDER BY {order or usual} {limit}"
    # All of them one by one: a million rows would be a hundred megabytes, their keys are eight.
    read = db.rows if listing.size else db.iterate
    seqs = array("q", (seq for (seq,) in read(sql, bound.params)) if total else ())

    def fetch(some: Sequence[int]) -> list[R]:
        return [convert(row) for row in _fetch(db, kind, some)]

    return Page(
        Everything(seqs, fetch) if listing.size == 0 else fetch(seqs),
        listing.page,
        listing.size,
        total,
    )


def _condition(name: str, text: str, kind: Kind[Any], bound: Bound) -> Condition:
    field = kind.field(name)
    return field.condition(Filter.parse(name, text, field.operators), bound)


def _joint(logical_operator: str) -> str:
    if logical_operator.lower() not in ("and", "or"):
        raise WrongUsageError(
            f"logical operator {logical_operator!r} is not known", hint="use and, or or"
        )
    return f" {logical_operator.upper()} "


def _of_members(conditions: Sequence[Condition], joint: str) -> str | None:
    """The rows found through indexes alone, without a look at the table; None when they are not."""
    selects = [condition.members for condition in conditions if condition.members is not None]
    if not selects or len(selects) < len(conditions):
        return None
    if joint == " OR ":
        # Each on its own: a SELECT may be a UNION ALL itself, which would let doubles through.
        union = " UNION ".join(f"SELECT version_seq FROM ({select})" for select in selects)
        return f"FROM (SELECT version_seq AS seq FROM ({union}))"
    first, *others = selects
    rest = " AND ".join(f"seq IN ({select})" for select in others) or "1 = 1"
    return f"FROM (SELECT version_seq AS seq FROM ({first})) WHERE {rest}"


def _order(sort_by: Sequence[str], kind: Kind[Any], bound: Bound) -> tuple[str, str]:
    """Where the rows come from, and the ORDER BY; that is empty for the usual order."""
    source, terms, direction = kind.source, [], "ASC"
    for wanted in sort_by:
        direction, field = _direction(wanted)
        order = kind.order(field, bound)
        source = order.source or source
        terms += [f"{column} {direction}" for column in order.columns]
    # Equals come in the order of allocation, in the direction of what was asked last.
    return source, ", ".join([*terms, f"{kind.seq} {direction}"] if terms else [])


def _direction(wanted: str) -> tuple[str, str]:
    direction, colon, field = wanted.partition(":")
    return (direction.upper(), field) if colon and direction in ("asc", "desc") else ("ASC", wanted)


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


def _fetch(db: Database, kind: Kind[T], seqs: Sequence[int]) -> list[T]:
    """The rows with these keys, in this order; keys that are gone are passed over."""
    if not seqs:
        return []
    found = {}
    for batch in batches(seqs):
        places, params = numbered(batch)
        for row in kind.select(db, f"WHERE {kind.seq} IN ({places})", params):
            found[row.seq] = row  # type: ignore[attr-defined]
    return [found[seq] for seq in seqs if seq in found]
