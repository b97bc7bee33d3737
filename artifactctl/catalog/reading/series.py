"""Queries for series: what is known of them without their points, and the points."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.statements import rows_among
from artifactctl.errors import IntegrityError
from artifactctl.series import Extent, Points, decode, points_of

# Sums are decimals in PostgreSQL, which psycopg gives as such.
_EXTENTS = """
    SELECT s.owner, s.key, CAST(SUM(s.count) AS BIGINT), MIN(s.first_step), MAX(s.last_step),
      MIN(s.low), MAX(s.high), (SELECT t.final FROM series t WHERE t.owner = s.owner
        AND t.key = s.key AND t.count > 0 ORDER BY t.last_step DESC LIMIT 1)
    FROM series s WHERE s.owner IN ({}) AND s.count > 0 GROUP BY s.owner, s.key
    ORDER BY s.owner, s.key
"""
_PLACES = """
    SELECT seq FROM series WHERE owner = :owner AND key = :key AND count > 0 ORDER BY last_step
"""
_POINTS = "SELECT points FROM series WHERE seq IN ({}) ORDER BY last_step"
_AT_ONCE = 50  # chunks of one answer
_OWNERS = "SELECT DISTINCT owner FROM series"
_ALL_POINTS = """
    SELECT owner, key, points FROM series WHERE owner IN ({}) AND count > 0
    ORDER BY owner, key, last_step
"""


def extents_of(db: Database, owners: Sequence[str]) -> dict[str, dict[str, Extent]]:
    """The extents of all series of versions, runs and steps: by the owner's ID, then by key.

    Raises `IntegrityError` for extents that were changed.
    """
    found: dict[str, dict[str, Extent]] = {}
    for owner, key, *cells in rows_among(db, _EXTENTS, owners):
        found.setdefault(owner, {})[key] = _extent(cells)
    return found


def _extent(cells: Sequence[Any]) -> Extent:
    wholes, reals = cells[:3], cells[3:]
    if all(type(cell) is int for cell in wholes) and all(map(_is_known_or_none, reals)):
        return Extent(*cells)
    raise _changed()


def _is_known_or_none(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and math.isfinite(cell))


def _changed() -> IntegrityError:
    return IntegrityError(
        "the catalog has points of a series that were changed",
        hint="'artifactctl catalog rebuild' takes changed rows from the records",
    )


def read_points(db: Database, owner: str, key: str, most_chunks: int | None = None) -> Points:
    """All points of a series; with `most_chunks` those of chunks here and there, as for a sketch.

    Raises `IntegrityError` for points that were changed.
    """
    seqs = [seq for (seq,) in db.rows(_PLACES, {"owner": owner, "key": key})]
    if most_chunks is not None and len(seqs) > most_chunks:
        seqs = [seqs[place * (len(seqs) - 1) // (most_chunks - 1)] for place in range(most_chunks)]
    return _joined(list(_chunks(db, seqs)))


def owners_of_series(db: Database) -> set[str]:
    """The IDs of all versions, runs and steps that have or had series."""
    return {owner for (owner,) in db.iterate(_OWNERS)}


def all_points(db: Database, owners: Sequence[str]) -> dict[tuple[str, str], Points]:
    """All points of all series of versions, runs and steps, by the owner's ID and the key.

    Raises `IntegrityError` for points that were changed.
    """
    chunks: dict[tuple[str, str], list[Points]] = {}
    for owner, key, text in rows_among(db, _ALL_POINTS, owners):
        if len(points := _decoded(text)):
            chunks.setdefault((owner, key), []).append(points)
    return {series: _joined(found) for series, found in chunks.items()}


def _joined(chunks: Sequence[Points]) -> Points:
    """The points of chunks by ascending step."""
    is_in_order = all(one.steps[-1] < after.steps[0] for one, after in pairwise(chunks))
    if not is_in_order:  # a crash left the record of a chunk that was split afterwards
        return points_of(row for chunk in chunks for row in chunk.rows())
    return Points(
        tuple(chain.from_iterable(chunk.steps for chunk in chunks)),
        tuple(chain.from_iterable(chunk.times_ms for chunk in chunks)),
        tuple(chain.from_iterable(chunk.values for chunk in chunks)),
    )


def _chunks(db: Database, seqs: Sequence[int]) -> Iterator[Points]:
    for (text,) in rows_among(db, _POINTS, seqs, size=_AT_ONCE):
        if len(points := _decoded(text)):
            yield points


def _decoded(text: str) -> Points:
    try:
        return decode(text)
    except (ValueError, TypeError):
        raise _changed() from None
