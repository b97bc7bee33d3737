"""One object: a line for each of its properties, and on a terminal a tree of its metadata."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TextIO

from artifactctl.json_text import JsonObject
from artifactctl.plain_text import escape
from artifactctl.render.columns import TIMES, age, cell, header, show
from artifactctl.render.fitting import cell_width, fold
from artifactctl.screen import Screen, Style, screen_of

_BETWEEN = "   "
_LEAST_ROOM = 20  # cells for values, however narrow the terminal is
_MOST_ITEMS = 20  # of a list that is shown whole
_FIRST_ITEMS = 5
_EMPTY: tuple[object, ...] = (None, "", (), [], {})
_STYLES = {"completed": Style.GOOD, "failed": Style.BAD, "cancelled": Style.WARNING}


def print_properties(values: JsonObject, out: TextIO, *, is_wide: bool = False) -> None:
    """Print a line for each property; on a terminal folded, and without the empty ones."""
    screen = screen_of(out, is_wide=is_wide)
    if screen.width is None:
        cells = [(escape(header(key)), [show(key, value)]) for key, value in values.items()]
    else:
        now = datetime.now(UTC)
        some = {key: value for key, value in values.items() if value not in _EMPTY}
        cells = [(escape(header(key)), list(_lines(key, some[key], now))) for key in some]
    if cells:
        out.writelines(_laid_out(cells, screen))


def _laid_out(cells: list[tuple[str, list[str]]], screen: Screen) -> Iterator[str]:
    left = max(cell_width(name) for name, _ in cells)
    room = None if screen.width is None else screen.width - left - len(_BETWEEN) - 2
    for name, lines in cells:
        beside = screen.paint(name, Style.HEADING) + " " * (left - cell_width(name))
        for line in lines:
            for text in [line] if room is None else fold_indented(line, max(room, _LEAST_ROOM)):
                style = _STYLES.get(text, Style.PLAIN) if name == "STATUS" else Style.PLAIN
                yield f"  {beside}{_BETWEEN}{screen.paint(text, style)}".rstrip() + "\n"
                beside = " " * left


def _lines(key: str, value: object, now: datetime) -> Iterator[str]:
    if key in TIMES and isinstance(value, str):
        ago = age(value, now)
        yield show(key, value) + (f" ({ago})" if ago.endswith("o") or ago == "just now" else "")
    elif isinstance(value, Mapping) and key != "producer":
        yield from tree(value)
    elif isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        yield escape(", ".join(value))
    else:
        yield show(key, value)


def tree(values: Mapping[str, object]) -> Iterator[str]:
    """Yield a line for each key, with the keys of objects below it; lists of numbers stay lists."""
    left = max(
        (cell_width(escape(key)) for key, value in values.items() if not _is_tree(value)), default=0
    )
    for key, value in values.items():
        name = escape(key)
        if _is_tree(value):
            yield name
            assert isinstance(value, Mapping)
            yield from (f"  {line}" for line in tree(value))
        else:
            yield f"{name}{' ' * (left - cell_width(name))}  {_shortened(value)}".rstrip()


def _shortened(value: object) -> str:
    """A value, also null; of a long list the first items and their number."""
    if value is None:
        return "null"
    if not isinstance(value, list | tuple) or len(value) <= _MOST_ITEMS:
        return cell(value)
    first = ", ".join(map(cell, value[:_FIRST_ITEMS]))
    return f"[{first}, ... {len(value):,} in all]"


def _is_tree(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value)


def fold_indented(line: str, room: int) -> list[str]:
    """Return the lines of a folded line; the further ones have its indentation, and two blanks."""
    first, *more = fold(line, room)
    if not more:
        return [first]
    indent = " " * min(len(line) - len(line.lstrip()) + 2, room // 2)
    rest = line[len(first) :].lstrip()
    return [first, *(indent + text for text in fold(rest, max(1, room - len(indent))))]
