"""Shapes and types of arrays from the headers of files; other content raises `ValueError`.

Sources: numpy.lib.format (the .npy format), https://github.com/huggingface/safetensors (Format).
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

_NPY_HEADER_BYTES = 64 << 10
_SAFETENSORS_HEADER_BYTES = 1 << 20
_MOST = 1 << 63  # more than any size or count
_MOST_DIMENSIONS = 64

# The header is a Python literal that NumPy always writes in the same form. Two of its keys are
# searched for, so that nothing is evaluated.
_DESCR = re.compile(r"'descr' *: *'([^']{1,64})'")
_SHAPE = re.compile(r"'shape' *: *\(([0-9, ]*)\)")
_FORTRAN = re.compile(r"'fortran_order' *: *True")
_DTYPE = re.compile(r"[<|]([biufcOMm])(\d*)(\[[^\]]*\])?")
_KINDS = {"i": "int", "u": "uint", "f": "float", "c": "complex"}
_NAMES = {"b": "bool", "O": "object", "M": "datetime64", "m": "timedelta64"}


@dataclass(frozen=True, slots=True)
class NpyLayout:
    """How an array lies in a file: its sides, NumPy's text for the type of its items, its order.

    `shape` is None when the header has none of a possible size, `descr` for a structured array.
    """

    shape: list[int] | None
    descr: str | None
    is_fortran: bool


def npy_layout(stream: BinaryIO) -> NpyLayout:
    """Return the layout in the header of an .npy file; the stream is then at its first item."""
    start = _exactly(stream, 8)
    length_bytes = 2 if start[6] == 1 else 4
    length = int.from_bytes(_exactly(stream, length_bytes), "little")
    if not 1 <= start[6] <= 3 or length > _NPY_HEADER_BYTES:
        raise ValueError("an .npy file of another kind")
    header = _exactly(stream, length).decode("utf-8" if start[6] == 3 else "latin-1")
    found, descr = _SHAPE.search(header), _DESCR.search(header)
    sizes = [int(size) for size in found[1].split(",") if size.strip()] if found else None
    if sizes and (len(sizes) > _MOST_DIMENSIONS or max(sizes) >= _MOST):
        sizes = None
    return NpyLayout(sizes, descr[1] if descr else None, _FORTRAN.search(header) is not None)


def read_npy(stream: BinaryIO, _size_bytes: int) -> dict[str, object]:
    """Return `shape` and `dtype` as NumPy shows them; a structured array has only a shape."""
    layout = npy_layout(stream)
    if layout.shape is None:
        return {}
    return {"shape": layout.shape} | ({"dtype": _dtype_name(layout.descr)} if layout.descr else {})


def _dtype_name(descr: str) -> str:
    """Return the name of a type, such as `float64` for `<f8`.

    An unknown text is returned unchanged.
    """
    found = _DTYPE.fullmatch(descr)
    if found is None:
        return descr
    kind, size, unit = found.groups()
    if kind in _KINDS:
        return f"{_KINDS[kind]}{8 * int(size or 0)}"
    return _NAMES[kind] + (unit or "")


def safetensors_header(stream: BinaryIO, size_bytes: int) -> dict[str, Any]:
    """Return the header of a safetensors file: each tensor's entry by its name."""
    length = int.from_bytes(_exactly(stream, 8), "little")
    if length > min(_SAFETENSORS_HEADER_BYTES, size_bytes - 8):
        raise ValueError("no safetensors, or too many of them")
    header = json.loads(_exactly(stream, length))
    if not isinstance(header, dict) or not header:
        raise ValueError("a safetensors header is an object with keys")
    return header


def read_safetensors(stream: BinaryIO, size_bytes: int) -> dict[str, object]:
    """Return the number of `tensors`, their `dtypes`, and the total number of `parameters`."""
    entries = safetensors_header(stream, size_bytes).items()
    tensors = [value for name, value in entries if name != "__metadata__"]
    parameters = sum(map(_count, tensors))
    dtypes = sorted({str(tensor["dtype"])[:16] for tensor in tensors})
    if parameters >= _MOST or not all(dtype.isascii() for dtype in dtypes):
        raise ValueError("no such tensors fit into a file")
    return {"tensors": len(tensors), "dtypes": dtypes, "parameters": parameters}


def _count(tensor: object) -> int:
    """Return the number of elements of a tensor, given its entry in the header."""
    entry = tensor if isinstance(tensor, Mapping) else {}
    shape, dtype = entry.get("shape"), entry.get("dtype")
    is_sound = (
        isinstance(dtype, str)
        and isinstance(shape, list)
        and len(shape) <= _MOST_DIMENSIONS
        and all(type(size) is int and 0 <= size < _MOST for size in shape)
    )
    if not is_sound:
        raise ValueError("a tensor has a type and a shape")
    return math.prod(shape or ())


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise ValueError("the file was cut short")
    return data
