"""The page: one HTML file, with a content security policy that lets it load nothing else."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

from artifactctl.json_text import JsonObject
from artifactctl.render.page.axes import Axis, axes_of, usual_axes
from artifactctl.render.page.charts import template
from artifactctl.render.page.library import has_charts, vega_script
from artifactctl.render.page.modules import own_script
from artifactctl.render.page.writing import replace_file

_EXACT = 2**53  # JavaScript's numbers cannot represent all integers beyond it


def write_page(comparison: JsonObject, path: Path) -> None:
    """Write the comparison as one HTML file that loads nothing from anywhere.

    Without Vega it has the table and no charts.

    Raises `OSError` where the file cannot be written; what was at `path` is then left as it was.
    """
    replace_file(path, page(comparison).encode())


def page(comparison: JsonObject) -> str:
    """The HTML of the page."""
    style, script = _part("page.css"), own_script()
    vega = vega_script() if has_charts() else ""
    parts = {
        "POLICY": _policy([vega, script], style),
        "STYLE": style,
        "DATA": _inert(_payload(comparison)),
        "VEGA": vega,
        "SCRIPT": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found.group(1)], _part("page.html"))


def _part(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str], style: str) -> str:
    """The content security policy: only scripts in the file, by hash, and no `eval`.

    Vega would need `eval` for its expressions; `interpreter.js` interprets them instead.
    """
    known = " ".join(map(_digest, scripts))
    return (
        f"default-src 'none'; script-src {known}; style-src {_digest(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(value: JsonObject) -> str:
    """JSON in ASCII that cannot end a script element or begin a comment."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    # As escapes, `<` and `&` mean the same in JSON, and nothing in HTML.
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _payload(comparison: JsonObject) -> JsonObject:
    axes = axes_of(comparison)
    usual = [axis.key for axis in usual_axes(axes)]
    return {
        "kind": comparison["kind"],
        "baseline": comparison["baseline"],
        "columns": comparison["columns"],
        "rows": [_row(axis) for axis in axes],
        "axes": usual,
        "charts": {name: template(name) for name in ("parallel", "scatter")},
    }


def _row(axis: Axis) -> JsonObject:
    """A row with the data of its axis; integers that JavaScript would round also as text."""
    row = axis.row
    numbers = list(axis.numbers)
    same = ("key", "group", "goal", "differs", "missing", "values", "best", "worst")
    return {
        **{name: row[name] for name in same},
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
