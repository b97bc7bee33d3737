"""Which types of arrays npy has a word for, and NumPy's variable-length texts as plain values."""

from typing import Any

import numpy as np

from artifactctl.errors import CannotHoldError

MAX_HEADER_CHARS = 100_000
"""The header of an npy file is parsed as Python literals; this is some thousand named fields."""


def npy_holds(dtype: np.dtype[Any]) -> bool:
    """Whether the npy header leads back to the same type: foreign types become raw bytes."""
    if dtype.hasobject or _is_special(dtype):
        return False
    try:
        descr = np.lib.format.dtype_to_descr(dtype)
    except ValueError:  # fields that overlap, or are not in the order of their bytes
        return False
    again = np.lib.format.descr_to_dtype(descr)
    return len(str(descr)) < MAX_HEADER_CHARS // 2 and again == dtype


def is_record(dtype: np.dtype[Any]) -> bool:
    """Whether its items have their fields as attributes, which npy does not tell."""
    return dtype.type is np.record


def as_record(array: Any) -> Any:
    """The same memory as an array of records."""
    return array.view(np.dtype((np.record, array.dtype)))


def has_metadata(dtype: np.dtype[Any]) -> bool:
    """Whether somebody has tied values of their own to the type."""
    return dtype.metadata is not None or any(map(has_metadata, _inner(dtype)))


def text_facts(dtype: Any) -> dict[str, Any]:
    """What makes a `StringDType` again: its `missing` value, if there is one, and its `coerce`.

    Raises `CannotHoldError` for a missing value that is an object of no meaning but its identity.
    """
    missing = [dtype.na_object] if hasattr(dtype, "na_object") else []
    for value in missing:
        if not (value is None or isinstance(value, str | float) or _is_na(value)):
            raise CannotHoldError(f"an array of texts has {value!r} for missing ones")
    return {"missing": missing, "coerce": bool(dtype.coerce)}


def text_dtype(facts: dict[str, Any]) -> Any:
    """The `StringDType` of `text_facts`."""
    if not facts["missing"]:
        return np.dtypes.StringDType(coerce=facts["coerce"])
    return np.dtypes.StringDType(coerce=facts["coerce"], na_object=facts["missing"][0])


def _is_na(value: Any) -> bool:
    return type(value).__module__.startswith("pandas.") and str(value) == "<NA>"


def _is_special(dtype: np.dtype[Any], *, inside: bool = False) -> bool:
    """Whether it, or the type of a field, is more than its numbers tell."""
    foreign = dtype.type.__module__.partition(".")[0] != "numpy"
    if foreign or dtype.metadata is not None or (inside and is_record(dtype)):
        return True
    return any(_is_special(inner, inside=True) for inner in _inner(dtype))


def _inner(dtype: np.dtype[Any]) -> list[np.dtype[Any]]:
    if dtype.subdtype is not None:
        return [dtype.subdtype[0]]
    return [field[0] for field in (dtype.fields or {}).values()]
