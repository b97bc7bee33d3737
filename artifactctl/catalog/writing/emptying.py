"""Emptying series. An emptied chunk keeps its row, so that its record says that it is empty."""

from collections.abc import Mapping, Sequence

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.reading.statements import batches, numbered

EMPTY: Mapping[str, object] = {
    **dict.fromkeys(("first_step", "last_step", "count"), 0),
    **dict.fromkeys(("low", "high", "final")),
    "points": "",
}
"""The cells of a chunk without points."""
_ASSIGNED = ", ".join(f"{column} = :{column}" for column in EMPTY)


def empty_series(transaction: Transaction, row_id: str, keys: Sequence[str]) -> list[str]:
    """Remove the points of some keys of a version, a run or a step; return the changed IDs.

    The caller removes the keys of the metadata.
    """
    changed = []
    for batch in batches(keys):
        places, params = numbered(batch)
        found = f"owner = :owner AND key IN ({places})"
        changed += _empty(transaction, found, {**params, "owner": row_id})
    return changed


def forget_series(transaction: Transaction, row_ids: Sequence[str]) -> list[str]:
    """Remove all points of versions, runs and steps that do not come back; return changed IDs."""
    changed = []
    for batch in batches(row_ids):
        places, params = numbered(batch)
        changed += _empty(transaction, f"owner IN ({places})", params)
    return changed


def _empty(transaction: Transaction, condition: str, params: Mapping[str, object]) -> list[str]:
    rows = transaction.rows(f"SELECT id FROM series WHERE count > 0 AND {condition}", params)
    if rows:
        transaction.later(
            f"UPDATE series SET {_ASSIGNED}, revision = revision + 1"
            f" WHERE count > 0 AND {condition}",
            {**params, **EMPTY},
        )
    return [row_id for (row_id,) in rows]
