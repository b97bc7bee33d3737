"""What terminal and page say of previews in the same words."""

from artifactctl.plain_text import count, size
from artifactctl.previews import Column, Columns, Grid
from artifactctl.previews.views import cell
from artifactctl.results.previews import ShownFile


def about(file: ShownFile) -> list[str]:
    """Return the type of a file, its size, and the facts that its format has."""
    facts = (f"{key.replace('_', ' ')} {cell(value)}" for key, value in file.preview.facts.items())
    return [file.preview.content_type, size(file.size_bytes), *facts]


def grid_of_columns(view: Columns, most: int | None = None) -> Grid:
    """Return the columns, or the first of them, as lines of a grid."""
    lines = [
        [one.name, one.type, cell(one.missing), cell(one.distinct), _values_of(one)]
        for one in view.columns[:most]
    ]
    names = ["column", "type", "missing", "distinct", "values"]
    return Grid("columns", names, lines, len(view.columns))


def counted_in(view: Columns) -> str:
    """Return of how many rows the statistics are; empty for all."""
    return "" if view.rows is None else f"counted in the first {count(view.rows, 'row')}"


def left_of(grid: Grid) -> str:
    """Return how many lines a grid leaves out; empty for none."""
    if grid.total is None:
        return f"… more {grid.title}"
    left = grid.total - len(grid.lines)
    return f"… {left:,} more {grid.title}".rstrip() if left > 0 else ""


def _values_of(column: Column) -> str:
    """Return what is known of a column's values in a few words."""
    if column.least is not None and column.most is not None:
        mean = "" if column.mean is None else f", mean {cell(column.mean)}"
        return f"{cell(column.least)} … {cell(column.most)}{mean}"
    if column.top is not None and column.top_count is not None and column.top_count > 1:
        return f"mostly {column.top!r} ({column.top_count:,})"
    return "" if column.top is None else f"such as {column.top!r}"
