"""Runs or versions side by side: a table for people, Markdown, and lines for spreadsheets."""

from artifactctl.render.comparison import grouped, important
from artifactctl.render.comparison.layout import print_table, remarks
from artifactctl.render.comparison.markdown import markdown
from artifactctl.render.comparison.separated import print_separated

__all__ = ["grouped", "important", "markdown", "print_separated", "print_table", "remarks"]
