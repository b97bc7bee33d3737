"""The folder of this user's data on this platform."""

import errno
import os
from pathlib import Path


def user_data_folder() -> Path:
    """Where this user's data of artifactctl is, an absolute path; it need not exist.

    On Linux it is what platformdirs says, by the XDG Base Directory Specification
    (https://specifications.freedesktop.org/basedir-spec/latest/), without loading it: every
    listing in a home that was found asks, and loading it costs a fifth of a listing. Relative
    paths are ignored, as the specification says: whose home is whose must not depend on the
    working directory. Raises `FileNotFoundError` when this user has no home folder.
    """
    if os.uname().sysname == "Linux":
        base = os.environ.get("XDG_DATA_HOME", "").strip()
        if not os.path.isabs(base):
            base = os.path.expanduser("~/.local/share")
        folder = Path(base, "artifactctl")
    else:
        from platformdirs import user_data_path  # noqa: PLC0415 (see above)

        folder = user_data_path("artifactctl", appauthor=False)
    if not folder.is_absolute():
        reason = "HOME is not set, so there is no folder for your data; name a home with --home"
        raise FileNotFoundError(errno.ENOENT, reason, str(folder))
    return folder
