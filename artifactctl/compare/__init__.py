"""Runs or versions side by side: a pure comparison, the same for terminal, JSON and page."""

from artifactctl.compare.comparing import CompareOptions, compare, hint_of
from artifactctl.compare.comparison import (
    Association,
    ColumnGroup,
    ComparedDetails,
    ComparedItem,
    ComparedKind,
    Comparison,
    Grouped,
    Importance,
    Row,
    Spread,
    Subject,
)
from artifactctl.compare.flattening import lay_out
from artifactctl.compare.importance import FEW

__all__ = [
    "FEW",
    "Association",
    "ColumnGroup",
    "CompareOptions",
    "ComparedDetails",
    "ComparedItem",
    "ComparedKind",
    "Comparison",
    "Grouped",
    "Importance",
    "Row",
    "Spread",
    "Subject",
    "compare",
    "hint_of",
    "lay_out",
]
