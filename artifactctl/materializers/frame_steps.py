"""Steps: what becomes of one column of a pandas frame so that a file holds it, as JSON.

`{"as": "codes", ...}` describes a type by what it consists of, never by the name that pandas prints
for it. A step with `then` was followed by that one: both are undone in turn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from artifactctl.errors import CannotHoldError

Step: TypeAlias = dict[str, Any]
Load: TypeAlias = Callable[[str], Any]
"""Gives the index that was saved in a folder of that name."""

HINT = "give materializer='cloudpickle', or convert it first"


@dataclass(frozen=True)
class Ways:
    """How columns may be written: `simple` is for files of numbers and text, and nothing else.

    `keep` saves an index in a folder of that name.
    """

    simple: bool
    keep: Callable[[Any, str], None]


def named(column: Any) -> str:
    """The column as errors call it."""
    return f"column {str(column.name)[:80]!r}"


def cannot_hold(column: Any) -> CannotHoldError:
    """The error that says that no step is for the type of this column."""
    kind = str(column.dtype)[:80]
    return CannotHoldError(f"{named(column)} of type {kind!r} cannot be kept", hint=HINT)
