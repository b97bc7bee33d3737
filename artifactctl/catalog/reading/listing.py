"""Listings of artifacts and versions, and what all listings share: filters, order, pages.

A page takes a fixed number of statements, whatever its size and that of the catalog: one for the
count, one for the seqs of its rows in order, one for the rows, and one for each related table, such
as that of tags.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, overload

from artifactctl.catalog.cells import is_text
from artifactctl.catalog.engine.protocol import Database, Params
from artifactctl.catalog.reading.conditions import Bound
from artifactctl.catalog.reading.fields import (
    ARTIFACTS,
    METADATA,
    NEWEST_FIRST,
    OLDEST_FIRST,
    VERSIONS,
    Listed,
    Order,
)
from artifactctl.catalog.reading.filtering import Selected, operators_of, select
from artifactctl.catalog.reading.filters import Filter
from artifactctl.catalog.reading.statements import BATCH, batches, numbered
from artifactctl.catalog.reading.versions import select_artifacts, select_versions
from artifactctl.catalog.rows import Artifact, Listing, Page, Version
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from artifactctl.suggestions import did_you_mean, nearest


class Row(Protocol):
    """A row of a listed table."""

    @property
    def seq(self) -> int:
        """The row's seq."""


T = TypeVar("T", bound=Row)
Item = TypeVar("Item")
R = TypeVar("R")

Fetch = Callable[[Database, str, Params], list[T]]
"""Reads the rows that match the end of a SELECT over the listed table, such as its WHERE."""

_FEW = 10_000  # below this many matches, sorting them is faster than scanning the table in order
_MOST_FILTERS = 200
_OF_CREATION = {(): "DESC", (NEWEST_FIRST,): "DESC", (OLDEST_FIRST,): "ASC"}
_MOST = 1 << 31  # the largest page size; no catalog has as many rows


def list_versions(db: Database, listing: Listing, convert: Callable[[Version], R]) -> Page[R]:
    """One page of versions, newest first unless sorted otherwise."""
    with db.snapshot():
        return page_of(db, listing, VERSIONS, select_versions, convert)


def list_artifacts(db: Database, listing: Listing, convert: Callable[[Artifact], R]) -> Page[R]:
    """One page of artifacts, newest first unless sorted otherwise."""
    with db.snapshot():
        return page_of(db, listing, ARTIFACTS, select_artifacts, convert)


class Everything(Sequence[Item]):
    """All rows of a listing, as a sequence that reads them in batches on each iteration.

    Only their seqs stay in memory, 8 bytes each. Rows that are deleted meanwhile are left out.
    """

    def __init__(self, seqs: "array[int]", fetch: Callable[[Sequence[int]], list[Item]]) -> None:
        self._seqs = seqs
        self._fetch = fetch

    def __len__(self) -> int:
        return len(self._seqs)

    def __iter__(self) -> Iterator[Item]:
        for start in range(0, len(self._seqs), BATCH):
            yield from self._fetch(self._seqs[start : start + BATCH])

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            return self._fetch(self._seqs[index])
        found = self._fetch([self._seqs[index]])
        if not found:
            raise NotFoundError(f"row {index} of the listing was deleted meanwhile")
        return found[0]


def page_of(
    db: Database,
    listing: Listing,
    listed: Listed,
    fetch: Fetch[T],
    convert: Callable[[T], R],
    *,
    is_one_trip: bool = True,
) -> Page[R]:
    """One page of the rows of a table; each becomes what `convert` makes of it.

    `is_one_trip`: `fetch` asks for the rows and what is related to them together, where a question
    is a trip.
    """
    bound = Bound(db.dialect)
    counted, selected_of = _statements(listing, listed, bound)
    if listing.size and db.dialect.is_remote:
        # The count is not known yet; for a server the second statement does not depend on it.
        db.foresee([(counted, bound.params), (selected_of(_FEW), bound.params)])
    rows = db.rows(counted, bound.params)
    total = int(rows[0][0]) if rows else 0
    _check_page(listing, total)
    # Without a page size, iterate: fetching a million rows at once takes about 100 MB of tuples,
    # while their seqs take 8 MB.
    read = db.rows if listing.size else db.iterate
    seqs = array("q", (seq for (seq,) in read(selected_of(total), bound.params)) if total else ())

    def fetch_some(some: Sequence[int]) -> list[R]:
        if len(some) <= BATCH and is_one_trip:
            db.end_snapshot()
        return [convert(row) for row in _fetch(db, listed, fetch, some)]

    return Page(
        Everything(seqs, fetch_some) if listing.size == 0 else fetch_some(seqs),
        listing.page,
        listing.size,
        total,
    )


def _statements(listing: Listing, listed: Listed, bound: Bound) -> tuple[str, Callable[[int], str]]:
    """SQL for the number of rows that match, and for their seqs, given about that number."""
    if len(listing.filters) > _MOST_FILTERS:
        raise WrongUsageError(f"more than {_MOST_FILTERS} filters", hint="use oneof:A,B,…")
    bound.params["store"] = listing.store
    selected = [_select(*item, listed, bound) for item in listing.filters]
    joint = _joint(listing.logical_operator)
    of_members = None if listing.words else _of_members(selected, joint)
    where = joint.join(f"({item.sql})" for item in selected) or "1 = 1"
    if listing.words:
        where = " AND ".join([f"({where})", *_with_words(listing.words, listed, bound)])
    direction = _OF_CREATION.get(tuple(listing.sort_by))
    source, order = _order(() if direction else listing.sort_by, listed, bound)
    limit = _limit(listing, bound)

    def selected_of(total: int) -> str:
        if of_members and direction:
            return f"SELECT seq {of_members} ORDER BY seq {direction} {limit}"
        # For a few rows the planner should use the filter's index and sort, instead of scanning
        # the whole table only because that is already in the right order.
        by_key = f"{bound.dialect.unindexed if total < _FEW else ''}{listed.seq} {direction}"
        return f"SELECT {listed.seq} FROM {source}({where}) ORDER BY {order or by_key} {limit}"

    return f"SELECT COUNT(*) {of_members or f'FROM {listed.source}({where})'}", selected_of


def _select(name: str, text: str, listed: Listed, bound: Bound) -> Selected:
    """The SQL of a filter; raises `WrongUsageError`, with the known fields, for an unknown one."""
    key = _metadata_key(name, listed)
    if key is not None:
        from artifactctl.catalog.reading import metadata_filters as by  # noqa: PLC0415 (only for metadata)

        of_key = by.select_versions_with if listed.metadata == "version" else by.select_runs_with
        return of_key(key, Filter.parse(name, text), bound)
    field = listed.field(name)
    if field is None or field.filter is None:
        known = [item.name for item in listed.fields if item.filter is not None]
        raise WrongUsageError(
            f"cannot filter by {name!r}", hint=f"use one of {_names(known, listed)}"
        )
    asked = Filter.parse(name, text, operators_of(field.filter))
    return select(field.filter, asked, bound)


def _with_words(words: Sequence[tuple[str, bool]], listed: Listed, bound: Bound) -> Iterator[str]:
    """The conditions on words that must be, or must not be, in what is known of a row."""
    from artifactctl.catalog.reading.searching import seqs_with  # noqa: PLC0415 (only for words)

    assert listed.kind is not None  # words are only asked for where they can be found
    for number, (word, is_wanted) in enumerate(words):
        select, params = seqs_with(word, number, listed.kind, bound.dialect)
        bound.params.update(params)
        yield f"{listed.seq} {'' if is_wanted else 'NOT '}IN ({select})"


def _metadata_key(name: str, listed: Listed) -> str | None:
    """The KEY of a field `metadata.KEY`, or None for any other field."""
    key = name.removeprefix(METADATA)
    if listed.metadata is None or key == name:
        return None
    if not is_text(key):
        raise InvalidInputError(f"key {key!r} of metadata is not valid Unicode")
    if not key:
        raise WrongUsageError(f"{METADATA!r} names no key", hint=f"write {METADATA}KEY")
    return key


def _names(known: Sequence[str], listed: Listed) -> str:
    return ", ".join([*known, f"{METADATA}KEY"] if listed.metadata is not None else known)


def _joint(logical_operator: str) -> str:
    if logical_operator.lower() not in ("and", "or"):
        raise WrongUsageError(
            f"logical operator {logical_operator!r} is not known", hint="use and, or or"
        )
    return f" {logical_operator.upper()} "


def _of_members(selected: Sequence[Selected], joint: str) -> str | None:
    """A FROM clause that finds the rows through indexes alone; None where that is impossible."""
    selects = [item.members for item in selected if item.members is not None]
    if not selects or len(selects) < len(selected):
        return None
    if joint == " OR ":
        # Each SELECT is a subquery: one that is a UNION ALL itself would let duplicates through.
        union = " UNION ".join(
            f"SELECT version_seq FROM ({select}) m{place}" for place, select in enumerate(selects)
        )
        return f"FROM (SELECT version_seq AS seq FROM ({union}) found) members"
    first, *others = selects
    rest = " AND ".join(f"seq IN ({select})" for select in others) or "1 = 1"
    return f"FROM (SELECT version_seq AS seq FROM ({first}) found) members WHERE {rest}"


def _order(sort_by: Sequence[str], listed: Listed, bound: Bound) -> tuple[str, str]:
    """The source of the rows and the ORDER BY, which is empty for the default order."""
    source, terms, direction = listed.source, [], "ASC"
    for wanted in sort_by:
        direction, name = _direction(wanted)
        order = _order_of(name, listed, bound)
        source = order.source or source
        # On a NOT NULL column, NULLS FIRST or LAST would keep PostgreSQL from using the index.
        nulls = f" NULLS {'FIRST' if direction == 'ASC' else 'LAST'}" if order.is_nullable else ""
        terms += [f"{column} {direction}{nulls}" for column in order.columns]
    # Ties are ordered by seq, in the direction of the last sort field.
    return source, ", ".join([*terms, f"{listed.seq} {direction}"] if terms else [])


def _order_of(name: str, listed: Listed, bound: Bound) -> Order:
    """The order of a sort field; raises `WrongUsageError`, with the known fields, for others."""
    key = _metadata_key(name, listed)
    if key is not None:
        from artifactctl.catalog.reading import metadata_filters as by  # noqa: PLC0415 (only for metadata)

        return (by.version_order if listed.metadata == "version" else by.run_order)(key, bound)
    field = listed.field(name)
    if field is None or field.order is None:
        sorting = [item for item in listed.fields if item.order is not None]
        known = [name for item in sorting for name in (item.name, *item.also)]
        raise WrongUsageError(f"cannot sort by {name!r}", hint=_right_order(name, known, listed))
    return field.order


def _right_order(name: str, known: Sequence[str], listed: Listed) -> str:
    """Return a hint at the order that was meant, or at all."""
    plain, _, direction = name.partition(":")
    plain = plain.lstrip("-+")
    if plain != name and plain in known:
        is_rising = direction.startswith("asc") or (not direction and name.startswith("+"))
        return f"write {'asc' if is_rising else 'desc'}:{plain}"
    some = f"write [asc:|desc:]FIELD with one of {_names(known, listed)}"
    return f"{did_you_mean(nearest(name, known, 0.7))} {some}".lstrip()


def _direction(wanted: str) -> tuple[str, str]:
    direction, colon, field = wanted.partition(":")
    return (direction.upper(), field) if colon and direction in ("asc", "desc") else ("ASC", wanted)


def _limit(listing: Listing, bound: Bound) -> str:
    if listing.page < 1 or not 0 <= listing.size <= _MOST:
        raise WrongUsageError(
            f"page {listing.page} of size {listing.size} does not exist",
            hint="pages count from 1; size 0 lists everything",
        )
    if listing.size == 0:
        return ""
    offset = (listing.page - 1) * listing.size
    return f"LIMIT {bound(listing.size)} OFFSET {bound(offset)}"


def _check_page(listing: Listing, total: int) -> None:
    pages: Page[Any] = Page((), listing.page, listing.size, total)
    if listing.page > pages.total_pages:
        raise WrongUsageError(
            f"page {listing.page} does not exist", hint=f"the last page is {pages.total_pages}"
        )


def _fetch(db: Database, listed: Listed, fetch: Fetch[T], seqs: Sequence[int]) -> list[T]:
    """The rows with these seqs, in this order; rows that were deleted meanwhile are skipped."""
    found = {}
    for batch in batches(seqs):
        places, params = numbered(batch)
        for row in fetch(db, f"WHERE {listed.seq} IN ({places})", params):
            found[row.seq] = row
    return [found[seq] for seq in seqs if seq in found]
