"""The terminal that text is shown on: its width, its characters and its colours."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TextIO

from artifactctl.plain_text import is_unicode

_USUAL_WIDTH = 80
_DULL = ("dumb", "unknown")


class Style(Enum):
    """What a piece of text is; the values are its two escape codes.

    The first is one of the 256 fixed colours, whose contrast is above 3.8 on white and on black.
    The second is for terminals with eight colours, which users choose themselves.
    """

    PLAIN = ("", "")
    HEADING = ("1", "1")
    GOOD = ("38;5;28", "32")
    BAD = ("38;5;160", "31")
    WARNING = ("38;5;130", "33")
    NOTE = ("38;5;31", "36")
    MATCH = ("1;38;5;160", "1;31")


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text is shown; `width` is in cells, and None where nothing has to fit.

    `palette` is the position of a style's escape code, and None where no styles are shown.
    """

    width: int | None
    palette: int | None
    is_unicode: bool

    def paint(self, text: str, style: Style) -> str:
        """Return `text` in a style, where styles are shown."""
        code = "" if self.palette is None else style.value[self.palette]
        return f"\x1b[{code}m{text}\x1b[0m" if code and text.strip() else text

    def paint_matches(self, text: str, matches: Iterable[tuple[int, int]]) -> str:
        """Return `text` with the parts that were searched for in their style, in their order."""
        pieces, end = [], 0
        for begin, behind in matches:
            pieces += [text[end:begin], self.paint(text[begin:behind], Style.MATCH)]
            end = behind
        return "".join([*pieces, text[end:]])


def screen_of(out: TextIO, *, is_wide: bool = False) -> Screen:
    """Return what `out` is; `is_wide`: nothing has to fit, though it is a terminal."""
    width = None if is_wide else _width(out)
    return Screen(width, _palette(out), is_unicode(out))


def _width(out: TextIO) -> int | None:
    """Return the width of the terminal in cells; None when `out` is no terminal."""
    try:
        if out.isatty():
            columns = os.environ.get("COLUMNS", "")
            width = int(columns) if columns.isdigit() else 0
            return width or os.get_terminal_size(out.fileno()).columns or _USUAL_WIDTH
    except (OSError, ValueError):
        return _USUAL_WIDTH
    return None


def _palette(out: TextIO) -> int | None:
    terminal = os.environ.get("TERM", "").lower()
    # Not FORCE_COLOR: where it is set for a whole job, scripts that read tables would break.
    if os.environ.get("NO_COLOR") or not out.isatty() or terminal in _DULL:
        return None
    has_many = "256color" in terminal or os.environ.get("COLORTERM", "") != ""
    return 0 if has_many else 1
