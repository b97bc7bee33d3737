"""The first rows of a table as CSV, with short cells."""

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice

from artifactctl.plain_text import shortened

SAMPLE_ROWS = 20
SAMPLE_COLUMNS = 100
CELL_CHARS = 300


def sample_csv(header: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """The first rows as UTF-8; further columns are left out, long cells are cut with `…`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_cell, header[:SAMPLE_COLUMNS]))
    for row in islice(rows, SAMPLE_ROWS):
        writer.writerow(map(_cell, row[:SAMPLE_COLUMNS]))
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return ""
    text = value if isinstance(value, str) else text_of(value)
    return shortened(text, CELL_CHARS)


def text_of(value: object) -> str:
    """An object as text, unless it has so many parts that this would take long."""
    if isinstance(value, list | tuple | dict | set) and len(value) > CELL_CHARS:
        return f"<{len(value)} items>"
    if isinstance(value, bytes):
        return repr(value[:CELL_CHARS])
    try:
        return str(value)
    except (ValueError, RecursionError):  # Python writes no number of thousands of digits
        return f"<{type(value).__name__}>"
