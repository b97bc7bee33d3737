"""What is displayed in a notebook: visualizations, and how far long work is."""

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from html import escape
from importlib import import_module
from typing import Any

from artifactctl import plain_text
from artifactctl.enums import VisualizationType
from artifactctl.results.asking import Result
from artifactctl.results.reports import Progress
from artifactctl.results.visualizations import Visualization

FIRST_S = 0.5
"""Work that takes less time shows no bar."""
_EVERY_S = 0.2
_MOST_LINES = 20
_LONGEST = 200  # characters of a printed line
_TEXTS = (VisualizationType.CSV, VisualizationType.JSON, VisualizationType.MARKDOWN)


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, which can show HTML."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and hasattr(shell, "kernel")


def show(items: Iterable[Result], title: str, ref: str) -> None:
    """Show visualizations, or other results, in a notebook; elsewhere print what is text.

    HTML is in a frame in which no script runs.
    """
    if not in_notebook():
        _print(items, title, ref)
        return
    shown = import_module("IPython.display")  # only notebooks have it
    shown.display(shown.HTML(f"<h3>{escape(plain_text.escape(title))}</h3>"))
    for item in items:
        # IPython warns of HTML that begins with a frame.
        shown.display(shown.HTML(f"<div>{item._repr_html_()}</div>"))


def _print(items: Iterable[Result], title: str, ref: str) -> None:
    lines = [title]
    for item in items:
        lines.append(repr(item))
        if isinstance(item, Visualization) and item.type in _TEXTS and not item.is_large:
            lines += _text_of(item)
    lines.append(f"'artifactctl artifact version visualize {ref} --open' shows it in a browser")
    sys.stdout.write("".join(f"{plain_text.escape(line)}\n" for line in lines))


def _text_of(item: Visualization) -> Iterator[str]:
    lines = str(item.value).splitlines()
    yield from (f"    {line[:_LONGEST]}" for line in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"    … {len(lines) - _MOST_LINES:,} more lines"


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
    def progress(self) -> Progress:
        """What long work calls."""
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
        shown = import_module("IPython.display")
        line = shown.HTML(f"<div>{bar}{escape(plain_text.escape(self._title))}: {said}</div>")
        if self._handle is None:
            self._handle = shown.display(line, display_id=True)
        else:
            self._handle.update(line)
