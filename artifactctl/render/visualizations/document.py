"""The page: its content may be hostile, and is kept from running or loading anything.

The page has no script of its own. Its content security policy is inherited by the frames in which
HTML is shown, so that it allows scripts only where the user does, and then only in frames without
an origin: they reach neither the page nor the network.
"""

from html import escape
from importlib.resources import files
from pathlib import Path

from artifactctl.enums import VisualizationType
from artifactctl.plain_text import count, moment, size
from artifactctl.render.page.writing import replace_file
from artifactctl.results.descriptions import Visualizations
from artifactctl.results.versions import ArtifactVersion
from artifactctl.results.visualizations import Visualization
from artifactctl.visuals.html import fragment, policy

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1><p>{facts}</p></header>
<main>
"""
_SCRIPTLESS = "Its scripts do not run here; --scripts lets them, in a frame without network."


def write_page(found: Visualizations, path: Path, *, scripts: bool = False) -> None:
    """Write the page; `scripts` lets those of HTML run.

    Raises `OSError` when the file cannot be written; what was at `path` is then left as it was.
    """
    replace_file(path, page_of(found, scripts=scripts).encode("utf-8", "replace"))


def page_of(found: Visualizations, *, scripts: bool = False) -> str:
    """The page with all visualizations of a version."""
    sections = "".join(_section(item, scripts=scripts) for item in found.items)
    notes = "".join(f'<p class="note">{escape(note)}</p>\n' for note in found.notes)
    return document(found.version, sections + notes, title=found.version.ref, scripts=scripts)


def document(version: ArtifactVersion, body: str, *, title: str, scripts: bool = False) -> str:
    """A page about a version with a body of HTML that is safe; `scripts` lets those of HTML run."""
    facts = (str(version.type), count(version.file_count, "file"), size(version.size_bytes))
    head = _HEAD.format(
        policy=policy(scripts=scripts),
        title=escape(title),
        style=(files(__package__) / "page.css").read_text("utf-8"),
        facts=escape(" · ".join((*facts, moment(version.kept("created"))))),
    )
    return f"{head}{body}</main>\n</body>\n</html>\n"


def _section(item: Visualization, *, scripts: bool) -> str:
    about = f"{item.type} · {size(item.size_bytes)}"
    content = b"" if item.is_large else item.content()
    shown = (
        '<p class="note">too large to show here</p>'
        if item.is_large
        else fragment(item.name, item.type, content, scripts=scripts)
    )
    is_silent = item.type is VisualizationType.HTML and not scripts and b"<script" in content
    note = f'<p class="note">{_SCRIPTLESS}</p>' if is_silent else ""
    return (
        f"<section><h2>{escape(item.name)} <small>{escape(about)}</small></h2>"
        f"{shown}{note}</section>\n"
    )
