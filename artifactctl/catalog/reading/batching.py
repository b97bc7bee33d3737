"""Lists in parts that one statement takes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

BATCH = 500  # SQLite takes at least 999 parameters


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """`items` in lists of up to `size`, never more of them in memory."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def numbered(values: Sequence[int | str]) -> tuple[str, dict[str, int | str]]:
    """Placeholders for some values, and the values by name."""
    names = {f"b{i}": value for i, value in enumerate(values)}
    return ", ".join(f":{name}" for name in names), names
