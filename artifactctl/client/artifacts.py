"""What a client does with artifacts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from artifactctl import context, verbs
from artifactctl.client.arguments import (
    Filter,
    Named,
    artifact_name,
    listing_of,
    refuse,
    the_one,
)
from artifactctl.errors import WrongUsageError
from artifactctl.home import Home
from artifactctl.tags import Tags, names_of

if TYPE_CHECKING:
    from artifactctl.results.artifacts import Artifact
    from artifactctl.results.pages import Page
    from artifactctl.results.reports import Pruning


class Artifacts:
    """The verbs of a client that take or give artifacts."""

    home: Home

    def list_artifacts(
        self,
        sort_by: str | Sequence[str] = "",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> "Page[Artifact]":
        """One page of artifacts, newest first; `size` 0 lists everything.

        `filters` are `id`, `name`, `tag`, `created`, `updated` and `has_custom_name`, each
        `VALUE` or `OPERATOR:VALUE`, or several of them.
        """
        asked = listing_of(page, size, sort_by, logical_operator, filters)
        return verbs.finding.list_artifacts(self.home, asked)

    def get_artifact(
        self,
        name_id_or_prefix: Named = None,
        project: None = None,
        hydrate: bool = True,  # noqa: ARG002 (nothing is left out in any case)
        *,
        name: Named = None,
    ) -> "Artifact":
        """The artifact of that name or ID, or whose ID starts so.

        In a pipeline's function it is looked up only when a step runs that it is passed to.
        `name` is another word for `name_id_or_prefix`.
        """
        refuse(project=project)
        asked = the_one(name_id_or_prefix, name)
        if context.is_composing():
            # Only a pipeline's function needs it.
            from artifactctl.results.lazy import later_artifact  # noqa: PLC0415

            return later_artifact(asked)
        return self.find_artifact(asked)

    def find_artifact(self, name_id_or_prefix: Named) -> "Artifact":
        """The same as `get_artifact`, but always at once."""
        return verbs.finding.artifact(self.home, artifact_name(str(name_id_or_prefix)))

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
    ) -> "Artifact":
        """Rename an artifact, and add and remove its tags; raises `ConflictError`.

        `name` is another word for `name_id_or_prefix`.
        """
        refuse(project=project)
        asked = artifact_name(the_one(name_id_or_prefix, name))
        return verbs.labelling.update_artifact(
            self.home, asked, new_name, add_tags, remove_tags, has_custom_name=has_custom_name
        )

    def tag_artifact(self, name: str, add: Tags = (), remove: Tags = ()) -> "Artifact":
        """Add and remove tags of an artifact, a set apart from those of its versions."""
        return self.update_artifact(name, add_tags=add, remove_tags=remove)

    def delete_artifact(
        self,
        name_id_or_prefix: Named = None,
        project: None = None,
        *,
        force: bool = False,
        name: Named = None,
    ) -> list[str]:
        """Delete an artifact with all its versions; return these. Their numbers stay used up.

        Raises `ConflictError` when a run made or used one, unless `force`. `name` is another word
        for `name_id_or_prefix`.
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
            only_versions: an artifact that is left without any version stays.
            delete_from_artifact_store: bytes that nothing else needs go at once, and not with the
                next `collect_garbage`.
            project: of ZenML; there is none here.
            names: only versions of these artifacts go.
            confirm: is shown the plan; nothing is touched unless it says yes.
            unused: every version that no run refers to goes. Without a rule only those go whose
                run was deleted.
            keep_last: so many newest versions of each artifact stay.
            keep_tags: versions with one of these tags stay.
            older_than: only versions of at least this age go.
            include_runs: versions that runs refer to go too.
            only_artifact: the bytes go at once, and all that is known of the versions stays.
            only_metadata: the bytes stay until the next `collect_garbage`.
            ignore_errors: bytes that cannot be deleted are only noted.
            dry_run: nothing is touched.
        """
        refuse(project=project)
        if not isinstance(only_versions, bool):
            raise WrongUsageError(
                f"only_versions is yes or no, not {only_versions!r}",
                hint="write prune_artifacts(names=…) for artifacts of these names",
            )
        if only_artifact and only_metadata:
            raise WrongUsageError(
                "only the data and only the metadata cannot both go", hint="leave out both for both"
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
