"""What counts as a number in a comparison, and which values are the same."""

import json
from typing import Any, TypeGuard

from artifactctl.compare.comparison import Number


def is_number(value: object) -> TypeGuard[Number]:
    """Whether a value is a number in JSON: not true or false."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def identity(value: Any) -> tuple[int, Any]:
    """The same for values that are the same, 1 and 1.0 too; it sorts numbers before texts."""
    if is_number(value):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return 2, json.dumps(value, sort_keys=True, default=list)
