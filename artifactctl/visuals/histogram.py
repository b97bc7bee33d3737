"""A histogram as SVG, legible on light and dark pages."""

from collections.abc import Sequence

_WIDTH, _HEIGHT = 640, 320
_LEFT, _TOP, _RIGHT, _BOTTOM = 64, 16, 16, 32
_TEXT = 'font-family="system-ui,sans-serif" font-size="13" fill="#7a7f87"'


def histogram_svg(counts: Sequence[int], low: float, high: float) -> bytes:
    """Bars for the counts of values in equal parts of the range from `low` to `high`."""
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    most, step = max(counts, default=0) or 1, wide / max(len(counts), 1)
    bars = "".join(
        f'<rect x="{_LEFT + at * step:.1f}" y="{_TOP + tall - tall * count / most:.1f}"'
        f' width="{max(step - 1, 0.5):.1f}" height="{tall * count / most:.1f}"/>'
        for at, count in enumerate(counts)
        if count
    )
    bottom = _TOP + tall
    labels = (
        _label(_LEFT, bottom + 20, "start", f"{low:.6g}")
        + _label(_LEFT + wide / 2, bottom + 20, "middle", f"{low / 2 + high / 2:.6g}")
        + _label(_LEFT + wide, bottom + 20, "end", f"{high:.6g}")
        + _label(_LEFT - 8, _TOP + 10, "end", str(most))
        + _label(_LEFT - 8, bottom, "end", "0")
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' width="{_WIDTH}" height="{_HEIGHT}"><g fill="#4c8bd6">{bars}</g>'
        f'<path d="M{_LEFT} {bottom}h{wide}" stroke="#7a7f87"/>{labels}</svg>\n'
    ).encode()


def _label(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {_TEXT}>{text}</text>'
