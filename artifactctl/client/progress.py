"""The progress of long work in notebooks, where the caller has given none of his own."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from artifactctl import plain_text

if TYPE_CHECKING:
    from artifactctl.results.reports import Progress

FIRST_S = 0.5
"""Work that takes less time shows no bar."""
_EVERY_S = 0.2


@contextmanager
def shown(title: str, given: "Progress | None" = None) -> Iterator["Progress | None"]:
    """Show a progress bar in a notebook; elsewhere, and for a `given` progress, nothing."""
    if given is not None or "IPython" not in sys.modules:
        yield given
        return
    # Imported on first use: only notebooks need it.
    from artifactctl.results.notebooks import in_notebook  # noqa: PLC0415

    if not in_notebook():
        yield None
        return
    bar = Bar(title)
    try:
        yield bar.progress
    finally:
        bar.close()


class Bar:
    """A progress bar in a notebook, which becomes a line of text when the work has ended.

    It is an HTML element that IPython updates in its place: a notebook has IPython, while the bars
    of other libraries need widgets that may be missing. Threads may call it.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._begun = self._drawn = time.monotonic()
        self._total = self._done = 0
        self._handle: Any = None
        self._lock = threading.Lock()

    @property
    def progress(self) -> "Progress":
        """The functions that long work calls with numbers of bytes."""
        from artifactctl.results.reports import Progress  # noqa: PLC0415 (only notebooks need it)

        return Progress(self._expect, self._advance)

    def close(self) -> None:
        """Leave a line of text where the bar was; nothing where there was none."""
        if self._handle is not None:
            took = plain_text.duration(time.monotonic() - self._begun)
            self._draw(f"{plain_text.size(self._done)}, {took}")

    def _expect(self, size_bytes: int) -> None:
        self._total += size_bytes

    def _advance(self, size_bytes: int) -> None:
        with self._lock:
            self._done += size_bytes
            now = time.monotonic()
            is_soon = now - self._drawn < (FIRST_S if self._handle is None else _EVERY_S)
            if is_soon:
                return
            self._drawn = now
            done, total = min(self._done, self._total), self._total
            bar = f'<progress value="{done}" max="{total}" style="width: 20em"></progress> '
            said = f"{plain_text.size(self._done)} of {plain_text.size(total)}"
            self._draw(said, bar if total else "")

    def _draw(self, said: str, bar: str = "") -> None:
        from html import escape  # noqa: PLC0415 (only notebooks need it)

        shown = import_module("IPython.display")
        line = shown.HTML(f"<div>{bar}{escape(plain_text.escape(self._title))}: {said}</div>")
        if self._handle is None:
            self._handle = shown.display(line, display_id=True)
        else:
            self._handle.update(line)
