"""Files shown by their own format; nothing that could run code is loaded."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO

from artifactctl.contents.endings import type_by_name
from artifactctl.contents.media import type_of
from artifactctl.enums import VisualizationType
from artifactctl.tabular import endings, unpacked
from artifactctl.tabular.arrow import usable_pyarrow
from artifactctl.tabular.separated import usual_separator
from artifactctl.visuals.tables import SAMPLE_COLUMNS, SAMPLE_ROWS, sample_csv
from artifactctl.visuals.visual import Visual

MOST_FILES = 20
"""How many files of a version are shown at most."""

_HEAD_BYTES = 1 << 20
_WHOLE_BYTES = 1 << 20  # of a table that is shown as it is
_LINE_CHARS = 64 << 10
_AS_IT_IS: Mapping[str, VisualizationType] = {
    "application/json": VisualizationType.JSON,
    "application/geo+json": VisualizationType.JSON,
    "text/html": VisualizationType.HTML,
    "text/markdown": VisualizationType.MARKDOWN,
    "image/svg+xml": VisualizationType.IMAGE,
    "image/png": VisualizationType.IMAGE,
    "image/jpeg": VisualizationType.IMAGE,
    "image/gif": VisualizationType.IMAGE,
    "image/webp": VisualizationType.IMAGE,
    "image/bmp": VisualizationType.IMAGE,
    "image/avif": VisualizationType.IMAGE,
}


def may_show(path: str) -> bool:
    """Whether a file can be shown, by the ending of its name."""
    kind = type_by_name(path.removesuffix(f".{endings(path)[1]}"))
    return kind in _AS_IT_IS or kind in _READERS


def show_file(folder: str, path: str) -> list[Visual]:
    """The visualizations of the file at `path` in a folder; none where it is not what it is called.

    It never raises for the content of a file.
    """
    with open(os.path.join(folder, path), "rb") as stream:
        packing = endings(path)[1]
        name = path.removesuffix(f".{packing}")
        size_bytes = os.fstat(stream.fileno()).st_size
        kind = type_of(path, stream, size_bytes)
        if not packing and kind in _AS_IT_IS:
            return [Visual(path, _AS_IT_IS[kind], None)]
        reader = _READERS.get((type_by_name(name) or "") if packing else kind)
        stream.seek(0)
        try:
            opened = unpacked(packing, stream, 2 * _HEAD_BYTES) if packing else stream
            if reader is _show_csv and not packing and size_bytes <= _WHOLE_BYTES:
                return [_show_small_csv(path, stream)]
            return [] if reader is None else reader(path, opened)
        except (ValueError, LookupError, ImportError, RecursionError, OSError, csv.Error):
            return []


def _show_small_csv(path: str, stream: BinaryIO) -> Visual:
    """The file itself when its separator is the comma."""
    if usual_separator(next(_lines(stream), "")) == ",":
        return Visual(path, VisualizationType.CSV, None)
    stream.seek(0)
    return _show_csv(path, stream)[0]


def _show_csv(path: str, stream: BinaryIO) -> list[Visual]:
    lines = _lines(stream)
    start = next(lines, "")
    rows = csv.reader(chain([start], lines), delimiter=usual_separator(start))
    return [_table(path, next(rows, []), rows)]


def _show_json_lines(path: str, stream: BinaryIO) -> list[Visual]:
    """A table when every line is an object, else a list."""
    values = [json.loads(line) for line in islice(_lines(stream), SAMPLE_ROWS) if line.strip()]
    if all(isinstance(value, dict) for value in values):
        names = list(dict.fromkeys(name for value in values for name in value))
        return [_table(path, names, ([row.get(name) for name in names] for row in values))]
    content = json.dumps(values).encode()
    return [Visual(f"{path}.sample.json", VisualizationType.JSON, content)]


def _show_parquet(path: str, stream: BinaryIO) -> list[Visual]:
    arrow = usable_pyarrow()
    if arrow is None:
        return []
    try:
        return [Visual(f"{path}.sample.csv", VisualizationType.CSV, head_of_parquet(arrow, stream))]
    except (arrow.ArrowException, OverflowError, NotImplementedError):
        return []


def head_of_parquet(arrow: Any, source: Any) -> bytes:
    """The first rows of a Parquet file (a path or a stream) as CSV; the rest is not read."""
    with arrow.parquet.ParquetFile(source) as file:
        names = file.schema_arrow.names[:SAMPLE_COLUMNS]
        batches = file.iter_batches(batch_size=SAMPLE_ROWS, columns=names)
        first = next(batches, None)
        if first is None:
            return sample_csv(names, ())
        columns = [column.to_pylist() for column in first.columns]
        return sample_csv(first.schema.names, list(zip(*columns, strict=True)))


def _show_npy(path: str, stream: BinaryIO) -> list[Visual]:
    import numpy as np  # noqa: PLC0415 (optional, takes 0.1 s)

    from artifactctl.visuals.arrays import show_array  # noqa: PLC0415 (it needs NumPy)

    array = np.load(stream.name, mmap_mode="r", allow_pickle=False)
    return [
        Visual(f"{path}.{item.name}", item.type, item.content)
        for item in (show_array(array) if isinstance(array, np.memmap) else ())
    ]


def _table(path: str, header: list[str], rows: Iterable[Sequence[object]]) -> Visual:
    return Visual(f"{path}.sample.csv", VisualizationType.CSV, sample_csv(header, rows))


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of the start of a file; a line that is too long ends them."""
    head = stream.read(_HEAD_BYTES)
    lines = head.decode("utf-8-sig", "replace").splitlines(keepends=True)
    is_cut = len(head) == _HEAD_BYTES
    return (line[:_LINE_CHARS] for line in (lines[:-1] if is_cut else lines))


_READERS: Mapping[str, Callable[[str, BinaryIO], list[Visual]]] = {
    "text/csv": _show_csv,
    "text/tab-separated-values": _show_csv,
    "application/x-ndjson": _show_json_lines,
    "application/vnd.apache.parquet": _show_parquet,
    "application/x-npy": _show_npy,
}
