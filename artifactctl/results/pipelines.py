"""Pipelines as users hold them: a name, and the runs under it."""

from dataclasses import dataclass
from typing import Any

from artifactctl import plain_text
from artifactctl.errors import NotFoundError
from artifactctl.results.asking import Origin, bind
from artifactctl.results.recorded import Asking, PipelineRun


@dataclass(frozen=True, repr=False, eq=False)
class Pipeline(Asking):
    """A pipeline that has run."""

    name: str

    def __repr__(self) -> str:
        return plain_text.escape(f"<Pipeline {self.name}>")

    def facts(self) -> dict[str, Any]:
        """What a notebook shows of it, by name."""
        return {"pipeline": self.name}

    @property
    def runs(self) -> list[PipelineRun]:
        """Its runs, newest first."""
        return list(
            self._answerer.list_pipeline_runs(pipeline=f"equals:{self.name}", status=None, size=0)
        )

    @property
    def last_run(self) -> PipelineRun:
        """The run that began last."""
        return self._newest()

    @property
    def last_successful_run(self) -> PipelineRun:
        """The one that began last of those completed; raises `NotFoundError` without any."""
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
    """The pipeline of that name in the home that is the origin."""
    return bind(Pipeline(name), origin)
