"""Catalogs that are only read, out of a copy: nothing is written, locked or made beside them."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from artifactctl.catalog.sqlite import Database


def open_copy(path: Path, folder: Path, forbid: Callable[[], None]) -> Database:
    """A copy of the catalog at `path`, in `folder`, for reading; it is empty when there is none.

    `forbid` raises what is said to whoever wants to change it.
    """
    copy = folder / "catalog.db"
    if os.path.lexists(path):
        copy_privately(path, copy)
    return Database(copy, folder, lambda: False, forbid=forbid)


def copy_privately(path, copy):
    shutil.copy(path, copy)
