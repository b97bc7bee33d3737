"""Everything that is read from the catalog, as plain SELECTs.

A listing takes a fixed number of statements, however long the page and however big the catalog:
the count, the page, its tags, and its metadata.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from artifactctl.catalog.filters import Bound, Field, read_type, where
from artifactctl.catalog.rows import Artifact, Listing, Page, Unrecorded, Version
from artifactctl.catalog.sqlite import Database, Params, Row
from artifactctl.errors import CatalogUnusableError, WrongUsageError

_ARTIFACT_NAME = "(SELECT a.name FROM artifact a WHERE a.seq = v.artifact_seq)"
_SELECT_VERSIONS = f"""
    SELECT v.seq, v.id, {_ARTIFACT_NAME},
           (SELECT a.id FROM artifact a WHERE a.seq = v.artifact_seq),
           v.version, v.type, v.kind, v.digest, v.source_checksum, v.manifest, v.link,
           v.size_bytes, v.file_count, v.created, v.updated, v.facts
    FROM artifact_version v
"""
_VERSION_FIELDS = tuple(field.name for field in fields(Version))[:16]
_LATEST = """
    (SELECT v.version FROM artifact_version v
     WHERE v.artifact_seq = a.seq ORDER BY v.seq DESC LIMIT 1)
"""
_COUNT = "(SELECT COUNT(*) FROM artifact_version v WHERE v.artifact_seq = a.seq)"
_SELECT_ARTIFACTS = f"""
    SELECT a.seq, a.id, a.name, a.has_custom_name, {_LATEST}, {_COUNT}, a.created, a.updated
    FROM artifact a
"""

_OF_ARTIFACTS = Field(
    "a.name",
    within="v.artifact_seq IN (SELECT a.seq FROM artifact a WHERE {})",
    within_one="v.artifact_seq = (SELECT a.seq FROM artifact a WHERE {})",
)
_VERSION_FILTERS = {
    "artifact": _OF_ARTIFACTS,
    "name": _OF_ARTIFACTS,
    "version": Field("v.version", number="v.number"),
    "type": Field("v.type", read=read_type),
    "tag": Field("t.tag", "v.seq IN (SELECT t.version_seq FROM version_tag t WHERE {})"),
}
_ARTIFACT_FILTERS = {
    "name": Field("a.name"),
    "tag": Field("t.tag", "a.seq IN (SELECT t.artifact_seq FROM artifact_tag t WHERE {})"),
}

# Numbers sort as numbers, before custom strings.
_BY_VERSION = ("v.number IS NULL", "v.number", "v.version")
_VERSION_ORDERS: dict[str, Sequence[str]] = {
    "id": ("v.id",),
    "artifact": (_ARTIFACT_NAME,),
    "version": _BY_VERSION,
    "type": ("v.type",),
    "tags": ("(SELECT MIN(t.tag) FROM version_tag t WHERE t.version_seq = v.seq)",),
    "size": ("v.size_bytes",),
    "size_bytes": ("v.size_bytes",),
    "created": ("v.created",),
    "updated": ("v.updated",),
}
_ARTIFACT_ORDERS: dict[str, Sequence[str]] = {
    "id": ("a.id",),
    "name": ("a.name",),
    "latest_version_name": tuple(
        _LATEST.replace("SELECT v.version", f"SELECT {column}") for column in _BY_VERSION
    ),
    "version_count": (_COUNT,),
    "tags": ("(SELECT MIN(t.tag) FROM artifact_tag t WHERE t.artifact_seq = a.seq)",),
    "created": ("a.created",),
    "updated": ("a.updated",),
}

_MOST = 1 << 31  # rows on a page, and more than any catalog holds
_BATCH = 500  # SQLite takes at least 999 parameters


def list_versions(db: Database, listing: Listing) -> Page[Version]:
    """One page of versions, newest first unless sorted otherwise."""
    bound = Bound()
    condition = where(listing.filters, _VERSION_FILTERS, bound)
    order = _order(listing.sort_by, _VERSION_ORDERS, "v.seq")
    total = _count(db, "artifact_version v", condition, bound.params)
    limit = _limit(listing, total, bound)
    return Page(
        select_versions(db, f"WHERE {condition} ORDER BY {order} {limit}", bound.params),
        listing.page,
        listing.size,
        total,
    )


def list_artifacts(db: Database, listing: Listing) -> Page[Artifact]:
    """One page of artifacts, newest first unless sorted otherwise."""
    bound = Bound()
    condition = where(listing.filters, _ARTIFACT_FILTERS, bound)
    order = _order(listing.sort_by, _ARTIFACT_ORDERS, "a.seq")
    total = _count(db, "artifact a", condition, bound.params)
    limit = _limit(listing, total, bound)
    return Page(
        select_artifacts(db, f"WHERE {condition} ORDER BY {order} {limit}", bound.params),
        listing.page,
        listing.size,
        total,
    )


def select_versions(db: Database, rest: str, params: Params) -> list[Version]:
    """Versions by the end of a SELECT over `artifact_version v`, with tags and metadata."""
    rows = db.rows(_SELECT_VERSIONS + rest, params)
    seqs = [row[0] for row in rows]
    tags = _grouped(db, "SELECT version_seq, tag FROM version_tag WHERE version_seq", seqs)
    pairs = _grouped(
        db, "SELECT version_seq, key, value FROM version_metadata WHERE version_seq", seqs
    )
    return [_version(row, tags.get(row[0], ()), pairs.get(row[0], ())) for row in rows]


def select_artifacts(db: Database, rest: str, params: Params) -> list[Artifact]:
    """Artifacts by the end of a SELECT over `artifact a`, with tags."""
    rows = db.rows(_SELECT_ARTIFACTS + rest, params)
    seqs = [row[0] for row in rows]
    tags = _grouped(db, "SELECT artifact_seq, tag FROM artifact_tag WHERE artifact_seq", seqs)
    return [
        Artifact(
            seq=seq,
            id=artifact_id,
            name=name,
            has_custom_name=bool(has_custom_name),
            latest_version_name=latest,
            version_count=count,
            tags=tuple(sorted(tag for (tag,) in tags.get(seq, ()))),
            created=created,
            updated=updated,
        )
        for seq, artifact_id, name, has_custom_name, latest, count, created, updated in rows
    ]


def iterate_versions(db: Database) -> Iterator[Version]:
    """Every version in the order of allocation, a bounded number at a time in memory."""
    seq = 0
    while batch := select_versions(
        db, "WHERE v.seq > :seq ORDER BY v.seq LIMIT :limit", {"seq": seq, "limit": _BATCH}
    ):
        yield from batch
        seq = batch[-1].seq


def list_unrecorded(db: Database, limit: int = 100) -> list[Unrecorded]:
    """Rows whose record may lack their last change: a crash may have come in between.

    Who has made sure that a record is written passes the row to the next change, which notes it
    in its own transaction: no commit is spent on it. So the newest change is always listed.
    """
    rows = []
    for kind, table in (("version", "artifact_version"), ("artifact", "artifact")):
        rows += db.rows(
            f"SELECT '{kind}', id, revision FROM {table} WHERE recorded < revision LIMIT :limit",
            {"limit": limit},
        )
    return [Unrecorded(*row) for row in rows]


def _version(row: Row, tags: Sequence[Row], pairs: Sequence[Row]) -> Version:
    return Version(
        **dict(zip(_VERSION_FIELDS, row, strict=True)),
        tags=tuple(sorted(tag for (tag,) in tags)),
        metadata={key: _read_json(value) for key, value in sorted(pairs)},
    )


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise CatalogUnusableError(
            "the catalog is damaged: metadata is not JSON", hint="put it back from a backup"
        ) from None


def _count(db: Database, table: str, condition: str, params: Params) -> int:
    rows = db.rows(f"SELECT COUNT(*) FROM {table} WHERE {condition}", params)
    return int(rows[0][0]) if rows else 0


def _order(sort_by: str, orders: Mapping[str, Sequence[str]], seq: str) -> str:
    if not sort_by:
        return f"{seq} DESC"
    direction, colon, field = sort_by.partition(":")
    if not colon:
        direction, field = "asc", sort_by
    if direction not in ("asc", "desc"):
        raise WrongUsageError(
            f"cannot sort by {sort_by!r}", hint="write FIELD, asc:FIELD or desc:FIELD"
        )
    if field not in orders:
        known = ", ".join(orders)
        raise WrongUsageError(f"cannot sort by {field!r}", hint=f"use one of {known}")
    return ", ".join(f"{column} {direction.upper()}" for column in (*orders[field], seq))


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


def _grouped(db: Database, sql: str, seqs: Sequence[int]) -> dict[int, list[Row]]:
    """Rows of `sql` for the given keys, without and by their first column."""
    groups: dict[int, list[Row]] = {}
    for start in range(0, len(seqs), _BATCH):
        batch = seqs[start : start + _BATCH]
        names = {f"s{i}": seq for i, seq in enumerate(batch)}
        places = ", ".join(f":{name}" for name in names)
        for seq, *rest in db.rows(f"{sql} IN ({places})", names):
            groups.setdefault(seq, []).append(tuple(rest))
    return groups
