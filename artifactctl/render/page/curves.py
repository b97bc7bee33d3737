"""Series of points for the curves of a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from artifactctl.series import Points, number_of

Curves = Mapping[str, Sequence[Points]]
"""By key, the points of each column; none where a column has no such series."""


def curves_json(curves: Curves) -> dict[str, list[Any]]:
    """The curves for the page's data: of each steps, seconds since the first one, and values."""
    return {key: [_curve(points) for points in columns] for key, columns in curves.items()}


def _curve(points: Points) -> list[list[Any]] | None:
    if not len(points):
        return None
    start = min(points.times_ms)
    return [
        list(points.steps),
        [(time_ms - start) / 1000 for time_ms in points.times_ms],
        [number_of(value) for value in points.values],
    ]
