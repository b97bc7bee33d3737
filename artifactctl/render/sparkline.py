"""Numbers as a line of bars, from the lowest to the highest."""

import math
from collections.abc import Sequence
from itertools import pairwise

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(numbers: Sequence[int | float]) -> str:
    """A bar for each number; empty for fewer than two, or where one is too large to compare."""
    if len(numbers) < 2:
        return ""
    low, high = min(numbers), max(numbers)
    if low == high:
        return _BARS[3] * len(numbers)
    try:
        shares = [(number - low) / (high - low) for number in numbers]
        return "".join(_BARS[round(share * (len(_BARS) - 1))] for share in shares)
    except (OverflowError, ValueError):
        return ""


def sketch(values: Sequence[float], width: int = 16) -> str:
    """At most `width` bars for the values of a series, each the mean of some; NaNs are left out."""
    count = min(width, len(values))
    ends = [place * len(values) // count for place in range(count + 1)] if count else []
    means = []
    for start, end in pairwise(ends):
        known = [value for value in values[start:end] if not math.isnan(value)]
        means += [math.fsum(known) / len(known)] if known else []
    return sparkline(means)
