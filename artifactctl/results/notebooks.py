"""Visualizations in a notebook."""

import sys
from collections.abc import Iterable
from html import escape
from importlib import import_module

from artifactctl.errors import NoContextError
from artifactctl.results.visualizations import Visualization


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, which can show HTML."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and hasattr(shell, "kernel")


def check_notebook(ref: str) -> None:
    """Raise `NoContextError` elsewhere than in a notebook."""
    if not in_notebook():
        raise NoContextError(
            f"{ref} can be shown in a notebook only, and this is none",
            hint=f"'artifactctl artifact version visualize {ref} --open' shows it in a browser",
        )


def show(visualizations: Iterable[Visualization], title: str | None) -> None:
    """Show visualizations in the notebook; HTML in a frame, in which no script runs."""
    shown = import_module("IPython.display")  # only notebooks have it
    if title:
        shown.display(shown.HTML(f"<h3>{escape(title)}</h3>"))
    for item in visualizations:
        shown.display(shown.HTML(item._repr_html_()))
