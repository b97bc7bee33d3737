"""The numbers of one row over time, as a picture."""

from collections.abc import Sequence
from dataclasses import asdict

from artifactctl.json_text import JsonObject
from artifactctl.plain_text import escape
from artifactctl.render.page.axes import Axis
from artifactctl.render.page.charts import Chart, filled, path, signals_of, template
from artifactctl.render.page.ticks import Tick

_LEAST_WIDE, _COLUMN, _RIGHT = 420, 44, 60
_SLANT = 35  # degrees, of the names below
_LETTER = 4.2  # about as far down as each letter of a slanted name goes
_LONGEST = 24  # letters, before the name is cut


def line(axis: Axis, order: Axis, columns: Sequence[str]) -> Chart:
    """A point for each of `columns`, in the order of creation."""
    chart = template("scatter")
    fixed = signals_of(chart)
    wide = max(_LEAST_WIDE, _COLUMN * len(columns))
    runs = sorted(range(len(columns)), key=lambda run: order.numbers[run] or 0.0)
    names = [escape(columns[run]) for run in runs]
    deep = min(_LONGEST, max(map(len, names))) * _LETTER
    signals = {
        "width": fixed["left"] + wide + _RIGHT,
        "height": round(fixed["top"] + fixed["tall"] + 50 + deep),
        "wide": wide,
        "yTitle": escape(axis.key),
        "slant": _SLANT,
    }
    return filled(chart, signals, _data(axis, order, [*zip(runs, names, strict=True)], signals))


def _data(
    axis: Axis, order: Axis, runs: Sequence[tuple[int, str]], signals: JsonObject
) -> JsonObject:
    across, heights = order.places(), axis.places()
    step = signals["wide"] / max(1, len(runs) - 1)
    tall = signals_of(template("scatter"))["tall"]
    points = [
        {"run": run, "name": name, "x": across[run], "y": heights[run], "colour": None}
        for run, name in runs
        if heights[run] is not None
    ]
    return {
        "xTicks": [asdict(Tick(across[run] or 0.0, name)) for run, name in runs],
        "yTicks": [asdict(tick) for tick in axis.ticks],
        "lines": [{"path": path([heights[run] for run, _ in runs], step, tall)}],
        "points": [{**point, "label": "", "flip": False} for point in points],
    }
