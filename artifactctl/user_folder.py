"""The folder of this user's data on this platform."""

import os
from pathlib import Path


def user_data_folder() -> Path:
    """Where this user's data of artifactctl is: it need not exist.

    On Linux it is what platformdirs says, by the XDG Base Directory Specification
    (https://specifications.freedesktop.org/basedir-spec/latest/), without loading it: every
    listing in a home that was found asks, and loading it costs a fifth of a listing.
    """
    if os.uname().sysname == "Linux":
        base = os.environ.get("XDG_DATA_HOME", "").strip() or os.path.expanduser("~/.local/share")
        return Path(base, "artifactctl")
    from platformdirs import user_data_path  # noqa: PLC0415 (see above)

    return user_data_path("artifactctl", appauthor=False)
