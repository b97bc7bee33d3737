"""`Pipeline`: a name, its tags, and the runs of that pipeline."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from artifactctl import plain_text
from artifactctl.catalog import run_rows
from artifactctl.enums import ExecutionStatus
from artifactctl.errors import NotFoundError
from artifactctl.results.asking import Origin, bind
from artifactctl.results.names import TagName
from artifactctl.results.runs import PipelineRun
from artifactctl.results.values import Converted, identifier, moment, status_of
from artifactctl.results.versions import Asking


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Pipeline(Asking):
    """A pipeline that has runs; its ID is derived from its name.

    It was `created` when its first run began, and `updated` by the last event of its latest run.
    The `tags` are its own, and independent of those of its runs.
    """

    NOUN: ClassVar[str] = "pipeline"
    SHOWN: ClassVar[tuple[str, ...]] = ("pipeline", "tags", "runs", "latest run", "created")
    CELLS: ClassVar[tuple[str, ...]] = (
        *("id", "name", "tags", "run_count", "latest_run_status", "created", "updated"),
    )

    latest_run_user = None
    """ZenML's user of the latest run, who does not exist here."""

    id: Converted[UUID] = Converted(identifier)
    name: str
    tags: tuple[TagName, ...]
    run_count: int
    latest_run_id: Converted[UUID] = Converted(identifier)
    latest_run_status: Converted[ExecutionStatus] = Converted(status_of)
    created: Converted[datetime] = Converted(moment)
    updated: Converted[datetime] = Converted(moment)

    @classmethod
    def of(cls, row: run_rows.Pipeline, origin: Origin) -> "Pipeline":
        """Return a `Pipeline` made from a row of the catalog."""
        made = cls(
            id=row.id,
            name=row.name,
            tags=tuple(TagName.of(tag, origin) for tag in row.tags),
            run_count=row.run_count,
            latest_run_id=row.latest_run_id,
            latest_run_status=row.latest_run_status,
            created=row.created,
            updated=row.updated,
        )
        return bind(made, origin)

    def __repr__(self) -> str:
        runs = plain_text.count(self.run_count, "run")
        return plain_text.escape(f"<Pipeline {self.name} ({runs}, {self.id_text})>")

    def facts(self) -> dict[str, Any]:
        """Return the facts that a notebook shows, by name."""
        return {
            "pipeline": self.name,
            "tags": self.tags,
            "runs": self.run_count,
            "latest run": self.latest_run_status,
            "updated": self._time("updated"),
            "created": self._time("created"),
            "id": self.id_text,
        }

    @property
    def runs(self) -> list[PipelineRun]:
        """The runs of this pipeline, newest first."""
        return list(
            self._answerer.list_pipeline_runs(pipeline=f"equals:{self.name}", status=None, size=0)
        )

    def get_runs(self, page: int = 1, size: int = 20) -> list[PipelineRun]:
        """Return one page of the runs of this pipeline, newest first."""
        found = self.runs[(page - 1) * size :]
        return found[:size] if size else found

    @property
    def num_runs(self) -> int:
        """The number of runs of this pipeline."""
        return self._answerer.list_pipeline_runs(
            pipeline=f"equals:{self.name}", status=None, size=1
        ).total

    @property
    def other_cells(self) -> dict[str, Any]:
        """Return the further cells of a data frame's row: none."""
        return {}

    @property
    def last_run(self) -> PipelineRun:
        """The run that began last; raises `NotFoundError` when there is none."""
        return self._newest()

    @property
    def last_successful_run(self) -> PipelineRun:
        """The completed run that began last; raises `NotFoundError` when there is none."""
        return self._newest("completed")

    def _newest(self, status: str | None = None) -> PipelineRun:
        found = self._answerer.list_pipeline_runs(
            pipeline=f"equals:{self.name}", status=status, size=1
        )
        if not found.items:
            raise NotFoundError(
                f"pipeline {self.name!r} has no {status or ''} run".replace("  ", " ")
            )
        return found[0]
