"""Writing output files atomically."""

import contextlib
import os
import stat
from pathlib import Path

from artifactctl.errors import ConflictError


def replace_file(path: Path, content: bytes) -> None:
    """Write a temporary file beside `path` and rename it, so that no reader finds half of it.

    A link is followed; something other than a file, such as a pipe, is written to. An `OSError`
    names `path`. Raises `ConflictError` for a block device.
    """
    try:
        target = path.resolve()
        mode = target.stat().st_mode if target.exists() else stat.S_IFREG
        if stat.S_ISBLK(mode):
            raise ConflictError(f"{str(path)!r} is a block device", hint="name another file")
        if stat.S_ISREG(mode):
            _replace(target, content)
        else:
            with path.open("wb") as file:
                file.write(content)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{os.urandom(8).hex()}.part")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
