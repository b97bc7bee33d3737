"""Previews as one HTML page: it has no script and loads nothing; content is escaped."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from artifactctl.enums import VisualizationType
from artifactctl.plain_text import count, size
from artifactctl.previews import Columns, Grid, Picture, Text, View
from artifactctl.previews.views import cell
from artifactctl.render.page.writing import replace_file
from artifactctl.render.previews.terminal import values_of
from artifactctl.render.visualizations.document import document
from artifactctl.results.previews import Showing, ShownFile
from artifactctl.visuals.html import fragment

_COLUMN_NAMES = ("column", "type", "missing", "distinct", "values")


def write_page(found: Showing, path: Path) -> None:
    """Write the page.

    Raises `OSError` when the file cannot be written; what was at `path` is then left as it was.
    """
    replace_file(path, page_of(found).encode("utf-8", "replace"))


def page_of(found: Showing) -> str:
    """The page with the previews of a place."""
    sections = [_section(file) for file in found.files]
    if (grid := found.contained) is not None:
        table = _table(grid.names, grid.lines)
        sections.append(f"<section><h2>files</h2>{table}</section>\n")
    return document(found.version, "".join(sections), title=found.name)


def _section(file: ShownFile) -> str:
    facts = (f"{key.replace('_', ' ')} {cell(value)}" for key, value in file.preview.facts.items())
    about = " · ".join((file.preview.content_type, size(file.size_bytes), *facts))
    views = "".join(map(_view, file.preview.views))
    said = "".join(f'<p class="note">{escape(note)}</p>' for note in file.notes)
    heading = f"<h2>{escape(file.path)} <small>{escape(about)}</small></h2>"
    return f"<section>{heading}{views}{said}</section>\n"


def _view(view: View) -> str:
    if isinstance(view, Columns):
        return _columns(view)
    if isinstance(view, Grid):
        return f"<h3>{escape(view.title)}</h3>{_table(view.names, view.lines)}{_left(view)}"
    if isinstance(view, Picture):
        data = base64.b64encode(view.png).decode()
        return (
            f'<img alt="{view.width} by {view.height} pixels" src="data:image/png;base64,{data}">'
        )
    return _text(view)


def _columns(view: Columns) -> str:
    lines = [
        [one.name, one.type, cell(one.missing), cell(one.distinct), values_of(one)]
        for one in view.columns
    ]
    counted = "" if view.rows is None else f"counted in the first {count(view.rows, 'row')}"
    note = f'<p class="note">{counted}</p>' if counted else ""
    return f"<h3>columns</h3>{_table(_COLUMN_NAMES, lines)}{note}"


def _table(names: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = (f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in line)}</tr>" for line in lines)
    return (
        f'<div class="wide"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _left(grid: Grid) -> str:
    if grid.total is None:
        return f'<p class="note">… more {escape(grid.title)}</p>'
    left = grid.total - len(grid.lines)
    return f'<p class="note">… {left:,} more {escape(grid.title)}</p>' if left > 0 else ""


def _text(view: Text) -> str:
    if view.format == "markdown":
        shown = fragment("text", VisualizationType.MARKDOWN, view.text.encode("utf-8", "replace"))
    else:
        shown = f'<pre class="wide">{escape(view.text)}</pre>'
    return shown + ('<p class="note">… more</p>' if view.is_cut else "")
