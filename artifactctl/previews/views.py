"""What a preview is made of: columns with statistics, grids of cells, texts and pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from artifactctl.plain_text import shortened
from artifactctl.visuals.tables import CELL_CHARS, text_of

Value: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; what is not known is None.

    `missing` and `distinct` count rows and values. `least`, `mean` and `most` are of numbers and
    times, `top` is the most frequent value of the others, which occurs `top_count` times.
    """

    name: str
    type: str
    missing: int | None = None
    distinct: int | None = None
    least: Value = None
    mean: float | None = None
    most: Value = None
    top: str | None = None
    top_count: int | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table; `rows` says of how many rows the statistics are, None for all."""

    columns: Sequence[Column]
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines of cells under names, the first of `total`; None when that is not known."""

    title: str
    names: Sequence[str]
    lines: Sequence[Sequence[str]]
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text or its start; `is_cut` says which."""

    format: Literal["text", "json", "markdown", "bytes"]
    text: str
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of `width` by `height` pixels; `png` is it, or a smaller one of its shape."""

    width: int
    height: int
    png: bytes


View: TypeAlias = Columns | Grid | Text | Picture

Shown: TypeAlias = tuple[list[View], Mapping[str, object], list[str]]
"""What a format shows of a file: views, facts, and notes for people."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A file: its type, facts that its format has, and views of its content."""

    content_type: str
    facts: Mapping[str, Value] = field(default_factory=dict)
    views: Sequence[View] = ()
    notes: Sequence[str] = ()


def cell(value: object) -> str:
    """Return a value as the text of a cell, which is short; None is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value[: CELL_CHARS + 1]
    elif isinstance(value, float):
        text = f"{value:.6g}"
    elif isinstance(value, int):
        text = str(value) if abs(value) < 10**30 else "a huge number"
    else:
        text = text_of(value)
    return shortened(text, CELL_CHARS)
