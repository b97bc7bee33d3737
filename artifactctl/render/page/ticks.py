"""The ticks of an axis and their labels.

Vega has its own ticks, but not for durations and sizes, and the page's script and the pictures
must show the same ones.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from artifactctl.plain_text import duration, size

_MOST = 6
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at the position `at`, from 0 at the low end of the axis to 1 at its high end."""

    at: float
    label: str


def linear_ticks(low: float, high: float, unit: str = "") -> list[Tick]:
    """Ticks at round numbers from `low` to `high`, about `_MOST` of them."""
    if low == high:
        return [Tick(0.5, _label(low, abs(low) or 1.0, unit))]
    step = _step(low, high, unit)
    first, last = math.ceil(low / step), math.floor(high / step)
    numbers = [count * step for count in range(first, last + 1)]
    return [Tick(fraction(n, low, high), _label(n, step, unit)) for n in numbers]


def log_ticks(low: float, high: float, unit: str = "") -> list[Tick]:
    """Ticks at powers of ten between two positive numbers; if too few, also at 2 and 5 times these.

    Empty where a logarithmic axis makes no sense: a number is not positive, or all are equal.
    """
    if low <= 0 or low == high:
        return []
    for factors in ((1,), (1, 2, 5)):
        numbers = _powers(low, high, factors)
        if len(numbers) > 1:
            numbers = numbers[:: math.ceil(len(numbers) / _MOST)]
            return [Tick(log_fraction(n, low, high), _label(n, n, unit)) for n in numbers]
    step = _step(low, high, unit)
    counts = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [Tick(log_fraction(n * step, low, high), _label(n * step, step, unit)) for n in counts]


def fraction(number: float, low: float, high: float) -> float:
    """The position of `number` between `low` (0) and `high` (1); 0.5 where these are equal."""
    if low == high:
        return 0.5
    # The difference of two floats can overflow; halving them always would underflow tiny ones.
    scale = 1.0 if math.isfinite(high - low) else 0.5
    return min(1.0, max(0.0, (number * scale - low * scale) / (high * scale - low * scale)))


def log_fraction(number: float, low: float, high: float) -> float:
    """The position on a logarithmic scale."""
    return fraction(math.log(number), math.log(low), math.log(high))


def seconds(number: float) -> str:
    """A duration for people: `0.25 s`, `42 s`, `1 min 12 s`, `2 h`."""
    if abs(number) < 60:
        return f"{float(f'{number:.3g}'):g} s"
    return duration(number).removesuffix(" 00 s").removesuffix(" 00 min")


def _step(low: float, high: float, unit: str) -> float:
    rough = high / _MOST - low / _MOST
    if unit == "s" and rough > 1:
        return float(next((step for step in _SECONDS if step >= rough), _round_step(rough)))
    return max(1.0, _round_step(rough)) if unit in ("whole", "B") else _round_step(rough)


def _round_step(rough: float) -> float:
    """The next number above `rough` that is 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 1e-300 else 1e-300
    return next((power * factor for factor in (1, 2, 5) if power * factor >= rough), power * 10)


def _powers(low: float, high: float, factors: Sequence[int]) -> list[float]:
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = [float(f"{factor}e{exponent}") for exponent in exponents for factor in factors]
    return [number for number in numbers if low <= number <= high]


def _label(number: float, step: float, unit: str) -> str:
    if unit in _UNITS:
        return _UNITS[unit](number)
    if number and not 1e-4 <= abs(number) < 1e6:
        digits = math.floor(math.log10(abs(number))) - math.floor(math.log10(step))
        mantissa, exponent = f"{number:.{min(max(digits, 0), 15)}e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    decimals = max(0, -math.floor(math.log10(step))) if step < 1 else 0
    return f"{number:.{min(decimals, 12)}f}" if step != number else f"{number:g}"


def _size(number: float) -> str:
    return size(round(number)).replace(".0 ", " ")


_UNITS: dict[str, Callable[[float], str]] = {"s": seconds, "B": _size}
