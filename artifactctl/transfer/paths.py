"""Which texts can be the path of a file at all."""

import os

from artifactctl.errors import InvalidInputError

_NAME_BYTES = 255  # what the usual file systems give a name


def check_path(path: str) -> None:
    """Raise `InvalidInputError` for a text that cannot be a path: NUL, lone surrogates."""
    try:
        is_path = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        is_path = False
    if not is_path:
        raise InvalidInputError(f"{path!r} is not a valid path", hint="name a file or folder")


def check_lengths(path: str) -> None:
    """Raise `InvalidInputError` when a name in a path is longer than any file's can be."""
    for name in path.split("/"):
        size_bytes = len(os.fsencode(name))
        if size_bytes > _NAME_BYTES:
            raise InvalidInputError(
                f"file name {name!r} is too long: {size_bytes} bytes, not {_NAME_BYTES} at most",
                hint="give the download a destination with a shorter name",
            )
