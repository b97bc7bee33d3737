"""Rows read from the catalog, with what other tables say of them, as plain SELECTs."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import itemgetter
from typing import Any

from artifactctl.catalog.cells import as_shown, shown_json, shown_text
from artifactctl.catalog.engine.protocol import Database, Params, Row
from artifactctl.catalog.reading.batching import BATCH, batches, numbered
from artifactctl.catalog.rows import TABLES, Artifact, Unrecorded, Version

ARTIFACT_NAME = "(SELECT a.name FROM artifact a WHERE a.seq = v.artifact_seq)"
_SELECT_VERSIONS = f"""
    SELECT v.seq, v.id, {ARTIFACT_NAME},
           (SELECT a.id FROM artifact a WHERE a.seq = v.artifact_seq),
           v.version, v.type, v.kind, v.digest, v.source_checksum, v.manifest, v.link,
           v.size_bytes, v.file_count, v.created, v.updated, v.facts, v.data_type,
           v.materializer, v.producer_run, v.producer_step, v.data_deleted, v.save_type,
           COALESCE((SELECT r.name FROM run r WHERE r.id = v.producer_run), v.producer_run),
           v.revision
    FROM artifact_version v
"""
_VERSION_FIELDS = tuple(field.name for field in fields(Version))[:24]
_VERSION_CELLS = "itttttt??t?iittt" + "???????i"
_ARTIFACT_CELLS = "itti?itt"
LATEST = """
    (SELECT v.version FROM artifact_version v
     WHERE v.artifact_seq = a.seq ORDER BY v.seq DESC LIMIT 1)
"""
COUNT = "(SELECT COUNT(*) FROM artifact_version v WHERE v.artifact_seq = a.seq)"
_SELECT_ARTIFACTS = f"""
    SELECT a.seq, a.id, a.name, a.has_custom_name, {LATEST}, {COUNT}, a.created, a.updated
    FROM artifact a
"""


def select_versions(db: Database, rest: str, params: Params) -> list[Version]:
    """Versions by the end of a SELECT over `artifact_version v`, with tags and metadata."""
    with db.snapshot():
        rows = db.rows(_SELECT_VERSIONS + rest, params)
        seqs = [row[0] for row in rows]
        tags = grouped(db, "SELECT version_seq, tag FROM version_tag WHERE version_seq", seqs)
        pairs = grouped(
            db, "SELECT version_seq, key, value FROM version_metadata WHERE version_seq", seqs
        )
    return [_version(row, tags.get(row[0], ()), pairs.get(row[0], ())) for row in rows]


def select_artifacts(db: Database, rest: str, params: Params) -> list[Artifact]:
    """Artifacts by the end of a SELECT over `artifact a`, with tags."""
    rows = db.rows(_SELECT_ARTIFACTS + rest, params)
    seqs = [row[0] for row in rows]
    tags = grouped(db, "SELECT artifact_seq, tag FROM artifact_tag WHERE artifact_seq", seqs)
    return [
        Artifact(
            seq=seq,
            id=artifact_id,
            name=name,
            has_custom_name=bool(has_custom_name),
            latest_version_name=latest,
            version_count=count,
            tags=tags_of(tags.get(seq, ())),
            created=created,
            updated=updated,
        )
        for seq, artifact_id, name, has_custom_name, latest, count, created, updated in (
            as_shown(_ARTIFACT_CELLS, row) for row in rows
        )
    ]


def iterate_versions(db: Database) -> Iterator[Version]:
    """Every version in the order of allocation, a bounded number at a time in memory."""
    seq = 0
    while batch := select_versions(
        db, "WHERE v.seq > :seq ORDER BY v.seq LIMIT :limit", {"seq": seq, "limit": BATCH}
    ):
        yield from batch
        seq = batch[-1].seq


def iterate_ids(db: Database) -> Iterator[str]:
    """The IDs of all rows that have records, deletions before what is there."""
    return (row_id for _, row_id, _ in iterate_revisions(db))


def iterate_revisions(db: Database) -> Iterator[tuple[str, str, int]]:
    """The table, ID and revision of all rows that have records, in the same order."""
    for table in ("deleted_version", "deleted_run", "tag", "artifact", "artifact_version", "run"):
        last = -(1 << 63)  # of rowid, a number whatever somebody has put into the columns
        while rows := db.rows(
            f"SELECT rowid, id, revision FROM {table} WHERE rowid > :last ORDER BY rowid"
            " LIMIT :limit",
            {"last": last, "limit": BATCH},
        ):
            for _, row_id, revision in rows:
                yield table, shown_text(row_id), revision
            last = rows[-1][0]


def list_unrecorded(db: Database, limit: int = 100) -> list[Unrecorded]:
    """Rows whose record may lack their last change: a crash may have come in between.

    Who has made sure that a record is written passes the row to the next change, which notes it
    in its own transaction: no commit is spent on it. So the newest change is always listed.
    """
    rows = []
    for kind, table in TABLES.items():
        rows += db.rows(
            f"SELECT '{kind}', id, revision FROM {table} WHERE recorded < revision LIMIT :limit",
            {"limit": limit},
        )
    return [Unrecorded(*as_shown("tti", row)) for row in rows]


def _version(row: Row, tags: Sequence[Row], pairs: Sequence[Row]) -> Version:
    return Version(
        **dict(zip(_VERSION_FIELDS, as_shown(_VERSION_CELLS, row), strict=True)),
        tags=tags_of(tags),
        metadata=metadata_of(pairs),
    )


def tags_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """The labels in rows of one cell, in their order as text."""
    return tuple(sorted(shown_text(tag) for (tag,) in rows))


def metadata_of(pairs: Sequence[Row]) -> dict[str, Any]:
    """The metadata in rows of a key and a value, in the order of the keys."""
    shown = ((shown_text(key), shown_json(value)) for key, value in pairs)
    return dict(sorted(shown, key=itemgetter(0)))


def grouped(db: Database, sql: str, seqs: Sequence[int]) -> dict[int, list[Row]]:
    """Rows of `sql` for the given keys, without and by their first column."""
    groups: dict[int, list[Row]] = {}
    for batch in batches(seqs):
        places, params = numbered(batch)
        for seq, *rest in db.rows(f"{sql} IN ({places})", params):
            groups.setdefault(seq, []).append(tuple(rest))
    return groups
