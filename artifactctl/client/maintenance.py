"""What a client does with a home as a whole: checks, backups, garbage, and facts about it."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl import settings as configuration
from artifactctl import verbs
from artifactctl._version import __version__
from artifactctl.catalog.engine.sqlite import SQLITE_VERSION
from artifactctl.catalog.reading import completing
from artifactctl.home import Home, access
from artifactctl.ownership import Access
from artifactctl.refs import parse_ref

if TYPE_CHECKING:
    from artifactctl.home.trusting import Survey
    from artifactctl.results.reports import Backup, Progress, Rebuilding, Verification
    from artifactctl.upkeep import Garbage, Problem


class Maintenance:
    """The verbs of a client that are about a home, its catalog or its store."""

    home: Home

    @staticmethod
    def survey(folder: str | os.PathLike[str]) -> "Survey":
        """What is in the home that `folder` is or has, looked at without writing to it."""
        return verbs.maintaining.survey(folder)

    def info(self) -> dict[str, Any]:
        """What is in force, where each value came from, and the versions of what is used."""
        settings = self.home.settings
        is_usable = settings.standing.access is not Access.NONE
        values = {
            key: {
                "value": configuration.without_secrets(setting.value),
                "source": setting.source,
            }
            for key in ("home", "catalog", "store", "output")
            for setting in [getattr(settings, key)]
        }
        return {
            **values,
            "trust": access.describe(settings),
            "version": __version__,
            "python": sys.version.split()[0],
            "sqlite": SQLITE_VERSION,
            "schema": self.home.catalog.schema_version() if is_usable else None,
        }

    def verify(
        self,
        refs: str | Sequence[str] = (),
        *,
        quick: bool = False,
        progress: "Progress | None" = None,
    ) -> "list[Problem]":
        """What is wrong with some versions, or with all; see `check`."""
        return list(self.check(refs, quick=quick, progress=progress).problems)

    def check(
        self,
        refs: str | Sequence[str] = (),
        *,
        quick: bool = False,
        progress: "Progress | None" = None,
    ) -> "Verification":
        """Compare rows, manifests, bytes and linked data with what was registered.

        Damaged bytes are moved to the quarantine. `quick` compares sizes only. Records that a
        crash kept from being written, or that were altered, are written.
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

    def backup_catalog(self, path: str | Path, *, force: bool = False) -> "Backup":
        """Copy the catalog into a new file while others read and write."""
        return verbs.maintaining.back_up(self.home, Path(path), force=force)

    def restore_catalog(self, path: str | Path, *, force: bool = False) -> "Rebuilding":
        """Put a backup back once it is verified; what was registered since it stays.

        Raises `IntegrityError` when bytes of its versions are gone, unless `force`: then these
        versions come back without.
        """
        return verbs.maintaining.restore(self.home, Path(path), force=force)

    def rebuild_catalog(self) -> "Rebuilding":
        """Bring back every version that the store's records know and the catalog does not."""
        return verbs.maintaining.rebuild(self.home)

    def complete(self, kind: completing.Kind, start: str, of: str | None = None) -> list[str]:
        """Names, versions, tags or runs that begin with `start`, for a shell that completes a word.

        Versions are those of the artifact `of`, tags too, when it is given; steps are those of the
        run `of`. Nothing is made or waited for.
        """
        access.check_usable(self.home.settings)
        return completing.complete(self.home.settings.catalog_path, kind, start, of)
