"""What can be read of a home: its settings, its catalog, and what the listings show."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from artifactctl import context
from artifactctl import settings as configuration
from artifactctl._version import __version__
from artifactctl.catalog import rows
from artifactctl.catalog.engine.sqlite import SQLITE_VERSION, SqliteDatabase
from artifactctl.catalog.reading import finding, listing
from artifactctl.client import completing
from artifactctl.client.sharing import HomeOrigin
from artifactctl.client.stack import ArtifactStore, Stack
from artifactctl.client.wishes import (
    AlsoCalled,
    Filter,
    Named,
    artifact_name,
    listing_of,
    named,
    ref_of_id_too,
)
from artifactctl.home import Home, access
from artifactctl.ownership import Access, claim_home
from artifactctl.results.artifacts import Artifact
from artifactctl.results.pages import Page
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Self

    from sqlmodel import Session

    from artifactctl.store import Store


class Reader:
    """The catalog and the store of one home, as far as they are only looked at.

    `home` is found as the command line finds it when it is not given. Nothing is touched before
    the first call. `allow_remote` has the remote addresses asked that a home links to which is
    not own; those of one's own home always may be.
    """

    def __init__(self, home: str | Path | None = None, *, allow_remote: bool = False) -> None:
        self.home = Home(
            configuration.load(None if home is None else str(home), allow_remote=allow_remote)
        )

    @classmethod
    def of(cls, settings: Settings) -> "Self":
        """A client with settings that were read before."""
        made = cls.__new__(cls)
        made.home = Home(settings)
        return made

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.home.settings

    @property
    def origin(self) -> HomeOrigin:
        """What results keep, so that they can ask for more."""
        return HomeOrigin(self.settings)

    @property
    def catalog(self) -> SqliteDatabase:
        """What artifacts and versions there are; raises `UnsafeError` for a foreign home."""
        return self.home.catalog

    @property
    def store(self) -> "Store":
        """Where the bytes are; raises `UnsafeError` for a foreign home."""
        return self.home.store

    def session(self) -> "AbstractContextManager[Session]":
        """A SQLModel session that only reads, for questions that no method answers.

        The classes to ask for are those of `artifactctl.catalog`, such as `VersionRow`.
        """
        from artifactctl.catalog.asking import session  # noqa: PLC0415 (SQLModel)

        return session(self.catalog)

    def close(self) -> None:
        """Close the connections to the catalog."""
        self.home.close()

    def info(self) -> dict[str, Any]:
        """What is in force, where each value came from, and the versions of what is used."""
        is_usable = self.settings.standing.access is not Access.NONE
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
            "trust": access.describe(self.settings),
            "version": __version__,
            "python": sys.version.split()[0],
            "sqlite": SQLITE_VERSION,
            "schema": self.catalog.schema_version() if is_usable else None,
        }

    @property
    def active_stack(self) -> Stack:
        """The store under ZenML's name: `active_stack.artifact_store.path`."""
        access.check_writable(self.settings)
        claim_home(self.settings.home_path)
        return Stack(ArtifactStore(self.settings.store.value))

    def list_artifacts(
        self,
        sort_by: str | Sequence[str] = "",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> Page[Artifact]:
        """One page of artifacts, newest first; `size` 0 lists everything.

        `filters` are `id`, `name`, `tag`, `created`, `updated` and `has_custom_name`, each
        `VALUE` or `OPERATOR:VALUE`, or several of them.
        """
        wish = listing_of(page, size, sort_by, logical_operator, filters)
        return Page.of(listing.list_artifacts(self.catalog, wish, self._artifact_of), Artifact)

    def list_artifact_versions(
        self,
        sort_by: str | Sequence[str] = "",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> Page[ArtifactVersion]:
        """One page of versions, newest first; `size` 0 lists everything.

        `filters` are the fields of `artifact version list --help`, each `VALUE` or
        `OPERATOR:VALUE`, or several of them: `tag="contains:prod"`, `type="model"`,
        `metadata={"accuracy": "gt:0.9"}`.
        """
        store = self.settings.store.value
        wish = listing_of(page, size, sort_by, logical_operator, filters, store)
        return Page.of(listing.list_versions(self.catalog, wish, self.version_of), ArtifactVersion)

    def get_artifact(
        self,
        name_id_or_prefix: Named = None,
        project: None = None,
        hydrate: bool = True,  # noqa: ARG002 (nothing is left out in any case)
        **also: Unpack[AlsoCalled],
    ) -> Artifact:
        """The artifact called so, or with that ID or start of an ID.

        In a pipeline's function it is looked up only when a step runs that it is passed to.
        """
        asked = named(name_id_or_prefix, also, project=project)
        if context.is_composing():
            found: Artifact = _lazy().later_artifact(asked)
            return found
        return self.find_artifact(asked)

    def get_artifact_version(
        self,
        name_id_or_prefix: Named = None,
        version: str | int | None = None,
        project: None = None,
        hydrate: bool = True,  # noqa: ARG002 (nothing is left out in any case)
        **also: Unpack[AlsoCalled],
    ) -> ArtifactVersion:
        """The version called so: `NAME`, `NAME:VERSION`, `NAME@TAG`, an ID or its start.

        In a pipeline's function it is looked up only when a step runs that it is passed to.
        """
        asked = named(name_id_or_prefix, also, project=project)
        if context.is_composing():
            found: ArtifactVersion = _lazy().later_version(asked, version)
            return found
        return self.find_artifact_version(asked, version)

    def find_artifact(self, name_id_or_prefix: Named) -> Artifact:
        """The same as `get_artifact`, but always at once."""
        asked = artifact_name(str(name_id_or_prefix))
        return self._artifact_of(finding.find_artifact(self.catalog, asked))

    def find_artifact_version(
        self, name_id_or_prefix: Named, version: str | int | None = None
    ) -> ArtifactVersion:
        """The same as `get_artifact_version`, but always at once."""
        ref = ref_of_id_too(str(name_id_or_prefix), version)
        return self.version_of(finding.find_version(self.catalog, ref))

    def version_of(self, row: rows.Version) -> ArtifactVersion:
        """A row of the catalog as users see it."""
        return ArtifactVersion.of(row, self.origin)

    def _artifact_of(self, row: rows.Artifact) -> Artifact:
        return Artifact.of(row, self.origin)

    def complete(self, kind: completing.Kind, start: str, of: str | None = None) -> list[str]:
        """Names, versions, tags or runs that begin with `start`, for a shell that completes a word.

        Versions are those of the artifact `of`, tags too, when it is given; steps are those of the
        run `of`. Nothing is made or waited for.
        """
        access.check_usable(self.settings)
        return completing.complete(self.settings.catalog_path, kind, start, of)


def _lazy() -> Any:
    # Only a pipeline's function needs it.
    from artifactctl.results import lazy  # noqa: PLC0415

    return lazy
