"""What can be read of a home: its settings, its catalog, and what the listings show."""

import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl import settings as configuration
from artifactctl._version import __version__
from artifactctl.catalog import finding, listing, rows
from artifactctl.catalog.sqlite import SQLITE_VERSION, Database
from artifactctl.client import completing
from artifactctl.client.results import Artifact, ArtifactVersion
from artifactctl.client.wishes import Filter, artifact_name, listing_of, ref_of
from artifactctl.settings import Settings

if TYPE_CHECKING:
    from artifactctl.store import Store


class Reader:
    """The catalog and the store of one home, as far as they are only looked at.

    `home` is found as the command line finds it when it is not given. Nothing is touched before
    the first call.
    """

    def __init__(self, home: str | Path | None = None) -> None:
        self.settings: Settings = configuration.load(None if home is None else str(home))

    @cached_property
    def catalog(self) -> Database:
        """What artifacts and versions there are."""
        home = self.settings.home_path
        return Database(self.settings.catalog_path, home / "store" / "tmp", self._is_catalog_lost)

    @cached_property
    def store(self) -> "Store":
        """Where the bytes are."""
        # Listings never touch the bytes, and should not pay for the code that does.
        from artifactctl.store import open_store  # noqa: PLC0415

        return open_store(self.settings.store.value)

    def _is_catalog_lost(self) -> bool:
        return self.store.holds_records()

    def close(self) -> None:
        """Close the connections to the catalog."""
        self.catalog.close()

    def info(self) -> dict[str, Any]:
        """What is in force, where each value came from, and the versions of what is used."""
        values = {
            key: {
                "value": configuration.without_secrets(setting.value),
                "source": setting.source,
            }
            for key in ("home", "catalog", "store", "output")
            for setting in [getattr(self.settings, key)]
        }
        return {
            **values,
            "version": __version__,
            "python": sys.version.split()[0],
            "sqlite": SQLITE_VERSION,
            "schema": self.catalog.schema_version(),
        }

    def list_artifacts(
        self,
        *,
        page: int = 1,
        size: int = 20,
        sort_by: str | Sequence[str] = "",
        logical_operator: str = "and",
        **filters: Filter,
    ) -> rows.Page[Artifact]:
        """One page of artifacts, newest first; `size` 0 lists everything.

        `filters` are `id`, `name`, `tag`, `created`, `updated` and `has_custom_name`, each
        `VALUE` or `OPERATOR:VALUE`, or several of them.
        """
        wish = listing_of(page, size, sort_by, logical_operator, filters)
        return listing.list_artifacts(self.catalog, wish, Artifact.of)

    def list_artifact_versions(
        self,
        *,
        page: int = 1,
        size: int = 20,
        sort_by: str | Sequence[str] = "",
        logical_operator: str = "and",
        **filters: Filter,
    ) -> rows.Page[ArtifactVersion]:
        """One page of versions, newest first; `size` 0 lists everything.

        `filters` are the fields of `artifact version list --help`, each `VALUE` or
        `OPERATOR:VALUE`, or several of them: `tag="contains:prod"`, `type="model"`,
        `metadata={"accuracy": "gt:0.9"}`.
        """
        store = self.settings.store.value
        wish = listing_of(page, size, sort_by, logical_operator, filters, store)
        return listing.list_versions(self.catalog, wish, self.version_of)

    def get_artifact(self, name: str) -> Artifact:
        """The artifact called `name`, or with that ID or start of an ID."""
        return Artifact.of(finding.find_artifact(self.catalog, artifact_name(name)))

    def get_artifact_version(self, ref: str, version: str | int | None = None) -> ArtifactVersion:
        """The version that `ref` names: `NAME`, `NAME:VERSION`, `NAME@TAG`, an ID or its start."""
        return self.version_of(finding.find_version(self.catalog, ref_of(ref, version)))

    def version_of(self, row: rows.Version) -> ArtifactVersion:
        """A row of the catalog as users see it."""
        return ArtifactVersion.of(row, self.settings.store.value)

    def complete(self, kind: completing.Kind, start: str, artifact: str | None = None) -> list[str]:
        """Names, versions or tags that begin with `start`, for a shell that completes a word.

        Versions are those of `artifact`; tags too, when it is given. Nothing is made or waited for.
        """
        return completing.complete(self.settings.catalog_path, kind, start, artifact)
