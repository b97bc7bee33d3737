"""Previews as one HTML page: it has no script and loads nothing; content is escaped."""

import base64
from html import escape
from pathlib import Path

from artifactctl.enums import VisualizationType
from artifactctl.previews import Columns, Grid, Picture, Text, View
from artifactctl.render.page.writing import replace_file
from artifactctl.render.previews.wording import about, counted_in, grid_of_columns, left_of
from artifactctl.render.visualizations.document import document
from artifactctl.results.previews import Showing, ShownFile
from artifactctl.visuals.html import fragment, table


def write_page(found: Showing, path: Path) -> None:
    """Write the page.

    Raises `OSError` when the file cannot be written; what was at `path` is then left as it was.
    """
    replace_file(path, page_of(found).encode("utf-8", "replace"))


def page_of(found: Showing) -> str:
    """The page with the previews of a place."""
    sections = [_section(file) for file in found.files]
    if (grid := found.contained) is not None:
        sections.append(f"<section><h2>files</h2>{table(grid.names, grid.lines)}</section>\n")
    return document(found.version, "".join(sections), title=found.name)


def _section(file: ShownFile) -> str:
    views = "".join(map(_view, file.preview.views))
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in file.notes)
    heading = f"<h2>{escape(file.path)} <small>{escape(' · '.join(about(file)))}</small></h2>"
    return f"<section>{heading}{views}{notes}</section>\n"


def _view(view: View) -> str:
    if isinstance(view, Columns):
        return _grid(grid_of_columns(view), counted_in(view))
    if isinstance(view, Grid):
        return _grid(view, left_of(view))
    if isinstance(view, Picture):
        data = base64.b64encode(view.png).decode()
        return (
            f'<img alt="{view.width} by {view.height} pixels" src="data:image/png;base64,{data}">'
        )
    return _text(view)


def _grid(grid: Grid, note: str) -> str:
    below = f'<p class="note">{escape(note)}</p>' if note else ""
    return f"<h3>{escape(grid.title)}</h3>{table(grid.names, grid.lines)}{below}"


def _text(view: Text) -> str:
    if view.format == "markdown":
        shown = fragment("text", VisualizationType.MARKDOWN, view.text.encode("utf-8", "replace"))
    else:
        shown = f'<pre class="wide">{escape(view.text)}</pre>'
    return shown + ('<p class="note">… more</p>' if view.is_cut else "")
