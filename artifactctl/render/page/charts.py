"""The charts' specifications, as Vega reads them."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

Chart = dict[str, Any]


def template(name: str) -> Chart:
    """`parallel` or `scatter`, with nothing to draw yet."""
    chart: Chart = json.loads((files(__package__) / f"{name}.json").read_text("utf-8"))
    return chart


def signals_of(chart: Chart) -> dict[str, Any]:
    """What the chart's signals are at first: where its parts stand, in pixels."""
    return {signal["name"]: signal["value"] for signal in chart["signals"]}


def filled(chart: Chart, signals: Mapping[str, Any], data: Mapping[str, Any]) -> Chart:
    """The chart with these values for some of its signals and for all of its data."""
    values = {**signals_of(chart), **signals}
    return {
        **chart,
        "signals": [{**signal, "value": values[signal["name"]]} for signal in chart["signals"]],
        "data": [{**source, "values": data[source["name"]]} for source in chart["data"]],
    }


def path(places: Sequence[float | None], step: float, tall: float) -> str:
    """An SVG path from place to place, `step` pixels apart; what is missing is a gap."""
    words, is_drawn = [], False
    for index, place in enumerate(places):
        if place is not None:
            letter = "L" if is_drawn else "M"
            words.append(f"{letter}{index * step:.6g},{(1 - place) * tall:.6g}")
        is_drawn = place is not None
    return "".join(words)
