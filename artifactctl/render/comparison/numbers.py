"""Numbers as people want them in a table; JSON has them as they are."""

import math
from decimal import Decimal

Number = int | float

_DIGITS = 4  # that say something, of changes one less; whole parts are shown whole
_MOST = 10**15  # from here on a power of ten says more than so many digits
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
    """How much more or less: `+0.0222`, `-1,200`; `=` for neither."""
    if value == 0:
        return "="
    shown = number(value, _DIGITS - 1)
    shown = shown if isinstance(value, int) else shown.removesuffix(".0")
    return shown if value < 0 else f"+{shown}"


def relative(value: float) -> str:
    """The same as a share: `+2.4%`, `-0.03%`, `+1,250%`; nothing for neither or no number."""
    percent = value * 100
    size = abs(percent)
    if percent == 0 or math.isinf(percent):
        return ""
    if size >= 1e6 or size < 0.1:
        return f"{percent:+.2g}%"
    return f"{percent:+,.{0 if size >= 100 else 1}f}%"
