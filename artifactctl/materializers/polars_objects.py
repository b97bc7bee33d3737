"""Pickling frames and series of polars that have Python objects, which polars cannot pickle.

The pickles name `series_of_objects` and `frame_of_columns` of this module. Polars is not imported
to find out that an object is not of polars.
"""

import sys
from typing import Any


def parts_to_pickle(value: Any) -> tuple[Any, ...] | None:
    """The function that makes it again and its arguments; None for what pickles without help."""
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
    """A series with these Python objects."""
    import polars as pl  # noqa: PLC0415 (optional, and heavy)

    return pl.Series(name, items, dtype=pl.Object)


def frame_of_columns(columns: list[Any]) -> Any:
    """A frame with these columns."""
    import polars as pl  # noqa: PLC0415 (optional, and heavy)

    return pl.DataFrame(columns)
