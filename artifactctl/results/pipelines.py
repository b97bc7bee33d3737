"""`Pipeline`: a name, and the runs of that pipeline."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from artifactctl import plain_text
from artifactctl.errors import NotFoundError
from artifactctl.refs import pipeline_id
from artifactctl.results.asking import Origin, bind
from artifactctl.results.recorded import Asking, PipelineRun
from artifactctl.results.values import Converted, TagName, identifier


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Pipeline(Asking):
    """A pipeline that has at least one run; its ID is derived from its name."""

    NOUN: ClassVar[str] = "pipeline"
    SHOWN: ClassVar[tuple[str, ...]] = ("pipeline",)
    CELLS: ClassVar[tuple[str, ...]] = ("id", "name")

    id: Converted[UUID] = Converted(identifier)
    name: str

    def __repr__(self) -> str:
        return plain_text.escape(f"<Pipeline {self.name}>")

    def facts(self) -> dict[str, Any]:
        """Return the facts that a notebook shows, by name."""
        return {"pipeline": self.name, "id": self.id_text}

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
    def tags(self) -> tuple[TagName, ...]:
        """The pipeline's own tags, which are independent of those of its runs."""
        return tuple(
            TagName(tag, None, self._origin) for tag in self._answerer.tags_of_pipeline(self.name)
        )

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


def pipeline_called(name: str, origin: Origin) -> Pipeline:
    """Return the pipeline of that name, with the origin's home."""
    return bind(Pipeline(id=pipeline_id(name), name=name), origin)
