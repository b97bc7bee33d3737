"""The page of a comparison."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from artifactctl.json_text import JsonObject
from artifactctl.render.page.axes import Axis, axes_of, usual_axes
from artifactctl.render.page.charts import template
from artifactctl.render.page.curves import Curves, curves_json
from artifactctl.render.page.library import HOW_TO_GET_CHARTS, has_charts, vega_script
from artifactctl.render.page.modules import own_script
from artifactctl.render.page.shell import document, filled, inert, part, policy
from artifactctl.render.page.writing import replace_file

if TYPE_CHECKING:
    from artifactctl.compare import ComparedDetails

_NO_CURVES: Curves = MappingProxyType({})
_CHARTS = ("parallel", "scatter")
_EXACT = 2**53  # JavaScript's numbers cannot represent all integers beyond it


def write_page(
    comparison: JsonObject,
    path: Path,
    curves: Curves = _NO_CURVES,
    details: "Sequence[ComparedDetails]" = (),
) -> None:
    """Write the comparison as one HTML file that loads nothing from anywhere.

    `curves` are the points of series: by key, those of each column; `details` those of each column.
    Without Vega it has the table, the curves and the importance of parameters, and no charts.

    Raises `OSError` where the file cannot be written; what was at `path` is then left as it was.
    """
    replace_file(path, page(comparison, curves, details).encode())


def page(
    comparison: JsonObject, curves: Curves = _NO_CURVES, details: "Sequence[ComparedDetails]" = ()
) -> str:
    """The HTML of the page."""
    style, script = part("base.css") + part("page.css"), own_script()
    vega = vega_script() if has_charts() else ""
    return filled(
        document("page.html"),
        TITLE="Compared",
        POLICY=policy([vega, script], style),
        STYLE=style,
        MISSING=HOW_TO_GET_CHARTS,
        DATA=inert(
            {
                **_payload(comparison),
                "curves": curves_json(curves),
                "details": [asdict(one) for one in details],
            }
        ),
        VEGA=vega,
        SCRIPT=script,
    )


def _payload(comparison: JsonObject) -> JsonObject:
    axes = axes_of(comparison)
    usual = [axis.key for axis in usual_axes(axes)]
    return {
        "kind": comparison["kind"],
        "baseline": comparison["baseline"],
        "columns": comparison["columns"],
        "rows": [_row(axis) for axis in axes],
        "axes": usual,
        "group": _named(axes, comparison.get("grouped"), "by"),
        "target": _named(axes, comparison.get("importance"), "target"),
        "charts": {name: template(name) for name in _CHARTS} if has_charts() else {},
    }


def _named(axes: Sequence[Axis], asked: JsonObject | None, name: str) -> str | None:
    """The row by which columns are grouped at first, or the metric at first."""
    if asked is None:
        return None
    return next((axis.key for axis in axes if axis.row["key"] == asked[name]), None)


def _row(axis: Axis) -> JsonObject:
    """A row with the data of its axis; integers that JavaScript would round also as text."""
    row = axis.row
    numbers = list(axis.numbers)
    same = ("key", "group", "goal", "differs", "values", "best", "worst")
    return {
        **{name: row[name] for name in same},
        "missing": [index for index, gone in enumerate(row["missing"]) if gone],
        "exact": {
            index: json.dumps(value, ensure_ascii=False)
            for index, value in enumerate(row["values"])
            if _is_beyond(value)
        },
        "id": axis.key,
        "kind": axis.kind,
        "unit": axis.unit,
        "numbers": None if numbers == row["values"] else numbers,
        "ticks": [asdict(tick) for tick in axis.ticks],
        "logTicks": [asdict(tick) for tick in axis.log_ticks],
    }


def _is_beyond(value: object) -> bool:
    """Whether `value` contains an integer that JavaScript's numbers cannot represent."""
    if isinstance(value, dict):
        return any(map(_is_beyond, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_is_beyond, value))
    return isinstance(value, int) and abs(value) > _EXACT
