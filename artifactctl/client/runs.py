"""The client's methods for runs, steps and pipelines."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from artifactctl import verbs
from artifactctl.client.arguments import (
    Filter,
    Named,
    artifact_name,
    key_filters,
    listing_of,
    ref_of,
    refuse,
    the_one,
)
from artifactctl.home import Home
from artifactctl.refs import run_name
from artifactctl.tags import Tags

if TYPE_CHECKING:
    from artifactctl.compare import ComparedDetails, Comparison
    from artifactctl.results.descriptions import Lineage, RunDescription
    from artifactctl.results.pages import Page
    from artifactctl.results.pipelines import Pipeline
    from artifactctl.results.runs import PipelineRun
    from artifactctl.results.steps import StepRun
    from artifactctl.verbs.labelling_runs import Resource
    from artifactctl.verbs.points import Steps


class Runs:
    """The methods of `Client` for runs, steps and pipelines."""

    home: Home

    def list_pipeline_runs(
        self,
        sort_by: str | Sequence[str] = "",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> "Page[PipelineRun]":
        """Return one page of runs, newest first; `size` 0 lists everything.

        `filters` are `id`, `name`, `pipeline`, `status`, `tag`, `created`, `started`, `ended` and
        `metadata`, which includes that of the steps; each is `VALUE` or `OPERATOR:VALUE`, or
        several of them.
        """
        if "pipeline_name" in filters:  # ZenML's name of the filter
            filters["pipeline"] = filters.pop("pipeline_name")
        asked = listing_of(page, size, sort_by, logical_operator, filters)
        return verbs.listing_runs.list_runs(self.home, asked)

    def get_pipeline_run(
        self,
        name_id_or_prefix: Named = None,
        allow_name_prefix_match: bool = True,
        project: None = None,
        hydrate: bool = True,  # noqa: ARG002 (nothing is left out in any case)
        include_full_metadata: bool = True,  # noqa: ARG002 (as before)
        *,
        name: Named = None,
    ) -> "PipelineRun":
        """Return the newest run with that name, or the one with that ID or prefix of an ID.

        With `allow_name_prefix_match` also the only one whose name starts so, or whose ID does
        (four digits or more); raises `AmbiguousError` when there are several.
        """
        refuse(project=project)
        asked = the_one(name_id_or_prefix, name)
        if allow_name_prefix_match:
            return verbs.finding_starts.run(self.home, asked)
        return verbs.finding_runs.run(self.home, asked)

    def describe_pipeline_run(
        self, name_id_or_prefix: Named = None, *, name: Named = None
    ) -> "RunDescription":
        """Return a run with its steps' inputs and outputs by name, deleted versions included."""
        return verbs.describing.describe_run(self.home, the_one(name_id_or_prefix, name))

    def get_pipeline(
        self,
        name_id_or_prefix: Named = None,
        project: None = None,
        hydrate: bool = True,  # noqa: ARG002 (as above)
        *,
        name: Named = None,
    ) -> "Pipeline":
        """Return the pipeline with that name or ID, or the only one whose name or ID starts so.

        The start of an ID has four digits or more. Raises `NotFoundError` when none has runs,
        `AmbiguousError` for the start of several.
        """
        refuse(project=project)
        asked = the_one(name_id_or_prefix, name)
        return verbs.finding_runs.pipeline(self.home, asked, by_start=True)

    def list_pipelines(
        self,
        sort_by: str | Sequence[str] = "created",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> "Page[Pipeline]":
        """Return one page of pipelines that have runs, oldest first; `size` 0 lists everything.

        `filters` are `id`, `name`, `tag`, `run_count`, `latest_run_status`, `created`, which is the
        begin of the first run, and `updated`, the last event of the latest run.
        """
        asked = listing_of(page, size, sort_by, logical_operator, filters)
        return verbs.listing_runs.list_pipelines(self.home, asked)

    def find_pipeline(self, name_or_id: Named) -> "Pipeline":
        """Return the pipeline with exactly that name or ID; raises `NotFoundError`."""
        return verbs.finding_runs.pipeline(self.home, str(name_or_id))

    def delete_pipeline(
        self, name_id_or_prefix: Named, project: None = None, *, force: bool = False
    ) -> list[str]:
        """Delete a pipeline with all its runs and its tags; return the IDs of the runs.

        It is given by its whole name or ID: the start of one finds none. The versions that its runs
        made stay. Raises `ConflictError` when it or a run has a protected tag, or when a run is
        running, unless `force` is True; nothing is deleted then.
        """
        refuse(project=project)
        return verbs.deleting.delete_pipeline(self.home, str(name_id_or_prefix), force=force)

    def index_of_run(self, run_id: Named) -> int:
        """Return the place of a run among all runs of its pipeline, deleted ones included, from 1.

        The run is given by its ID.
        """
        return verbs.finding_runs.index(self.home, str(run_id))

    def list_run_steps(
        self,
        sort_by: str | Sequence[str] = "created",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> "Page[StepRun]":
        """Return one page of steps of all runs, oldest first; `size` 0 lists everything.

        `filters` are `name`, `status`, `pipeline_run_id`, `id` and `created`.
        """
        asked = listing_of(page, size, sort_by, logical_operator, filters)
        return verbs.listing_runs.list_steps(self.home, asked)

    def get_run_step(
        self,
        step_run_id: Named,
        hydrate: bool = True,  # noqa: ARG002 (as above)
    ) -> "StepRun":
        """Return the step with that ID."""
        return verbs.finding_runs.step(self.home, str(step_run_id))

    def update_step_run(
        self, step_run_id: Named, cache_expires_at: datetime | None = None
    ) -> "StepRun":
        """Set the time after which a step's outputs are not reused; None: they always are."""
        return verbs.recording.limit_cache(self.home, str(step_run_id), cache_expires_at)

    def lineage(
        self,
        ref: Named,
        version: str | int | None = None,
        *,
        upstream: bool = True,
        downstream: bool = True,
        depth: int | None = None,
    ) -> "Lineage":
        """Return the graph of what a version or run (`run:NAME_OR_ID`) was made from and used for.

        `depth` is the greatest distance from it, in versions.
        """
        describing = verbs.describing
        reach = describing.Reach(upstream, downstream, depth)
        run = run_name(str(ref)) if version is None else None
        if run is not None:
            return describing.lineage_of_run(self.home, run, reach)
        return describing.lineage_of_version(self.home, ref_of(str(ref), version), reach)

    def compare(
        self,
        *references: str,
        pipeline: str | None = None,
        artifact: str | None = None,
        last: int | None = None,
        baseline: str | None = None,
        filters: Filter = None,
        keys: Sequence[str] = (),
        only_diff: bool = False,
        maximize: Sequence[str] = (),
        minimize: Sequence[str] = (),
        sort_by: Sequence[str] = (),
        group_by: str | None = None,
        importance: str | None = None,
    ) -> "Comparison":
        """Compare runs, or versions, side by side.

        Args:
            references: two or more versions, or runs (`run:NAME_OR_ID`).
            pipeline: compare the runs of this pipeline, instead of references.
            artifact: compare the versions of this artifact, instead of references.
            last: take only this number of the newest runs or versions.
            baseline: the run or version that the others are compared with, by default the first.
            filters: take only those that match all of `KEY=FILTER`, or a mapping, as in listings.
            keys: compare only these keys of metadata and parameters; globs.
            only_diff: compare only keys whose values differ.
            maximize: keys whose greatest value is the best; globs.
            minimize: keys whose smallest value is the best; globs.
            sort_by: the order of the columns: `KEY`, `asc:KEY` or `desc:KEY`.
            group_by: a key or a fact; `grouped` of the result has means and deviations.
            importance: a metric; `importance` of the result tells which parameters go with it.
        """
        comparing = verbs.comparing
        asked = comparing.Candidates(
            references,
            pipeline,
            None if artifact is None else artifact_name(artifact),
            last,
            baseline,
            list(key_filters(filters or ())),
        )
        options = comparing.CompareOptions(
            keys=keys,
            only_diff=only_diff,
            maximize=maximize,
            minimize=minimize,
            sort_by=sort_by,
            group_by=group_by,
            importance=importance,
        )
        return comparing.compare_found(self.home, asked, options)

    def details_of(self, comparison: "Comparison") -> "Sequence[ComparedDetails]":
        """Return who started the runs of a comparison, and which versions they made or reused."""
        return verbs.details.details_of(self.home, comparison)

    def tag_run(
        self, run: Named, add: Tags | None = None, remove: Tags | None = None
    ) -> "PipelineRun":
        """Add and remove tags of a run, by its name or ID.

        An exclusive `Tag` is removed from the other runs of the pipeline.
        """
        return verbs.labelling_runs.tag_run(self.home, str(run), add, remove)

    def update_pipeline_run(self, name_id_or_prefix: Named, *, description: str) -> "PipelineRun":
        """Change the description of a run: Markdown of at most 64 KiB; an empty one removes it."""
        return verbs.labelling_runs.update_run(self.home, str(name_id_or_prefix), description)

    def log_run_metadata(
        self, run: Named, metadata: Mapping[str, Any], *, step: "Steps | None" = None
    ) -> "PipelineRun":
        """Set keys of a run's metadata, by its name or ID; for `step` see `log_metadata`."""
        if step is not None:
            return verbs.points.log_to_run(self.home, str(run), metadata, step)
        return verbs.labelling_runs.log_run_metadata(self.home, str(run), metadata)

    def log_step_metadata(
        self, step_run_id: Named, metadata: Mapping[str, Any], *, step: "Steps | None" = None
    ) -> None:
        """Set keys of a step's metadata, by its ID; for `step` see `log_metadata`."""
        if step is not None:
            verbs.points.log_to_step(self.home, str(step_run_id), metadata, step)
        else:
            verbs.labelling_runs.log_step_metadata(self.home, str(step_run_id), metadata)

    def remove_run_metadata(self, run: Named, keys: Sequence[str]) -> "PipelineRun":
        """Remove keys of a run's own metadata, all or none; raises `NotFoundError` for another."""
        return verbs.labelling_runs.remove_run_metadata(self.home, str(run), keys)

    def create_run_metadata(
        self,
        metadata: Mapping[str, Any],
        resources: "Sequence[Resource]",
        stack_component_id: None = None,
        publisher_step_id: Named = None,  # noqa: ARG002 (who logs it is not recorded)
    ) -> None:
        """Set keys of the metadata of versions, runs and steps, by their IDs.

        Each of `resources` is a `RunMetadataResource`, or a pair of an ID and `artifact_version`,
        `pipeline_run` or `step_run`.
        """
        refuse(stack_component_id=stack_component_id)
        verbs.labelling_runs.log_metadata_of_all(self.home, metadata, resources)

    def delete_pipeline_run(
        self,
        name_id_or_prefix: str | uuid.UUID | Sequence[str | uuid.UUID],
        project: None = None,
        *,
        force: bool = False,
    ) -> list[str]:
        """Delete runs with their steps, tags and metadata, all or none; return their IDs.

        A text is a name, an ID or a prefix of one; a `UUID` is always an ID. The versions that the
        runs made are kept, and count as versions whose run was deleted. Raises `ConflictError` when
        a run is running, unless `force` is True.
        """
        refuse(project=project)
        given = name_id_or_prefix
        words = [given] if isinstance(given, str | uuid.UUID) else given
        return verbs.deleting.delete_runs(self.home, words, force=force)
