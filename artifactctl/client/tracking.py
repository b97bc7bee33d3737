"""What can be read of runs: pipelines, their runs, the steps of these."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack, cast

from artifactctl.catalog import rows
from artifactctl.catalog.reading import listing
from artifactctl.client.reading import Reader
from artifactctl.client.wishes import AlsoCalled, Filter, Named, listing_of, named, ref_of
from artifactctl.errors import NotFoundError
from artifactctl.refs import run_name
from artifactctl.results.pages import Page

if TYPE_CHECKING:
    from artifactctl.client import Client
    from artifactctl.client.choosing import CompareArguments
    from artifactctl.client.describing import RunDescription
    from artifactctl.client.lineage import Lineage
    from artifactctl.compare import Comparison
    from artifactctl.results.pipelines import Pipeline
    from artifactctl.results.recorded import PipelineRun, StepRun


class Tracker(Reader):
    """The runs of one home, as far as they are only looked at."""

    def get_pipeline_run(
        self,
        name_id_or_prefix: Named = None,
        allow_name_prefix_match: bool = True,  # noqa: ARG002 (names are whole, here)
        project: None = None,
        hydrate: bool = True,  # noqa: ARG002 (nothing is left out in any case)
        include_full_metadata: bool = True,  # noqa: ARG002 (as before)
        **also: Unpack[AlsoCalled],
    ) -> "PipelineRun":
        """The newest run of that name, or the one with that ID or start of an ID."""
        asked = named(name_id_or_prefix, also, project=project)
        return self.run_of(_runs().find_run(self.catalog, asked))

    def list_pipeline_runs(
        self,
        sort_by: str | Sequence[str] = "",
        page: int = 1,
        size: int = 20,
        logical_operator: str = "and",
        **filters: Filter,
    ) -> "Page[PipelineRun]":
        """One page of runs, newest first; `size` 0 lists everything.

        `filters` are `id`, `name`, `pipeline`, `status`, `tag`, `created`, `started`, `ended` and
        `metadata`, which are those of the run and of its steps; each `VALUE` or `OPERATOR:VALUE`,
        or several of them.
        """
        if "pipeline_name" in filters:  # as ZenML calls it
            filters["pipeline"] = filters.pop("pipeline_name")
        wish = listing_of(page, size, sort_by, logical_operator, filters)
        found = listing.list_runs(self.catalog, wish, self.run_of)
        return Page.of(found, _results().PipelineRun)

    def get_pipeline(
        self,
        name_id_or_prefix: Named = None,
        project: None = None,
        hydrate: bool = True,  # noqa: ARG002 (as above)
        **also: Unpack[AlsoCalled],
    ) -> "Pipeline":
        """The pipeline of that name with its runs; raises `NotFoundError` when it has none."""
        asked = named(name_id_or_prefix, also, project=project)
        if _runs().latest_run(self.catalog, asked) is None:
            raise NotFoundError(
                f"no pipeline {asked!r} has run", hint="see 'artifactctl runs list'"
            )
        made: Pipeline = _pipelines().pipeline_called(asked, self.origin)
        return made

    def get_run_step(
        self,
        step_run_id: Named,
        hydrate: bool = True,  # noqa: ARG002 (as above)
    ) -> "StepRun":
        """The step of a run with that ID."""
        run = self.run_of(_runs().find_run_of_step(self.catalog, str(step_run_id)))
        return next(step for step in run.steps.values() if step.id == str(step_run_id))

    def describe_pipeline_run(
        self, name_id_or_prefix: Named = None, **also: Unpack[AlsoCalled]
    ) -> "RunDescription":
        """A run with all that its steps took and gave, by name; deleted versions included."""
        asked = named(name_id_or_prefix, also)
        described: RunDescription = _describing().describe_run(self, asked)
        return described

    def lineage(
        self,
        ref: Named,
        version: str | int | None = None,
        *,
        upstream: bool = True,
        downstream: bool = True,
        depth: int | None = None,
    ) -> "Lineage":
        """What a version, or a run (`run:NAME_OR_ID`), was made from, and what was made from it.

        `depth` is how many versions away the graph ends.
        """
        # Nothing else needs it.
        from artifactctl.client import lineage  # noqa: PLC0415

        client, reach = cast("Client", self), lineage.Reach(upstream, downstream, depth)
        run = run_name(str(ref)) if version is None else None
        if run is not None:
            return lineage.of_run(client, run, reach)
        return lineage.of_version(client, ref_of(str(ref), version), reach)

    def compare(self, *references: str, **arguments: Unpack["CompareArguments"]) -> "Comparison":
        """Versions, or runs (`run:NAME_OR_ID`), side by side; see `CompareArguments`."""
        # Nothing else needs it.
        from artifactctl.client.comparing import compare_found  # noqa: PLC0415

        return compare_found(self, references, arguments)

    def run_of(self, row: rows.Run) -> "PipelineRun":
        """A row of the catalog as users see it."""
        run: PipelineRun = _results().PipelineRun.of(row, self.origin)
        return run


# Who asks for no runs should not pay for the code for them.
def _runs() -> Any:

    from artifactctl.catalog.reading import finding_runs  # noqa: PLC0415

    return finding_runs


def _results() -> Any:
    from artifactctl.results import recorded  # noqa: PLC0415

    return recorded


def _pipelines() -> Any:
    from artifactctl.results import pipelines  # noqa: PLC0415

    return pipelines


def _describing() -> Any:
    from artifactctl.client import describing  # noqa: PLC0415

    return describing
