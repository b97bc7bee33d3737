"""Runs or versions side by side: values in, a value out, the same for terminal, JSON and page."""

from artifactctl.compare.comparison import Column, Comparison, Kind, Row, Subject
from artifactctl.compare.flattening import lay_out
from artifactctl.compare.putting import Wish, compare

__all__ = [
    "Column",
    "Comparison",
    "Kind",
    "Row",
    "Subject",
    "Wish",
    "compare",
    "lay_out",
]
