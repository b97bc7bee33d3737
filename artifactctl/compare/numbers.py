"""What counts as a number in a comparison."""

from typing import TypeGuard

from artifactctl.compare.comparison import Number


def is_number(value: object) -> TypeGuard[Number]:
    """Whether a value is a number in JSON: not true or false."""
    return isinstance(value, int | float) and not isinstance(value, bool)
