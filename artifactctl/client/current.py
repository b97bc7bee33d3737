"""The client of each thread, which keeps its catalog open between calls."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from artifactctl.settings import Settings

C = TypeVar("C")

_Key = tuple[int, Settings, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class HomeOrigin(Generic[C]):
    """The origin of results: the home they came from, and how to get a client of it.

    `make` returns a client with these settings.
    """

    settings: Settings
    make: Callable[[Settings], C]

    def answerer(self) -> C:
        """Return this thread's client of the home."""
        return shared(self.settings, self.make)

    def elsewhere(self, settings: Settings) -> "HomeOrigin[C]":
        """Return the origin of results of another home."""
        return HomeOrigin(settings, self.make)


class _Kept(threading.local):
    """The last client that this thread used, and the key that it was made for."""

    key: _Key | None = None
    client: object = None


_kept = _Kept()
# SQLite forbids a forked process to use a parent's connection, even to close it; this list keeps
# these clients alive.
_inherited: list[object] = []


def _file_of(settings: Settings) -> tuple[int, ...]:
    if settings.catalog_path is None:
        return ()
    # Imported on first use: a catalog on a server does without SQLite.
    from artifactctl.catalog.engine.opening import identity  # noqa: PLC0415

    return identity(settings.catalog_path)


def shared(settings: Settings, make: Callable[[Settings], C]) -> C:
    """Return this thread's client with these settings; it is created when there is none.

    After a fork, or when the catalog was replaced by another file, a new client is created.
    """
    key = os.getpid(), settings, _file_of(settings)
    if _kept.client is None or _kept.key != key:
        if _kept.client is not None and _kept.key is not None and _kept.key[0] != key[0]:
            _inherited.append(_kept.client)
        _kept.client, _kept.key = make(settings), key
    return cast("C", _kept.client)
