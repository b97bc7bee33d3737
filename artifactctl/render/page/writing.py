"""Files that are there as a whole or not at all."""

import contextlib
import os
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Write beside `path` and rename, so that nobody ever reads half of it."""
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
