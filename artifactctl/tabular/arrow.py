"""The library pyarrow, which may be missing or too old."""

from typing import Any

SAFE_VERSION = 15
"""Older versions unpickle objects in the schema of a Parquet file (CVE-2023-47248)."""


def usable_pyarrow() -> Any:
    """Return the module pyarrow, or None when it is not installed or not safe."""
    try:
        import pyarrow.parquet  # noqa: PLC0415 (optional, takes 0.3 s)
    except ImportError:
        return None
    return pyarrow if int(pyarrow.__version__.partition(".")[0]) >= SAFE_VERSION else None
