"""A visualization as a piece of HTML for a page or a notebook.

Its content may be hostile. Texts, tables and Markdown are escaped; pictures are `img` elements, in
which nothing runs; HTML is the document of a frame without an origin (`sandbox`), whose content
security policy lets it load nothing, and run scripts only by consent.
"""

import base64
import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from itertools import islice

from artifactctl.contents.media import type_of
from artifactctl.enums import VisualizationType

MOST_ROWS = 200
MOST_COLUMNS = 100
MOST_BYTES = 20 << 20
"""The largest picture or document that becomes a part of a page."""

_MOST_CHARS = 200_000  # of a text, which is cut
_LINE_CHARS = 64 << 10
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif")
_SVG = "image/svg+xml"


_FRAME_STYLE = "width: 100%; height: 420px; border: 0; background: white; color-scheme: light"


def fragment(
    name: str,
    kind: VisualizationType,
    content: bytes,
    *,
    scripts: bool = False,
    is_styled: bool = False,
) -> str:
    """The HTML of a visualization; `scripts` lets those of HTML run, in their frame.

    With `is_styled` a frame has a size and a ground of its own, for places without a style sheet.
    """
    if kind is VisualizationType.HTML:
        return _frame(name, content, scripts=scripts, style=_FRAME_STYLE if is_styled else "")
    return _FRAGMENTS[kind](name, content)


def policy(*, scripts: bool) -> str:
    """The content security policy of a frame, which a page around it must allow as well."""
    runs = "script-src 'unsafe-inline' 'unsafe-eval'; " if scripts else ""
    return (
        f"default-src 'none'; {runs}style-src 'unsafe-inline'; img-src data: blob:;"
        " font-src data:; media-src data:; base-uri 'none'; form-action 'none'"
    )


def _frame(name: str, content: bytes, *, scripts: bool, style: str) -> str:
    if len(content) > MOST_BYTES:
        return _note(f"{len(content)} bytes of HTML are too many to show here")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(scripts=scripts)}">'
    # The policy comes first, so that it counts for everything in the document.
    inner = f'<!doctype html><meta charset="utf-8">{meta}{content.decode("utf-8", "replace")}'
    allowed = "allow-scripts" if scripts else ""
    styled = f' style="{style}"' if style else ""
    return (
        f'<iframe class="document"{styled} sandbox="{allowed}" title="{escape(name)}"'
        f' referrerpolicy="no-referrer" srcdoc="{escape(inner)}"></iframe>'
    )


def _picture(name: str, content: bytes) -> str:
    kind = type_of(name, io.BytesIO(content), len(content))
    if kind not in (*_PICTURES, _SVG):
        return _note(f"{name} is no picture that a browser shows ({kind})")
    if len(content) > MOST_BYTES:
        return _note(f"{len(content)} bytes are too many to show here")
    data = base64.b64encode(content).decode()
    return f'<img alt="{escape(name)}" src="data:{kind};base64,{data}">'


def _table(_name: str, content: bytes) -> str:
    lines = content.decode("utf-8-sig", "replace").splitlines(keepends=True)
    # A row may span lines, where a cell has line breaks.
    rows = csv.reader(line[:_LINE_CHARS] for line in lines[: 20 * MOST_ROWS])
    try:
        shown = list(islice(rows, MOST_ROWS + 1))
    except csv.Error:
        return _text(content)
    if not shown:
        return _note("an empty table")
    head, *body = (row[:MOST_COLUMNS] for row in shown)
    left = len(lines) - 1 - len(body)
    more = _note(f"{left} more lines") if left > 0 else ""
    return table(head, body) + more


def table(names: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table of texts under names, in a frame that scrolls sideways."""
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = (f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in line)}</tr>" for line in lines)
    return (
        f'<div class="wide"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _json(_name: str, content: bytes) -> str:
    return _text(pretty_json(content).encode("utf-8", "replace"))


def pretty_json(content: bytes) -> str:
    """JSON with an indent; the text as it is when it is no JSON, or too long."""
    text = content[: 4 * _MOST_CHARS].decode("utf-8", "replace")  # four bytes a character at most
    if len(content) > _MOST_CHARS:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _markdown(_name: str, content: bytes) -> str:
    from markdown_it import MarkdownIt  # noqa: PLC0415 (only Markdown needs it)

    # Without HTML, and with addresses that it thinks safe: no scripts.
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    text = content[:_MOST_CHARS].decode("utf-8", "replace")
    return f'<div class="markdown">{reader.render(text)}</div>'


def _text(content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    more = _note(f"{len(text) - _MOST_CHARS} more characters") if len(text) > _MOST_CHARS else ""
    return f'<pre class="wide">{escape(text[:_MOST_CHARS])}</pre>{more}'


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


_FRAGMENTS: Mapping[VisualizationType, Callable[[str, bytes], str]] = {
    VisualizationType.CSV: _table,
    VisualizationType.JSON: _json,
    VisualizationType.IMAGE: _picture,
    VisualizationType.MARKDOWN: _markdown,
}
