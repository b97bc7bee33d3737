"""A preview as a page shows it: a picture, rows of a table, a document of HTML, or text."""

import base64
import csv
import io
from itertools import islice

from artifactctl.contents.media import type_of
from artifactctl.enums import VisualizationType
from artifactctl.json_text import JsonObject
from artifactctl.results.overview import Preview
from artifactctl.visuals.html import pretty_json

_ROWS, _COLUMNS, _CELL = 50, 40, 120
_LETTERS = 8000
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def preview(item: Preview) -> JsonObject:
    """The preview with what it is: `image`, `table`, `html` or `text`."""
    about = {"name": item.name, "size": len(item.content)}
    if item.type is VisualizationType.IMAGE:
        kind = type_of(item.name, io.BytesIO(item.content), len(item.content))
        if kind not in _PICTURES:
            return {**about, "text": f"a picture that is not shown here ({kind})"}
        data = base64.b64encode(item.content).decode()
        return {**about, "image": f"data:{kind};base64,{data}"}
    if item.type is VisualizationType.CSV and (rows := _rows(item.content)):
        return {**about, "table": rows, "lines": item.content.count(b"\n")}
    if item.type is VisualizationType.HTML:
        return {**about, "html": item.content.decode("utf-8", "replace")}
    if item.type is VisualizationType.JSON:
        return {**about, **_cut(pretty_json(item.content))}
    return {**about, **_cut(item.content.decode("utf-8", "replace"))}


def _rows(content: bytes) -> list[list[str]]:
    text = io.StringIO(content.decode("utf-8-sig", "replace"), newline="")
    try:
        found = list(islice(csv.reader(text), _ROWS + 1))
    except csv.Error:
        return []
    return [[cell[:_CELL] for cell in row[:_COLUMNS]] for row in found]


def _cut(text: str) -> JsonObject:
    return {"text": text[:_LETTERS], "left": max(0, len(text) - _LETTERS)}
