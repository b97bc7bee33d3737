"""Modules that commands import on first use, so that `--help` and completion start fast.

A module named here is imported when it is first accessed, as `doors.printing`; type checkers see an
ordinary import. Most lazy imports of the command line are listed here.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import webbrowser

    from artifactctl import client, metadata, ownership, settings
    from artifactctl.catalog import moments
    from artifactctl.cli import advice, mistakes
    from artifactctl.contents import media
    from artifactctl.pipelines import files, run_files
    from artifactctl.pipelines.engine import reports as run_reports
    from artifactctl.render import (
        answers,
        columns,
        comparison,
        descriptions,
        difference,
        findings,
        guides,
        history,
        lineage,
        listings,
        page,
        planned,
        previews,
        printing,
        progress,
        runs,
        series,
        sparkline,
        stream,
        structured,
        texts,
        usage,
        visualizations,
    )
    from artifactctl.render import files as render_files
    from artifactctl.results import reports

__all__ = [
    "advice",
    "answers",
    "client",
    "columns",
    "comparison",
    "descriptions",
    "difference",
    "files",
    "findings",
    "guides",
    "history",
    "lineage",
    "listings",
    "media",
    "metadata",
    "mistakes",
    "moments",
    "ownership",
    "page",
    "planned",
    "previews",
    "printing",
    "progress",
    "render_files",
    "reports",
    "run_files",
    "run_reports",
    "runs",
    "series",
    "settings",
    "sparkline",
    "stream",
    "structured",
    "texts",
    "usage",
    "visualizations",
    "webbrowser",
]
_ELSEWHERE = {
    "advice": "artifactctl.cli.advice",
    "mistakes": "artifactctl.cli.mistakes",
    "media": "artifactctl.contents.media",
    "moments": "artifactctl.catalog.moments",
    "files": "artifactctl.pipelines.files",
    "run_files": "artifactctl.pipelines.run_files",
    "run_reports": "artifactctl.pipelines.engine.reports",
    "render_files": "artifactctl.render.files",
    "reports": "artifactctl.results.reports",
    "webbrowser": "webbrowser",
} | {
    name: f"artifactctl.render.{name}"
    for name in (
        "answers",
        "columns",
        "comparison",
        "descriptions",
        "difference",
        "findings",
        "guides",
        "history",
        "lineage",
        "listings",
        "page",
        "planned",
        "previews",
        "printing",
        "progress",
        "runs",
        "series",
        "sparkline",
        "stream",
        "structured",
        "texts",
        "usage",
        "visualizations",
    )
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(name)
        return import_module(_ELSEWHERE.get(name, f"artifactctl.{name}"))
