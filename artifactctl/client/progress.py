"""The progress of long work in notebooks, where the caller has given none of his own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifactctl.results.reports import Progress


@contextmanager
def shown(title: str, given: "Progress | None" = None) -> Iterator["Progress | None"]:
    """Show a progress bar in a notebook; elsewhere, and for a `given` progress, nothing."""
    if given is not None or "IPython" not in sys.modules:
        yield given
        return
    # Imported on first use: only notebooks need it.
    from artifactctl.results import notebooks  # noqa: PLC0415

    if not notebooks.in_notebook():
        yield None
        return
    bar = notebooks.Bar(title)
    try:
        yield bar.progress
    finally:
        bar.close()
