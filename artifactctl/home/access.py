"""The access to a home: using it, writing to it, and asking the addresses it links to."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from artifactctl.errors import ConflictError, RemoteNotAllowedError, UnsafeError
from artifactctl.ownership import Access, claim_home, is_known, is_own, owner_of
from artifactctl.settings import Settings
from artifactctl.store_url import is_remote
from artifactctl.url_text import LOCAL, without_secrets

if TYPE_CHECKING:
    from artifactctl.store import Owner, Store


def check_usable(settings: Settings) -> None:
    """Raise `UnsafeError` for a foreign home that was found by walking up the folders."""
    if settings.standing.access is Access.NONE:
        home = settings.home_path
        raise UnsafeError(
            f"home {home} (of {owner_of(home)}) was found here and is not your own:"
            f" {settings.standing.problem}",
            hint=f"'artifactctl trust {home}' shows what is in it and makes it yours;"
            " or name it with --home or ARTIFACTCTL_HOME",
        )


def check_writable(settings: Settings) -> None:
    """Raise `UnsafeError` for a home that this user may only read."""
    check_usable(settings)
    if settings.standing.access is Access.READ:
        home = settings.home_path
        raise UnsafeError(
            f"home {home} (of {owner_of(home)}) can only be read: {settings.standing.problem}",
            hint=f"see 'artifactctl trust {home}'",
        )


def check_may_connect(settings: Settings) -> None:
    """Raise `RemoteNotAllowedError` when a foreign home names the server of its catalog.

    libpq would give it this user's name and passwords.
    """
    is_from_home = settings.catalog.source.startswith(f"{settings.home.value}/")
    is_agreed = settings.allow_remote or settings.standing.is_shared
    if is_from_home and not is_agreed and not is_known(settings.home_path):
        raise RemoteNotAllowedError(
            f"home {settings.home_path} names a catalog on a server,"
            f" {without_secrets(settings.catalog.value)}, and is not known to be your own",
            hint=f"'artifactctl trust {settings.home_path}' makes it yours; --allow-remote asks"
            " the server once",
        )


def is_own_home(settings: Settings) -> bool:
    """Return whether this user made the catalog, and no other user can write to the home."""
    store = settings.store.value
    place = Path(store.removeprefix(LOCAL)) if store.startswith(LOCAL) else None
    return is_own(settings.home_path, settings.catalog_path, place)


def may_ask_remote(settings: Settings) -> bool:
    """Return whether requests may be sent to the remote addresses that the home links to."""
    return settings.allow_remote or is_own_home(settings)


def describe(settings: Settings) -> str:
    """Return a sentence for the user: who owns the home, and what that allows."""
    standing = settings.standing
    if standing.access is Access.NONE:
        return f"not your own, and not used: {standing.problem}"
    if standing.access is Access.READ:
        return f"not your own, and only read: {standing.problem}"
    if is_own_home(settings):
        return "your own"
    if standing.is_shared:
        return f"shared, as you agreed; {_WITHOUT}"
    if settings.catalog_path is None:
        return f"a catalog that others may write to; {_WITHOUT}"
    if not settings.catalog_path.exists():
        return "your own once something is in it"
    return f"named by you, not made here; {_WITHOUT}"


_WITHOUT = "pickles and remote links need consent (--allow-remote)"


def id_of_new_catalog(settings: Settings, store: "Store") -> str | None:
    """Return the ID for a new catalog: that of the store's owner, or None when it has no owner.

    Raises `ConflictError` when the store belongs to another catalog, `UnsafeError` when this user
    may not write to the home.
    """
    check_writable(settings)
    claim_home(settings.home_path)
    owners = store.owners()
    if other := other_owner(settings, owners):
        raise ConflictError(
            f"store {store.url} belongs to the catalog {other.catalog},"
            f" and cannot be that of {name_of_catalog(settings)} too",
            hint="use a store of its own for each (--store), or one catalog for both (--catalog)",
        )
    return owners[0].catalog_id if owners else None


def other_owner(settings: Settings, owners: "Sequence[Owner]") -> "Owner | None":
    """Return the other catalog that a store belongs to, or None when it is that of the settings."""
    mine = name_of_catalog(settings)
    if is_remote(settings.store.value):  # whether a catalog of another machine is there is unknown
        return next((owner for owner in owners if owner.catalog != mine), None)
    if _is_whole(settings) or any(owner.catalog == mine for owner in owners):
        return None
    return next((owner for owner in owners if not _is_gone(owner)), None)


def _is_gone(owner: "Owner") -> bool:
    """Return whether an owner's catalog no longer exists at its path, for example after a move.

    One on a server counts as there: it is not asked.
    """
    if not owner.catalog.startswith("sqlite:///"):
        return False
    place = owner.catalog.removeprefix("sqlite:///")
    return not any(os.path.lexists(path) for path in (os.fsencode(place), unquote_to_bytes(place)))


def name_of_catalog(settings: Settings) -> str:
    """Return the name of this catalog as a store's owner: its URL without secrets.

    The bytes of a path that is not valid Unicode are escaped as in a URL.
    """
    url = without_secrets(settings.catalog.value)
    if settings.catalog_path is None:
        # Each user of a server has another name there, and perhaps another way to connect.
        scheme, _, place = url.partition("://")
        return f"{scheme}://{place.rpartition('@')[2]}"
    if is_remote(settings.store.value) and settings.catalog_path is not None:
        # Two machines may have catalogs at the same path, and one store between them.
        url = f"{url} on {os.uname().nodename}"
    is_text = not any("\ud800" <= char <= "\udfff" for char in url)
    return url if is_text else quote(os.fsencode(url), safe="/:")


def _is_whole(settings: Settings) -> bool:
    """Return whether catalog and store are at their default places in the home.

    Then they were copied or moved together, and no other catalog uses this store.
    """
    home = settings.home.value
    usual = (f"sqlite:///{home}/catalog.db", f"{LOCAL}{home}/store")
    return (settings.catalog.value, settings.store.value) == usual
