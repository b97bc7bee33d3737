"""The artifact store: the only place where bytes are kept."""

from collections.abc import Callable
from pathlib import Path

from artifactctl.copying import Advance, no_progress
from artifactctl.errors import WrongUsageError
from artifactctl.store import format_file
from artifactctl.store.local import LocalStore
from artifactctl.store.protocol import Foreign, Owner, Source, Store, StoredFile
from artifactctl.store_url import is_remote, parse_store_url

__all__ = [
    "Advance",
    "Foreign",
    "Owner",
    "Source",
    "Store",
    "StoredFile",
    "make_store",
    "no_progress",
    "open_store",
]


def open_store(
    url: str,
    owner: Callable[[], Owner] | None = None,
    may_ask_remote: Callable[[], bool] = lambda: True,
    timeout_s: float = 60.0,
) -> Store:
    """The store at `url`; nothing is touched before the first change.

    `owner` is called before the first change: it returns the catalog that the store belongs to,
    or raises when nothing may be changed; None is for readers. `may_ask_remote` tells whether the
    URLs of linked remote data may be requested. A server may be silent for `timeout_s` seconds.
    Raises `WrongUsageError` when a package is missing.
    """
    if is_remote(url):
        # Imported on first use: it loads the client of a service.
        from artifactctl.store.remote.opening import open_objects  # noqa: PLC0415
        from artifactctl.store.remote.store import RemoteStore  # noqa: PLC0415

        place = parse_store_url(url)
        objects = open_objects(place, timeout_s)
        return RemoteStore(objects, str(place), owner, may_ask_remote)
    return LocalStore(Path(url.removeprefix("file://")), owner, may_ask_remote, timeout_s)


def make_store(url: str) -> str:
    """Make the folder at `url` a store, before anything is stored in it; return its path.

    From then on other programs may have folders of their own beside those of the store. Raises
    `WrongUsageError` for a store on another machine.
    """
    if is_remote(url):
        raise WrongUsageError(
            f"the store {parse_store_url(url)} is on another machine, and has no folder here",
            hint="write to a local folder, and register that",
        )
    folder = str(Path(url.removeprefix("file://")))
    format_file.make_store(folder)
    return folder
