"""`Client`: every verb of artifactctl, for programs and for the command line alike."""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from artifactctl import settings as configuration
from artifactctl.client.discarding import Discarder
from artifactctl.client.sharing import current
from artifactctl.client.wishes import AlsoCalled, Named, named, ref_of
from artifactctl.ownership import Access, standing_of
from artifactctl.refs import check_name, parse_ref
from artifactctl.results.artifacts import Artifact
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.tags import Tags

if TYPE_CHECKING:
    from artifactctl.client.resources import RunMetadataResource
    from artifactctl.diff import Difference
    from artifactctl.home.trusting import Survey
    from artifactctl.results.pipelines import Pipeline
    from artifactctl.results.recorded import PipelineRun, StepRun
    from artifactctl.results.reports import (
        Backup,
        Description,
        Download,
        DownloadArguments,
        Progress,
        Rebuilding,
        RegisterArguments,
        Registration,
        Verification,
    )
    from artifactctl.upkeep import Problem

__all__ = [
    "Artifact",
    "ArtifactVersion",
    "Client",
    "Pipeline",
    "PipelineRun",
    "RunMetadataResource",
    "StepRun",
    "current",
]


class Client(Discarder):
    """Everything that can be done with the catalog and the store of one home.

    Nothing is made before the first call that writes.
    """

    @classmethod
    def init(
        cls,
        folder: str | Path = ".",
        *,
        catalog: str | None = None,
        store: str | None = None,
    ) -> tuple["Client", bool]:
        """Make a home `.artifactctl` in `folder`; return its client, and whether it was new.

        One that is not this user's own is left as it is (see `trust`). Raises `ConflictError`
        when there is one with other settings.
        """
        home = Path(os.path.abspath(folder)) / configuration.HOME_FOLDER
        if standing_of(home, is_found=True).access is Access.NONE:
            return cls(home), False
        is_new = configuration.make_home(home, _absolute(catalog), _absolute(store))
        client = cls(home)
        client.catalog.create()
        return client, is_new

    @staticmethod
    def survey(folder: str | os.PathLike[str]) -> "Survey":
        """What is in the home that `folder` is or has, looked at without writing to it."""
        # As with `_moving`.
        from artifactctl.home import trusting  # noqa: PLC0415

        return trusting.survey(folder)

    @classmethod
    def trust(cls, folder: str | os.PathLike[str], *, shared: bool = False) -> "Client":
        """Make a home that came from elsewhere this user's own; return its client.

        Look at `survey` first: its pickles will be loaded unasked. Raises `UnsafeError` when
        others can write to it, unless `shared`: then they are not.
        """
        # As with `_moving`.
        from artifactctl.home import trusting  # noqa: PLC0415

        return cls.of(trusting.trust_home(folder, shared=shared))

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
        done: Registration = _registering().register(
            self, check_name(name), [str(path) for path in many], arguments, progress
        )
        return done

    def register_artifact(
        self,
        folder_or_file_uri: str | os.PathLike[str],
        name: str,
        version: str | int | None = None,
        artifact_type: str | None = None,
        tags: Tags | None = None,
        has_custom_name: bool = True,
        artifact_metadata: Mapping[str, Any] | None = None,
    ) -> ArtifactVersion:
        """Make data that lies somewhere a version of `name`, in its place: nothing is copied.

        In a step that runs it becomes one more of the step's outputs. Raises `PathNotFoundError`
        (a `FileNotFoundError`) when nothing is there.
        """
        arguments: RegisterArguments = {
            "version": version,
            "type": artifact_type,
            "tags": tags or (),
            "metadata": artifact_metadata or {},
            "has_custom_name": has_custom_name,
        }
        linked: ArtifactVersion = _registering().register_in_place(
            self, os.fspath(folder_or_file_uri), check_name(name), arguments
        )
        return linked

    def load(
        self,
        name_id_or_prefix: str,
        version: str | int | None = None,
        *,
        allow_pickle: bool = False,
        materializer: Any = None,
        wanted: type | None = None,
    ) -> Any:
        """The Python object that a version keeps; see `ArtifactVersion.load`."""
        found = self.find_artifact_version(name_id_or_prefix, version)
        return _loading().load(
            self, found.id, allow_pickle=allow_pickle, materializer=materializer, wanted=wanted
        )

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
        named = ref_of(ref, arguments.get("version"))
        done: Download = _moving().download(self, named, where, arguments, progress)
        return done

    def download_zip(self, ref: str, path: str | Path, *, overwrite: bool = False) -> "Download":
        """Write a version's files into a zip file; see `ArtifactVersion.download_files`."""
        done: Download = _moving().download_zip(
            self, parse_ref(ref), str(path), overwrite=overwrite
        )
        return done

    def verify(
        self,
        refs: str | Sequence[str] = (),
        *,
        quick: bool = False,
        progress: "Progress | None" = None,
    ) -> list["Problem"]:
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
        found: Verification = _keeping().verify(self, asked, quick, progress)
        return found

    def describe_artifact_version(
        self,
        name_id_or_prefix: Named = None,
        version: str | int | None = None,
        **also: Unpack[AlsoCalled],
    ) -> "Description":
        """Everything known of a version, its files included."""
        asked = ref_of(named(name_id_or_prefix, also), version)
        described: Description = _moving().describe(self, asked)
        return described

    def diff(self, ref: str, other: str, *, progress: "Progress | None" = None) -> "Difference":
        """What changed from `ref` to `other`: files, metadata, tags; of tables rows and columns."""
        # As with `_moving`.
        from artifactctl.client.differing import diff  # noqa: PLC0415

        return diff(self, parse_ref(ref), parse_ref(other), progress)

    def backup_catalog(self, path: str | Path, *, force: bool = False) -> "Backup":
        """Copy the catalog into a new file while others read and write."""
        backup: Backup = _keeping().back_up(self, Path(path), force=force)
        return backup

    def restore_catalog(self, path: str | Path, *, force: bool = False) -> "Rebuilding":
        """Put a backup back once it is verified; what was registered since it stays.

        Raises `IntegrityError` when bytes of its versions are gone, unless `force`: then these
        versions come back without.
        """
        done: Rebuilding = _keeping().restore(self, Path(path), force=force)
        return done

    def rebuild_catalog(self) -> "Rebuilding":
        """Bring back every version that the store's records know and the catalog does not."""
        done: Rebuilding = _keeping().rebuild(self)
        return done


# As with `Reader.store`: only verbs that touch bytes or records load the code for it.
def _registering() -> Any:
    from artifactctl.client import registering  # noqa: PLC0415

    return registering


def _moving() -> Any:
    from artifactctl.client import moving  # noqa: PLC0415

    return moving


def _loading() -> Any:
    from artifactctl.client import loading  # noqa: PLC0415

    return loading


def _keeping() -> Any:
    from artifactctl.client import keeping  # noqa: PLC0415

    return keeping


_ELSEWHERE = {
    "Pipeline": "artifactctl.results.pipelines",
    "PipelineRun": "artifactctl.results.recorded",
    "RunMetadataResource": "artifactctl.client.resources",
    "StepRun": "artifactctl.results.recorded",
}


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE[name]), name)


def _absolute(url: str | None) -> str | None:
    """A path as whoever typed it meant it; a URL as it is."""
    return url if url is None or "://" in url else os.path.abspath(os.path.expanduser(url))
