"""Making a prefix a store, and claiming it for a catalog, before the first change there."""

from collections.abc import Callable
from contextlib import suppress

from artifactctl.errors import ArtifactctlError
from artifactctl.json_text import canonical_json
from artifactctl.store import format_file, owners
from artifactctl.store.format_file import FORMAT, FORMAT_FILE
from artifactctl.store.names import id_of
from artifactctl.store.protocol import Owner
from artifactctl.store.remote.objects import Objects

# What an interrupted first start may have made, and what is put aside before there is a store.
_MAY_BE_THERE = {"tmp", "quarantine"}


def is_store(objects: Objects, url: str) -> bool:
    """Whether the prefix is a store; raises `CatalogUnusableError` for one of another version."""
    content = objects.get(FORMAT_FILE, format_file.MOST_BYTES)
    if content is None:
        return False
    format_file.check_format(content, url)
    return True


def claim(objects: Objects, url: str, owner: Callable[[], Owner] | None) -> None:
    """Make the prefix a store, and note that it belongs to a catalog.

    Raises `ConflictError` when other files are there, or when another catalog has claimed it. When
    two claim it at once, both may fail, but never both succeed: each first puts its claim and
    then looks for others.
    """
    is_new = not is_store(objects, url)
    if is_new:
        _check_empty(objects, url)
    # It raises where nothing may be changed, so before anything is put.
    claiming = None if owner is None else owner()
    if is_new:
        objects.put(FORMAT_FILE, canonical_json(FORMAT))
    if claiming is not None:
        _claim(objects, url, claiming)


def read_owners(objects: Objects) -> list[Owner]:
    """The catalogs that have claimed the store, as far as their objects can be read."""
    found = [_read(objects, catalog_id) for catalog_id in _claims(objects)]
    return [owner for owner in found if owner is not None]


def _check_empty(objects: Objects, url: str) -> None:
    for name in objects.list_top():
        if name == FORMAT_FILE:
            return
        if name not in _MAY_BE_THERE:
            # Another process may just have made it a store and written to it: look again.
            if is_store(objects, url):
                return
            raise format_file.no_store(url, name)


def _claim(objects: Objects, url: str, owner: Owner) -> None:
    owners.check_id(owner)
    has_claimed = _check_alone(objects, url, owner)
    if has_claimed and _read(objects, owner.catalog_id) == owner:
        return
    key = owners.key_of(owner.catalog_id)
    objects.put(key, owners.content_of(owner))
    try:
        _check_alone(objects, url, owner)
    except BaseException:
        if not has_claimed:
            with suppress(ArtifactctlError):  # the first error is the one to raise
                objects.delete([key])
        raise


def _check_alone(objects: Objects, url: str, owner: Owner) -> bool:
    """Whether the catalog has claimed the store; an error when another one has."""
    claims = _claims(objects)
    for catalog_id in claims:
        if catalog_id == owner.catalog_id:
            continue
        other = _read(objects, catalog_id)
        # Of two that claim at once, the other one may have given up since it was listed.
        if other is None and catalog_id not in _claims(objects):
            continue
        raise owners.taken(url, catalog_id, other, owner)
    return owner.catalog_id in claims


def _claims(objects: Objects) -> list[str]:
    names = (found.key.removeprefix("owners/") for found in objects.list_below("owners/"))
    return sorted(found for name in names if (found := id_of(name)) is not None)


def _read(objects: Objects, catalog_id: str) -> Owner | None:
    content = objects.get(owners.key_of(catalog_id), owners.MOST_BYTES)
    return None if content is None else owners.parse(catalog_id, content)
