"""One client for each thread: asking often for the same home opens its catalog once."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from artifactctl.catalog.engine.opening import identity
from artifactctl.settings import Settings

C = TypeVar("C")

_Key = tuple[int, Settings, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class HomeOrigin(Generic[C]):
    """The home that results came from; what they ask later, this thread's client answers.

    `make` gives a client with these settings.
    """

    settings: Settings
    make: Callable[[Settings], C]

    def answerer(self) -> C:
        """This thread's client of the home."""
        return shared(self.settings, self.make)


class _Kept(threading.local):
    """The client that this thread has used last, and what it was made for."""

    key: _Key | None = None
    client: object = None


_kept = _Kept()
# Connections that were open across a fork must not even be closed: SQLite's rule.
_inherited: list[object] = []


def shared(settings: Settings, make: Callable[[Settings], C]) -> C:
    """This thread's client with these settings, made when there is none.

    It is another one after a fork, and when the catalog has become another file.
    """
    key = os.getpid(), settings, identity(settings.catalog_path)
    if _kept.client is None or _kept.key != key:
        if _kept.client is not None and _kept.key is not None and _kept.key[0] != key[0]:
            _inherited.append(_kept.client)
        _kept.client, _kept.key = make(settings), key
    return cast("C", _kept.client)
