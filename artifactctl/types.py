"""Texts that say which format they are in, so that they are saved and shown as that.

A step that returns `HTMLString(report)` makes a version with the file `output.html`.
"""

__all__ = ["CSVString", "HTMLString", "JSONString", "MarkdownString"]


class HTMLString(str):
    """A text in HTML."""

    __slots__ = ()


class MarkdownString(str):
    """A text in Markdown."""

    __slots__ = ()


class CSVString(str):
    """A table as comma-separated values."""

    __slots__ = ()


class JSONString(str):
    """A text in JSON."""

    __slots__ = ()
