"""The forms of the names that a store gives its files; other names are foreign files."""

import os
import re

from artifactctl.drafts import prefix_of

WORK = "-work"

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_JSON = ".json"


def is_id(text: str) -> bool:
    """Whether `text` is a UUID as catalogs write it, and so may become a part of a path."""
    return _ID.fullmatch(text) is not None


def id_of(name: str) -> str | None:
    """The ID that a file `ID.json` is named after; None for a name of another form."""
    row_id = name.removesuffix(_JSON)
    return row_id if name.endswith(_JSON) and is_id(row_id) else None


def is_temporary(entry: os.DirEntry[str]) -> bool:
    """Whether an entry of `tmp/` is work in progress, or left over from it."""
    if prefix_of(entry.name) is None:
        return False
    return entry.is_file(follow_symlinks=False) or (
        entry.name.endswith(WORK) and entry.is_dir(follow_symlinks=False)
    )
