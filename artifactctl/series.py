"""Points of a series: a number of a run, a step or a version at each of its steps.

A chunk of points is kept as text: the steps and the times as differences, and the values as 64-bit
floats, all little-endian, with their bytes grouped by significance, compressed by zlib, in base64.
A million points of a loss take about 10 MB. Text is a third larger than bytes, and is the same in
the catalog of every engine, in records and in bundles.
"""

import base64
import binascii
import math
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

MOST_POINTS = 4096
"""The points of one chunk: whoever logs one point at a time rewrites a chunk each time."""
MOST = 1 << 53
"""The end of steps and of times: whole numbers below it are exact in JSON and JavaScript too."""

_WIDTH = 8  # bytes of a number
_COLUMNS = 3  # steps, times, values


@dataclass(frozen=True, slots=True)
class Points:
    """Points by ascending step; a value that is NaN is unknown, times count since 1970."""

    steps: Sequence[int] = ()
    times_ms: Sequence[int] = ()
    values: Sequence[float] = ()

    def __len__(self) -> int:
        return len(self.steps)

    def rows(self) -> Iterator[tuple[int, int, float]]:
        """Yield each point as step, time and value."""
        return zip(self.steps, self.times_ms, self.values, strict=True)

    def part(self, start: int, end: int) -> "Points":
        """The points from one place to before another."""
        return Points(self.steps[start:end], self.times_ms[start:end], self.values[start:end])

    def joined(self, later: "Points") -> "Points":
        """All points of both; of equal steps the point of `later` counts."""
        if not self.steps or not later.steps or self.steps[-1] < later.steps[0]:
            return Points(
                (*self.steps, *later.steps),
                (*self.times_ms, *later.times_ms),
                (*self.values, *later.values),
            )
        return points_of((*self.rows(), *later.rows()))


@dataclass(frozen=True, slots=True)
class Extent:
    """What is known of points without them; `final` is the value at the last step.

    `low`, `high` and `final` are None where no value is known.
    """

    count: int
    first_step: int
    last_step: int
    low: float | None
    high: float | None
    final: float | None


def points_of(rows: Iterable[tuple[int, int, float]]) -> Points:
    """The points with these steps, times and values, in any order; the last of equal steps counts.

    Infinite values become unknown.
    """
    by_step = {step: (time_ms, value) for step, time_ms, value in rows}
    steps = sorted(by_step)
    times = tuple(by_step[step][0] for step in steps)
    values = (float(by_step[step][1]) for step in steps)
    return Points(
        tuple(steps), times, tuple(value if math.isfinite(value) else math.nan for value in values)
    )


def extent_of(points: Points) -> Extent:
    """The extent of at least one point."""
    known = [value for value in points.values if not math.isnan(value)]
    return Extent(
        len(points),
        points.steps[0],
        points.steps[-1],
        min(known, default=None),
        max(known, default=None),
        None if math.isnan(points.values[-1]) else points.values[-1],
    )


def number_of(value: float | None) -> int | float | None:
    """A value as it is shown: None if unknown, a whole number without a fraction."""
    if value is None or math.isnan(value):
        return None
    return int(value) if value.is_integer() and abs(value) < MOST else value


def pieces_of(points: Points, *, is_growing: bool) -> Iterator[Points]:
    """Yield the points in chunks: full ones where the series grows at its end, else equal ones.

    Equal ones leave room for points that come between others.
    """
    size = MOST_POINTS
    if not is_growing:
        size = -(-len(points) // -(-len(points) // MOST_POINTS))
    for start in range(0, len(points), size):
        yield points.part(start, start + size)


def thinned(points: Points, most: int) -> Points:
    """At most `most` (4 or more) of the points: of each part of the steps the extremes are kept."""
    if len(points) <= most:
        return points
    parts = (most - 2) // 2
    inner = len(points) - 2
    kept = {0, len(points) - 1}
    for part in range(parts):
        start, end = 1 + part * inner // parts, 1 + (part + 1) * inner // parts
        known = [place for place in range(start, end) if not math.isnan(points.values[place])]
        if known:
            kept |= {min(known, key=points.values.__getitem__)}
            kept |= {max(known, key=points.values.__getitem__)}
    places = sorted(kept)
    return Points(
        tuple(points.steps[place] for place in places),
        tuple(points.times_ms[place] for place in places),
        tuple(points.values[place] for place in places),
    )


def encode(points: Points) -> str:
    """A chunk of points as text; empty for none."""
    count = len(points)
    if not count:
        return ""
    steps, times = _differences(points.steps), _differences(points.times_ms)
    packed = struct.pack(f"<{2 * count}q{count}d", *steps, *times, *points.values)
    return base64.b64encode(zlib.compress(_grouped(packed))).decode()


def decode(text: str) -> Points:
    """The points of a chunk; raises `ValueError` for any other text."""
    if not text:
        return Points()
    packed = _unpacked(text)
    count = len(packed) // (_WIDTH * _COLUMNS)
    if not 0 < count <= MOST_POINTS or len(packed) != count * _WIDTH * _COLUMNS:
        raise ValueError("not a chunk of points")
    numbers = struct.unpack(f"<{2 * count}q{count}d", _ungrouped(packed))
    steps = tuple(accumulate(numbers[:count]))
    times = tuple(accumulate(numbers[count : 2 * count]))
    is_rising = all(before < after for before, after in pairwise(steps))
    if not is_rising or not _are_in_range(steps) or not _are_in_range(times):
        raise ValueError("not a chunk of points")
    values = (value if math.isfinite(value) else math.nan for value in numbers[2 * count :])
    return Points(steps, times, tuple(values))


def _unpacked(text: str) -> bytes:
    """The bytes of a chunk, of which no more are made than a chunk can have."""
    most = MOST_POINTS * _WIDTH * _COLUMNS
    try:
        stream = zlib.decompressobj()
        packed = stream.decompress(base64.b64decode(text, validate=True), most + 1)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(str(error)) from None
    if not stream.eof or stream.unused_data:
        raise ValueError("not a chunk of points")
    return packed


def _are_in_range(numbers: Sequence[int]) -> bool:
    return min(numbers) >= 0 and max(numbers) < MOST


def _differences(numbers: Sequence[int]) -> list[int]:
    return [numbers[0], *(after - before for before, after in pairwise(numbers))]


def _grouped(data: bytes) -> bytes:
    """The bytes of numbers by significance: the first byte of each, then the second of each."""
    return b"".join(data[place::_WIDTH] for place in range(_WIDTH))


def _ungrouped(data: bytes) -> bytes:
    found, size = bytearray(len(data)), len(data) // _WIDTH
    for place in range(_WIDTH):
        found[place::_WIDTH] = data[place * size : (place + 1) * size]
    return bytes(found)
