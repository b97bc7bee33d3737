"""Arrays of NumPy as npy files: never with pickles in them, and mapped into memory when large.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import errno
import os
import warnings
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from artifactctl.enums import ArtifactType
from artifactctl.errors import CannotHoldError
from artifactctl.materializers.array_facts import describe_array
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.json_values import JsonMaterializer
from artifactctl.materializers.parts import holds_pickles, load_parts, save_parts

MAPPED_BYTES = 16 << 20
"""Larger files are not read but mapped: pages come when they are used, and writes stay private."""

# Its text is parsed as Python literals; 100,000 characters are some thousand named fields.
_MAX_HEADER_CHARS = 100_000
_DATA = "data.npy"
_MASK = "mask.npy"
_FILL = "fill_value.npy"
_OBJECTS = "objects"


class NumpyScalarMaterializer(JsonMaterializer):
    """A number of NumPy's, as `data.json` with its type."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (np.generic,)
    EXACT: ClassVar[bool] = False


class NumpyMaterializer(BaseMaterializer):
    """An array as `data.npy`; one of Python objects as its items."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (
        np.ndarray, np.generic, np.memmap, np.ma.MaskedArray, np.matrix, np.recarray,
    )  # fmt: skip
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    @classmethod
    def accepts(cls, data: Any) -> bool:
        """Not subclasses of others, which keep more than numbers: units, say."""
        return isinstance(data, np.generic) or type(data) in cls.ASSOCIATED_TYPES

    def save(self, data: Any) -> None:
        """Write the array; raises `CannotHoldError` for types that npy has no word for."""
        masked = isinstance(data, np.ma.MaskedArray)
        if data.dtype.kind in "OT" and not masked:
            self._save_objects(data)
        elif not _has_word(data.dtype):
            raise CannotHoldError(
                f"an array of type {str(data.dtype)[:80]!r} cannot be kept as npy",
                hint="give materializer='cloudpickle', or convert it first",
            )
        elif masked:
            self._save_masked(data)
        else:
            _write_npy(Path(self.uri, _DATA), data)

    def load(self, data_type: type[Any]) -> Any:
        """The array; changes to one that is mapped do not reach the file."""
        if Path(self.uri, _OBJECTS).exists():
            return self._load_objects()
        data = read_npy(Path(self.uri, _DATA))
        if Path(self.uri, _MASK).exists():
            fill = read_npy(Path(self.uri, _FILL))
            return np.ma.MaskedArray(data, read_npy(Path(self.uri, _MASK)), fill_value=fill)
        if issubclass(data_type, np.generic):
            return data[()]
        if data_type in (np.matrix, np.recarray):
            return data.view(data_type)
        return data

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`shape` and `dtype`, statistics of numbers or texts, and whether items are `pickled`."""
        return {**describe_array(np.asarray(data)), **holds_pickles(self.uri)}

    def _save_masked(self, data: Any) -> None:
        _write_npy(Path(self.uri, _DATA), data.data)
        _write_npy(Path(self.uri, _MASK), np.ma.getmaskarray(data))
        _write_npy(Path(self.uri, _FILL), np.asarray(data.fill_value))

    def _save_objects(self, data: Any) -> None:
        folder = Path(self.uri, _OBJECTS)
        folder.mkdir()
        kind = "O" if data.dtype == object else "T"
        items = data.ravel(order="C").tolist()
        save_parts({"shape": list(data.shape), "dtype": kind, "items": items}, str(folder))

    def _load_objects(self) -> Any:
        held = load_parts(str(Path(self.uri, _OBJECTS)), allow_pickle=self.allow_pickle)
        items = held["items"]
        array = np.empty(len(items), dtype=object)
        for place, item in enumerate(items):  # an item may be a list, which is no dimension here
            array[place] = item
        if held["dtype"] == "T":
            array = array.astype(np.dtypes.StringDType())
        return array.reshape(held["shape"])


def read_npy(path: Path) -> Any:
    """An array of plain numbers or texts; raises `ValueError` for anything else.

    It is mapped first even when it is small: so a header that promises more than the file has is
    found out before any memory is taken.
    """
    try:
        mapped = np.load(path, mmap_mode="c", allow_pickle=False, max_header_size=_MAX_HEADER_CHARS)
    except (RecursionError, MemoryError, SyntaxError, OverflowError) as error:
        raise ValueError(f"the header of {path.name!r} makes no sense") from error
    if not isinstance(mapped, np.memmap):
        raise TypeError(f"{path.name!r} is no array")  # np.load reads zip files as well
    array = mapped.view(np.ndarray)
    return array if array.nbytes > MAPPED_BYTES else array.copy(order="K")


def _write_npy(path: Path, array: Any) -> None:
    try:
        if array.dtype.names is None:
            np.save(path, array, allow_pickle=False)
            return
        with warnings.catch_warnings():
            # Names of fields may need a version of the format that NumPy below 1.17 cannot read.
            warnings.simplefilter("ignore", UserWarning)
            np.save(path, array, allow_pickle=False)
    except OSError as error:
        if error.errno is not None:
            raise
        # NumPy counts what was written and does not say why it is less: the disk, nearly always.
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: {error}", str(path)) from error


def _has_word(dtype: np.dtype[Any]) -> bool:
    """Whether the npy header leads back to the same type: foreign types become raw bytes."""
    if dtype.hasobject or dtype.type.__module__.partition(".")[0] != "numpy":
        return False
    descr = np.lib.format.dtype_to_descr(dtype)
    return len(str(descr)) < _MAX_HEADER_CHARS // 2 and np.lib.format.descr_to_dtype(descr) == dtype
