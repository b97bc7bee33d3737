"""Queries for moving versions into another catalog: their order, and what refers to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.statements import rows_among, rows_in_pages
from artifactctl.catalog.rows import TABLES

_USES = """
    SELECT v.id, s.id, u.direction, u.name FROM artifact_version v
    JOIN step_version u ON u.version_seq = v.seq JOIN run_step s ON s.seq = u.step_seq
    WHERE v.id IN ({}) ORDER BY s.seq, u.direction, u.name
"""
_MADE_FROM = """
    SELECT v.id, i.id FROM artifact_version i
    JOIN version_input n ON n.input_seq = i.seq JOIN artifact_version v ON v.seq = n.version_seq
    WHERE i.id IN ({}) ORDER BY v.seq
"""


@dataclass(frozen=True, slots=True)
class Use:
    """An `input` or `output` of a step, by the IDs of the version and the step."""

    version_id: str
    step_id: str
    direction: str
    name: str


def iterate_ids(db: Database, kind: str) -> Iterator[str]:
    """Yield the IDs of all rows with records of a kind, in the order of their creation."""
    rows = rows_in_pages(db, f"SELECT seq, id FROM {TABLES[kind]} WHERE 1 = 1")
    return (row_id for _, row_id in rows)


def iterate_series(db: Database, owner_ids: Sequence[str]) -> Iterator[str]:
    """Yield the IDs of the chunks of the series of versions, runs and steps."""
    sql = "SELECT id FROM series WHERE owner IN ({}) AND count > 0 ORDER BY seq"
    return (row_id for (row_id,) in rows_among(db, sql, owner_ids))


def runs_here(db: Database, run_ids: Sequence[str]) -> set[str]:
    """Those of some IDs that runs of this catalog have."""
    rows = rows_among(db, "SELECT id FROM run WHERE id IN ({})", run_ids)
    return {row_id for (row_id,) in rows}


def uses_of(db: Database, version_ids: Sequence[str]) -> list[Use]:
    """The steps that made or used some versions."""
    return [Use(*row) for row in rows_among(db, _USES, version_ids)]


def made_from(db: Database, version_ids: Sequence[str]) -> list[tuple[str, str]]:
    """The versions that were registered with some versions as their inputs: pairs of both IDs."""
    return [(made, source) for made, source in rows_among(db, _MADE_FROM, version_ids)]
