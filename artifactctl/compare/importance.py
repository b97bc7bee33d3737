"""Which parameters are associated with a metric: rank correlations, beside what chance would give.

Numbers by Spearman's rank correlation, ties with the mean of their ranks. Categories by the
correlation ratio of the metric's ranks: the root of the share of their variance that lies between
the categories (Kruskal and Wallis' H over n - 1). Both depend on ranks alone, so that they do not
change when a metric or a parameter is shown on a logarithmic scale.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence

from artifactctl.compare.comparison import Association, Importance, LeftOut, Method, Number, Row
from artifactctl.compare.flattening import identity, is_number

# Fewer columns than this say nothing: three are in order by chance in one of three cases.
_FEWEST = 4
FEW = 10
"""With fewer columns than this, `chance` is a rough guess, and most of what is seen is chance."""

_NORMAL = 1.6448536269514722  # exceeded in 5 % of cases


def importance(target: Row, rows: Sequence[Row]) -> Importance:
    """The association of the parameters with `target`; where there are none, of all other keys."""
    count = sum(map(is_number, target.values))
    results = [_association(row, target) for row in candidates(target, rows)]
    found = [one for one in results if isinstance(one, Association)]
    left_out = [one for one in results if isinstance(one, LeftOut)]
    found.sort(key=lambda one: -abs(one.strength))
    return Importance(target.key, count, tuple(found), tuple(left_out))


def candidates(target: Row, rows: Sequence[Row]) -> list[Row]:
    """The parameters that differ; where there are none, all other keys that do."""
    differing = [row for row in rows if row.differs and row.key != target.key]
    return [row for row in differing if row.group == "parameters"] or differing


def ranks(numbers: Sequence[Number]) -> list[float]:
    """The ranks from 1; equal numbers share the mean of theirs."""
    places: dict[Number, list[int]] = defaultdict(list)
    for rank, number in enumerate(sorted(numbers), start=1):
        places[number].append(rank)
    means = {number: sum(found) / len(found) for number, found in places.items()}
    return [means[number] for number in numbers]


def spearman(xs: Sequence[Number], ys: Sequence[Number]) -> float | None:
    """The rank correlation of two lists, from -1 to 1; None where one of them is constant."""
    across, up = _centred(ranks(xs)), _centred(ranks(ys))
    size = math.sqrt(sum(x * x for x in across) * sum(y * y for y in up))
    if size == 0:
        return None
    return _within(sum(x * y for x, y in zip(across, up, strict=True)) / size)


def correlation_ratio(names: Sequence[Hashable], ys: Sequence[Number]) -> float | None:
    """How far the names determine the ranks of `ys`, from 0 to 1; None for constant ones."""
    up = _centred(ranks(ys))
    whole = sum(y * y for y in up)
    if whole == 0:
        return None
    groups: dict[Hashable, list[float]] = defaultdict(list)
    for name, y in zip(names, up, strict=True):
        groups[name].append(y)
    between = sum(sum(group) ** 2 / len(group) for group in groups.values())
    return _within(math.sqrt(between / whole))


def chance(n: int, freedom: int = 1) -> float:
    """What `n` pairs that have nothing to do with each other exceed in about 5 % of cases.

    `freedom` is one less than the number of categories, 1 for numbers: the square root of the
    chi-squared quantile over n - 1. Source: E. B. Wilson and M. M. Hilferty, "The Distribution of
    Chi-Square", PNAS 17 (1931), 684-688.
    """
    step = 2 / (9 * freedom)
    quantile = freedom * (1 - step + _NORMAL * math.sqrt(step)) ** 3
    return min(1.0, math.sqrt(quantile / (n - 1)))


def _association(row: Row, target: Row) -> Association | LeftOut:
    pairs = [
        (value, y)
        for value, gone, y in zip(row.values, row.missing, target.values, strict=True)
        if not gone and is_number(y) and (row.kind != "number" or value is not None)
    ]
    values, ys = [value for value, _ in pairs], [y for _, y in pairs]
    if len(pairs) < _FEWEST:
        return LeftOut(row.key, "too few")
    if row.kind == "number":
        strength, freedom = spearman(values, ys), 1
    else:
        names = list(map(identity, values))
        freedom = len(set(names)) - 1
        if freedom == 0:
            return LeftOut(row.key, "constant")
        if 2 * len(set(names)) > len(names):
            # With a category for each column every metric would be explained.
            return LeftOut(row.key, "too many values")
        strength = correlation_ratio(names, ys)
    if strength is None:
        return LeftOut(row.key, "constant")
    method: Method = "spearman" if row.kind == "number" else "correlation_ratio"
    return Association(
        row.key, row.group, method, len(pairs), strength, chance(len(pairs), freedom)
    )


def _centred(numbers: Sequence[float]) -> list[float]:
    mean = math.fsum(numbers) / len(numbers)
    return [number - mean for number in numbers]


def _within(number: float) -> float:
    """Rounding must not lead beyond 1."""
    return max(-1.0, min(1.0, number))
