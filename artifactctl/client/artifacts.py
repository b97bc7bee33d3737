"""The client's methods for artifacts."""

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from artifactctl import context, verbs
from artifactctl.catalog.reading.fields import OLDEST_FIRST
from artifactctl.client.arguments import (
    Filter,
    Named,
    artifact_name,
    listing_of,
    ref_of,
    refuse,
    the_one,
)
from artifactctl.errors import WrongUsageError
from artifactctl.home import Home
from artifactctl.tags import Tags, names_of

if TYPE_CHECKING:
    from artifactctl.results.artifacts import Artifact
    from artifactctl.results.history import DeletedVersion, History, Restoration
    from artifactctl.results.maintenance import Pruning
    from artifactctl.results.pages import Page


class Artifacts:
    """The methods of `Client` for artifacts."""

    home: Home

    def list_artifacts(
        self,
        sort_by: str | Sequence[str] = "",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> "Page[Artifact]":
        """Return one page of artifacts, oldest first; `size` 0 lists everything.

        `filters` are `id`, `name`, `tag`, `created`, `updated` and `has_custom_name`, each `VALUE`
        or `OPERATOR:VALUE`, or several of them.
        """
        asked = listing_of(page, size, sort_by or OLDEST_FIRST, logical_operator, filters)
        return verbs.listing.list_artifacts(self.home, asked)

    def get_artifact(
        self,
        name_id_or_prefix: Named = None,
        project: None = None,
        hydrate: bool = True,  # noqa: ARG002 (nothing is left out in any case)
        *,
        name: Named = None,
    ) -> "Artifact":
        """Return the artifact with that name or ID, or the only one whose name or ID starts so.

        Of an ID four digits are enough; raises `AmbiguousError` for the start of several. In a
        pipeline's function the result is a placeholder, which is looked up when a step runs
        with it. `name` is another word for `name_id_or_prefix`.
        """
        refuse(project=project)
        asked = the_one(name_id_or_prefix, name)
        if context.is_composing():
            # Imported on first use: only a pipeline's function needs it.
            from artifactctl.results.lazy import later_artifact  # noqa: PLC0415

            return later_artifact(asked)
        return verbs.finding_starts.artifact(self.home, artifact_name(asked))

    def find_artifact(self, name_id_or_prefix: Named) -> "Artifact":
        """Return the artifact with that name, ID or prefix of an ID; never a placeholder."""
        return verbs.finding.artifact(self.home, artifact_name(str(name_id_or_prefix)))

    def artifact_history(self, name_id_or_prefix: Named, *, size: int = 20) -> "History":
        """Return the newest versions of an artifact, newest first, with what changed in each.

        `size` 0 returns all. Raises `NotFoundError`.
        """
        return verbs.history.history(self.home, artifact_name(str(name_id_or_prefix)), size)

    def list_deleted_versions(
        self, artifact: str | None = None, *, size: int = 20
    ) -> "list[DeletedVersion]":
        """Return the versions that were deleted last, of one artifact or of all, newest first.

        Each says whether it can be restored; `size` 0 returns all.
        """
        return verbs.restoring.deleted_versions(self.home, artifact, size)

    def restore(self, refs: str | uuid.UUID | Sequence[str | uuid.UUID]) -> "Restoration":
        """Bring deleted versions back, all or none: IDs, numbers, tags, metadata, series.

        A version is `NAME:VERSION` or an ID; the name of a deleted artifact means all versions that
        were deleted with it. Raises `NotFoundError` when bytes are gone, and `ConflictError` for a
        version that is not deleted.
        """
        words = [refs] if isinstance(refs, str | uuid.UUID) else refs
        return verbs.restoring.restore(self.home, [ref_of(word, None) for word in words])

    def update_artifact(
        self,
        name_id_or_prefix: Named = None,
        new_name: str | None = None,
        add_tags: Tags | None = None,
        remove_tags: Tags | None = None,
        has_custom_name: bool | None = None,
        project: None = None,
        *,
        name: Named = None,
        description: str | None = None,
    ) -> "Artifact":
        """Rename an artifact, add and remove its tags; raises `ConflictError` for a used name.

        `description` is Markdown of at most 64 KiB; an empty one removes it, None leaves it. `name`
        is another word for `name_id_or_prefix`.
        """
        refuse(project=project)
        asked = artifact_name(the_one(name_id_or_prefix, name))
        return verbs.labelling.update_artifact(
            self.home,
            asked,
            new_name,
            add_tags,
            remove_tags,
            has_custom_name=has_custom_name,
            description=description,
        )

    def tag_artifact(self, name: str, add: Tags = (), remove: Tags = ()) -> "Artifact":
        """Add and remove tags of an artifact, which are independent of its versions' tags."""
        return self.update_artifact(name, add_tags=add, remove_tags=remove)

    def delete_artifact(
        self,
        name_id_or_prefix: Named = None,
        project: None = None,
        *,
        force: bool = False,
        name: Named = None,
    ) -> list[str]:
        """Delete an artifact with all its versions; return these as `NAME:VERSION`.

        Their version numbers are not used again. Raises `ConflictError` when a run made or used one
        of them, unless `force` is True. `name` is another word for `name_id_or_prefix`.
        """
        refuse(project=project)
        asked = artifact_name(the_one(name_id_or_prefix, name))
        return verbs.deleting.delete_artifact(self.home, asked, force=force)

    def prune_artifacts(
        self,
        only_versions: bool = True,
        delete_from_artifact_store: bool = False,
        project: None = None,
        *,
        names: str | Sequence[str] = (),
        confirm: "Callable[[Pruning], bool] | None" = None,
        unused: bool = False,
        keep_last: int | None = None,
        keep_tags: Tags = (),
        older_than: timedelta | None = None,
        include_runs: bool = False,
        only_artifact: bool = False,
        only_metadata: bool = False,
        ignore_errors: bool = False,
        dry_run: bool = False,
    ) -> "Pruning":
        """Delete versions that no run refers to, by rules.

        Args:
            only_versions: keep an artifact that is left without versions.
            delete_from_artifact_store: delete bytes that nothing else refers to at once, instead of
                with the next `collect_garbage`.
            project: of ZenML; it must be None.
            names: delete only versions of these artifacts.
            confirm: called with the plan; nothing is deleted when it returns False.
            unused: delete every version that no run refers to. Without a rule, only versions are
                deleted whose run was deleted.
            keep_last: keep this number of the newest versions of each artifact.
            keep_tags: keep versions with one of these tags.
            older_than: delete only versions of at least this age.
            include_runs: delete versions that runs refer to, too.
            only_artifact: delete the bytes at once, and keep the rows of the versions.
            only_metadata: leave the bytes to the next `collect_garbage`.
            ignore_errors: report bytes that cannot be deleted in the notes only.
            dry_run: delete nothing.
        """
        refuse(project=project)
        if not isinstance(only_versions, bool):
            raise WrongUsageError(
                f"only_versions is yes or no, not {only_versions!r}",
                hint="write prune_artifacts(names=…) for artifacts of these names",
            )
        if only_artifact and only_metadata:
            raise WrongUsageError(
                "only_artifact and only_metadata exclude each other",
                hint="leave out both to delete versions with their data",
            )
        deleting = verbs.deleting
        rules = deleting.PruneRules(
            unused=unused,
            keep_last=keep_last,
            keep_tags=names_of(keep_tags),
            older_than=older_than,
            include_runs=include_runs,
            data_only=only_artifact,
        )
        options = deleting.PruneOptions(
            only_versions=only_versions,
            with_bytes=only_artifact or (delete_from_artifact_store and not only_metadata),
            ignore_errors=ignore_errors,
            dry_run=dry_run,
        )
        asked = [artifact_name(name) for name in ([names] if isinstance(names, str) else names)]
        return deleting.prune(self.home, asked, rules, options, confirm)
