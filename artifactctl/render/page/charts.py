"""The charts' specifications for Vega."""

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from artifactctl.json_text import JsonObject

Chart = dict[str, Any]


def template(name: str) -> Chart:
    """The specification `parallel` or `scatter`, without data."""
    chart: Chart = json.loads((files(__package__) / f"{name}.json").read_text("utf-8"))
    return chart


def signals_of(chart: Chart) -> JsonObject:
    """The initial values of the chart's signals: the positions of its parts, in pixels."""
    return {signal["name"]: signal["value"] for signal in chart["signals"]}


def filled(chart: Chart, signals: JsonObject, data: JsonObject) -> Chart:
    """The chart with new values for some of its signals and with all its data."""
    values = {**signals_of(chart), **signals}
    return {
        **chart,
        "signals": [{**signal, "value": values[signal["name"]]} for signal in chart["signals"]],
        "data": [{**source, "values": data[source["name"]]} for source in chart["data"]],
    }


def path(places: Sequence[float | None], step: float, tall: float) -> str:
    """An SVG path through the places, `step` pixels apart, with a gap where one is missing."""
    words, is_drawn = [], False
    for index, place in enumerate(places):
        if place is not None:
            letter = "L" if is_drawn else "M"
            words.append(f"{letter}{index * step:.6g},{(1 - place) * tall:.6g}")
        is_drawn = place is not None
    return "".join(words)
