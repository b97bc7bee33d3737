"""Queries for how many versions artifacts have, and which data is only linked."""

from collections.abc import Iterator
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.shown_cells import as_shown

_ARTIFACTS = """
    SELECT a.seq, a.id, a.name, COUNT(v.seq),
        CAST(COALESCE(SUM(CASE WHEN v.link IS NULL THEN 0 ELSE v.size_bytes END), 0) AS BIGINT)
    FROM artifact a LEFT JOIN artifact_version v ON v.artifact_seq = a.seq
    WHERE a.deleted IS NULL GROUP BY a.seq, a.id, a.name
"""
_VERSIONS = """
    SELECT v.seq, v.id, v.version, CASE WHEN v.link IS NULL THEN 0 ELSE v.size_bytes END, v.created
    FROM artifact_version v WHERE v.artifact_seq = :artifact
"""


@dataclass(frozen=True, slots=True)
class Held:
    """An artifact or a version by its seq: its ID, its name, and the size of its linked data."""

    seq: int
    id: str
    name: str
    versions: int
    linked_bytes: int
    created: str = ""


def held_by_artifacts(db: Database) -> Iterator[Held]:
    """Yield all artifacts."""
    return (Held(*as_shown("ittii", row)) for row in db.rows(_ARTIFACTS))


def held_by_versions(db: Database, artifact: int) -> Iterator[Held]:
    """Yield all versions of an artifact, by its seq; the names are their versions."""
    for row in db.rows(_VERSIONS, {"artifact": artifact}):
        seq, row_id, version, linked, created = as_shown("ittit", row)
        yield Held(seq, row_id, version, 1, linked, created)
