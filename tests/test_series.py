"""Points of series as text: every point comes back, and nothing else is read."""

import base64
import math
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.series import MOST, MOST_POINTS, Points, decode, encode, extent_of, points_of

WHOLE = st.integers(0, MOST - 1)
ROWS = st.lists(st.tuples(WHOLE, WHOLE, st.floats(allow_infinity=False)), max_size=50)


@given(ROWS)
def test_every_point_comes_back(rows):
    points = points_of(rows)
    again = decode(encode(points))
    assert (again.steps, again.times_ms) == (points.steps, points.times_ms)
    for one, other in zip(again.values, points.values, strict=True):
        assert struct.pack("<d", one) == struct.pack("<d", other) or math.isnan(one) == math.isnan(
            other
        )


def test_a_million_points_take_about_ten_megabytes():
    points = points_of((i, 1_700_000_000_000 + 13 * i, math.sin(i) / 3) for i in range(MOST_POINTS))
    assert len(encode(points)) < 11 * MOST_POINTS


def test_the_last_of_equal_steps_counts_and_infinity_is_unknown():
    points = points_of([(2, 0, 1.0), (1, 0, math.inf), (2, 5, 3.0)])
    assert (points.steps, points.times_ms, points.values[1]) == ((1, 2), (0, 5), 3.0)
    assert math.isnan(points.values[0])
    extent = extent_of(points)
    assert (extent.count, extent.low, extent.high, extent.final) == (2, 3.0, 3.0, 3.0)
    later = points.joined(points_of([(0, 0, 7.0), (2, 0, 9.0)]))
    assert (later.steps, later.values[0], later.values[2]) == ((0, 1, 2), 7.0, 9.0)


def packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


GOOD = encode(points_of([(1, 2, 3.0), (5, 6, 7.0)]))


@pytest.mark.parametrize(
    "text",
    [
        *("x", "====", "AAAA", GOOD[:-4], GOOD + "AAAA", "\u202e" + GOOD),
        packed(b""),
        packed(b"\0" * 23),
        packed(b"\0" * (24 * (MOST_POINTS + 1))),
        packed(b"\0" * (1 << 26)),
        encode(Points((2, 1), (0, 0), (0.0, 0.0))),
        encode(Points((MOST,), (0,), (0.0,))),
        encode(Points((1,), (-1,), (0.0,))),
    ],
)
def test_what_is_no_chunk_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        decode(text)
