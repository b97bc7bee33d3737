"""Arrays of NumPy as npy files: never with pickles in them, and mapped into memory when large.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import errno
import os
import warnings
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import CannotHoldError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.drawing import write_visuals
from artifactctl.materializers.encoding import checked_dict
from artifactctl.materializers.json_values import JsonMaterializer
from artifactctl.materializers.parts import load_parts, read_json, save_parts, write_json
from artifactctl.materializers.statistics import Array, array_facts
from artifactctl.visuals.arrays import show_array

# Larger files are mapped: pages are read when they are used, and writes do not reach the file.
_MAPPED_BYTES = 16 << 20

# The header of an npy file is parsed as Python literals; this is some thousand named fields.
_MAX_HEADER_CHARS = 100_000
_DATA = "data.npy"
_MASK = "mask.npy"
_FILL = "fill_value.npy"
_FILL_OBJECT = "fill_value"
_FACTS = "array.json"
_OBJECTS = "objects"


class NumpyScalarMaterializer(JsonMaterializer):
    """One number of NumPy: `data.json`, with its type."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (np.generic,)
    EXACT: ClassVar[bool] = False


class NumpyMaterializer(BaseMaterializer):
    """An array: `data.npy`; one of Python objects is saved item by item."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (
        np.ndarray, np.generic, np.memmap, np.ma.MaskedArray, np.matrix, np.recarray,
    )  # fmt: skip
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    @classmethod
    def accepts(cls, data: Any) -> bool:
        """Not subclasses, which may have more than numbers: units, say."""
        return isinstance(data, np.generic) or type(data) in cls.ASSOCIATED_TYPES

    def save(self, data: Array | np.generic) -> None:
        """Write the array; raises `CannotHoldError` for types that npy cannot hold."""
        if isinstance(data, np.ma.MaskedArray):
            self._save_masked(data)
        elif data.dtype.kind in "OT":
            self._save_objects(data, _OBJECTS)
        else:
            self._save_plain(data, _DATA)
            if _is_record(data.dtype):
                write_json(Path(self.uri, _FACTS), {"record": True})

    def load(self, data_type: type) -> Array | np.generic:
        """The array; changes to one that is mapped do not reach the file."""
        facts = self._facts()
        if facts.get("masked") or Path(self.uri, _MASK).exists():
            return self._load_masked(facts)
        if data_type is np.memmap:
            return _mapped(Path(self.uri, _DATA))
        data = self._load_data(facts)
        if issubclass(data_type, np.generic):
            return data[()]
        return data.view(data_type) if data_type in (np.matrix, np.recarray) else data

    def load_sample(self, data_type: type) -> Array | np.generic | None:
        """The array in its file, which is not read; None for one of objects."""
        del data_type
        return _mapped(Path(self.uri, _DATA)) if Path(self.uri, _DATA).exists() else None

    def save_visualizations(self, data: Array | np.generic | None) -> dict[str, VisualizationType]:
        """A histogram of a row of numbers, rows of a matrix, or the picture that it is."""
        shown = np.asarray(data) if isinstance(data, np.ma.MaskedArray | np.matrix) else data
        return write_visuals(self.uri, [] if shown is None else show_array(shown))

    def extract_metadata(self, data: Array | np.generic) -> dict[str, Any]:
        """`shape`, `dtype`, and statistics of numbers or texts; masked items do not count."""
        counted = np.asarray(data)
        if isinstance(data, np.ma.MaskedArray) and data.dtype.names is None:
            counted = data.compressed()
        return {**array_facts(counted), "shape": list(data.shape)}

    def _facts(self) -> dict[str, Any]:
        path = Path(self.uri, _FACTS)
        return checked_dict(read_json(path)) if path.exists() else {}

    def _load_data(self, facts: dict[str, Any]) -> Array:
        if Path(self.uri, _OBJECTS).exists():
            return self._load_objects(_OBJECTS)
        data = _read_npy(Path(self.uri, _DATA))
        return _as_record(data) if facts.get("record") else data

    def _save_plain(self, data: Array | np.generic, name: str) -> None:
        if not _npy_holds(data.dtype):
            raise CannotHoldError(
                f"an array of type {str(data.dtype)[:80]!r} cannot be saved as npy",
                hint="give materializer='cloudpickle', or convert it first",
            )
        _write_npy(Path(self.uri, name), data)

    def _save_masked(self, data: Any) -> None:
        if data._baseclass is not np.ndarray or data._optinfo:
            raise CannotHoldError(
                f"a masked array over a {data._baseclass.__name__}, or with values of its own,"
                " cannot be saved as npy"
            )
        facts = {"masked": True, "hard_mask": data.hardmask, "record": _is_record(data.dtype)}
        write_json(Path(self.uri, _FACTS), facts)
        fill = data._fill_value  # the public name is never None, and may be of another type
        if data.dtype.kind in "OT":
            self._save_objects(data.data, _OBJECTS)
            if fill is not None:
                self._save_objects(np.asarray(fill), _FILL_OBJECT)
        else:
            self._save_plain(data.data, _DATA)
            if fill is not None:
                self._save_plain(np.asarray(fill), _FILL)
        if data.mask is not np.ma.nomask:
            _write_npy(Path(self.uri, _MASK), data.mask)

    def _load_masked(self, facts: dict[str, Any]) -> Array:
        path = Path(self.uri, _MASK)
        mask = _read_npy(path) if path.exists() else np.ma.nomask
        data = self._load_data(facts)
        array = np.ma.MaskedArray(data, mask, hard_mask=bool(facts.get("hard_mask")))
        held: Any = array  # typing does not know the private name, which may be None
        if Path(self.uri, _FILL_OBJECT).exists():
            held._fill_value = self._load_objects(_FILL_OBJECT).reshape(())
        elif Path(self.uri, _FILL).exists():
            held._fill_value = _read_npy(Path(self.uri, _FILL)).reshape(())
        return array

    def _save_objects(self, data: Array | np.generic, name: str) -> None:
        if _has_metadata(data.dtype):
            raise CannotHoldError("an array whose type has metadata cannot be saved item by item")
        folder = Path(self.uri, name)
        folder.mkdir()
        plain = np.asarray(data)
        order = "F" if plain.flags.f_contiguous and not plain.flags.c_contiguous else "C"
        facts: dict[str, Any] = {"shape": list(data.shape), "dtype": "O", "order": order}
        if data.dtype.kind == "T":
            facts |= {"dtype": "T", "texts": _text_facts(data.dtype)}
        facts["items"] = plain.ravel(order="C").tolist()
        save_parts(facts, str(folder))

    def _load_objects(self, name: str) -> Array:
        held = load_parts(str(Path(self.uri, name)), allow_pickle=self.allow_pickle)
        items = held["items"]
        array = np.empty(len(items), dtype=object)
        for place, item in enumerate(items):  # an item may be a list, which is no dimension here
            array[place] = item
        if held["dtype"] == "T":
            array = array.astype(_text_dtype(held.get("texts", {"missing": [], "coerce": True})))
        array = array.reshape(held["shape"])
        return np.asfortranarray(array) if held.get("order") == "F" else array


def _read_npy(path: Path) -> Array:
    """An array of plain numbers or texts; raises `ValueError` for anything else.

    It is mapped first even when it is small: so a header that promises more than the file has is
    found out before any memory is taken.
    """
    array = _mapped(path).view(np.ndarray)
    return array if array.nbytes > _MAPPED_BYTES else array.copy(order="K")


def _mapped(path: Path) -> Array:
    try:
        mapped = np.load(path, mmap_mode="c", allow_pickle=False, max_header_size=_MAX_HEADER_CHARS)
    except (RecursionError, MemoryError, SyntaxError, OverflowError) as error:
        raise ValueError(f"the header of {path.name!r} is damaged") from error
    if not isinstance(mapped, np.memmap):
        raise TypeError(f"{path.name!r} is not an array")  # np.load reads zip files as well
    return mapped


def _write_npy(path: Path, array: Array | np.generic) -> None:
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
        # NumPy only says that less was written than it wanted: nearly always the disk is full.
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: {error}", str(path)) from error


def _npy_holds(dtype: np.dtype) -> bool:
    """Whether the npy header leads back to the same type: foreign types become raw bytes."""
    if dtype.hasobject or _is_special(dtype):
        return False
    try:
        descr = np.lib.format.dtype_to_descr(dtype)
    except ValueError:  # fields that overlap, or are not in the order of their bytes
        return False
    again = np.lib.format.descr_to_dtype(descr)
    return len(str(descr)) < _MAX_HEADER_CHARS // 2 and again == dtype


def _is_special(dtype: np.dtype, *, inside: bool = False) -> bool:
    """Whether it, or the type of a field, is foreign, has metadata, or is a field of records."""
    foreign = dtype.type.__module__.partition(".")[0] != "numpy"
    if foreign or dtype.metadata is not None or (inside and _is_record(dtype)):
        return True
    return any(_is_special(inner, inside=True) for inner in _inner(dtype))


def _inner(dtype: np.dtype) -> list[np.dtype]:
    if dtype.subdtype is not None:
        return [dtype.subdtype[0]]
    return [field[0] for field in (dtype.fields or {}).values()]


def _is_record(dtype: np.dtype) -> bool:
    """Whether its items have their fields as attributes, which npy does not tell."""
    return dtype.type is np.record


def _as_record(array: Array) -> Array:
    """The same memory as an array of records."""
    return array.view(np.dtype((np.record, array.dtype)))


def _has_metadata(dtype: np.dtype) -> bool:
    """Whether the type, or the type of a field, carries a user's values."""
    return dtype.metadata is not None or any(map(_has_metadata, _inner(dtype)))


def _text_facts(dtype: Any) -> dict[str, Any]:
    """The parameters of a `StringDType`: its `missing` value, if it has one, and its `coerce`.

    Raises `CannotHoldError` for a missing value that only its identity tells from others.
    """
    missing = [dtype.na_object] if hasattr(dtype, "na_object") else []
    for value in missing:
        if not (value is None or isinstance(value, str | float) or _is_pandas_na(value)):
            raise CannotHoldError(
                f"an array of texts has {value!r} for missing ones, which cannot be saved"
            )
    return {"missing": missing, "coerce": bool(dtype.coerce)}


def _text_dtype(facts: dict[str, Any]) -> Any:
    """The `StringDType` of `_text_facts`."""
    if not facts["missing"]:
        return np.dtypes.StringDType(coerce=facts["coerce"])
    return np.dtypes.StringDType(coerce=facts["coerce"], na_object=facts["missing"][0])


def _is_pandas_na(value: Any) -> bool:
    return type(value).__module__.startswith("pandas.") and str(value) == "<NA>"
