"""A comparison as a picture."""

from collections.abc import Sequence
from pathlib import Path

from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.json_text import JsonObject
from artifactctl.render.page.axes import Axis, axes_of, usual_axes
from artifactctl.render.page.charts import Chart
from artifactctl.render.page.library import draw_png, draw_svg
from artifactctl.render.page.line import line
from artifactctl.render.page.parallel import parallel
from artifactctl.render.page.writing import replace_file

_PNG_SCALE = 2.0  # sharp on the screens of today


def write_plot(comparison: JsonObject, path: Path, keys: Sequence[str] = ()) -> None:
    """Draw the comparison into an SVG or PNG file, by the suffix of `path`.

    Parallel coordinates with an axis for each of `keys`, or by default for the numbers that
    differ, those with a goal first; for a single key, its numbers by time of creation.
    Raises `OSError` when the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".svg", ".png"):
        raise WrongUsageError(
            f"{str(path)!r} has no known picture format", hint="use a name ending in .svg or .png"
        )
    chart = _chart(comparison, keys)
    is_svg = suffix == ".svg"
    replace_file(path, draw_svg(chart).encode() if is_svg else draw_png(chart, _PNG_SCALE))


def _chart(comparison: JsonObject, keys: Sequence[str]) -> Chart:
    axes = axes_of(comparison)
    names = [str(column["name"]) for column in comparison["columns"]]
    chosen = [_named(axes, key) for key in keys] if keys else usual_axes(axes)
    if not names or not chosen:
        raise InvalidInputError(
            "there are no numbers to draw", hint="name the keys to draw with --key"
        )
    if len(keys) == 1:
        order = next(axis for axis in axes if axis.unit == "order")
        return line(chosen[0], order, names)
    return parallel(chosen, names)


def _named(axes: Sequence[Axis], key: str) -> Axis:
    found = next((axis for axis in axes if axis.key == key), None)
    if found is None:
        raise WrongUsageError(f"the comparison has no key {key!r}", hint="'-o json' lists its keys")
    return found
