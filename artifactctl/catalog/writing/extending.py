"""Adding later points, which come from another catalog, to series that are here already.

Points are only appended: a series whose points here are the beginning of those that come gets the
others. One that is as long or longer here stays. So does one that differs, or whose key has got
another value here; both are reported.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from artifactctl.catalog.cells import read_json
from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.records import Record
from artifactctl.catalog.writing.entries import OWNERS, find_seq
from artifactctl.catalog.writing.series import decoded, put_series
from artifactctl.series import Points, number_of, points_of

Series = Mapping[tuple[str, str], Points]
"""Points by the ID of their owner and the key."""


@dataclass(slots=True)
class Extended:
    """The IDs of the changed rows, and how many series are longer now.

    `different` are those that differ: the owner's ID and the key.
    """

    ids: list[str] = field(default_factory=list)
    count: int = 0
    different: list[tuple[str, str]] = field(default_factory=list)


def series_in(chunks: Iterable[Record]) -> dict[tuple[str, str], Points]:
    """The series of some chunks."""
    found: dict[tuple[str, str], list[tuple[int, int, float]]] = {}
    for chunk in chunks:
        rows = decoded(chunk["points"]).rows()
        found.setdefault((chunk["owner"], chunk["key"]), []).extend(rows)
    return {place: points_of(rows) for place, rows in found.items()}


def extend_series(transaction: Transaction, series: Series) -> Extended:
    """Append what is newer in series of versions, runs and steps that are here.

    A series that was removed here stays removed.
    """
    done = Extended()
    for (owner_id, key), points in series.items():
        owner = _owner_of(transaction, owner_id)
        if owner is None:
            continue
        rows = transaction.rows(
            "SELECT points FROM series WHERE owner = :owner AND key = :key",
            {"owner": owner_id, "key": key},
        )
        here = points_of(row for (text,) in rows for row in decoded(text).rows())
        if rows and not here.steps:
            continue
        few, many = sorted((here, points), key=len)
        if not _begins_with(many, few) or not _has_value_of(
            transaction, owner, owner_id, key, (here, points)
        ):
            done.different.append((owner_id, key))
        elif len(points) > len(here):
            later = points.part(len(here), len(points))
            done.count += 1
            done.ids += put_series(transaction, owner, owner_id, {key: later})
    return done


def _owner_of(transaction: Transaction, owner_id: str) -> str | None:
    for owner, table in OWNERS.items():
        if find_seq(transaction, table, "id", owner_id) is not None:
            return owner
    return None


def _has_value_of(
    transaction: Transaction, owner: str, owner_id: str, key: str, series: Iterable[Points]
) -> bool:
    """Whether the key has no value, or the last of a series, and not one that was set here."""
    found = transaction.row(
        f"SELECT m.value FROM {owner}_metadata m JOIN {OWNERS[owner]} o ON o.seq = m.{owner}_seq"
        " WHERE o.id = :owner AND m.key = :key",
        {"owner": owner_id, "key": key},
    )
    finals = (number_of(points.values[-1]) for points in series if len(points))
    return found is None or read_json(found[0]) in list(finals)


def _begins_with(many: Points, few: Points) -> bool:
    return all(
        one[:2] == two[:2] and (one[2] == two[2] or (math.isnan(one[2]) and math.isnan(two[2])))
        for one, two in zip(many.rows(), few.rows(), strict=False)
    )
