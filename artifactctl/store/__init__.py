"""The only place where bytes are kept."""

from pathlib import Path

from artifactctl.store.local import LocalStore
from artifactctl.store.protocol import Advance, Kept, Source, Store, ignore

__all__ = ["Advance", "Kept", "Source", "Store", "ignore", "open_store"]


def open_store(url: str) -> Store:
    """The store at `url`; nothing is touched before the first `put`."""
    return LocalStore(Path(url.removeprefix("file://")))
