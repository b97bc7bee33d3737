"""The preview of a file, by its type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from artifactctl.contents import facts_in
from artifactctl.contents.endings import type_by_name
from artifactctl.previews import archives, arrays, columnar, models, pictures, tables, texts
from artifactctl.previews.views import Preview, Shown, Text, Value, View, cell
from artifactctl.tabular import endings, unpacked

LISTED = 50
"""How many members of an archive, tensors or parameters are listed, if not more are asked for."""

_UNPACKED_BYTES = 64 << 20
_PICKLES = ("pkl", "pickle", "joblib", "pt", "pth")
_PICKLED = "it may hold a pickle, which is never loaded to show it"

# What `contents` calls these facts, and what a preview does.
_NAMES_OF_FACTS = {
    "content_type": "content_type",
    "rows": "rows",
    "width": "width",
    "height": "height",
    "column_count": "columns",
}


@dataclass(frozen=True, slots=True)
class _File:
    stream: BinaryIO
    size_bytes: int
    rows: int

    @property
    def most(self) -> int:
        return max(self.rows, LISTED)


def preview(stream: BinaryIO, name: str, size_bytes: int, rows: int) -> Preview:
    """Return the preview of a file that can be read from anywhere.

    `rows` is how many rows of a table are shown. It never raises for the content of a file: what is
    not what it is called is shown as a text, or as bytes.
    """
    header = _header_facts(stream, name, size_bytes)
    kind = str(header.pop("content_type"))
    file = _File(stream, size_bytes, rows)
    views, facts, notes = _viewed(file, name, kind)
    if not views and not facts:
        views = [_plain(file, kind)]
    if endings(name)[0] in _PICKLES and isinstance(views[0], Text) and views[0].format == "bytes":
        notes = [*notes, _PICKLED]
    kept = {key: value for key, value in {**header, **facts}.items() if value is not None}
    return Preview(kind, {key: _fact(value) for key, value in kept.items()}, views, notes)


def _header_facts(stream: BinaryIO, name: str, size_bytes: int) -> dict[str, object]:
    """The type by the file's header, and the size of a table or picture."""
    stream.seek(0)
    found = facts_in(stream, name, size_bytes)
    return {name: found.get(key) for key, name in _NAMES_OF_FACTS.items()}


def _viewed(file: _File, name: str, kind: str) -> Shown:
    packing = endings(name)[1]
    try:
        if packing or kind in _PACKED:
            return _packed(file, name, packing or _PACKED[kind])
        show = _SHOWN.get("skops" if name.endswith(".skops") else kind)
        file.stream.seek(0)
        return ([], {}, []) if show is None else show(file)
    except (ValueError, LookupError, ImportError, RecursionError, OSError, MemoryError, TypeError):
        return [], {}, []


def _packed(file: _File, name: str, packing: str) -> Shown:
    """The preview of what is in a compressed file, of which only the start is unpacked."""
    file.stream.seek(0)
    inner = name.removesuffix(f".{packing}")
    opened = unpacked(packing, file.stream, _UNPACKED_BYTES)
    if inner.endswith(".tar") or name.endswith(".tgz"):
        return archives.show_tar(opened, file.most, is_packed=True)
    kind = type_by_name(inner) or ""
    if kind in _LINES:
        return _LINES[kind](opened, file.rows), {}, []
    text = texts.show_text(opened, kind)
    return ([] if text is None else [text]), {}, []


def _plain(file: _File, kind: str) -> View:
    file.stream.seek(0)
    text = texts.show_text(file.stream, kind)
    if text is not None:
        return text
    file.stream.seek(0)
    return texts.show_bytes(file.stream, file.size_bytes)


def _fact(value: object) -> Value:
    return value if isinstance(value, str | int | float | bool) else cell(value)


_LINES: Mapping[str, Callable[[BinaryIO, int], list[View]]] = {
    "text/csv": tables.show_separated,
    "text/tab-separated-values": tables.show_separated,
    "application/x-ndjson": tables.show_json_lines,
}
_PACKED = {
    "application/gzip": "gz",
    "application/x-bzip2": "bz2",
    "application/x-xz": "xz",
    "application/zstd": "zst",
}


def _of_lines(show: Callable[[BinaryIO, int], list[View]]) -> Callable[[_File], Shown]:
    return lambda file: (show(file.stream, file.rows), {}, [])


_PICTURES = ("png", "jpeg", "gif", "webp", "bmp", "tiff", "vnd.microsoft.icon")
_SHOWN: Mapping[str, Callable[[_File], Shown]] = {
    **{kind: _of_lines(show) for kind, show in _LINES.items()},
    **dict.fromkeys(
        (f"image/{kind}" for kind in _PICTURES), lambda file: pictures.show_picture(file.stream)
    ),
    **dict.fromkeys(
        ("application/zip", "application/java-archive"),
        lambda file: archives.show_zip(file.stream, file.size_bytes, file.most),
    ),
    "application/vnd.apache.parquet": lambda file: columnar.show_parquet(file.stream, file.rows),
    "application/vnd.apache.arrow.file": lambda file: columnar.show_arrow(file.stream, file.rows),
    "application/vnd.apache.arrow.stream": lambda file: columnar.show_arrow(file.stream, file.rows),
    "application/x-npy": lambda file: arrays.show_npy(file.stream, file.rows),
    "application/x-npz": lambda file: arrays.show_npz(file.stream, file.size_bytes, file.most),
    "application/x-safetensors": lambda file: arrays.show_safetensors(
        file.stream, file.size_bytes, file.most
    ),
    "application/x-tar": lambda file: archives.show_tar(file.stream, file.most, is_packed=False),
    "skops": lambda file: models.show_skops(file.stream, file.size_bytes, file.most),
}
