"""The client's methods for a home as a whole: checks, backups, garbage collection and facts."""

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl import verbs
from artifactctl._version import __version__
from artifactctl.catalog.reading import completing
from artifactctl.home import Home, access, opening
from artifactctl.ownership import Access
from artifactctl.refs import parse_ref
from artifactctl.url_text import without_secrets

if TYPE_CHECKING:
    from artifactctl.home.trusting import Survey
    from artifactctl.results.maintenance import (
        Backup,
        CacheTrimming,
        Configuring,
        ConfigValue,
        Rebuilding,
        Verification,
    )
    from artifactctl.results.moving import CatalogCopy
    from artifactctl.results.reports import Progress
    from artifactctl.upkeep.sweeping import Garbage
    from artifactctl.upkeep.verifying import Problem


class Maintenance:
    """The methods of `Client` for the home, its catalog and its store."""

    home: Home

    @staticmethod
    def survey(folder: str | os.PathLike[str]) -> "Survey":
        """Return the contents of the home at or in `folder`, without writing to it."""
        return verbs.maintaining.survey(folder)

    def info(self) -> dict[str, Any]:
        """Return the settings with their sources, and the versions of the libraries in use."""
        # Imported on first use: other commands on a catalog on a server do without SQLite.
        from artifactctl.catalog.engine.sqlite import SQLITE_VERSION  # noqa: PLC0415

        settings = self.home.settings
        is_usable = settings.standing.access is not Access.NONE
        values = {
            key: {
                "value": without_secrets(setting.value),
                "source": setting.source,
            }
            for key in ("home", "catalog", "store", "output", "timeout")
            for setting in [getattr(settings, key)]
        }
        return {
            **values,
            "cache": self._cache(),
            "trust": access.describe(settings),
            "version": __version__,
            "python": sys.version.split()[0],
            "sqlite": SQLITE_VERSION,
            "server": self.home.catalog.server_version() if is_usable else None,
            "schema": self.home.catalog.schema_version() if is_usable else None,
        }

    def list_config(self) -> "list[ConfigValue]":
        """Return all settings with their sources, without secrets."""
        return verbs.configuring.values(self.home)

    def get_config(self, key: str) -> "ConfigValue":
        """Return one setting with its source; raises `WrongUsageError` for an unknown one."""
        return verbs.configuring.value(self.home, key)

    def set_config(self, key: str, value: str) -> "Configuring":
        """Write a setting into the home's `config.yaml`, for clients that are made from now on.

        Comments and other settings in it stay. Nothing is moved to another catalog or store.
        """
        return verbs.configuring.change(self.home, key, value)

    def unset_config(self, key: str) -> "Configuring":
        """Remove a setting from the home's `config.yaml`, for clients that are made from now on."""
        return verbs.configuring.change(self.home, key, None)

    def _cache(self) -> dict[str, Any]:
        found = verbs.caching.state(self.home)
        return {
            "value": found.place or "off",
            "source": self.home.settings.cache.source,
            "size_bytes": found.size_bytes,
            "count": found.count,
            "limit_bytes": found.limit_bytes,
        }

    def verify(
        self,
        refs: str | Sequence[str] = (),
        *,
        quick: bool = False,
        progress: "Progress | None" = None,
    ) -> "list[Problem]":
        """Return the problems of some versions, or of everything; see `check`."""
        return list(self.check(refs, quick=quick, progress=progress).problems)

    def check(
        self,
        refs: str | Sequence[str] = (),
        *,
        quick: bool = False,
        progress: "Progress | None" = None,
    ) -> "Verification":
        """Compare rows, manifests, bytes and linked data with what was registered.

        Damaged bytes are moved to the quarantine. `quick` compares sizes only. Records that are
        missing after a crash, or were altered, are written again.
        """
        asked = [parse_ref(ref) for ref in ([refs] if isinstance(refs, str) else refs)]
        return verbs.maintaining.verify(self.home, asked, quick, progress)

    def collect_garbage(
        self,
        *,
        grace_s: float = 14 * 86400,
        dry_run: bool = False,
        progress: "Progress | None" = None,
    ) -> "Garbage":
        """Delete bytes that nothing refers to and that are older than `grace_s` seconds."""
        return verbs.deleting.collect_garbage(self.home, grace_s, dry_run, progress)

    def trim_cache(
        self, size_bytes: int | None = None, *, dry_run: bool = False
    ) -> "CacheTrimming":
        """Remove the least recently used files from the cache of this machine.

        At most `size_bytes` are left, by default the limit in the settings.
        """
        return verbs.caching.trim(self.home, size_bytes, dry_run=dry_run)

    def backup_catalog(self, path: str | Path, *, force: bool = False) -> "Backup":
        """Copy the catalog into a new file; others may read and write it at the same time."""
        return verbs.maintaining.back_up(self.home, Path(path), force=force)

    def restore_catalog(self, path: str | Path, *, force: bool = False) -> "Rebuilding":
        """Restore a verified backup; what was registered since it was made is kept.

        Raises `IntegrityError` when bytes of its versions are gone; with `force` these versions are
        restored without their bytes.
        """
        return verbs.maintaining.restore(self.home, Path(path), force=force)

    def rebuild_catalog(self) -> "Rebuilding":
        """Restore every version that the store's records contain and the catalog lacks."""
        return verbs.maintaining.rebuild(self.home)

    def copy_catalog(self, to: str) -> "CatalogCopy":
        """Copy the whole catalog to the URL `to`, where there must be none yet.

        It keeps its ID, and is for the same store; the home uses it once its `config.yaml` says so.
        """
        return verbs.copying_catalogs.copy(self.home, to)

    def catalog_schema_sql(self, role: str = "ROLE") -> str:
        """Return the SQL with which an administrator creates a catalog on PostgreSQL.

        The rights that the users' role needs follow as comments. The schema is that of the home's
        catalog. It asks no server.
        """
        return verbs.maintaining.schema_sql(self.home, role)

    def complete(self, kind: completing.Kind, start: str, of: str | None = None) -> list[str]:
        """Return names, versions, tags or runs that begin with `start`, for a shell's completion.

        With `of`, versions and tags are those of that artifact, and steps are those of that run. It
        creates nothing and waits for nothing.
        """
        access.check_usable(self.home.settings)
        with closing(opening.open_glance(self.home.settings)) as catalog:
            return completing.complete(catalog, kind, start, of)
