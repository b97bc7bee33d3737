"""How much work something is, counted: the same on a busy machine as on an idle one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass
class Effort:
    """`calls` of functions, those of C among them."""

    calls: int = 0


@contextmanager
def counted() -> Iterator[Effort]:
    """Count what this thread does inside the block."""
    effort = Effort()

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        effort.calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield effort
    finally:
        sys.setprofile(before)
