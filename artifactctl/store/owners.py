"""Which catalog a store belongs to: `owners/ID.json`, written before the first change.

Two catalogs over one store lose bytes: garbage collection for one deletes what only the other
refers to.
"""

from collections.abc import Iterator

from artifactctl.errors import ArtifactctlError, ConflictError, IntegrityError, InvalidInputError
from artifactctl.json_text import canonical_json, parse_json
from artifactctl.regular_files import FileTooLargeError, IrregularFileError, read_regular
from artifactctl.store.folders import Folders
from artifactctl.store.names import id_of, is_id
from artifactctl.store.protocol import Owner
from artifactctl.store.staging import Staging

FOLDER = "owners"

_FORMAT = 1
MOST_BYTES = 8 << 10
_DEPTH = 4


def read_owners(root: str) -> list[Owner]:
    """The catalogs that have claimed the store, as far as their files can be read."""
    try:
        with Folders(root) as folders:
            found = [_read(folders, catalog_id) for catalog_id in _claims(folders)]
    except FileNotFoundError:
        return []
    return [owner for owner in found if owner is not None]


def list_foreign(root: str) -> Iterator[str]:
    """The paths of foreign and damaged files among the owners: they do not name a catalog."""
    try:
        with Folders(root) as folders:
            names = [entry.name for entry in folders.entries(FOLDER)]
            for name in names:
                catalog_id = id_of(name)
                if catalog_id is None or _read(folders, catalog_id) is None:
                    yield f"{FOLDER}/{name}"
    except FileNotFoundError:
        return


def claim(root: str, owner: Owner) -> None:
    """Note that the store belongs to a catalog, durably, before it changes anything there.

    Raises `ConflictError` when another catalog has claimed it. When two claim it at once, both
    may fail, but never both succeed: each first writes its claim and then looks for others.
    """
    check_id(owner)
    _check_alone(root, owner)
    # Two may pass that check at once: hence the second one, after the claim is written.
    with Folders(root) as folders:
        if _read(folders, owner.catalog_id) == owner:
            return
        folders.make(FOLDER)
        is_new = folders.status(key_of(owner.catalog_id)) is None
        _write(root, owner)
        try:
            _check_alone(root, owner)
        except BaseException:
            if is_new:
                folders.remove(key_of(owner.catalog_id))
            raise


def check_id(owner: Owner) -> None:
    """Raise `InvalidInputError` when an owner's ID is not one, and must become no path."""
    if not is_id(owner.catalog_id):
        raise InvalidInputError(f"{owner.catalog_id!r} is not the ID of a catalog")


def _write(root: str, owner: Owner) -> None:
    with Staging(root, 1) as staging:
        staging.replace(key_of(owner.catalog_id), content_of(owner), mode=0o600)
        staging.publish()


def _check_alone(root: str, owner: Owner) -> None:
    """Raise `ConflictError` when another catalog has claimed the store."""
    with Folders(root) as folders:
        for catalog_id in _claims(folders):
            if catalog_id == owner.catalog_id:
                continue
            other = _read(folders, catalog_id)
            # Of two that claim at once, the other one may have given up since it was listed.
            if other is None and catalog_id not in _claims(folders):
                continue
            raise taken(root, catalog_id, other, owner)


def taken(store: str, catalog_id: str, other: Owner | None, owner: Owner) -> ArtifactctlError:
    """The error for a store of another catalog; `other` is None when its file is unreadable."""
    if other is None:
        return IntegrityError(
            f"store {store} belongs to a catalog, but {key_of(catalog_id)} cannot be read",
            hint="restore the file, or remove it when no other catalog uses the store",
        )
    return ConflictError(
        f"store {store} belongs to the catalog {other.catalog} ({other.catalog_id}),"
        f" not to {owner.catalog} ({owner.catalog_id})",
        hint="give each catalog a store of its own (a folder in it), or use that catalog for both",
    )


def _claims(folders: Folders) -> list[str]:
    """The IDs of the catalogs that have claimed the store, from the names of the files."""
    try:
        names = [entry.name for entry in folders.entries(FOLDER)]
    except FileNotFoundError:
        return []
    return sorted(found for name in names if (found := id_of(name)) is not None)


def _read(folders: Folders, catalog_id: str) -> Owner | None:
    """The owner in a catalog's file; None when it cannot be read."""
    try:
        folder, name = folders.place(key_of(catalog_id))
        return parse(catalog_id, read_regular(name, MOST_BYTES, dir_fd=folder))
    except (FileNotFoundError, IrregularFileError, FileTooLargeError):
        return None


def content_of(owner: Owner) -> bytes:
    """The content of an owner's file."""
    return canonical_json({"format": _FORMAT, "catalog": owner.catalog})


def parse(catalog_id: str, content: bytes) -> Owner | None:
    """The owner that the content of a catalog's file names; None when it names none."""
    try:
        found = parse_json(content.decode(), _DEPTH)
        if found["format"] == _FORMAT and isinstance(found["catalog"], str):
            return Owner(catalog_id, found["catalog"])
    except (ValueError, LookupError, TypeError, InvalidInputError):
        return None
    return None


def key_of(catalog_id: str) -> str:
    """The path in the store of a catalog's file."""
    return f"{FOLDER}/{catalog_id}.json"
