"""`Client`: every verb of artifactctl on one home, for programs and the command line alike."""

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl import settings as configuration
from artifactctl import verbs
from artifactctl.client.artifacts import Artifacts
from artifactctl.client.current import HomeOrigin, shared
from artifactctl.client.maintenance import Maintenance
from artifactctl.client.runs import Runs
from artifactctl.client.versions import Versions
from artifactctl.client.zenml import ArtifactStore, Stack
from artifactctl.home import Home, access
from artifactctl.ownership import Access, claim_home, standing_of
from artifactctl.settings import Settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from artifactctl.catalog.engine.sqlite import SqliteDatabase
    from artifactctl.store import Store


class Client(Artifacts, Versions, Runs, Maintenance):
    """Everything that can be done with the catalog and the store of one home.

    `home` is found as the command line finds it when it is not given. Nothing is read before the
    first call, and nothing is made before the first call that writes. With `allow_remote` the
    remote addresses are asked that a foreign home links to; those of the user's own home always
    may be.
    """

    def __init__(self, home: str | Path | None = None, *, allow_remote: bool = False) -> None:
        where = None if home is None else str(home)
        self.home = _home_of(configuration.load(where, allow_remote=allow_remote))

    @classmethod
    def of(cls, settings: Settings) -> "Client":
        """A client with settings that were read before."""
        made = cls.__new__(cls)
        made.home = _home_of(settings)
        return made

    @classmethod
    def init(
        cls,
        folder: str | Path = ".",
        *,
        catalog: str | None = None,
        store: str | None = None,
    ) -> tuple["Client", bool]:
        """Make a home `.artifactctl` in `folder`; return its client, and whether it was new.

        `catalog` and `store` are URLs or paths, by default in the home. A foreign home that is
        there is left as it is (see `trust`). Raises `ConflictError` when there is one with other
        settings.
        """
        home = Path(os.path.abspath(folder)) / configuration.HOME_FOLDER
        if standing_of(home, is_found=True).access is Access.NONE:
            return cls(home), False
        is_new = configuration.make_home(home, _absolute(catalog), _absolute(store))
        client = cls(home)
        client.catalog.create()
        return client, is_new

    @classmethod
    def trust(cls, folder: str | os.PathLike[str], *, shared: bool = False) -> "Client":
        """Make a home that came from elsewhere this user's own; return its client.

        Look at `survey` first: its pickles will be loaded unasked. Raises `UnsafeError` when
        others can write to it, unless `shared`: then they are not.
        """
        return cls.of(verbs.maintaining.trust_home(folder, shared=shared))

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.home.settings

    @property
    def catalog(self) -> "SqliteDatabase":
        """What artifacts and versions there are; raises `UnsafeError` for a foreign home."""
        return self.home.catalog

    @property
    def store(self) -> "Store":
        """Where the bytes are; raises `UnsafeError` for a foreign home."""
        return self.home.store

    @property
    def active_stack(self) -> Stack:
        """The store under ZenML's name: `active_stack.artifact_store.path`."""
        access.check_writable(self.settings)
        claim_home(self.settings.home_path)
        return Stack(ArtifactStore(self.settings.store.value))

    def session(self) -> AbstractContextManager["Session"]:
        """A SQLModel session that only reads, for questions that no method answers.

        The classes to ask for are those of `artifactctl.catalog`, such as `VersionRow`.
        """
        from artifactctl.catalog.asking import session  # noqa: PLC0415 (SQLModel)

        return session(self.home.catalog)

    def close(self) -> None:
        """Close the connections to the catalog; the next call opens them again."""
        self.home.close()


def current() -> Client:
    """The client of the home that is in force now, the same one as long as nothing changes."""
    return shared(configuration.load(), Client.of)


def _home_of(settings: Settings) -> Home:
    return Home(HomeOrigin(settings, Client.of))


def _absolute(url: str | None) -> str | None:
    """An absolute path for a path; a URL as it is."""
    return url if url is None or "://" in url else os.path.abspath(os.path.expanduser(url))
