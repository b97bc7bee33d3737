"""`Client`: every verb of artifactctl, for programs and for the command line alike."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from artifactctl import settings as configuration
from artifactctl.client.reading import Reader
from artifactctl.client.results import Artifact, ArtifactVersion
from artifactctl.client.wishes import artifact_name, ref_of
from artifactctl.errors import WrongUsageError
from artifactctl.refs import check_name, parse_ref
from artifactctl.tags import Tags

if TYPE_CHECKING:
    from artifactctl.client.exchange import (
        Backup,
        Description,
        Download,
        DownloadArguments,
        Progress,
        PruneArguments,
        Pruning,
        Rebuilding,
        RegisterArguments,
        Registration,
        Tagging,
        Verification,
    )
    from artifactctl.diff import Difference
    from artifactctl.upkeep import Garbage, Problem

__all__ = ["Artifact", "ArtifactVersion", "Client"]


class Client(Reader):
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

        Raises `ConflictError` when there is one with other settings.
        """
        home = Path(os.path.abspath(folder)) / configuration.HOME_FOLDER
        is_new = configuration.make_home(home, _absolute(catalog), _absolute(store))
        client = cls(home)
        client.catalog.create()
        return client, is_new

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
        self, ref: str, version: str | int | None = None
    ) -> "Description":
        """Everything known of a version, its files included."""
        described: Description = _moving().describe(self, ref_of(ref, version))
        return described

    def diff(self, ref: str, other: str, *, progress: "Progress | None" = None) -> "Difference":
        """What changed from `ref` to `other`: files, metadata, tags; of tables rows and columns."""
        # As with `_moving`.
        from artifactctl.client.comparing import diff  # noqa: PLC0415

        return diff(self, parse_ref(ref), parse_ref(other), progress)

    def tag(
        self,
        ref: str,
        add: Tags = (),
        remove: Tags = (),
        *,
        exclusive: bool = False,
        expect: str | None = None,
        version: str | int | None = None,
    ) -> "Tagging":
        """Add and remove tags of a version; removing one that it has not is no error.

        With `exclusive`, or for a `Tag` that is, the other versions of the same artifact lose
        what is added, at once. `expect` is the version that must have the tags until now, empty
        for none; raises `ConflictError` when it is another.
        """
        verbs = _labelling()
        labels = verbs.labels_of(add, remove, exclusive=exclusive)
        tagging: Tagging = verbs.tag(self, ref_of(ref, version), labels, expect)
        return tagging

    def tag_artifact(self, name: str, add: Tags = (), remove: Tags = ()) -> Artifact:
        """Add and remove tags of an artifact, a set apart from those of its versions."""
        return self.update_artifact(name, add_tags=add, remove_tags=remove)

    def update_artifact(
        self,
        name: str,
        new_name: str | None = None,
        add_tags: Tags = (),
        remove_tags: Tags = (),
    ) -> Artifact:
        """Rename an artifact, and add and remove its tags; raises `ConflictError`."""
        verbs = _labelling()
        labels = verbs.labels_of(add_tags, remove_tags)
        if labels.exclusive:
            raise WrongUsageError("an exclusive tag is for versions, not for artifacts")
        goal = None if new_name is None else check_name(new_name)
        updated: Artifact = verbs.update_artifact(self, artifact_name(name), labels, goal)
        return updated

    def update_artifact_version(
        self,
        ref: str,
        version: str | int | None = None,
        add_tags: Tags = (),
        remove_tags: Tags = (),
    ) -> ArtifactVersion:
        """Add and remove tags of a version."""
        return self.tag(ref, add_tags, remove_tags, version=version).version

    def log_metadata(
        self, ref: str, metadata: Mapping[str, Any], version: str | int | None = None
    ) -> ArtifactVersion:
        """Set keys of a version's metadata; an object is merged into the one that was there."""
        changed: ArtifactVersion = _labelling().log_metadata(self, ref_of(ref, version), metadata)
        return changed

    def delete_artifact(self, name: str, *, force: bool = False) -> list[str]:
        """Delete an artifact with all its versions; return these. Their numbers stay used up.

        Raises `ConflictError` when a run made or used one, unless `force`.
        """
        deleted: list[str] = _removing().delete_artifact(self, artifact_name(name), force=force)
        return deleted

    def delete_artifact_version(
        self,
        refs: str | Sequence[str],
        version: str | int | None = None,
        *,
        force: bool = False,
        delete_from_artifact_store: bool = False,
    ) -> list[str]:
        """Delete versions, all or none; return them as `NAME:VERSION`.

        Their bytes go with the next `collect_garbage`, or at once. Raises `ConflictError` when a
        run made or used one, unless `force`.
        """
        words = [refs] if isinstance(refs, str) else refs
        asked = [ref_of(word, version) for word in words]
        deleted: list[str] = _removing().delete_versions(
            self, asked, force=force, with_bytes=delete_from_artifact_store
        )
        return deleted

    def prune_artifacts(
        self,
        names: str | Sequence[str] = (),
        *,
        confirm: "Callable[[Pruning], bool] | None" = None,
        **arguments: Unpack["PruneArguments"],
    ) -> "Pruning":
        """Delete versions that no run refers to, by rules; see `PruneArguments`.

        `confirm` is shown the plan, and nothing is touched unless it says yes.
        """
        asked = [artifact_name(name) for name in ([names] if isinstance(names, str) else names)]
        pruning: Pruning = _removing().prune(self, asked, arguments, confirm)
        return pruning

    def collect_garbage(
        self,
        *,
        grace_s: float = 14 * 86400,
        dry_run: bool = False,
        progress: "Progress | None" = None,
    ) -> "Garbage":
        """Delete bytes that nothing refers to and that are older than `grace_s` seconds."""
        garbage: Garbage = _removing().collect_garbage(self, grace_s, dry_run, progress)
        return garbage

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


def _labelling() -> Any:
    from artifactctl.client import labelling  # noqa: PLC0415

    return labelling


def _removing() -> Any:
    from artifactctl.client import removing  # noqa: PLC0415

    return removing


def _keeping() -> Any:
    from artifactctl.client import keeping  # noqa: PLC0415

    return keeping


def _absolute(url: str | None) -> str | None:
    """A path as whoever typed it meant it; a URL as it is."""
    return url if url is None or "://" in url else os.path.abspath(os.path.expanduser(url))
