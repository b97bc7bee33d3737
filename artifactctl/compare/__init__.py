"""Runs or versions side by side: a pure comparison, the same for terminal, JSON and page."""

from artifactctl.compare.comparing import CompareOptions, compare, hint_of
from artifactctl.compare.comparison import ComparedItem, ComparedKind, Comparison, Row, Subject
from artifactctl.compare.flattening import lay_out

__all__ = [
    "CompareOptions",
    "ComparedItem",
    "ComparedKind",
    "Comparison",
    "Row",
    "Subject",
    "compare",
    "hint_of",
    "lay_out",
]
