"""The comparison as an SVG: for each row bars from 1, which is artifactctl, on one log axis.

Without scripts, fonts or anything from elsewhere; light or dark as the reader's system is.
"""

import math
from collections.abc import Iterator, Sequence
from html import escape

from tests.benchmarks.peers.results import LIMIT, OURS, Comparison, Line
from tests.benchmarks.peers.table import seconds

# As wide as a telephone: there it is not made smaller, and elsewhere it is a column.
_WIDTH, _MARGIN = 400, 14
_BARS_LEFT, _BARS_RIGHT = 78, 330
_TITLE, _BAR, _GAP, _TOP = 20, 17, 12, 74
_LEAST, _MOST = 0.1, 100.0  # ratios that the axis has at least

_STYLE = """
  svg { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif }
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .quiet { fill: #59636e }
  .grid { stroke: #d9dee3 } .one { stroke: #1f2328 } .slower { fill: #9fb3c8 }
  .faster { fill: #d9730d } .limit { fill: none; stroke: #818b98 }
  .title { font-weight: 600 } .end { text-anchor: end } .middle { text-anchor: middle }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #f0f6fc } .quiet { fill: #a3acb8 }
    .grid { stroke: #2b323b } .one { stroke: #f0f6fc } .slower { fill: #5a7089 }
    .faster { fill: #f0883e } .limit { stroke: #8b949e }
  }
"""


def picture(comparison: Comparison) -> str:
    """All rows, those where a peer is ahead first; each bar with its ratio and its seconds."""
    lines = [line for line in comparison.sorted_lines() if line.cells[OURS].median]
    ratios = [ratio for line in lines for _, ratio in _bars(line)]
    axis = _Axis(min([_LEAST, *ratios]), max([_MOST, *ratios]))
    body: list[str] = []
    y = _TOP
    for line in lines:
        body += _row(line, comparison, axis, y)
        y += _height(line)
    programs = ", ".join(comparison.titles[name] for name in comparison.titles if name != LIMIT)
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}"'
            f' viewBox="0 0 {_WIDTH} {y}" role="img">',
            f"<title>{escape(f'Seconds of {programs} as ratios to artifactctl')}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{y}" rx="6"/>',
            *_head(axis, y),
            *body,
            "</svg>\n",
        )
    )


class _Axis:
    """Ratios to places from left to right, by their logarithms."""

    def __init__(self, least: float, most: float) -> None:
        self._least, self._most = math.log10(least), math.log10(most)

    def x(self, ratio: float) -> float:
        part = (math.log10(ratio) - self._least) / (self._most - self._least)
        return _BARS_LEFT + part * (_BARS_RIGHT - _BARS_LEFT)

    def ticks(self) -> Sequence[float]:
        return [10.0**n for n in range(math.ceil(self._least), math.floor(self._most) + 1)]


def _head(axis: _Axis, height: int) -> Iterator[str]:
    yield _text(_MARGIN, 24, "ink title", "Seconds, as multiples of artifactctl's")
    yield _text(
        _MARGIN, 42, "quiet", "Longer is slower, orange is ahead of artifactctl (at the right)."
    )
    for tick in axis.ticks():
        x, shade = axis.x(tick), "one" if tick == 1 else "grid"
        yield f'<path class="{shade}" d="M{x:.1f} 66V{height - _GAP}"/>'
        yield _text(x, 61, "quiet middle", f"{tick:g}")


def _row(line: Line, comparison: Comparison, axis: _Axis, y: int) -> Iterator[str]:
    ours = line.cells[OURS].median or 0.0
    yield (
        f'<rect class="paper" x="{_MARGIN}" y="{y}" width="{_WIDTH - 2 * _MARGIN}"'
        f' height="{_TITLE}"/>'
    )
    yield _text(_MARGIN, y + 15, "ink title", line.title)
    yield _text(_WIDTH - _MARGIN, y + 15, "ink title end", f"{seconds(ours)} s")
    y += _TITLE
    for name, ratio in _bars(line):
        left, right = sorted((axis.x(1.0), axis.x(ratio)))
        shade = "limit" if name == LIMIT else "faster" if ratio < 1 else "slower"
        width = max(right - left, 1.0)
        yield _text(_BARS_LEFT - 8, y + 12, "quiet end", comparison.titles[name])
        yield (
            f'<rect class="{shade}" x="{left:.1f}" y="{y + 3}" width="{width:.1f}" height="10"/>'
        )
        cell = line.cells[name]
        told = f"{seconds(cell.median or 0.0)} s" + (f", {cell.failed} failed" * bool(cell.failed))
        yield _text(max(right, axis.x(1.0)) + 5, y + 12, "quiet", told)
        y += _BAR


def _bars(line: Line) -> Sequence[tuple[str, float]]:
    """Ratios of the others, the fastest first; the limit after them."""
    found = [(name, ratio) for name in line.cells if name != OURS and (ratio := line.ratio(name))]
    return sorted(found, key=lambda bar: (bar[0] == LIMIT, bar[1]))


def _height(line: Line) -> int:
    return _TITLE + _BAR * len(_bars(line)) + _GAP


def _text(x: float, y: float, shade: str, text: str) -> str:
    return f'<text class="{shade}" x="{x:.1f}" y="{y}">{escape(text)}</text>'
