"""Visualizations in a notebook, or their texts on standard output."""

import sys
from collections.abc import Iterable, Iterator
from html import escape
from importlib import import_module

from artifactctl import plain_text
from artifactctl.enums import VisualizationType
from artifactctl.results.asking import Result
from artifactctl.results.visualizations import Visualization

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
