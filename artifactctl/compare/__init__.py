"""Runs or versions side by side: values in, a value out, the same for terminal, JSON and page."""

from artifactctl.compare.comparison import Column, Comparison, Kind, Row, Subject
from artifactctl.compare.flattening import lay_out
from artifactctl.compare.putting import Wish, compare, hint_of

__all__ = [
    "Column",
    "Comparison",
    "Kind",
    "Row",
    "Subject",
    "Wish",
    "compare",
    "hint_of",
    "lay_out",
]
