"""Paths of files inside a version: which are safe to write below a folder on any system.

A manifest may come from a foreign home or a bundle. A path that leads out of its folder, or that a
terminal shows as another one, is refused when files are registered and when a manifest is read.
"""

import re
from collections.abc import Sequence

from artifactctl.errors import UnsafeError

_SHORT = 255 // 4  # characters that fit into a file name in any script

# Parts of dots and spaces only: Windows drops trailing ones, which turns ".. " into "..".
_NO_NAME = re.compile(r"(^|/)[. ]*(/|$)")
_RESERVED = re.compile(
    r"(^|/)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\xb9\xb2\xb3])([. ][^/]*)?(/|$)"
    r"|[. ](/|$)|[<>:\"|?*]",
    re.IGNORECASE,
)
# One of these is in every path that `_RESERVED` finds; looking for them is faster.
_IN_RESERVED = (
    *("/con", "/prn", "/aux", "/nul", "/com", "/lpt", "./", " /"),
    *'<>:"|?*',
)
# Control characters, bidirectional marks (they reorder the path on a terminal), surrogates.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def are_safe(paths: Sequence[str]) -> bool:
    """Return whether all paths are ones that `check_member_path` returns, faster for many."""
    joined = f"/{'/'.join(paths)}"
    # Most names begin with neither, and then no part consists of them; most are ASCII.
    begins_so = any(pair in joined for pair in ("//", "/.", "/ ")) or joined.endswith("/")
    is_shown = joined.isascii() and joined.isprintable()
    is_bad = (
        "\\" in joined
        or (begins_so and any(map(_NO_NAME.search, paths)))
        or (not is_shown and _UNSHOWABLE.search(joined))
    )
    return not is_bad and not any(
        len(path) > _SHORT and _is_too_long(path, path.split("/")) for path in paths
    )


def check_member_path(path: str) -> str:
    """Return `path`, or raise `UnsafeError` when it could reach outside of a folder.

    A backslash, which separates folders on Windows, is refused on every system. Names that are
    reserved on Windows only (`is_reserved_on_windows`) are allowed.
    """
    parts = path.split("/")
    problem = None
    if _NO_NAME.search(path):
        problem = "has a part that is empty or consists of dots and spaces"
    elif "\\" in path:
        problem = "contains a backslash"
    elif _UNSHOWABLE.search(path):
        problem = "contains control characters or is not valid Unicode"
    elif len(path) > _SHORT and _is_too_long(path, parts):
        problem = "is too long"
    if problem is not None:
        raise UnsafeError(f"path {path!r} {problem}", hint="rename it, or leave it out")
    return path


def is_reserved_on_windows(path: str) -> bool:
    """Return whether Windows refuses a file name: one of a device, or with a reserved character.

    Asked for several paths, joined by `/`, it is whether Windows refuses any.
    """
    lower = f"/{path.lower()}/"
    if not any(part in lower for part in _IN_RESERVED):
        return False
    return _RESERVED.search(path) is not None


def _is_too_long(path: str, parts: list[str]) -> bool:
    return len(path.encode()) > 4000 or any(len(part.encode()) > 255 for part in parts)
