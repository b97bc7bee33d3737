"""The files that the patterns of `sources` match."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from artifactctl.selection import Selection

# Folders whose content changes although the code is the same.
_LEFT_OUT = {"__pycache__", ".git", ".hg", ".svn"}
_WILD = frozenset("*?[")


def expand(folder: Path, pattern: str, own: Sequence[str]) -> Iterator[str]:
    """The files that a pattern matches, sorted; a folder matches all files in it.

    Links to folders are not followed, and wildcards do not match names that begin with a dot. Files
    in `own`, the folders of a home, are left out.
    """
    parts = Path(pattern).parts
    plain = next((i for i, part in enumerate(parts) if _WILD & set(part)), len(parts))
    start, wild = os.path.join(folder, *parts[:plain]), "/".join(parts[plain:])
    if not wild:
        yield from [start] if os.path.isfile(start) else _files_in(start, own)
        return
    selection, names_hidden = Selection([f"/{wild}"]), any(p[0] == "." for p in parts[plain:])
    for path in _files_in(start, own):
        inside = os.path.relpath(path, start)
        is_hidden = any(part.startswith(".") for part in inside.split("/"))
        if (names_hidden or not is_hidden) and selection.selects(inside):
            yield path


def _files_in(folder: str, own: Sequence[str]) -> Iterator[str]:
    for inside, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _LEFT_OUT and os.path.realpath(os.path.join(inside, name)) not in own
        )
        yield from (os.path.join(inside, name) for name in sorted(files))
