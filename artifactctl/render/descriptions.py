"""Markdown that a person wrote: laid out on a terminal, line by line in a pipe."""

from typing import TextIO

from artifactctl.plain_text import escape
from artifactctl.render.stream import write


def print_description(text: str, out: TextIO) -> None:
    """Print Markdown; what a terminal would act upon is escaped."""
    if out.isatty():
        print_markdown(text, out)
    else:
        write((escape(line) + "\n" for line in text.splitlines()), out)


def print_markdown(text: str, out: TextIO) -> None:
    """Lay Markdown out on a terminal; its links are no links there."""
    # Imported on first use: rich takes a tenth of a second.
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown  # noqa: PLC0415

    safe = "\n".join(map(escape, text.splitlines()))
    Console(file=out).print(Markdown(safe, hyperlinks=False))
