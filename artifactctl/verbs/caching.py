"""The verbs on the cache of this machine, which all homes of a user share."""

import os

from artifactctl.errors import ConflictError
from artifactctl.home import Home
from artifactctl.results.maintenance import CacheState, CacheTrimming
from artifactctl.store import cache_total
from artifactctl.store.cache import default_limit
from artifactctl.store.cache_total import Usage


def state(home: Home) -> CacheState:
    """Return what the cache holds."""
    folder = home.settings.cache_folder
    if folder is None:
        return CacheState(None)
    is_there = os.path.isdir(folder)
    return _state(home, folder, cache_total.usage(os.path.realpath(folder)) if is_there else None)


def trim(home: Home, size_bytes: int | None, *, dry_run: bool) -> CacheTrimming:
    """Remove the least recently used files until at most `size_bytes` are left.

    None is the limit of the settings. Raises `ConflictError` when there is to be no cache.
    """
    folder = home.settings.cache_folder
    if folder is None:
        raise ConflictError(
            f"there is no cache: it is turned off by {home.settings.cache.source}",
            hint="set ARTIFACTCTL_CACHE to its folder",
        )
    limit = _limit_of(home, folder) if size_bytes is None else size_bytes
    done = cache_total.trim(os.path.realpath(folder), limit, dry_run=dry_run)
    return CacheTrimming(done.count, done.size_bytes, _state(home, folder, done.left))


def _state(home: Home, folder: str, found: Usage | None) -> CacheState:
    size, count = (found.size_bytes, found.count) if found else (0, 0)
    return CacheState(folder, size, count, _limit_of(home, folder))


def _limit_of(home: Home, folder: str) -> int:
    limit = home.settings.cache_limit
    return default_limit(folder) if limit is None else limit
