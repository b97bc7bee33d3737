"""Queries for versions and artifacts, with their tags and metadata."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from artifactctl.catalog.engine.protocol import Database, Params, Query, Row
from artifactctl.catalog.reading.fields import VERSION_COUNT, latest
from artifactctl.catalog.reading.statements import (
    BATCH,
    columns,
    read_row,
    rows_among,
)
from artifactctl.catalog.rows import TABLES, Artifact, TagOn, Unrecorded, Version, cells_of
from artifactctl.catalog.shown_cells import as_shown, shown_json, shown_text

_DELETED = ("deleted_version", "deleted_run")
_RECORDED = (*_DELETED, "tag", "pipeline", "artifact", "artifact_version", "run", "series")
_OWN = "(SELECT a.{} FROM artifact a WHERE a.seq = v.artifact_seq)"
_VERSION_COLUMNS = columns(
    Version,
    "v",
    artifact=_OWN.format("name"),
    artifact_id=_OWN.format("id"),
    producer_name="COALESCE((SELECT r.name FROM run r WHERE r.id = v.producer_run),"
    " v.producer_run)",
)
_ARTIFACT_COLUMNS = columns(
    Artifact, "a", latest_version_name=latest("v.version"), version_count=VERSION_COUNT
)


def select_versions(db: Database, rest: str, params: Params) -> list[Version]:
    """The versions that match `rest`, the end of a SELECT over `artifact_version v`."""
    rows, (tags, pairs) = with_related(db, Version, _VERSIONS, rest, params)
    return [
        read_row(
            Version,
            row,
            tags=tags_of(tags.get(seq, ())),
            metadata=metadata_of(pairs.get(seq, ())),
        )
        for seq, row in rows.items()
    ]


def select_artifacts(db: Database, rest: str, params: Params) -> list[Artifact]:
    """The artifacts that match `rest`, the end of a SELECT over `artifact a`."""
    rows, (tags,) = with_related(db, Artifact, _ARTIFACTS, rest, params)
    return [read_row(Artifact, row, tags=tags_of(tags.get(seq, ()))) for seq, row in rows.items()]


def version_queries(rest: str, params: Params) -> list[Query]:
    """What `select_versions` asks of a server."""
    return _VERSIONS.queries(rest, params)


def with_related(
    db: Database, row_class: type[Any], source: "Source", rest: str, params: Params
) -> tuple[dict[int, Row], list[dict[int, list[Row]]]]:
    """The rows that match `rest` by their seqs, and those of each related table by the same seqs.

    On a server all are asked for in one trip, the related ones by repeating `rest`.
    """
    if db.dialect.is_remote:
        rows, *related = db.each(source.queries(rest, params))
        return by_key(row_class, rows), [by_first(found) for found in related]
    with db.snapshot():
        by_seq = by_key(row_class, db.rows(f"{source.select} {rest}", params))
        return by_seq, [grouped(db, sql, by_seq) for sql in source.related]


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of rows: the SELECT up to its WHERE, and for each related table up to its IN.

    `seqs` is the SELECT of the rows' seqs alone, also up to its WHERE.
    """

    select: str
    seqs: str
    related: Sequence[str]

    def queries(self, rest: str, params: Params) -> list[Query]:
        """The queries for the rows that match `rest`, and for what is related to them."""
        of_them = (f"{sql} IN ({self.seqs} {rest})" for sql in self.related)
        return [(sql, params) for sql in (f"{self.select} {rest}", *of_them)]


def iterate_versions(db: Database) -> Iterator[Version]:
    """Yield every version by ascending seq, with a bounded number in memory."""
    seq = 0
    while batch := select_versions(
        db, "WHERE v.seq > :seq ORDER BY v.seq LIMIT :limit", {"seq": seq, "limit": BATCH}
    ):
        yield from batch
        seq = batch[-1].seq


def iterate_ids(db: Database) -> Iterator[str]:
    """Yield the IDs of all rows that have records, those of deleted rows first."""
    return (row_id for _, row_id, _ in iterate_revisions(db))


def iterate_revisions(db: Database) -> Iterator[tuple[str, str, int]]:
    """Yield table, ID and revision of all rows that have records, those of deleted rows first."""
    key = db.dialect.row_key or "seq"
    for table in _RECORDED:
        last = -(1 << 63)
        while rows := db.rows(
            f"SELECT {key}, id, revision FROM {table} WHERE {key} > :last ORDER BY {key}"
            " LIMIT :limit",
            {"last": last, "limit": BATCH},
        ):
            for _, row_id, revision in rows:
                yield table, shown_text(row_id), revision
            last = rows[-1][0]


def list_unrecorded(db: Database, limit: int = 100) -> list[Unrecorded]:
    """At most `limit` rows of each table whose record may lack their last change after a crash.

    That a record is written is noted in the transaction of the next change, which saves a commit.
    So the rows of the newest change are always listed.
    """
    rows = db.rows(*query_of_unrecorded(limit))
    return [Unrecorded(*as_shown("tti", row)) for row in rows]


def query_of_unrecorded(limit: int = 100) -> Query:
    """What `list_unrecorded` asks."""
    of_each = (
        f"SELECT * FROM (SELECT '{kind}' AS kind, id, revision FROM {table}"
        " WHERE recorded < revision LIMIT :limit) AS t"
        for kind, table in TABLES.items()
    )
    return " UNION ALL ".join(of_each), {"limit": limit}


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of rows in a catalog, and the distinct URLs that linked versions refer to."""

    artifacts: int
    versions: int
    runs: int
    links: tuple[str, ...]


def survey(db: Database) -> Counts:
    """Count the rows of a catalog; all counts are zero while there is no catalog."""
    artifacts, versions, runs = (
        sum(int(number) for (number,) in db.rows(f"SELECT COUNT(*) FROM {table}"))
        for table in ("artifact WHERE deleted IS NULL", "artifact_version", "run")
    )
    links = db.rows(
        "SELECT DISTINCT link FROM artifact_version WHERE link IS NOT NULL ORDER BY link"
    )
    return Counts(artifacts, versions, runs, tuple(str(link) for (link,) in links))


def tags_on(owner: str) -> str:
    """SQL for the tags of rows of a kind, up to their seqs, for `grouped` and then `tags_of`."""
    return (
        f"SELECT t.{owner}_seq, {TAG_CELLS} FROM {owner}_tag t"
        f" LEFT JOIN tag g ON g.name = t.tag AND g.deleted IS NULL WHERE t.{owner}_seq"
    )


TAG_CELLS = "t.tag, g.id, g.color, g.exclusive"
"""SQL for the cells of which `tags_of` makes tags."""

_VERSIONS = Source(
    f"SELECT {_VERSION_COLUMNS} FROM artifact_version v",
    "SELECT v.seq FROM artifact_version v",
    (
        tags_on("version"),
        "SELECT version_seq, key, value FROM version_metadata WHERE version_seq",
    ),
)
_ARTIFACTS = Source(
    f"SELECT {_ARTIFACT_COLUMNS} FROM artifact a",
    "SELECT a.seq FROM artifact a",
    (tags_on("artifact"),),
)


def tags_of(rows: Sequence[Row]) -> tuple[TagOn, ...]:
    """The tags in rows of `TAG_CELLS`, sorted."""
    return tuple(sorted(TagOn(*as_shown("t??n", row)) for row in rows))


def metadata_of(pairs: Sequence[Row]) -> dict[str, Any]:
    """The metadata in rows of a key and a JSON value, sorted by key."""
    shown = ((shown_text(key), shown_json(value)) for key, value in pairs)
    return dict(sorted(shown, key=itemgetter(0)))


def by_key(row_class: type[Any], rows: Sequence[Row]) -> dict[int, Row]:
    """The rows of a row class by their `seq`, in the same order."""
    seq_of = itemgetter(list(cells_of(row_class)).index("seq"))
    return {seq_of(row): row for row in rows}


def grouped(db: Database, sql: str, seqs: Iterable[int]) -> dict[int, list[Row]]:
    """The rows that `sql`, which ends before its IN, selects for these seqs, by first column."""
    return by_first(rows_among(db, f"{sql} IN ({{}})", seqs))


def by_first(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """The rows grouped by their first column, which is cut off."""
    groups: dict[int, list[Row]] = {}
    for seq, *rest in rows:
        groups.setdefault(seq, []).append(tuple(rest))
    return groups
