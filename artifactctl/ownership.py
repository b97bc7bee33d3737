"""Whose home is it: what this user's artifactctl made, or what came with somebody's repository.

Loading a pickle runs code. That is done unasked only in a home that this user made, and a home
says so with a token that lies in two places: in the home, and in the user's data folder under the
home's own path. What a repository or an archive brings along cannot have the second one, and a
home that was copied elsewhere has another path.
"""

import hashlib
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from artifactctl.durable import make_folder, sync_folder

TOKEN_FILE = "token"  # noqa: S105 (a name)
HOMES_FOLDER = "homes"

_TOKEN_BYTES = 16
_TOKEN = re.compile(r"[0-9a-f]{32}")
_MOST_BYTES = 64 << 10
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def claim(home: Path, catalog_path: Path) -> None:
    """Note that this user's artifactctl has just made a catalog from nothing, and so the home.

    Never raises: a home that cannot be claimed is simply not the user's own. Several processes
    may claim at once.
    """
    with suppress(OSError, ValueError):
        # Durable here first: a home with a token that the user's folder does not know is what a
        # stranger's home looks like, and stays one.
        token = _need_known_token(_place_of(home), _key_of(catalog_path))
        # Whoever was first writes the same token, or the home has a stranger's and is not ours.
        with suppress(FileExistsError):
            _write_new(home / TOKEN_FILE, token.encode())
            sync_folder(str(home))


def is_own(home: Path, catalog_path: Path, store_path: Path | None) -> bool:
    """Whether this user's artifactctl made this catalog, and nobody else can change what is there.

    Home, catalog and store must belong to the effective user and be writable by no other, be they
    inside of the home or elsewhere. `store_path` is None for one that is not local.
    """
    if store_path is None:
        return False
    try:
        token, catalogs = _read_known(_place_of(home))
        return (
            token == _read(home / TOKEN_FILE)
            and _key_of(catalog_path) in catalogs
            and _is_private(os.stat(home), stat.S_ISDIR)
            and _is_private(os.stat(catalog_path), stat.S_ISREG)
            and _is_private(os.stat(store_path), stat.S_ISDIR)
        )
    except (OSError, ValueError):
        return False


def _place_of(home: Path) -> Path:
    """The file that knows a home's token, by where the home really is."""
    # Only who makes a catalog or loads a pickle needs it; it costs as much as a listing.
    from platformdirs import user_data_path  # noqa: PLC0415

    return user_data_path("artifactctl", appauthor=False) / HOMES_FOLDER / _key_of(home)


def _key_of(path: Path) -> str:
    return hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()


def _need_known_token(place: Path, catalog: str) -> str:
    """The token at `place`, a new one when there is none, durable and with the catalog's key.

    One that is there is of a home that was removed from this path, of its other catalog, or of a
    process that claims it at this moment; with that token both write the same.
    """
    with suppress(FileNotFoundError):
        return _add_catalog(place, catalog)
    _check_not_for_root(place)
    make_folder(str(place.parent))
    draft = place.with_name(f"{place.name}.{os.urandom(4).hex()}")
    try:
        _write_new(draft, f"{os.urandom(_TOKEN_BYTES).hex()}\n{catalog}".encode())
        os.link(draft, place)  # whole or not at all
    except FileExistsError:
        return _add_catalog(place, catalog)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(str(place.parent))
    return _read_known(place)[0]


def _add_catalog(place: Path, catalog: str) -> str:
    """Have the file at `place` name a catalog too; return the token in it."""
    token, catalogs = _read_known(place)
    if catalog not in catalogs:
        descriptor = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.write(descriptor, f"\n{catalog}".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return token


def _check_not_for_root(place: Path) -> None:
    """Raise `PermissionError` where root would make folders that their user cannot use then.

    Some `sudo` leaves HOME as it is.
    """
    existing = next(folder for folder in place.parents if folder.exists())
    if os.geteuid() == 0 and existing.stat().st_uid != 0:
        raise PermissionError(f"{existing} belongs to another user")


def _write_new(path: Path, token: bytes) -> None:
    descriptor = os.open(path, _NEW, 0o600)
    try:
        os.write(descriptor, token)
        os.fsync(descriptor)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _read_known(place: Path) -> tuple[str, list[str]]:
    """The token at `place`, and the keys of the catalogs that were made with it."""
    token, *catalogs = _read(place).split("\n")
    if _TOKEN.fullmatch(token) is None:
        raise ValueError(f"{place} has no token")
    return token, catalogs


def _read(path: Path) -> str:
    """What a small file holds; raises `OSError` or `ValueError` unless it is this user's."""
    descriptor = os.open(path, _READ)
    try:
        if not _is_private(os.fstat(descriptor), stat.S_ISREG):
            raise PermissionError(f"{path} is not private")
        return os.read(descriptor, _MOST_BYTES).decode()
    finally:
        os.close(descriptor)


def _is_private(found: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    is_mine = found.st_uid == os.geteuid()
    return is_mine and is_kind(found.st_mode) and not found.st_mode & _WRITABLE_BY_OTHERS
