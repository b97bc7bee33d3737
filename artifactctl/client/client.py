"""`Client`: all verbs of artifactctl for one home; programs and the command line use it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl import settings as configuration
from artifactctl import verbs
from artifactctl.client.artifacts import Artifacts
from artifactctl.client.current import HomeOrigin, shared
from artifactctl.client.files import Files
from artifactctl.client.looking import Looking
from artifactctl.client.maintenance import Maintenance
from artifactctl.client.moves import Moves
from artifactctl.client.pages import Pages
from artifactctl.client.runs import Runs
from artifactctl.client.series import SeriesMethods
from artifactctl.client.tags import TagMethods
from artifactctl.client.versions import Versions
from artifactctl.home import Home, access
from artifactctl.ownership import Access, claim_home, standing_of
from artifactctl.settings import Settings

if TYPE_CHECKING:
    from artifactctl.catalog.engine.protocol import Database
    from artifactctl.client.zenml import Stack
    from artifactctl.store import Store


class Client(
    Artifacts, Versions, Files, Runs, SeriesMethods, TagMethods, Moves, Looking, Pages, Maintenance
):
    """The catalog and the store of one home, with all that can be done with them.

    Without `home` it is found as the command line finds it. Nothing is read before the first call,
    and nothing is created before the first call that writes. With `allow_remote` requests are sent
    to the remote addresses that a foreign home links to; those of the user's own home are always
    allowed. `timeout` is the time in seconds that a server may be silent.
    Without `cache` every byte comes from the store itself.
    """

    def __init__(
        self,
        home: str | Path | None = None,
        *,
        allow_remote: bool = False,
        timeout: str | float | None = None,
        cache: bool = True,
    ) -> None:
        where = None if home is None else str(home)
        wait = None if timeout is None else str(timeout)
        self.home = _home_of(
            configuration.load(where, allow_remote=allow_remote, timeout=wait, cache=cache)
        )

    @classmethod
    def of(cls, settings: Settings) -> "Client":
        """Return a client with settings that were loaded before."""
        made = cls.__new__(cls)
        made.home = _home_of(settings)
        return made

    @classmethod
    def init(
        cls,
        folder: str | Path = ".",
        *,
        home: str | Path | None = None,
        catalog: str | None = None,
        store: str | None = None,
    ) -> tuple["Client", bool]:
        """Make a home `.artifactctl` in `folder`; return its client, and whether it is new.

        `home` is the folder of the home itself, instead of `folder`. `catalog` and `store` are URLs
        or paths; by default both are in the home. Servers are asked first: when one refuses, no
        home is made. An existing foreign home is not changed (see `trust`). Raises `ConflictError`
        when a home with other settings exists.
        """
        home = Path(os.path.abspath(home or Path(folder) / configuration.HOME_FOLDER))
        if standing_of(home, is_found=True).access is Access.NONE:
            return cls(home), False
        catalog, store = _absolute(catalog), _absolute(store)
        if not home.exists():
            _ask(home, catalog, store)
        is_new = configuration.make_home(home, catalog, store)
        client = cls(home)
        client.catalog.create()
        return client, is_new

    @classmethod
    def trust(cls, folder: str | os.PathLike[str], *, shared: bool = False) -> "Client":
        """Make a foreign home this user's own; return its client.

        Call `survey` first: afterwards its pickles are loaded without asking. Raises `UnsafeError`
        when other users can write to it; with `shared` it is trusted but its pickles still need
        consent.
        """
        return cls.of(verbs.maintaining.trust_home(folder, shared=shared))

    @property
    def settings(self) -> Settings:
        """The settings of this client."""
        return self.home.settings

    @property
    def catalog(self) -> "Database":
        """The catalog; raises `UnsafeError` for a foreign home."""
        return self.home.catalog

    @property
    def store(self) -> "Store":
        """The artifact store; raises `UnsafeError` for a foreign home."""
        return self.home.store

    @property
    def active_stack(self) -> "Stack":
        """The store under ZenML's names: `active_stack.artifact_store.path`."""
        # Imported on first use: no command needs it.
        from artifactctl.client.zenml import ArtifactStore, Stack  # noqa: PLC0415

        access.check_writable(self.settings)
        claim_home(self.settings.home_path)
        return Stack(ArtifactStore(self.settings.store.value))

    def close(self) -> None:
        """Close the connections to the catalog; the next call reopens them."""
        self.home.close()


def current() -> Client:
    """Return this thread's client of the current home.

    It is reused while the settings are the same.
    """
    return shared(configuration.load(), Client.of)


def _home_of(settings: Settings) -> Home:
    return Home(HomeOrigin(settings, Client.of))


def _ask(home: Path, catalog: str | None, store: str | None) -> None:
    """Ask the catalog and the store of a home to be; raises when one cannot be used."""
    given = {"ARTIFACTCTL_CATALOG": catalog, "ARTIFACTCTL_STORE": store}
    environ = {**os.environ, **{name: url for name, url in given.items() if url is not None}}
    asked = Client.of(configuration.load(str(home), environ=environ))
    try:
        asked.catalog.exists()
        asked.store.owners()
    finally:
        asked.home.close()


def _absolute(url: str | None) -> str | None:
    """Return the absolute path for a path, and a URL unchanged."""
    return url if url is None or "://" in url else os.path.abspath(os.path.expanduser(url))
