"""`Home`: the settings of one home, and its catalog and store, opened on first use."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from artifactctl import drafts
from artifactctl.catalog.engine.protocol import Database, Query, Waiting
from artifactctl.catalog.rows import Version
from artifactctl.durable import is_reached_by_link, make_folder
from artifactctl.errors import IntegrityError, NotCommittedError, RemoteUnavailableError
from artifactctl.home import access, opening
from artifactctl.own_data import known_files_path
from artifactctl.ownership import Access, folders_of_tokens, secret_of
from artifactctl.settings import Settings
from artifactctl.store_url import is_remote
from artifactctl.url_text import LOCAL

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

    from artifactctl.home.change import Change
    from artifactctl.manifest import Manifest
    from artifactctl.store import Owner, Store
    from artifactctl.transfer.known_files import KnownFiles


T = TypeVar("T")
P = ParamSpec("P")

# Between the tries of a change that the catalog's server gave up.
_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0


class Origin(Protocol):
    """The origin of results: a frozen value that can be pickled.

    It makes a result usable in any thread, after a fork, and in another process.
    """

    @property
    def settings(self) -> Settings:
        """The settings of the home."""

    def answerer(self) -> object:
        """Return the client of the calling thread, which answers the questions of results."""

    def elsewhere(self, settings: Settings) -> "Origin":
        """Return the origin of results of another home."""


class Home:
    """The catalog and the store that the settings name.

    Nothing is read before the first use, and nothing is created before the first change. Results
    keep `origin`, so that they can ask for more.
    """

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.settings = origin.settings

    @cached_property
    def catalog(self) -> Database:
        """The catalog; raises `UnsafeError` for a foreign home that was found by walking up."""
        access.check_usable(self.settings)
        if self.settings.standing.access is Access.READ:
            return opening.open_to_read(self.settings, Path(self._scratch.name))
        return opening.open_catalog(
            self.settings,
            # Functions instead of bound methods: a reference cycle between home and catalog would
            # keep the connections open after the home goes out of scope.
            is_lost=partial(_is_catalog_lost, self.settings),
            new_id=partial(_id_of_new_catalog, self.settings),
        )

    @cached_property
    def store(self) -> "Store":
        """The artifact store; raises `UnsafeError` as `catalog` does."""
        access.check_usable(self.settings)
        return _open_store(self.settings, partial(_owner_of_store, self.settings, self.catalog))

    @property
    def is_cached(self) -> bool:
        """Whether the store is remote, and has a cache on this machine before it."""
        return _cache_folder(self.settings) is not None

    def other(self, settings: Settings) -> "Home":
        """Return another home, to or from which versions of this one are moved."""
        return Home(self.origin.elsewhere(settings))

    def change(self) -> "AbstractContextManager[Change]":
        """Return the context of a write transaction that also writes the records; see `Change`."""
        # Imported on first use: a listing changes nothing.
        from artifactctl.home.change import change  # noqa: PLC0415

        return change(self.catalog, self.store)

    def changed(self, block: "Callable[[Change], T]") -> "tuple[T, Change]":
        """Run a function in a write transaction; return its result and the change.

        When the server gives the transaction up, the function runs again in a new one.
        """

        def attempt() -> "tuple[T, Change]":
            with self.change() as change:
                done = block(change)
            return done, change

        return self.until_settled(attempt)

    def until_settled(self, attempt: Callable[[], T]) -> T:
        """Call a function again, within the time limit, while the server gives its change up."""
        until, pause_s = time.monotonic() + self.settings.timeout_s, _PAUSE_S
        while True:
            try:
                return attempt()
            except NotCommittedError:
                if time.monotonic() + pause_s > until:
                    raise
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            self._await_server(until)

    def _await_server(self, until: float) -> None:
        """Wait until the catalog's server answers; raises `RemoteUnavailableError`."""
        while True:
            try:
                self.catalog.exists()
            except RemoteUnavailableError:
                if time.monotonic() + _LONGEST_PAUSE_S > until:
                    raise
                time.sleep(_LONGEST_PAUSE_S)
            else:
                return

    @contextmanager
    def foreseen(self, queries: "Sequence[Query]" = ()) -> Iterator[None]:
        """Send the queries of a change, and these, together with the first query of the block.

        The block is to end with what is asked after the change (see `Change.then_ask`).
        """
        from artifactctl.catalog.reading.versions import query_of_unrecorded  # noqa: PLC0415

        self.catalog.foresee([query_of_unrecorded(), *queries])
        try:
            yield
        finally:
            self.catalog.foresee(())

    def known_files(self, *, is_asked: bool = True) -> "KnownFiles":
        """Return the files that this user has hashed for this home, from a table in the home.

        Without `is_asked` they are all read again, and noted.
        """
        # Imported on first use: a listing hashes nothing.
        from artifactctl.transfer.known_files import KnownFiles  # noqa: PLC0415

        home = self.settings.home_path
        path, secret = known_files_path(str(home)), partial(secret_of, home)
        return KnownFiles(path, secret, is_asked=is_asked)

    def own_paths(self) -> tuple[str, ...]:
        """Return the paths of the home, the store and the catalog, as far as they are local.

        They are never part of a version, and never overwritten by a download.
        """
        url = self.settings.store.value
        store = str(self._own) if is_remote(url) else url.removeprefix(LOCAL)
        catalog = self.settings.catalog_path
        return str(self.settings.home_path), store, *([] if catalog is None else [str(catalog)])

    def manifest_of(self, version: Version) -> "Manifest":
        """Return the manifest of a version; an `IntegrityError` names the version."""
        from artifactctl.upkeep import verifying  # noqa: PLC0415 (as in `change`)

        try:
            return verifying.manifest_of(version, self.store)
        except IntegrityError as error:
            name = f"{version.artifact}:{version.version}"
            hint = error.hint or "see 'artifactctl verify'"
            raise IntegrityError(f"{name}: {error.message}", hint=hint) from None

    def place_for_replaced(self) -> Path:
        """Return an unused path for the catalog that is replaced, which is never deleted.

        For a catalog on a server only its last part counts. Raises `UnsafeError` in a home that
        this user may not write to.
        """
        access.check_writable(self.settings)
        name = f"catalog.db.{os.urandom(4).hex()}"
        folder, path = self._own / "quarantine", self.settings.catalog_path
        if path is None:
            return Path(f"replaced_{os.urandom(4).hex()}")
        beside = path.parent
        if is_reached_by_link(str(folder)):
            return beside / name
        make_folder(str(folder))
        is_elsewhere = beside.exists() and beside.stat().st_dev != folder.stat().st_dev
        return (beside if is_elsewhere else folder) / name

    def clear_drafts(self, *, dry_run: bool) -> list[int]:
        """Remove what ended processes left unfinished outside of the store.

        These are drafts of the home's token and settings, and of catalogs. Returns their sizes in
        bytes. Raises `UnsafeError` as `catalog` does.
        """
        # Imported on first use: commands on a catalog on a server do without SQLite.
        from artifactctl.catalog.engine.sqlite import DRAFTS  # noqa: PLC0415

        access.check_usable(self.settings)
        kinds = (drafts.DRAFT, *DRAFTS)
        return [
            size
            for folder in dict.fromkeys(self._folders_of_drafts())
            for size in drafts.clear_drafts(folder, kinds, dry_run=dry_run)
        ]

    def _folders_of_drafts(self) -> Iterator[Path]:
        """The folders in which drafts are made, but for the store's, which clears its own."""
        yield from folders_of_tokens(self.settings.home_path)
        if self.settings.catalog_path is not None:
            yield self.settings.catalog_path.parent
        is_of_store = self.settings.store.value == f"file://{self._own}"
        if not is_of_store and not is_reached_by_link(str(self._own / "tmp")):
            yield self._own / "tmp"

    @property
    def _own(self) -> Path:
        """The folder for drafts and quarantined files, even when the store is elsewhere."""
        return self.settings.home_path / "store"

    def waiting(self) -> Waiting | None:
        """The time waited for the catalog's server; None while the catalog was not asked."""
        return self.catalog.waiting() if "catalog" in self.__dict__ else None

    def close(self) -> None:
        """Close the connections to the catalog; the next use reopens them."""
        if "catalog" in self.__dict__:
            self.catalog.close()
        if "_scratch" in self.__dict__:
            self._scratch.cleanup()
            del self._scratch
            self.__dict__.pop("catalog", None)  # missing when making its copy failed

    @cached_property
    def _scratch(self) -> "TemporaryDirectory[str]":
        """The temporary folder for the copy of a read-only catalog."""
        from tempfile import TemporaryDirectory  # noqa: PLC0415 (only homes that are only read)

        return TemporaryDirectory(prefix="artifactctl-")


def repeated(verb: Callable[Concatenate[Home, P], T]) -> Callable[Concatenate[Home, P], T]:
    """Make a verb with one change run again while the catalog's server gives the change up.

    Whatever the verb asked is asked anew. It must do nothing else that lasts.
    """

    @wraps(verb)
    def until_settled(home: Home, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return home.until_settled(lambda: verb(home, *args, **kwargs))

    return until_settled


def _open_store(settings: Settings, owner: "Callable[[], Owner] | None" = None) -> "Store":
    # Imported on first use: a listing never opens the store.
    from artifactctl.store import open_store  # noqa: PLC0415

    folder = _cache_folder(settings)
    may_ask_remote = partial(access.may_ask_remote, settings)
    store = open_store(settings.store.value, owner, may_ask_remote, settings.timeout_s)
    if folder is None:
        return store
    # Imported on first use: a store on this machine needs no cache.
    from artifactctl.store.cache import Cache, default_limit  # noqa: PLC0415
    from artifactctl.store.cached_store import CachedStore  # noqa: PLC0415

    limit = settings.cache_limit
    return CachedStore(store, Cache(folder, default_limit(folder) if limit is None else limit))


def _cache_folder(settings: Settings) -> str | None:
    return None if settings.store.value.startswith(LOCAL) else settings.cache_folder


def _owner_of_store(settings: Settings, catalog: Database) -> "Owner":
    """Return the store's owner, and create the catalog first when there is none.

    The store calls this before its first change.
    """
    from artifactctl.store import Owner  # noqa: PLC0415 (loaded already)

    access.check_writable(settings)
    catalog.create()
    catalog_id = catalog.catalog_id()
    assert catalog_id is not None  # `create()` made the catalog
    return Owner(catalog_id, access.name_of_catalog(settings))


def _id_of_new_catalog(settings: Settings) -> str | None:
    return access.id_of_new_catalog(settings, _open_store(settings))


def _is_catalog_lost(settings: Settings) -> bool:
    store = _open_store(settings)
    return store.holds_records() and access.other_owner(settings, store.owners()) is None
