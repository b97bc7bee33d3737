"""Adding points to series, copying series, and adding those of another catalog.

The chunks of a series do not overlap. Points behind the last step go into the last chunk until it
is full; others go into the chunk of their place, which is split when it is too large. So a change
rewrites a few chunks, with their records, however long the series is.
"""

import uuid
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from artifactctl.catalog.engine.protocol import Params, Transaction
from artifactctl.catalog.reading.meeting import taken_ids
from artifactctl.catalog.reading.statements import batches, numbered
from artifactctl.catalog.records import SERIES_COLUMNS, Record, row_of
from artifactctl.catalog.writing.emptying import EMPTY
from artifactctl.catalog.writing.entries import OWNERS, find_seq, touch
from artifactctl.catalog.writing.metadata import put_extremes, put_metadata
from artifactctl.errors import IntegrityError, NotFoundError
from artifactctl.series import (
    Points,
    decode,
    encode,
    extent_of,
    number_of,
    pieces_of,
    points_of,
)

# The chunks that new points may go into: those that end behind the first of them, and the last one.
_TOUCHED = """
    SELECT s.key, s.seq, s.id, s.points FROM series s
    WHERE s.owner = :owner AND s.key IN ({}) AND s.count > 0 AND (s.last_step >= :lowest
      OR s.last_step = (SELECT MAX(t.last_step) FROM series t
        WHERE t.owner = s.owner AND t.key = s.key AND t.count > 0))
    ORDER BY s.key, s.last_step
"""
_ASSIGNED = ", ".join(f"{column} = :{column}" for column in EMPTY)
# Sorted by their first steps, some neighbours overlap where any chunks do.
_OVERLAPPING = """
    SELECT DISTINCT owner, key FROM (
      SELECT owner, key, first_step,
        LAG(last_step) OVER (PARTITION BY owner, key ORDER BY first_step) AS before
      FROM series WHERE count > 0 {}) chunks
    WHERE before >= first_step ORDER BY owner, key
"""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk of the catalog, or one without a `seq` that is to be made."""

    points: Points
    seq: int | None = None
    id: str = ""


def put_series(
    transaction: Transaction, owner: str, row_id: str, series: Mapping[str, Points]
) -> list[str]:
    """Add points to series of a version, a run or a step; return the IDs of all changed rows.

    A point replaces the one of the same step. The metadata value of each key becomes that at the
    last step. Raises `NotFoundError` if the owner is gone.
    """
    seq = find_seq(transaction, OWNERS[owner], "id", row_id)
    if seq is None:
        raise NotFoundError(f"{owner} {row_id} is gone")
    series = {key: points for key, points in series.items() if len(points)}
    changed: list[str] = []
    finals: dict[str, object] = {}
    for keys in batches(series):
        there = _touched(transaction, row_id, {key: series[key] for key in keys})
        for key in keys:
            chunks = there.get(key) or [_Chunk(Points())]
            ids, finals[key] = _put(transaction, row_id, key, chunks, series[key])
            changed += ids
    if not changed:
        return []
    put_metadata(transaction, seq, finals, owner)
    put_extremes(transaction, owner, seq)  # even if no value at the last step has changed
    return [*changed, _touch(transaction, owner, seq)]


def _touched(
    transaction: Transaction, row_id: str, series: Mapping[str, Points]
) -> dict[str, list[_Chunk]]:
    places, params = numbered(list(series))
    lowest = min(points.steps[0] for points in series.values())
    found: dict[str, list[_Chunk]] = {}
    for key, seq, chunk_id, text in transaction.rows(
        _TOUCHED.format(places), {**params, "owner": row_id, "lowest": lowest}
    ):
        found.setdefault(key, []).append(_Chunk(decoded(text), seq, chunk_id))
    return found


def decoded(text: str) -> Points:
    """The points of a chunk; raises `IntegrityError` for a text that another program changed."""
    try:
        return decode(text)
    except (ValueError, TypeError):
        raise IntegrityError(
            "the catalog has points of a series that were changed",
            hint="'artifactctl catalog rebuild' takes changed rows from the store's records",
        ) from None


def _put(
    transaction: Transaction, row_id: str, key: str, chunks: Sequence[_Chunk], points: Points
) -> tuple[list[str], int | float | None]:
    """Add points of one series; return the changed IDs, and the value at the last step."""
    changed: list[str] = []
    last = chunks[-1]
    final = last.points.values[-1] if len(last.points) else None
    for chunk, added in _shared_out(chunks, points):
        whole = chunk.points.joined(added)
        is_growing = chunk is last and len(whole) == len(chunk.points) + len(added)
        first, *more = pieces_of(whole, is_growing=is_growing)
        changed += [_write(transaction, row_id, key, chunk, first)]
        changed += [_write(transaction, row_id, key, _Chunk(Points()), piece) for piece in more]
        final = whole.values[-1] if chunk is last else final
    return changed, number_of(final)


def _shared_out(chunks: Sequence[_Chunk], points: Points) -> Iterator[tuple[_Chunk, Points]]:
    """Yield each chunk that gets points: those up to its last step; the last one all others."""
    start = 0
    for chunk in chunks:
        end = len(points)
        if chunk is not chunks[-1]:
            end = bisect_right(points.steps, chunk.points.steps[-1])
        if start < end:
            yield chunk, points.part(start, end)
        start = end


def _write(transaction: Transaction, row_id: str, key: str, chunk: _Chunk, points: Points) -> str:
    extent = asdict(extent_of(points)) if len(points) else EMPTY
    cells = {**extent, "points": encode(points)}
    if chunk.seq is not None:
        transaction.later(
            f"UPDATE series SET {_ASSIGNED}, revision = revision + 1 WHERE seq = :seq",
            {**cells, "seq": chunk.seq},
        )
        return chunk.id
    new_id = str(uuid.uuid4())
    new = {"id": new_id, "owner": row_id, "key": key, "revision": 1, "recorded": 0}
    transaction.insert_soon("series", {**new, **cells})
    return new_id


def _touch(transaction: Transaction, owner: str, seq: int) -> str:
    if owner == "step":
        (seq,) = transaction.one("SELECT run_seq FROM run_step WHERE seq = :seq", {"seq": seq})
    return touch(transaction, "run" if owner == "step" else OWNERS[owner], seq)


def copy_series(transaction: Transaction, source_id: str, target_id: str) -> list[str]:
    """Copy all series of a step to another step; return the IDs of the new chunks."""
    columns = ", ".join(EMPTY)
    rows = transaction.rows(
        f"SELECT key, {columns} FROM series WHERE owner = :id AND count > 0", {"id": source_id}
    )
    made = []
    for key, *cells in rows:
        row = {"id": str(uuid.uuid4()), "owner": target_id, "key": key, "revision": 1}
        transaction.insert_soon(
            "series", {**row, "recorded": 0, **dict(zip(EMPTY, cells, strict=True))}
        )
        made.append(row["id"])
    return made


def receive_series(transaction: Transaction, chunks: Iterable[Record]) -> list[str]:
    """Add the series of versions and runs that were just added; return the changed IDs."""
    owners: dict[str, None] = {}
    changed = []
    for record in chunks:
        row = row_of(record, SERIES_COLUMNS)
        is_taken = bool(taken_ids(transaction, [row["id"]]))
        row |= {"id": str(uuid.uuid4()) if is_taken else row["id"], "seq": None, "recorded": 0}
        transaction.insert("series", row)
        changed.append(row["id"])
        owners[row["owner"]] = None
    for batch in batches(owners):
        places, params = numbered(batch)
        changed += part_chunks(transaction, f"AND owner IN ({places})", params)
    for owner, table in OWNERS.items():
        for owner_id in owners:
            seq = find_seq(transaction, table, "id", owner_id)
            if seq is not None:
                put_extremes(transaction, owner, seq)
    return changed


def part_chunks(
    transaction: Transaction, condition: str = "", params: Params | None = None
) -> list[str]:
    """Write chunks that overlap again, so that they do not; return the changed IDs.

    They come from records that a crash or another program left in the store. Of equal steps
    the point of the chunk that was made last counts. `condition` continues a WHERE over `series`.
    """
    changed = []
    for owner_id, key in transaction.rows(_OVERLAPPING.format(condition), params or {}):
        rows = transaction.rows(
            "SELECT seq, id, points FROM series"
            " WHERE owner = :owner AND key = :key AND count > 0 ORDER BY seq",
            {"owner": owner_id, "key": key},
        )
        whole = points_of(point for *_, text in rows for point in decoded(text).rows())
        pieces = list(pieces_of(whole, is_growing=False))
        # As many chunks as there are have room for all points; those that are left become empty.
        pieces += [Points()] * (len(rows) - len(pieces))
        for (seq, chunk_id, _), piece in zip(rows, pieces, strict=True):
            changed.append(
                _write(transaction, owner_id, key, _Chunk(Points(), seq, chunk_id), piece)
            )
    return changed
