"""`Client`: every verb of artifactctl, for programs and for the command line alike."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from artifactctl import settings as configuration
from artifactctl._version import __version__
from artifactctl.catalog import finding, queries, rows
from artifactctl.catalog.sqlite import SQLITE_VERSION, Database
from artifactctl.client import completing
from artifactctl.client.results import Artifact, ArtifactVersion
from artifactctl.digests import manifest_key
from artifactctl.refs import Ref, check_name, check_tag, parse_ref
from artifactctl.settings import Settings

if TYPE_CHECKING:
    from artifactctl.client.exchange import (
        Description,
        Download,
        DownloadArguments,
        Progress,
        RegisterArguments,
        Registration,
        Tagging,
    )
    from artifactctl.store import Store
    from artifactctl.upkeep import Problem

__all__ = ["Artifact", "ArtifactVersion", "Client"]

Filter = str | Sequence[str]
T = TypeVar("T")


class Client:
    """The catalog and the store of one home.

    `home` is found as the command line finds it when it is not given. Nothing is touched before
    the first call, and nothing is made before the first that writes.
    """

    def __init__(self, home: str | Path | None = None) -> None:
        self.settings: Settings = configuration.load(None if home is None else str(home))

    @classmethod
    def init(
        cls,
        folder: str | Path = ".",
        *,
        catalog: str | None = None,
        store: str | None = None,
    ) -> tuple["Client", bool]:
        """Make a home `.artifactctl` in `folder`; return its client, and whether it was new.

        Raises `ConflictError` when there is one with other settings.
        """
        home = Path(os.path.abspath(folder)) / configuration.HOME_FOLDER
        is_new = configuration.make_home(home, _absolute(catalog), _absolute(store))
        client = cls(home)
        client.catalog.create()
        return client, is_new

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

    def register(
        self,
        name: str,
        paths: str | Path | Sequence[str | Path],
        *,
        progress: "Progress | None" = None,
        **arguments: Unpack["RegisterArguments"],
    ) -> "Registration":
        """Store files or folders as a new version of `name`; see `RegisterArguments`."""
        many = [paths] if isinstance(paths, str | Path) else list(paths)
        done: Registration = _moving().register(
            self, check_name(name), [str(path) for path in many], arguments, progress
        )
        return done

    def download(
        self,
        ref: str,
        dest: str | Path | None = None,
        *,
        progress: "Progress | None" = None,
        **arguments: Unpack["DownloadArguments"],
    ) -> "Download":
        """Write a version's files to `dest`, each byte verified; see `DownloadArguments`."""
        where = None if dest is None else str(dest)
        named = _ref(ref, arguments.get("version"))
        done: Download = _moving().download(self, named, where, arguments, progress)
        return done

    def verify(
        self, refs: Sequence[str] = (), *, quick: bool = False, progress: "Progress | None" = None
    ) -> list["Problem"]:
        """Compare the bytes of some versions, or of all, with the catalog; list what is wrong.

        `quick` compares sizes only. Records that a crash kept from being written are written.
        """
        asked = [parse_ref(ref) for ref in refs]
        problems: list[Problem] = _moving().verify(self, asked, quick, progress)
        return problems

    def list_artifacts(
        self, *, page: int = 1, size: int = 20, sort_by: str = "", **filters: Filter
    ) -> rows.Page[Artifact]:
        """One page of artifacts, newest first; `size` 0 lists everything.

        `filters` are `name` and `tag`, each `VALUE` or `OPERATOR:VALUE`, or several of them.
        """
        found = queries.list_artifacts(self.catalog, _listing(page, size, sort_by, filters))
        return _convert(found, _artifact)

    def list_artifact_versions(
        self, *, page: int = 1, size: int = 20, sort_by: str = "", **filters: Filter
    ) -> rows.Page[ArtifactVersion]:
        """One page of versions, newest first; `size` 0 lists everything.

        `filters` are `artifact`, `version`, `type` and `tag`, each `VALUE` or `OPERATOR:VALUE`,
        or several of them.
        """
        found = queries.list_versions(self.catalog, _listing(page, size, sort_by, filters))
        return _convert(found, self.version_of)

    def get_artifact(self, name: str) -> Artifact:
        """The artifact called `name`; raises `NotFoundError`."""
        return _artifact(finding.find_artifact(self.catalog, check_name(name)))

    def get_artifact_version(self, ref: str, version: str | int | None = None) -> ArtifactVersion:
        """The version that `ref` names: `NAME`, `NAME:VERSION`, `NAME@TAG`, an ID or its start."""
        return self.version_of(finding.find_version(self.catalog, _ref(ref, version)))

    def describe_artifact_version(
        self, ref: str, version: str | int | None = None
    ) -> "Description":
        """Everything known of a version, its files included."""
        described: Description = _moving().describe(self, _ref(ref, version))
        return described

    def tag(
        self,
        ref: str,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        *,
        exclusive: bool = False,
        version: str | int | None = None,
    ) -> "Tagging":
        """Add and remove tags of a version; removing one that it has not is no error.

        With `exclusive`, the other versions of the same artifact lose what is added, at once.
        """
        tagging: Tagging = _moving().tag(
            self, _ref(ref, version), _tags(add), _tags(remove), exclusive=exclusive
        )
        return tagging

    def tag_artifact(
        self, name: str, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> Artifact:
        """Add and remove tags of an artifact, a set apart from those of its versions."""
        artifact = finding.find_artifact(self.catalog, check_name(name))
        _moving().tag_artifact(self, artifact, _tags(add), _tags(remove))
        return self.get_artifact(name)

    def complete(self, kind: completing.Kind, start: str, artifact: str | None = None) -> list[str]:
        """Names, versions or tags that begin with `start`, for a shell that completes a word.

        Versions are those of `artifact`; tags too, when it is given. Nothing is made or waited for.
        """
        return completing.complete(self.settings.catalog_path, kind, start, artifact)

    def version_of(self, row: rows.Version) -> ArtifactVersion:
        """A row of the catalog as users see it."""
        store = self.settings.store.value
        return ArtifactVersion(
            id=row.id,
            artifact=row.artifact,
            version=row.version,
            type=row.type,
            tags=row.tags,
            metadata=row.metadata,
            kind=row.kind,
            uri=configuration.without_secrets(row.link or f"{store}/{manifest_key(row.manifest)}"),
            size_bytes=row.size_bytes,
            file_count=row.file_count,
            digest=row.digest,
            source_checksum=row.source_checksum,
            linked=row.link is not None,
            created=row.created,
            updated=row.updated,
            producer=None,
        )


def _moving() -> Any:
    # As with `Client.store`: only verbs that touch bytes load the code for it.
    from artifactctl.client import moving  # noqa: PLC0415

    return moving


def _ref(text: str, version: str | int | None) -> Ref:
    return parse_ref(text, None if version is None else str(version))


def _absolute(url: str | None) -> str | None:
    """A path as whoever typed it meant it; a URL as it is."""
    return url if url is None or "://" in url else os.path.abspath(os.path.expanduser(url))


def _tags(tags: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(check_tag(tag) for tag in tags))


def _listing(page: int, size: int, sort_by: str, filters: Mapping[str, Filter]) -> rows.Listing:
    pairs = [
        (field, value)
        for field, values in filters.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    return rows.Listing(page, size, sort_by, pairs)


def _convert(page: rows.Page[Any], convert: Callable[[Any], T]) -> rows.Page[T]:
    items = [convert(item) for item in page.items]
    return rows.Page(items, page.index, page.max_size, page.total)


def _artifact(row: rows.Artifact) -> Artifact:
    return Artifact(
        id=row.id,
        name=row.name,
        latest_version_name=row.latest_version_name,
        version_count=row.version_count,
        tags=row.tags,
        has_custom_name=row.has_custom_name,
        created=row.created,
        updated=row.updated,
    )
