"""Curves of series on a terminal."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from artifactctl.cli import doors
from artifactctl.cli.session import Session, stdout
from artifactctl.screen import screen_of

if TYPE_CHECKING:
    from artifactctl.results.series import Series


def curve_of(session: Session) -> "Callable[[Series], str]":
    """Return a function that draws a series; nothing in pipes, and where bars cannot be shown."""
    if not session.is_on_terminal or not screen_of(stdout()).is_unicode:
        return lambda _series: ""

    def draw(series: "Series") -> str:
        points = session.client.read_points(series.owner_id, series.key, is_sketch=True)
        return doors.sparkline.sketch(points.values)

    return draw
