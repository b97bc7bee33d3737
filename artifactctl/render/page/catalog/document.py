"""The page of a catalog: its parts put together, within its size."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from artifactctl.enums import VisualizationType
from artifactctl.json_text import JsonObject
from artifactctl.plain_text import count
from artifactctl.plain_text import escape as visible
from artifactctl.render.page.catalog.first import first_rows
from artifactctl.render.page.catalog.packing import (
    MANY,
    chunks,
    drawn_curves,
    newest_metadata,
    packed,
)
from artifactctl.render.page.modules import own_script
from artifactctl.render.page.shell import document, filled, inert, part, policy
from artifactctl.render.page.writing import replace_file
from artifactctl.results.overview import CatalogPage, Overview

MODULES = (  # each imports only from those before it
    *("dom", "numbers", "fields", "catalog/unpacking", "catalog/link", "state", "catalog/words"),
    *("catalog/series", "catalog/question", "catalog/finding", "catalog/embedded"),
    "catalog/relations",
    *("catalog/flow", "catalog/telling", "catalog/source", "catalog/served", "catalog/opening"),
    *("catalog/columns", "catalog/grid"),
    *(
        "looks",
        "plot",
        "catalog/curving",
        "catalog/framing",
        "catalog/previews",
        "catalog/sparkline",
    ),
    *("catalog/details", "catalog/layers"),
    *(
        "catalog/moving",
        "catalog/drawing",
        "catalog/lineage",
        "catalog/comparing",
        "catalog/filters",
    ),
    "catalog/main",
)
_CURVES_BYTES = 1_000_000
"""The size of a page's curves from which on the points of old ones are left out.

Half of it where there are so many versions that metadata needs the room.
"""

_FEWEST_CURVES = 100
_SPARE = 0.02
_ROOM_BYTES = 5_800_000
"""The size of a page's data from which on old metadata is left out."""


def write_catalog(found: Overview, path: Path) -> CatalogPage:
    """Write the page into a file; return what is in it.

    Raises `OSError` where the file cannot be written; what was at `path` is then left as it was.
    """
    text, notes = page(found)
    content = text.encode()
    replace_file(path, content)
    return CatalogPage(
        str(path.absolute()),
        len(content),
        len(found.artifacts),
        len(found.versions),
        len(found.runs),
        notes,
    )


def page(found: Overview) -> tuple[str, tuple[str, ...]]:
    """The HTML of the page, and notes on what was left out."""
    notes = [*_left_out(found)]
    data = {name: packed(chunk) for name, chunk in chunks(found).items()}
    drawn = sum(curve.points is not None for curve in found.curves)
    room = _CURVES_BYTES if len(found.versions) <= MANY else _CURVES_BYTES // 2
    while len(data["curves"]) > room and drawn > _FEWEST_CURVES:
        drawn //= 2
        data["curves"] = packed(drawn_curves(found, drawn))
    if drawn < len(found.curves):
        notes.append(f"curves are in it for the newest {drawn:,} series only")
    kept = len(found.versions)
    while (over := sum(map(len, data.values())) - _ROOM_BYTES) > 0 and kept > MANY:
        # What is kept takes about as much of the room as its share, and a little more.
        share = 1 - over / len(data["metadata"]) - _SPARE
        kept = max(MANY, int(kept * max(share, 0.5)))
        data["metadata"] = packed(newest_metadata(found, kept))
    if kept < len(found.versions):
        notes.append(f"metadata is in it for the newest {kept:,} versions only")
    title = "Catalog" if found.root is None else f"Lineage of {visible(_name_of_root(found))}"
    setup = {"notes": notes, "live": False, "root": found.root, "first": first_rows(found)}
    has_frames = any(item.type is VisualizationType.HTML for item in found.previews)
    return _document(setup, title, data, has_frames=has_frames), tuple(notes)


def _name_of_root(found: Overview) -> str:
    kind, _, name = (found.root or "").partition(":")
    names = {run.id: run.name for run in found.runs}
    return names.get(name, name) if kind == "run" else name


def live_page() -> str:
    """The HTML of the page that asks a server."""
    setup = {"notes": [], "live": True, "root": None, "first": None}
    return _document(setup, "Catalog", {}, "connect-src 'self'", has_frames=True)


def _document(
    setup: JsonObject, title: str, data: Mapping[str, str], *more: str, has_frames: bool
) -> str:
    style, script = part("base.css") + part("catalog/catalog.css"), own_script(MODULES)
    parts = (
        f'<script type="text/plain" id="data-{name}">{text}</script>\n'
        for name, text in data.items()
    )
    return filled(
        document("catalog/catalog.html"),
        POLICY=policy([script], style, *more, has_frames=has_frames),
        STYLE=style,
        TITLE=escape(title),
        SETUP=inert(setup),
        DATA="".join(parts),
        SCRIPT=script,
    )


def _left_out(found: Overview) -> list[str]:
    notes = []
    versions, runs = found.total_versions - len(found.versions), found.total_runs - len(found.runs)
    if versions:
        notes.append(f"{count(versions, 'older version')} are not in it; 'artifactctl ui' has them")
    if runs:
        notes.append(f"{count(runs, 'older run')} are not in it; 'artifactctl ui' has them")
    if len(found.versions) > MANY:
        notes.append("IDs and digests are shortened, and numbers rounded to 6 digits")
    return notes
