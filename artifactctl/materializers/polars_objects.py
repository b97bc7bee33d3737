"""Frames and series of polars with columns of Python objects, which polars itself cannot pickle.

Polars is not imported to find out that a value is none of these.
"""

import sys
from typing import Any


def parts_to_pickle(value: Any) -> tuple[Any, ...] | None:
    """How to make it again, as `__reduce__` says it; None when polars can say so, or another."""
    polars = sys.modules.get("polars")
    kind = type(value)
    if polars is None or kind.__module__.partition(".")[0] != "polars":
        return None
    if kind is polars.Series and value.dtype == polars.Object:
        return series_of_objects, (value.name, value.to_list())
    if kind is polars.DataFrame and polars.Object in value.dtypes:
        return frame_of_columns, (value.get_columns(),)
    return None


def series_of_objects(name: str, items: list[Any]) -> Any:
    """The series that was taken apart."""
    import polars as pl  # noqa: PLC0415 - a pickle asks for it

    return pl.Series(name, items, dtype=pl.Object)


def frame_of_columns(columns: list[Any]) -> Any:
    """The frame that was taken apart."""
    import polars as pl  # noqa: PLC0415 - a pickle asks for it

    return pl.DataFrame(columns)
