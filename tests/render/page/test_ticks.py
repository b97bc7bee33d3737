"""The marks of axes."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from artifactctl.render.page.ticks import linear_ticks, log_ticks, seconds

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(min_value=1e-300, max_value=1e300)


def _labels(low: float, high: float, unit: str = "") -> list[str]:
    return [tick.label for tick in linear_ticks(low, high, unit)]


@pytest.mark.parametrize(
    ("low", "high", "unit", "labels"),
    [
        (0, 1, "", ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.853, 0.9561, "", ["0.86", "0.88", "0.90", "0.92", "0.94"]),
        (-3, 7, "", ["-2", "0", "2", "4", "6"]),
        (2.4e7, 1.2e8, "", ["4e7", "6e7", "8e7", "1e8", "1.2e8"]),
        (5, 5, "", ["5"]),
        (10, 300, "s", [f"{n} min" for n in range(1, 6)]),
        (0, 5 << 20, "B", ["0 B", "1 MB", "2 MB", "3 MB", "4 MB", "5 MB"]),
        (1, 3, "whole", ["1", "2", "3"]),
    ],
)
def test_marks_are_round_numbers(low: float, high: float, unit: str, labels: list[str]):
    assert _labels(low, high, unit) == labels


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (1e-4, 0.1, ["0.0001", "0.001", "0.01", "0.1"]),
        (3, 60, ["5", "10", "20", "50"]),
        (1, 1e12, ["1", "1000", "1e6", "1e9", "1e12"]),
        (40, 48, ["40", "42", "44", "46", "48"]),
        (0, 10, []),
        (-1, 10, []),
        (3, 3, []),
    ],
)
def test_marks_of_a_logarithmic_axis(low: float, high: float, labels: list[str]):
    assert [tick.label for tick in log_ticks(low, high)] == labels


@example(0.0, 5e-324, "")
@given(NUMBERS, NUMBERS, st.sampled_from(["", "s", "B", "whole"]))
def test_any_axis_has_a_few_marks_between_its_ends(a: float, b: float, unit: str):
    low, high = sorted((a, b)) if unit in ("", "s") else sorted((abs(a), abs(b)))
    ticks = linear_ticks(low, high, unit)

    assert len(ticks) <= 13
    assert all(0 <= tick.at <= 1 and tick.label for tick in ticks)


@given(POSITIVE, POSITIVE)
def test_any_logarithmic_axis_has_marks_too(a: float, b: float):
    ticks = log_ticks(*sorted((a, b)))

    assert len(ticks) <= 13
    assert all(0 <= tick.at <= 1 and math.isfinite(tick.at) for tick in ticks)


def test_units_as_people_say_them():
    assert [seconds(n) for n in (0.25, 9.5, 42, 72, 3600, 7500, 90_061)] == [
        *("0.25 s", "9.5 s", "42 s", "1 min 12 s", "1 h", "2 h 05 min", "25 h 01 min")
    ]
