"""Queries for the manifests and logs that versions and steps refer to, and for known IDs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.statements import rows_among, rows_in_pages
from artifactctl.catalog.rows import TABLES


@dataclass(frozen=True, slots=True)
class Reference:
    """A version's reference to its manifest; `needs_bytes`: also to the contents it lists."""

    seq: int
    id: str
    manifest: str
    needs_bytes: bool


def iterate_references(db: Database, after_seq: int = 0) -> Iterator[Reference]:
    """Yield the reference of each version whose seq is above `after_seq`, by ascending seq."""
    sql = (
        "SELECT seq, id, manifest, link IS NULL AND data_deleted IS NULL FROM artifact_version"
        " WHERE 1 = 1"
    )
    for seq, version_id, manifest, needs_bytes in rows_in_pages(db, sql, after_seq):
        yield Reference(seq, version_id, manifest, bool(needs_bytes))


def logs_among(db: Database, digests: Sequence[str]) -> set[str]:
    """The digests among these that are logs of steps.

    They are looked up by digest: a step gets its log when it ends, so that a scan for new seqs
    would miss the logs of steps that began earlier.
    """
    rows = rows_among(db, "SELECT log FROM run_step WHERE log IN ({})", digests)
    return {digest for (digest,) in rows}


def unknown_ids(db: Database, row_ids: Sequence[str]) -> list[str]:
    """The IDs among these that belong to no row, nor to a deleted one."""
    known = revisions_of(db, row_ids)
    return [row_id for row_id in row_ids if row_id not in known]


def revisions_of(db: Database, row_ids: Sequence[str]) -> dict[str, int]:
    """The revisions, by ID, of the rows and deletions among these IDs; others are left out."""
    known: dict[str, int] = {}
    for table in TABLES.values():
        sql = f"SELECT id, revision FROM {table} WHERE id IN ({{}})"
        known |= dict(rows_among(db, sql, row_ids))
    return known


def iterate_holders(db: Database) -> Iterator[tuple[int, int, str]]:
    """Yield each version that needs bytes: its seq, its artifact's seq, its manifest."""
    rows = rows_in_pages(
        db,
        "SELECT seq, artifact_seq, manifest FROM artifact_version"
        " WHERE link IS NULL AND data_deleted IS NULL",
    )
    return ((seq, artifact, manifest) for seq, artifact, manifest in rows)


def iterate_logs(db: Database) -> Iterator[str]:
    """Yield the digests of the logs of steps."""
    rows = rows_in_pages(db, "SELECT seq, log FROM run_step WHERE log IS NOT NULL")
    return (log for _, log in rows)
