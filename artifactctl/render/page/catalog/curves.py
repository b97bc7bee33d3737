"""Series of points as a page has them: what is known of each, and its thinned points."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from artifactctl.compare.goals import usual_goal
from artifactctl.json_text import JsonObject
from artifactctl.results.overview import Curve
from artifactctl.series import Points, number_of

_DIGITS = 6
"""The significant digits of points, which are drawn; the last and best values are whole."""


def curve_json(curve: Curve) -> JsonObject:
    """A series by itself: `steps` and `values` are None where it has no points.

    `goal` is `maximize` or `minimize` where the words in the key tell which values are better.
    """
    extent, points = curve.extent, curve.points
    return {
        "key": curve.key,
        "goal": usual_goal(curve.key),
        "count": extent.count,
        "last": number_of(extent.final),
        "low": number_of(extent.low),
        "high": number_of(extent.high),
        "steps": None if points is None else list(points.steps),
        "values": None if points is None else _values(points),
    }


def curves_json(
    curves: Iterable[Curve], places: Mapping[str, Mapping[int, int]], drawn: int | None = None
) -> JsonObject:
    """Series as columns; `places` are the rows of versions, runs and steps by their seqs.

    Steps are differences. Only the first `drawn` have their points.
    """
    found = [one for one in curves if one.seq in places[one.owner]]
    keys: dict[str, int] = {}
    return {
        "owner": [one.owner[0] for one in found],
        "row": [places[one.owner][one.seq] for one in found],
        "key": [keys.setdefault(one.key, len(keys)) for one in found],
        "keys": list(keys),
        "goals": [usual_goal(key) for key in keys],
        "count": [one.extent.count for one in found],
        "last": [number_of(one.extent.final) for one in found],
        "low": [number_of(one.extent.low) for one in found],
        "high": [number_of(one.extent.high) for one in found],
        "steps": [_steps(points) for points in _drawn(found, drawn)],
        "values": [_values(points) for points in _drawn(found, drawn)],
    }


def _drawn(curves: Sequence[Curve], most: int | None) -> list[Points]:
    """The points of the first curves, up to the first one without."""
    found = []
    for curve in curves[:most]:
        if curve.points is None:
            break
        found.append(curve.points)
    return found


def _steps(points: Points) -> list[int]:
    """The steps as differences."""
    before = (0, *points.steps)
    return [step - before[place] for place, step in enumerate(points.steps)]


def _values(points: Points) -> list[Any]:
    return [None if math.isnan(value) else number_of(_rounded(value)) for value in points.values]


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
