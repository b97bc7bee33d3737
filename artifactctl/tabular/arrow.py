"""The library pyarrow, which may be missing or too old."""

from typing import Any

SAFE_VERSION = 15
"""Older versions unpickle what the schema of a Parquet file may hold (CVE-2023-47248)."""


def usable_pyarrow() -> Any:
    """The module pyarrow, or None when it is not installed or not safe."""
    try:
        # It takes a third of a second to load, and few files need it.
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError:
        return None
    return pyarrow if int(pyarrow.__version__.partition(".")[0]) >= SAFE_VERSION else None
