"""Parallel coordinates as a picture."""

from collections.abc import Sequence
from dataclasses import asdict

from artifactctl.json_text import JsonObject
from artifactctl.plain_text import escape
from artifactctl.render.page.axes import Axis, rank_of
from artifactctl.render.page.charts import Chart, filled, path, signals_of, template

_LEAST_STEP, _MOST_STEP = 110, 220  # pixels from axis to axis
_LETTER = 8  # about as wide as one of a title
_NAME_HEIGHT, _FOOT = 18, 70
_LONGEST = 26  # letters of a name, before it is cut

Places = Sequence[float | None]


def parallel(axes: Sequence[Axis], columns: Sequence[str]) -> Chart:
    """A line for each of `columns`, coloured by the best axis by `rank_of`, labelled at the end."""
    chart = template("parallel")
    fixed = signals_of(chart)
    step = _step(axes)
    telling = min(range(len(axes)), key=lambda index: rank_of(axes[index]))
    signals = {
        "width": fixed["left"] + (len(axes) - 1) * step + _room(columns),
        "height": fixed["top"] + fixed["tall"] + _FOOT,
        "step": step,
        "legendTitle": f"Colour: {escape(axes[telling].key)}",
    }
    places = [axis.places() for axis in axes]
    lines = [[axis[run] for axis in places] for run in range(len(columns))]
    data = {
        **_axes(axes, places),
        **_runs(columns, lines, places[telling], {**fixed, **signals}),
        "groups": [],
        "names": _names(columns, places[-1], fixed, len(axes) - 1),
        "legend": [asdict(tick) for tick in axes[telling].ticks],
    }
    return filled(chart, signals, data)


def _step(axes: Sequence[Axis]) -> int:
    """The distance of axes: enough for the longest title, within limits."""
    longest = max(len(_title(axis)["leaf"]) for axis in axes)
    return max(_LEAST_STEP, min(_MOST_STEP, longest * _LETTER + 24))


def _room(columns: Sequence[str]) -> int:
    """The width for the names at the right."""
    return 60 + min(_LONGEST, max(map(len, columns), default=0)) * _LETTER


def _axes(axes: Sequence[Axis], places: Sequence[Places]) -> JsonObject:
    numbered = list(enumerate(axes))
    return {
        "axes": [{"index": i, "gaps": None in places[i], **_title(axis)} for i, axis in numbered],
        "ticks": [{"index": i, **asdict(tick)} for i, axis in numbered for tick in axis.ticks],
    }


def _title(axis: Axis) -> dict[str, str]:
    stem, _, leaf = axis.key.rpartition(".")
    return {"stem": escape(stem), "leaf": escape(leaf)}


def _runs(
    columns: Sequence[str], lines: Sequence[Places], colours: Places, signals: JsonObject
) -> JsonObject:
    step, tall = signals["step"], signals["tall"]
    runs = [
        {"run": run, "name": escape(name), "colour": colours[run], "path": path(line, step, tall)}
        for run, (name, line) in enumerate(zip(columns, lines, strict=True))
    ]
    dots = [
        {"run": run, "colour": colours[run], "index": index, "place": line[index]}
        for run, line in enumerate(lines)
        for index in _dotted(line)
    ]
    return {"runs": runs, "dots": dots}


def _dotted(line: Places) -> list[int]:
    """The indices of missing values, and of values between two missing ones, which need a dot."""
    gaps = [True, *(place is None for place in line), True]
    return [
        index for index in range(len(line)) if gaps[index + 1] or (gaps[index] and gaps[index + 2])
    ]


def _names(
    columns: Sequence[str], places: Places, fixed: JsonObject, last: int
) -> list[JsonObject]:
    """The columns' names beside the last axis, moved apart where they would overlap."""
    top, bottom = fixed["top"], fixed["top"] + fixed["tall"]
    ends = [
        bottom + fixed["lane"] if place is None else bottom - fixed["tall"] * place
        for place in places
    ]
    order = sorted(range(len(columns)), key=lambda run: ends[run])
    heights = _apart([ends[run] for run in order], top, bottom + fixed["lane"])
    return [
        {"index": last, "name": escape(columns[run]), "from": ends[run], "to": height}
        for run, height in zip(order, heights, strict=True)
    ]


def _apart(heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """Sorted heights moved apart, so that a name fits between each two."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + _NAME_HEIGHT if moved else top))
    # Those pushed out at the bottom move up again, and push the ones above them.
    lowest = bottom
    for index in reversed(range(len(moved))):
        moved[index] = min(moved[index], lowest)
        lowest = moved[index] - _NAME_HEIGHT
    return moved
