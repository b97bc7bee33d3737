"""The series of versions, runs and steps as curves of a page of the catalog."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading import series as reading
from artifactctl.catalog.reading.statements import batches
from artifactctl.results.overview import Curve
from artifactctl.series import Extent, Points, thinned

MOST_SERIES = 20_000
"""The series of a page, of which the last, least and greatest values are known."""

_FEW = 1000  # owners that are asked for without looking first which of them have series
_MOST_POINTS = 120_000  # of all curves of a page
_FEWEST_DRAWN, _USUALLY_DRAWN = 50, 400  # points of one curve
_WHOLE = 200_000  # points up to which a series is read whole
_PARTS = 48  # chunks that are read of a longer one


class Owner(NamedTuple):
    """What has series: a `version`, a `run` or a `step`, by its seq and its ID."""

    kind: str
    seq: int
    id: str


def curves(db: Database, owners: Sequence[Owner], most_points: int = _MOST_POINTS) -> list[Curve]:
    """Return the series of these owners, in their order; the first ones have points.

    All of them together have no more than `most_points` points, and each no more than 400: the more
    series there are, the fewer points each has, down to 50. Of each part of a curve the peaks stay.
    """
    if len(owners) > _FEW:
        having = reading.owners_of_series(db)
        owners = [owner for owner in owners if owner.id in having]
    found = list(_extents(db, owners))
    most = max(_FEWEST_DRAWN, min(_USUALLY_DRAWN, most_points // max(1, len(found))))
    drawn = most_points // most
    points = dict(_points(db, _counts(found[:drawn])))

    def drawn_points(place: int, series: tuple[str, str]) -> Points | None:
        return thinned(points.get(series, Points()), most) if place < drawn else None

    return [
        Curve(owner.kind, owner.seq, key, extent, drawn_points(place, (owner.id, key)))
        for place, (owner, key, extent) in enumerate(found)
    ]


_Found = tuple[Owner, str, Extent]


def _extents(db: Database, owners: Iterable[Owner]) -> Iterator[_Found]:
    left = MOST_SERIES
    for batch in batches(owners):
        extents = reading.extents_of(db, [owner.id for owner in batch])
        for owner in batch:
            for key, extent in extents.get(owner.id, {}).items():
                if left:
                    # Another program may have written a key that is no text.
                    yield owner, str(key), extent
                    left -= 1
        if not left:
            return


def _counts(found: Iterable[_Found]) -> dict[str, dict[str, int]]:
    """The number of points of each series, by the owner's ID and the key."""
    counts: dict[str, dict[str, int]] = {}
    for owner, key, extent in found:
        counts.setdefault(owner.id, {})[key] = extent.count
    return counts


def _points(
    db: Database, counts: Mapping[str, Mapping[str, int]]
) -> Iterator[tuple[tuple[str, str], Points]]:
    """Yield the points of these series: those of many short ones with one question."""
    together: list[str] = []
    room = _WHOLE
    for owner, keys in counts.items():
        count = sum(keys.values())
        if count > _WHOLE:
            for key in keys:
                yield (owner, key), reading.read_points(db, owner, key, _PARTS)
            continue
        if count > room:
            yield from reading.all_points(db, together).items()
            together, room = [], _WHOLE
        together.append(owner)
        room -= count
    yield from reading.all_points(db, together).items()
