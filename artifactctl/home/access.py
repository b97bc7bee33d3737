"""What this user may do with a home: use it, write to it, ask the remote addresses it links to."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from artifactctl.errors import ConflictError, UnsafeError
from artifactctl.ownership import Access, claim_home, is_own, owner_of
from artifactctl.settings import Settings, without_secrets

if TYPE_CHECKING:
    from artifactctl.store import Owner, Store

_LOCAL = "file://"


def check_usable(settings: Settings) -> None:
    """Raise `UnsafeError` for a home that was found by walking up and is not this user's own."""
    if settings.standing.access is Access.NONE:
        home = settings.home_path
        raise UnsafeError(
            f"home {home} (of {owner_of(home)}) was found here and is not your own:"
            f" {settings.standing.problem}",
            hint=f"'artifactctl trust {home}' shows what is in it and makes it yours;"
            " or name it with --home or ARTIFACTCTL_HOME",
        )


def check_writable(settings: Settings) -> None:
    """Raise `UnsafeError` for a home that may only be read."""
    check_usable(settings)
    if settings.standing.access is Access.READ:
        home = settings.home_path
        raise UnsafeError(
            f"home {home} (of {owner_of(home)}) can only be read: {settings.standing.problem}",
            hint=f"see 'artifactctl trust {home}'",
        )


def is_own_home(settings: Settings) -> bool:
    """Whether this user's artifactctl made the catalog, and no other user can write to the home."""
    store = settings.store.value
    place = Path(store.removeprefix(_LOCAL)) if store.startswith(_LOCAL) else None
    return is_own(settings.home_path, settings.catalog_path, place)


def may_ask_remote(settings: Settings) -> bool:
    """Whether requests may be sent to the remote addresses that the home links to."""
    return settings.allow_remote or is_own_home(settings)


def describe(settings: Settings) -> str:
    """Who owns the home, and what follows from that, in words."""
    standing = settings.standing
    if standing.access is Access.NONE:
        return f"not your own, and not used: {standing.problem}"
    if standing.access is Access.READ:
        return f"not your own, and only read: {standing.problem}"
    if is_own_home(settings):
        return "your own"
    if standing.is_shared:
        return f"shared, as you agreed; {_WITHOUT}"
    if not settings.catalog_path.exists():
        return "your own once something is in it"
    return f"named by you, not made here; {_WITHOUT}"


_WITHOUT = "pickles and remote links need consent (--allow-remote)"


def id_of_new_catalog(settings: Settings, store: "Store") -> str | None:
    """The ID that a catalog takes which is made from nothing: of the one that the store belongs to.

    None: the store has no owner yet. Raises `ConflictError` when it belongs to another
    catalog, `UnsafeError` when nothing may be written.
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
    """The catalog that a store belongs to, when that is another one than the settings name."""
    mine = name_of_catalog(settings)
    if _is_whole(settings) or any(owner.catalog == mine for owner in owners):
        return None
    return next((owner for owner in owners if not _is_gone(owner)), None)


def _is_gone(owner: "Owner") -> bool:
    """Whether the catalog of an owner no longer exists at its place: its home was moved, say."""
    place = owner.catalog.removeprefix("sqlite:///")
    return not any(os.path.lexists(path) for path in (os.fsencode(place), unquote_to_bytes(place)))


def name_of_catalog(settings: Settings) -> str:
    """What a store's owner is called: the catalog's URL without secrets, as text.

    Of a path that is no text, the bytes are escaped as in a URL.
    """
    url = without_secrets(settings.catalog.value)
    is_text = not any("\ud800" <= char <= "\udfff" for char in url)
    return url if is_text else quote(os.fsencode(url), safe="/:")


def _is_whole(settings: Settings) -> bool:
    """Whether catalog and store are where a home has them that was never set up otherwise.

    Then they were copied or moved together, and no other catalog uses this store.
    """
    home = settings.home.value
    usual = (f"sqlite:///{home}/catalog.db", f"{_LOCAL}{home}/store")
    return (settings.catalog.value, settings.store.value) == usual
