"""Numbers rounded for people; JSON and CSV have them exact."""

import math
from decimal import Decimal

Number = int | float

_DIGITS = 4  # significant digits, one less for changes; integer parts are never rounded
_MOST = 10**15  # from here on in scientific notation
_LEAST = 1e-4


def number(value: Number, digits: int = _DIGITS) -> str:
    """`0.9333`, `12,345`, `1.2e-05`; a float that is whole keeps its `.0`."""
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < _MOST else f"{Decimal(value):.{digits - 1}e}"
    if value == 0 or not _LEAST <= abs(value) < _MOST:
        return "0.0" if value == 0 else f"{value:.{digits}g}"
    decimals = max(1, digits - 1 - math.floor(math.log10(abs(value))))
    whole, _, rest = f"{value:,.{decimals}f}".partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}"


def change(value: Number) -> str:
    """A change with its sign: `+0.0222`, `-1,200`; `=` for no change."""
    if value == 0:
        return "="
    shown = number(value, _DIGITS - 1)
    shown = shown if isinstance(value, int) else shown.removesuffix(".0")
    return shown if value < 0 else f"+{shown}"


def relative(value: float) -> str:
    """A relative change: `+2.4%`, `-0.03%`, `+1,250%`; empty for no change or infinity."""
    percent = value * 100
    size = abs(percent)
    if percent == 0 or math.isinf(percent):
        return ""
    if size >= 1e6 or size < 0.1:
        return f"{percent:+.2g}%"
    return f"{percent:+,.{0 if size >= 100 else 1}f}%"
