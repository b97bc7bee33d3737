"""The client's methods for artifact versions."""

import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl import context, verbs
from artifactctl.catalog.reading.fields import OLDEST_FIRST
from artifactctl.client.arguments import (
    Filter,
    Named,
    listing_of,
    ref_of,
    ref_of_id_too,
    refuse,
    the_one,
)
from artifactctl.client.progress import shown
from artifactctl.enums import ArtifactType, DownloadMode, VersionPart
from artifactctl.errors import WrongUsageError
from artifactctl.home import Home
from artifactctl.refs import check_new_name, parse_ref
from artifactctl.selection import Selection
from artifactctl.store_url import is_remote
from artifactctl.tags import Tags
from artifactctl.url_text import url_in_store

if TYPE_CHECKING:
    from artifactctl.diff import Difference
    from artifactctl.results.descriptions import Visualizations
    from artifactctl.results.pages import Page
    from artifactctl.results.reports import (
        Description,
        Download,
        PlannedRegistration,
        Progress,
        Registration,
    )
    from artifactctl.results.versions import ArtifactVersion, Tagging
    from artifactctl.verbs.points import Steps
    from artifactctl.verbs.publishing import VersionSpec


class Versions:
    """The methods of `Client` for artifact versions."""

    home: Home

    def list_artifact_versions(
        self,
        sort_by: str | Sequence[str] = "",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> "Page[ArtifactVersion]":
        """Return one page of versions, oldest first; `size` 0 lists everything.

        `filters` are the fields of `artifact version list --help`, each `VALUE` or
        `OPERATOR:VALUE`, or several of them: `tag="contains:prod"`, `type="model"`,
        `metadata={"accuracy": "gt:0.9"}`.
        """
        store = self.home.settings.store.value
        if is_remote(store):
            store = url_in_store(store, "").rstrip("/")
        asked = listing_of(page, size, sort_by or OLDEST_FIRST, logical_operator, filters, store)
        return verbs.listing.list_versions(self.home, asked)

    def get_artifact_version(
        self,
        name_id_or_prefix: Named = None,
        version: str | int | None = None,
        project: None = None,
        hydrate: bool = True,  # noqa: ARG002 (nothing is left out in any case)
        *,
        ref: Named = None,
        name: Named = None,
    ) -> "ArtifactVersion":
        """Return the version of `NAME`, `NAME:VERSION`, `NAME@TAG`, an ID or a prefix of one.

        Of an ID four digits are enough; raises `AmbiguousError` for the start of several. In a
        pipeline's function the result is a placeholder, which is looked up when a step runs
        with it. `ref` and `name` are other words for `name_id_or_prefix`.
        """
        refuse(project=project)
        asked = the_one(name_id_or_prefix, ref, name)
        if context.is_composing():
            # Imported on first use: only a pipeline's function needs it.
            from artifactctl.results.lazy import later_version  # noqa: PLC0415

            return later_version(asked, version)
        return verbs.finding_starts.version(self.home, ref_of_id_too(asked, version))

    def find_artifact_version(
        self, name_id_or_prefix: Named, version: str | int | None = None
    ) -> "ArtifactVersion":
        """Return the version of a reference, an ID or a prefix of one; never a placeholder."""
        return verbs.finding.version(self.home, ref_of_id_too(str(name_id_or_prefix), version))

    def describe_artifact_version(
        self,
        name_id_or_prefix: Named = None,
        version: str | int | None = None,
        *,
        ref: Named = None,
        name: Named = None,
    ) -> "Description":
        """Return a version with its files and the runs that used it."""
        asked = ref_of(the_one(name_id_or_prefix, ref, name), version)
        return verbs.describing.describe(self.home, asked)

    def register(
        self,
        name: str,
        paths: str | Path | Sequence[str | Path],
        *,
        version: str | int | None = None,
        type: str | None = None,  # noqa: A002 (as ZenML and the command line call it)
        tags: Tags = (),
        metadata: Mapping[str, Any] | None = None,
        link: bool = False,
        if_changed: bool = False,
        inputs: Sequence[str] = (),
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        follow_links: bool = False,
        stdin_name: str = "data",
        jobs: int | None = None,
        rehash: bool = False,
        has_custom_name: bool = True,
        description: str | None = None,
        bump: str | None = None,
        progress: "Progress | None" = None,
    ) -> "Registration":
        """Store files or folders as a new version of an artifact.

        In a running step it also becomes an output of that step. Raises `ConflictError` when the
        version exists, `NotFoundError` when a path or an input does not exist.

        Args:
            name: the artifact, which is created when it does not exist.
            paths: the files and folders of the version; `-` is standard input.
            version: the name of the version; by default the next number.
            type: the artifact type: `data`, `model`, `statistics` and so on; by default `data`.
            tags: names, or `Tag`s; exclusive ones are removed from other versions.
            metadata: keys and values; they override the facts that the files' format gives.
            link: record the data in place, without copying it; a path may then be a URL.
            if_changed: make no version when the content equals that of the latest one, which then
                gets the tags and the metadata.
            inputs: references to versions that it was made from.
            include: patterns of the files to take from a folder; by default all.
            exclude: patterns of the files to leave out.
            follow_links: take the targets of symbolic links in a folder.
            stdin_name: the name of the file made from standard input.
            jobs: how many files are uploaded at the same time; by default what suits the store.
            rehash: read files even if they have not changed since they were read before.
            has_custom_name: whether a person chose the artifact's name.
            description: Markdown of at most 64 KiB.
            bump: `major`, `minor` or `patch`: the version follows the highest semantic one.
            progress: called with the numbers of bytes that are read.
        """
        registering = verbs.registering
        spec = _spec(
            *(name, version, type, tags, metadata),
            has_custom_name=has_custom_name,
            inputs=verbs.finding.version_ids(self.home, map(parse_ref, inputs)),
            if_changed=if_changed,
            description=description,
            bump=bump,
        )
        collecting = registering.Collecting(
            include, exclude, follow_links, link, stdin_name, jobs, rehash
        )
        with shown(f"register {name}", progress) as told:
            return registering.register(self.home, _texts(paths), spec, collecting, told)

    def plan_registration(
        self,
        name: str,
        paths: str | Path | Sequence[str | Path],
        *,
        version: str | int | None = None,
        type: str | None = None,  # noqa: A002 (as in `register`)
        tags: Tags = (),
        metadata: Mapping[str, Any] | None = None,
        link: bool = False,
        if_changed: bool = False,
        inputs: Sequence[str] = (),
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        follow_links: bool = False,
        rehash: bool = False,
        description: str | None = None,
        bump: str | None = None,
        progress: "Progress | None" = None,
    ) -> "PlannedRegistration":
        """Return what `register` would do with the same arguments; nothing is written.

        Raises what it raises before it stores anything.
        """
        registering = verbs.registering
        verbs.finding.version_ids(self.home, map(parse_ref, inputs))
        spec = _spec(
            *(name, version, type, tags, metadata),
            if_changed=if_changed,
            description=description,
            bump=bump,
        )
        collecting = registering.Collecting(include, exclude, follow_links, link, rehash=rehash)
        return verbs.planning.plan(self.home, _texts(paths), spec, collecting, progress)

    def register_artifact(
        self,
        folder_or_file_uri: str | os.PathLike[str],
        name: str,
        version: str | int | None = None,
        artifact_type: str | None = None,
        tags: Tags | None = None,
        has_custom_name: bool = True,
        artifact_metadata: Mapping[str, Any] | None = None,
    ) -> "ArtifactVersion":
        """Register existing data as a version of `name` in its place, without copying it.

        In a running step it also becomes an output of that step. Raises `PathNotFoundError` (a
        `FileNotFoundError`) when nothing exists there.
        """
        spec = _spec(
            *(name, version, artifact_type, tags or (), artifact_metadata),
            has_custom_name=has_custom_name,
        )
        return verbs.registering.register_in_place(self.home, os.fspath(folder_or_file_uri), spec)

    def load(
        self,
        name_id_or_prefix: Named,
        version: str | int | None = None,
        *,
        allow_pickle: bool = False,
        materializer: Any = None,
        wanted: type | None = None,
    ) -> Any:
        """Return the Python object of a version.

        Args:
            name_id_or_prefix: the version: `NAME`, `NAME:VERSION`, `NAME@TAG`, an ID or a prefix of
                one.
            version: the version, given separately from a bare name.
            allow_pickle: consent to run code that the data contains; without it such data raises
                `UnsafeError`, unless it is in this user's own home.
            materializer: replaces the materializer that saved the object.
            wanted: the class that the object must have.
        """
        found = self.find_artifact_version(name_id_or_prefix, version)
        with shown(f"load {found.ref}") as progress:
            return verbs.loading.load(
                self.home,
                found.id_text,
                allow_pickle=allow_pickle,
                materializer=materializer,
                wanted=wanted,
                progress=progress,
            )

    def visualize(
        self, name_id_or_prefix: Named, version: str | int | None = None
    ) -> "Visualizations":
        """Return what shows a version to people: tables, pictures, documents.

        It was saved with the version by its materializer, or is made from the data now: the first
        rows and a description of a table, a histogram or picture of an array, the parameters of a
        model, JSON, texts and pictures as they are. Pickles are never loaded for it.
        """
        asked = ref_of_id_too(str(name_id_or_prefix), version)
        return verbs.visualizing.visualizations(self.home, asked)

    def read_visualization(self, digest: str, size_bytes: int) -> bytes:
        """Return the content of a stored visualization; see `Visualization.load`."""
        return verbs.visualizing.read(self.home, digest, size_bytes)

    def download(
        self,
        ref: str | uuid.UUID,
        dest: str | Path | None = None,
        *,
        version: str | int | None = None,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        as_zip: bool = False,
        force: bool = False,
        mode: str = "copy",
        jobs: int | None = None,
        dry_run: bool = False,
        progress: "Progress | None" = None,
    ) -> "Download":
        """Write a version's files; every byte is verified.

        Args:
            ref: the version: `NAME`, `NAME:VERSION`, `NAME@TAG`, an ID or a prefix of one.
            dest: a file, a folder, a zip file or `-`; by default the artifact's name.
            version: the version, given separately from a bare name.
            include: patterns of the files to write; by default all.
            exclude: patterns of the files to leave out.
            as_zip: write one zip file.
            force: replace existing files.
            mode: `copy`, `hardlink` or `symlink`.
            jobs: how many files are copied at the same time; by default what suits the store.
            dry_run: write nothing.
            progress: called with the numbers of bytes that are written.
        """
        downloading = verbs.downloading
        options = downloading.DownloadOptions(
            Selection(tuple(include), tuple(exclude)), as_zip, force, DownloadMode(mode), jobs
        )
        where = None if dest is None else str(dest)
        asked = ref_of(ref, version)
        with shown(f"download {asked}", progress) as told:
            return downloading.download(self.home, asked, where, options, told, dry_run=dry_run)

    def download_zip(
        self, ref: str | uuid.UUID, path: str | Path, *, overwrite: bool = False
    ) -> "Download":
        """Write a version's files into a zip file; see `ArtifactVersion.download_files`."""
        return verbs.downloading.download_zip(
            self.home, ref_of(ref, None), str(path), overwrite=overwrite
        )

    def diff(self, ref: str, other: str, *, progress: "Progress | None" = None) -> "Difference":
        """Return the changes from `ref` to `other`: files, metadata, tags, and tables' shapes."""
        return verbs.diffing.diff(self.home, parse_ref(ref), parse_ref(other), progress)

    def tag(
        self,
        ref: str | uuid.UUID,
        add: Tags | None = (),
        remove: Tags | None = (),
        *,
        exclusive: bool = False,
        expect: str | None = None,
        version: str | int | None = None,
    ) -> "Tagging":
        """Add and remove tags of a version; removing a tag that it does not have is allowed.

        Args:
            ref: the version.
            add: names, or `Tag`s.
            remove: names, or `Tag`s.
            exclusive: remove the added tags from all other versions of the artifact, in the same
                transaction; an exclusive `Tag` does the same.
            expect: the version that must have the tags before the change, empty for none; raises
                `ConflictError` when another version has them.
            version: the version, given separately from a bare name.
        """
        asked = ref_of(ref, version)
        return verbs.labelling.tag(
            self.home, asked, add, remove, exclusive=exclusive, expect=expect
        )

    def update_artifact_version(
        self,
        name_id_or_prefix: Named = None,
        version: str | int | None = None,
        add_tags: Tags | None = None,
        remove_tags: Tags | None = None,
        project: None = None,
        *,
        ref: Named = None,
        name: Named = None,
        description: str | None = None,
    ) -> "ArtifactVersion":
        """Add and remove tags of a version, and change its description.

        `description` is Markdown of at most 64 KiB; an empty one removes it, None leaves it.
        """
        refuse(project=project)
        asked = ref_of(the_one(name_id_or_prefix, ref, name), version)
        return verbs.labelling.update_version(self.home, asked, add_tags, remove_tags, description)

    def log_metadata(
        self,
        ref: str | uuid.UUID,
        metadata: Mapping[str, Any],
        version: str | int | None = None,
        *,
        step: "Steps | None" = None,
    ) -> "ArtifactVersion":
        """Set keys of a version's metadata; an object is merged with the existing one.

        With `step`, a whole number, each value is a point of the key's series at that step; with
        several steps, each key has a sequence of as many values. The metadata value is then that at
        the last step. Raises `InvalidInputError` for other steps.
        """
        asked = ref_of(ref, version)
        if step is not None:
            return verbs.points.log_to_version(self.home, asked, metadata, step)
        return verbs.labelling.log_metadata(self.home, asked, metadata)

    def remove_metadata(
        self,
        ref: str | uuid.UUID,
        keys: Sequence[str],
        version: str | int | None = None,
    ) -> "ArtifactVersion":
        """Remove keys of a version's metadata, all or none; raises `NotFoundError` for another."""
        return verbs.labelling.remove_metadata(self.home, ref_of(ref, version), keys)

    def delete_artifact_version(
        self,
        name_id_or_prefix: str | uuid.UUID | Sequence[str | uuid.UUID],
        version: str | int | None = None,
        delete_metadata: bool = True,
        delete_from_artifact_store: bool = False,
        project: None = None,
        *,
        force: bool = False,
    ) -> list[str]:
        """Delete versions, all or none; return them as `NAME:VERSION`.

        Their bytes are deleted by the next `collect_garbage`, or at once with
        `delete_from_artifact_store`; without `delete_metadata` only their bytes are deleted. Raises
        `ConflictError` when a run made or used a version, unless `force` is True.
        """
        refuse(project=project)
        given = name_id_or_prefix
        words = [given] if isinstance(given, str | uuid.UUID) else given
        asked = [ref_of(word, version) for word in words]
        if delete_metadata:
            return verbs.deleting.delete_versions(
                self.home, asked, force=force, with_bytes=delete_from_artifact_store
            )
        if not delete_from_artifact_store:
            raise WrongUsageError(
                "nothing is to be deleted: the version and its data are both kept",
                hint="give delete_from_artifact_store=True",
            )
        return verbs.deleting.delete_data(self.home, asked, force=force)


def _spec(
    name: str,
    version: str | int | None,
    artifact_type: str | None,
    tags: Tags,
    metadata: Mapping[str, Any] | None,
    *,
    bump: str | None = None,
    **others: Any,
) -> "VersionSpec":
    """Return what a new version is to be, from arguments as users write them."""
    return verbs.registering.VersionSpec(
        check_new_name(name),
        None if version is None else str(version),
        None if artifact_type is None else ArtifactType.parse(artifact_type),
        tags,
        metadata or {},
        bump=None if bump is None else VersionPart(bump),
        **others,
    )


def _texts(paths: str | Path | Sequence[str | Path]) -> list[str]:
    return [str(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
