"""One client for each thread: asking often for the same home opens its catalog once."""

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifactctl import settings as configuration
from artifactctl.catalog.engine.opening import identity
from artifactctl.settings import Settings

if TYPE_CHECKING:
    from artifactctl.client import Client


@dataclass(frozen=True, slots=True)
class HomeOrigin:
    """The home that results came from; what they ask later, this thread's client answers."""

    settings: Settings

    def answerer(self) -> "Client":
        """This thread's client of the home."""
        return shared(self.settings)


_Key = tuple[int, Settings, tuple[int, ...]]


class _Kept(threading.local):
    """The client that this thread has used last, and what it was made for."""

    key: _Key | None = None
    client: "Client | None" = None


_kept = _Kept()
# Connections that were open across a fork must not even be closed: SQLite's rule.
_inherited: list["Client"] = []


def current() -> "Client":
    """The client of the home that is in force now, the same one as long as nothing changes."""
    return shared(configuration.load())


def shared(settings: Settings) -> "Client":
    """This thread's client with these settings, for whoever has none at hand.

    It is another one after a fork, and when the catalog has become another file.
    """
    key = os.getpid(), settings, identity(settings.catalog_path)
    if _kept.client is None or _kept.key != key:
        # `artifactctl.client` imports this module.
        from artifactctl.client import Client  # noqa: PLC0415

        if _kept.client is not None and _kept.key is not None and _kept.key[0] != key[0]:
            _inherited.append(_kept.client)
        _kept.client, _kept.key = Client.of(settings), key
    return _kept.client
