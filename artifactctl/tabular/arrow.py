"""The library pyarrow, which not everybody has."""

from typing import Any

# Older ones unpickle what a Parquet file's schema may hold (CVE-2023-47248).
_SAFE = 15


def pyarrow() -> Any:
    """The module pyarrow, or None when there is none that can be used."""
    try:
        # It takes a third of a second to load, and few files need it.
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError:
        return None
    return pyarrow if int(pyarrow.__version__.partition(".")[0]) >= _SAFE else None
