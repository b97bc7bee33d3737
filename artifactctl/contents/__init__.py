"""Facts from a file's own format that cost little: MIME type, rows and columns, shape, size.

Only headers are read, or files so small that reading them costs little. Nothing that could run code
is loaded. For a file whose content does not match its name, the only fact is its type.
"""

import os
import stat
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from artifactctl.contents.arrays import read_npy, read_safetensors
from artifactctl.contents.images import read_bmp, read_gif, read_jpeg, read_png, read_webp
from artifactctl.contents.media import type_of

__all__ = ["facts_in", "facts_of"]

Facts = dict[str, Any]


def facts_of(path: str, name: str, size_bytes: int) -> Facts:
    """Return facts about the file at `path`, which is registered under the name `name`.

    Always `content_type`, a MIME type. Tables: `rows`, `columns` (the names of the first few
    hundred) and `column_count`; arrays: `shape` and `dtype`; images: `width` and `height` in
    pixels; safetensors: `tensors`, `dtypes` and `parameters`. It never raises.
    """
    try:
        with _open(path) as stream:
            return facts_in(stream, name, size_bytes)
    except OSError:
        return {"content_type": type_of(name)}


def facts_in(stream: BinaryIO, name: str, size_bytes: int) -> Facts:
    """Return the facts of `facts_of` about the content of an open file."""
    facts: Facts = {"content_type": type_of(name)}
    try:
        kind = facts["content_type"] = type_of(name, stream, size_bytes)
        stream.seek(0)
        if read := _READERS.get(kind):
            facts.update(read(stream, size_bytes))
        elif (packing := _LINES.get(kind)) is not None:
            facts.update(_read_lines(packing, name, stream, size_bytes))
    except (OSError, ValueError, LookupError, RecursionError, ImportError):
        # The file cannot be read, or its content does not match its type.
        return facts
    return facts


def _open(path: str) -> BinaryIO:
    # The path may have become a FIFO in the meantime: opening it must not wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no regular file")
    return open(descriptor, "rb")


# Imported on first use: what reads tables takes as long to load as the rest that a file needs.
def _read_lines(packing: str, name: str, stream: BinaryIO, size_bytes: int) -> Facts:
    from artifactctl.contents.tables import read_lines  # noqa: PLC0415 (only tables need it)

    return read_lines(packing, name, stream, size_bytes)


def _read_parquet(stream: BinaryIO, size_bytes: int) -> Facts:
    from artifactctl.contents.tables import read_parquet  # noqa: PLC0415 (only tables need it)

    return read_parquet(stream, size_bytes)


_READERS: Mapping[str, Callable[[BinaryIO, int], Facts]] = {
    "application/vnd.apache.parquet": _read_parquet,
    "application/x-npy": read_npy,
    "application/x-safetensors": read_safetensors,
    "image/png": read_png,
    "image/jpeg": read_jpeg,
    "image/gif": read_gif,
    "image/webp": read_webp,
    "image/bmp": read_bmp,
}
# The compression of a table of lines, as the ending of its program's files; empty for none.
_LINES = {
    "text/csv": "",
    "text/tab-separated-values": "",
    "application/x-ndjson": "",
    "application/gzip": "gz",
    "application/x-bzip2": "bz2",
    "application/x-xz": "xz",
    "application/zstd": "zst",
}
