"""The only place where bytes are kept."""

from collections.abc import Callable
from pathlib import Path

from artifactctl.copying import Advance, ignore
from artifactctl.store.founding import make_ready
from artifactctl.store.local import LocalStore
from artifactctl.store.protocol import Kept, Owner, Source, Store

__all__ = ["Advance", "Kept", "Owner", "Source", "Store", "found_store", "ignore", "open_store"]


def open_store(
    url: str,
    owner: Callable[[], Owner] | None = None,
    may_ask_remote: Callable[[], bool] = lambda: True,
) -> Store:
    """The store at `url`; nothing is touched before the first change.

    `owner` is called before the first change: it gives the catalog that the store belongs to, or
    raises when nothing may be changed; None is for who only reads. `may_ask_remote` says whether
    the addresses of linked remote data may be asked.
    """
    return LocalStore(Path(url.removeprefix("file://")), owner, may_ask_remote)


def found_store(url: str) -> str:
    """Have the folder at `url` be a store, though nothing is stored yet; return its path.

    From then on others may put folders of their own beside what the store keeps.
    """
    folder = str(Path(url.removeprefix("file://")))
    make_ready(folder)
    return folder
