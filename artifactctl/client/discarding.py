"""Throwing away: versions, artifacts, and bytes that nothing needs."""

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from artifactctl.client.marking import Marker
from artifactctl.client.wishes import AlsoCalled, Named, artifact_name, named, ref_of, refuse
from artifactctl.errors import WrongUsageError

if TYPE_CHECKING:
    from artifactctl.results.reports import Progress, PruneArguments, Pruning
    from artifactctl.upkeep import Garbage


class Discarder(Marker):
    """The verbs after which there is less."""

    def delete_artifact(
        self,
        name_id_or_prefix: Named = None,
        project: None = None,
        *,
        force: bool = False,
        **also: Unpack[AlsoCalled],
    ) -> list[str]:
        """Delete an artifact with all its versions; return these. Their numbers stay used up.

        Raises `ConflictError` when a run made or used one, unless `force`.
        """
        asked = artifact_name(named(name_id_or_prefix, also, project=project))
        deleted: list[str] = _removing().delete_artifact(self, asked, force=force)
        return deleted

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

        Their bytes go with the next `collect_garbage`, or at once (`delete_from_artifact_store`);
        without `delete_metadata` nothing but their bytes goes. Raises `ConflictError` when a run
        made or used one, unless `force`.
        """
        refuse(project=project)
        given = name_id_or_prefix
        words = [given] if isinstance(given, str | uuid.UUID) else given
        asked = [ref_of(word, version) for word in words]
        if not delete_metadata:
            if not delete_from_artifact_store:
                raise WrongUsageError(
                    "neither what is known nor the bytes are to be deleted",
                    hint="give delete_from_artifact_store=True",
                )
            emptied: list[str] = _removing().delete_data(self, asked, force=force)
            return emptied
        deleted: list[str] = _removing().delete_versions(
            self, asked, force=force, with_bytes=delete_from_artifact_store
        )
        return deleted

    def delete_pipeline_run(
        self,
        name_id_or_prefix: str | uuid.UUID | Sequence[str | uuid.UUID],
        project: None = None,
        *,
        force: bool = False,
    ) -> list[str]:
        """Delete runs with their steps, tags and metadata, all or none; return their IDs.

        A text is a name, an ID or the start of one; a `UUID` is an ID, whatever another run is
        called. The versions that they made stay, as ones whose run was deleted. Raises
        `ConflictError` when one is running, unless `force`.
        """
        refuse(project=project)
        given = name_id_or_prefix
        words = [given] if isinstance(given, str | uuid.UUID) else given
        deleted: list[str] = _removing().delete_runs(self, words, force=force)
        return deleted

    def prune_artifacts(
        self,
        only_versions: bool = True,
        delete_from_artifact_store: bool = False,
        project: None = None,
        *,
        names: str | Sequence[str] = (),
        confirm: "Callable[[Pruning], bool] | None" = None,
        **arguments: Unpack["PruneArguments"],
    ) -> "Pruning":
        """Delete versions that no run refers to, by rules; see `PruneArguments`.

        Without a rule these are only versions whose run was deleted; with `names`, only those of
        these artifacts. An artifact that is left without any stays with `only_versions`. Bytes
        that nothing else needs go with the next `collect_garbage`, or at once with
        `delete_from_artifact_store` (or `only_artifact`). `confirm` is shown the plan, and nothing
        is touched unless it says yes.
        """
        refuse(project=project)
        if not isinstance(only_versions, bool):
            raise WrongUsageError(
                f"only_versions is yes or no, not {only_versions!r}",
                hint="write prune_artifacts(names=…) for artifacts of these names",
            )
        asked = [artifact_name(name) for name in ([names] if isinstance(names, str) else names)]
        if not delete_from_artifact_store and not arguments.get("only_artifact"):
            arguments["only_metadata"] = True
        pruning: Pruning = _removing().prune(
            self, asked, arguments, confirm, only_versions=only_versions
        )
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


# Only these verbs load the code for them.
def _removing() -> Any:
    from artifactctl.client import removing  # noqa: PLC0415

    return removing
