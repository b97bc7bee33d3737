"""Arrays of NumPy and the tensors of safetensors; nothing but headers and a part is read."""

import math
from typing import Any, BinaryIO

from artifactctl.contents.arrays import npy_layout, read_npy, safetensors_header
from artifactctl.previews.archives import opened_zip
from artifactctl.previews.views import Grid, Picture, Shown, View, cell

_VALUES = 1_000_000
_COLUMNS = 50
_SIMPLE = "biufc"


def show_npy(stream: BinaryIO, rows: int) -> Shown:
    """The first rows of an array and statistics of its numbers; objects are not unpickled."""
    facts: dict[str, Any] = dict(read_npy(stream, 0))
    shape = facts.pop("shape", None)
    if shape is None:
        return [], facts, []
    facts = {"shape": _product(shape), **facts}
    stream.seek(0)
    layout = npy_layout(stream)
    if facts.get("dtype") == "object":
        return [], facts, ["its items are pickled objects, which are not loaded to show them"]
    try:
        import numpy as np  # noqa: PLC0415 (optional, takes 0.1 s)
    except ImportError:
        return [], facts, ["NumPy shows its numbers: pip install 'artifactctl[data]'"]
    if layout.descr is None or np.dtype(layout.descr).kind not in _SIMPLE:
        return [], facts, []
    kind = np.dtype(layout.descr)
    total = math.prod(shape)
    count = min(total, _VALUES)
    data = stream.read(count * kind.itemsize)
    values = np.frombuffer(data[: len(data) // kind.itemsize * kind.itemsize], kind)
    facts |= _statistics(np, values, total)
    if layout.is_fortran and len(shape) > 1:
        return [], facts, []
    return _views(values, shape, rows), facts, []


def _statistics(np: Any, values: Any, total: int) -> dict[str, Any]:
    if values.dtype.kind == "c" or not values.size:
        return {}
    wide = values.astype("float64")
    known = wide[np.isfinite(wide)]
    facts: dict[str, Any] = {}
    if known.size:
        with np.errstate(all="ignore"):
            mean = float(known.mean())
        facts = {"min": float(known.min()), "mean": mean if math.isfinite(mean) else None}
        facts["max"] = float(known.max())
    if known.size < wide.size:
        facts["not_finite"] = int(wide.size - known.size)
    return facts if values.size == total else {**facts, "counted": int(values.size)}


def _views(values: Any, shape: list[int], rows: int) -> list[View]:
    if not values.size or not shape:
        return [Grid("values", ["value"], [[cell(values[0].item())]], 1)] if values.size else []
    per_row = math.prod(shape[1:])
    whole = values.size // per_row if per_row else 0
    if len(shape) == 3 and shape[2] in (3, 4) and whole == shape[0]:
        from artifactctl.visuals.arrays import show_array  # noqa: PLC0415 (NumPy may be missing)

        (visual,) = show_array(values.reshape(shape)) or (None,)
        if visual is not None and visual.content is not None:
            return [Picture(shape[1], shape[0], visual.content)]
    if len(shape) > 2 or not whole:
        return []
    width = min(per_row, _COLUMNS)
    lines = values[: whole * per_row].reshape(whole, per_row)[:rows, :width].tolist()
    names = ["value"] if len(shape) == 1 else list(map(str, range(width)))
    return [Grid("rows", names, [list(map(cell, line)) for line in lines], shape[0])]


def show_npz(stream: BinaryIO, size_bytes: int, most: int) -> Shown:
    """The names, types and shapes of the arrays in an archive."""
    lines: list[list[str]] = []
    with opened_zip(stream, size_bytes) as (archive, members):
        for name in list(members)[:most]:
            with archive.open(name) as member:
                facts = read_npy(member, 0)  # type: ignore[arg-type]
            array = cell(name.removesuffix(".npy"))
            lines.append([array, str(facts.get("dtype", "")), _of(facts)])
    return [Grid("arrays", ["name", "dtype", "shape"], lines, len(members))], {}, []


def show_safetensors(stream: BinaryIO, size_bytes: int, most: int) -> Shown:
    """The names, types and shapes of the tensors, and the metadata in the header."""
    header = safetensors_header(stream, size_bytes)
    metadata = header.pop("__metadata__", None)
    facts: dict[str, Any] = {"tensors": len(header)}
    if isinstance(metadata, dict):
        facts |= {cell(key)[:40]: cell(value)[:80] for key, value in list(metadata.items())[:20]}
    lines: list[list[str]] = []
    parameters = 0
    for name, entry in header.items():
        shape = entry.get("shape") if isinstance(entry, dict) else None
        if not isinstance(shape, list) or not all(type(side) is int for side in shape):
            raise ValueError("a tensor has a shape")
        count = math.prod(shape[:64])
        parameters += count
        if len(lines) < most:
            dtype = cell(entry.get("dtype"))[:16]
            lines.append([cell(name), dtype, _product(shape), cell(count)])
    names = ["name", "dtype", "shape", "parameters"]
    facts["parameters"] = parameters if abs(parameters) < 1 << 63 else None
    return [Grid("tensors", names, lines, len(header))], facts, []


def _of(facts: dict[str, object]) -> str:
    shape = facts.get("shape")
    return _product(shape) if isinstance(shape, list) else ""


def _product(shape: list[int]) -> str:
    return " x ".join(map(cell, shape[:64])) or "one value"
