"""How a table fits the width of a terminal.

Long texts are folded inside of their cells, the widest column first. When that is not enough,
columns are left out from the right; those that name or tell what a row is stay.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from artifactctl.catalog.reading.fields import METADATA

BETWEEN = 2  # cells between two columns

_STAY = {
    *("name", "artifact", "version", "latest_version_name", "tag", "path", "key", "value", "ref"),
    *(
        "step",
        "status",
        "action",
        "reason",
        "problem",
        "from",
        "to",
        "inputs",
        "outputs",
        "snippet",
    ),
}
_NAMES = {"name", "artifact", "version", "latest_version_name", "path", "key", "tag", "ref"}
# Columns whose cells are short, or useless in pieces.
_WHOLE = {
    *("id", "type", "size_bytes", "frees_bytes", "created", "updated", "started", "ended"),
    *(
        "mtime",
        "duration_s",
        "version_count",
        "file_count",
        "action",
        "digest",
        "linked",
        "kind",
        "where",
    ),
}
# Cells to which columns are folded before others are left out.
_COMFORTABLE = 10
_COMFORTABLE_OF = {**dict.fromkeys(_NAMES, 18), "reason": 24, "value": 24}
_LEAST = 4
# Columns of whole objects, of which a table shows no more than a few lines.
_CUT = {"metadata", "environment", "git", "steps", "error", "uri", "materializer", "data_type"}
_MOST_LINES = 3
_BREAKS = ",_-./:="


@dataclass(frozen=True, slots=True)
class Fit:
    """The positions of the columns that are shown, and their widths."""

    shown: Sequence[int]
    widths: Sequence[int]


def fit(columns: Sequence[str], natural: Sequence[int], room: int, keep: Collection[str]) -> Fit:
    """Return the columns that are shown in `room` cells; those in `keep` stay."""
    shown = list(range(len(columns)))
    while True:
        is_last = (out := _next_out(columns, shown, keep)) is None
        names = [columns[i] for i in shown]
        least = [_LEAST if is_last else _COMFORTABLE_OF.get(name, _COMFORTABLE) for name in names]
        widths = _narrowed(names, [natural[i] for i in shown], room, least)
        if out is None or sum(widths) + BETWEEN * (len(widths) - 1) <= room:
            return Fit(shown, widths)
        shown.remove(out)


def _next_out(columns: Sequence[str], shown: Sequence[int], keep: Collection[str]) -> int | None:
    stay = {*_STAY, *keep}
    return next(
        (
            i
            for i in reversed(shown)
            if columns[i] not in stay and not columns[i].startswith(METADATA) and len(shown) > 1
        ),
        None,
    )


def _narrowed(
    columns: Sequence[str], natural: Sequence[int], room: int, least: Sequence[int]
) -> list[int]:
    """Return widths of which always the largest was reduced, those of names last."""
    widths = list(natural)
    excess = sum(widths) + BETWEEN * (len(widths) - 1) - room
    foldable = [i for i, column in enumerate(columns) if column not in _WHOLE]
    while excess > 0:
        candidates = [i for i in foldable if widths[i] > least[i]]
        first = [i for i in candidates if columns[i] not in _NAMES] or candidates
        if not first:
            break
        widths[max(first, key=lambda i: widths[i])] -= 1
        excess -= 1
    return widths


def cell_width(text: str) -> int:
    """Return how many cells of a terminal a text takes that is escaped already."""
    # Escaped text has no control characters, so each ASCII character is one cell wide.
    if text.isascii():
        return len(text)
    # Imported on first use: most tables are of ASCII texts.
    from rich.cells import cell_len  # noqa: PLC0415

    return cell_len(text)


def folded(column: str, text: str, width: int) -> list[str]:
    """Return the lines of a cell; a whole object is cut, with an ellipsis."""
    lines = fold(text, width)
    if column not in _CUT or len(lines) <= _MOST_LINES:
        return lines
    last = lines[_MOST_LINES - 1]
    while cell_width(last) >= width:
        last = last[:-1]
    return [*lines[: _MOST_LINES - 1], last + "…"]


def fold(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` cells, broken at blanks or behind punctuation."""
    lines = []
    while len(text) > width or cell_width(text) > width:
        end = _fitting(text, width)
        blank = 1 + text.rfind(" ", 0, end + 1)
        mark = 1 + max(text.rfind(mark, 0, end) for mark in _BREAKS)
        cut = blank or (mark if mark > end // 3 else end)
        lines.append(text[:cut].rstrip(" "))
        text = text[cut:].lstrip(" ")
    return [*lines, text] if text or not lines else lines


def _fitting(text: str, width: int) -> int:
    """Return how many characters fit, at least one."""
    end = max(1, width)
    while end > 1 and cell_width(text[:end]) > width:
        end -= 1
    while end < len(text) and cell_width(text[: end + 1]) <= width:
        end += 1
    return end
