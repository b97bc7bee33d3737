"""The context of a running step: its facts, and additions to its outputs."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from artifactctl import context
from artifactctl.errors import NoContextError, StepContextError, concerning
from artifactctl.materializers.materializer_registry import materializer_of_type
from artifactctl.metadata import plain_metadata
from artifactctl.pipelines.naming import fill_known
from artifactctl.pipelines.python.options import PipelineOptions
from artifactctl.pipelines.python.points import StepPoints
from artifactctl.results.asking import altered
from artifactctl.tags import Tag, Tags, names_of

if TYPE_CHECKING:
    from artifactctl.client import Client
    from artifactctl.materializers import BaseMaterializer
    from artifactctl.materializers.registry import Materializer
    from artifactctl.results.pipelines import Pipeline
    from artifactctl.results.runs import PipelineRun
    from artifactctl.results.steps import StepRun


@dataclass
class Addition:
    """The metadata and tags that a step's function adds to one of its outputs."""

    metadata: dict[str, Any] = field(default_factory=dict)
    tags: list[str | Tag] = field(default_factory=list)


@dataclass
class StepContext:
    """The step that runs: `get_step_context()` gives it inside of a step's function.

    `configured_of_run` and `configured_of_step` are the configured `extra` and `settings` with
    their secrets, which the recorded ones lack. `pipeline_state` is the result of the pipeline's
    `on_init`. `materializers` are the types of each output's objects, and the materializers that
    the step gives for them.
    """

    client: "Client"
    scope: context.StepScope
    parameters: Mapping[str, Any]
    additions: dict[str, Addition]
    configured_of_run: Mapping[str, Any] = field(default_factory=dict)
    configured_of_step: Mapping[str, Any] = field(default_factory=dict)
    pipeline_state: Any = None
    materializers: Mapping[str, tuple[Sequence[type], Any]] = field(default_factory=dict)

    @cached_property
    def points(self) -> StepPoints:
        """The points that the step logs."""
        return StepPoints(self.client.home.origin, self.scope.step_id)

    @property
    def step_name(self) -> str:
        """The step's name in the run."""
        return self.scope.step

    @property
    def pipeline_name(self) -> str:
        """The pipeline's name."""
        return self.scope.pipeline

    @property
    def run_name(self) -> str:
        """The run's name."""
        return self.scope.run_name

    @property
    def substitutions(self) -> Mapping[str, str]:
        """The texts of the placeholders in names."""
        return self.scope.substitutions

    @property
    def pipeline_run(self) -> "PipelineRun":
        """The run as it is recorded, with the configured values."""
        run = self.client.get_pipeline_run(self.scope.run_id)
        return altered(run, details={**run.details, **self.configured_of_run})

    @property
    def step_run(self) -> "StepRun":
        """The step as it is recorded, with the configured values."""
        step = self.client.get_run_step(self.scope.step_id)
        return altered(step, details={**step.details, **self.configured_of_step})

    @property
    def model(self) -> None:
        """None: there are no ZenML models here."""

    @property
    def model_version(self) -> None:
        """None, as `model`."""

    @property
    def pipeline(self) -> "Pipeline":
        """The pipeline with its runs."""
        return self.client.get_pipeline(self.scope.pipeline)

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The versions that the step takes, by the input's name."""
        return self.step_run.inputs

    def add_output_metadata(
        self, metadata: Mapping[str, Any], output_name: str | None = None
    ) -> None:
        """Add metadata to an output; the name is needed when there are several."""
        self._addition(output_name).metadata.update(plain_metadata(metadata))

    def add_output_tags(self, tags: Tags, output_name: str | None = None) -> None:
        """Add tags to an output; the name is needed when there are several."""
        kept = self._addition(output_name).tags
        with concerning(
            f"output {output_name or next(iter(self.additions))!r} of step {self.step_name!r}"
        ):
            names_of(tags)
        kept.extend([tags] if isinstance(tags, str | Tag) else tags)

    def remove_output_tags(self, tags: Tags, output_name: str | None = None) -> None:
        """Remove tags that the step has added to an output."""
        unwanted, kept = set(names_of(tags)), self._addition(output_name).tags
        kept[:] = [tag for tag in kept if names_of(tag)[0] not in unwanted]

    def get_output_metadata(self, output_name: str | None = None) -> dict[str, Any]:
        """The metadata that the step has added to an output."""
        return dict(self._addition(output_name).metadata)

    def get_output_tags(self, output_name: str | None = None) -> list[str]:
        """The tags that the step has added to an output."""
        return names_of(self._addition(output_name).tags)

    def get_output_artifact_uri(self, output_name: str | None = None) -> str:
        """A folder in the store for files that the step writes itself; it is made here.

        The folder is the user's: no command changes or deletes it. What is returned by the step is
        stored elsewhere, by its content.
        """
        key = self._key(output_name)
        store = self.client.active_stack.artifact_store
        folder = os.path.join(store.path, "outputs", self.scope.step_id, quote(key, safe=""))
        store.makedirs(folder)
        return folder

    def get_output_materializer(
        self,
        output_name: str | None = None,
        custom_materializer_class: "Materializer | None" = None,
        data_type: type | None = None,
    ) -> "BaseMaterializer":
        """A materializer of an output, for files in the folder of `get_output_artifact_uri`.

        It is the output's own one (of a union, that for `data_type`, or for its first type), or one
        of another class.
        """
        folder = self.get_output_artifact_uri(output_name)
        kinds, given = self.materializers[self._key(output_name)]
        kind = data_type or next(iter(kinds), object)
        return (custom_materializer_class or materializer_of_type(kind, given))(folder)

    def _addition(self, output_name: str | None) -> Addition:
        return self.additions[self._key(output_name)]

    def _key(self, output_name: str | None) -> str:
        """The key of an output; raises `StepContextError` when it is not clear which is meant."""
        if not self.additions:
            raise StepContextError(f"step {self.step_name!r} has no outputs")
        if output_name is None and len(self.additions) > 1:
            raise StepContextError(
                f"step {self.step_name!r} has several outputs: {', '.join(self.additions)}",
                hint="give output_name",
            )
        key = next(iter(self.additions)) if output_name is None else self._key_of(output_name)
        if key not in self.additions:
            raise StepContextError(
                f"step {self.step_name!r} has no output {key!r}",
                hint=f"it has {', '.join(self.additions)}",
            )
        return key

    def _key_of(self, output_name: str) -> str:
        """The key of an output, from the key or from its name with placeholders filled."""
        filled = {fill_known(key, self.substitutions): key for key in self.additions}
        return filled.get(output_name, output_name)


@dataclass(frozen=True)
class PipelineContext:
    """The pipeline whose function is executing."""

    name: str
    options: PipelineOptions

    @property
    def extra(self) -> Mapping[str, Any]:
        """The pipeline's option `extra`."""
        return self.options.extra

    @property
    def settings(self) -> Mapping[str, Any]:
        """The pipeline's option `settings`."""
        return self.options.settings

    @property
    def enable_cache(self) -> bool | None:
        """The pipeline's option `enable_cache`; None when it is not set."""
        return self.options.enable_cache

    @property
    def enable_artifact_metadata(self) -> bool | None:
        """The pipeline's option `enable_artifact_metadata`; None when it is not set."""
        return self.options.enable_artifact_metadata

    @property
    def enable_artifact_visualization(self) -> bool | None:
        """The pipeline's option `enable_artifact_visualization`; None when it is not set."""
        return self.options.enable_artifact_visualization

    @property
    def enable_step_logs(self) -> bool | None:
        """The pipeline's option `enable_step_logs`; None when it is not set."""
        return self.options.enable_step_logs

    @property
    def model(self) -> None:
        """None: there are no ZenML models here."""


_step: ContextVar[StepContext | None] = ContextVar("artifactctl_step_context", default=None)
_running: list[StepContext] = []
_pipeline: ContextVar[PipelineContext | None] = ContextVar("artifactctl_pipeline", default=None)


def find_step_context() -> StepContext | None:
    """The context of the step that runs, if any.

    In a thread without a context, it is that of the only running step.
    """
    # A thread that the step has started has no context variables of the step.
    found = _step.get()
    return _running[0] if found is None and len(_running) == 1 else found


def get_step_context() -> StepContext:
    """The context of the step that runs; raises `WrongUsageError` (a `RuntimeError`) elsewhere."""
    found = find_step_context()
    if found is None:
        raise NoContextError(
            "get_step_context() works inside of a step that runs",
            hint="outside use Client().get_pipeline_run(…)",
        )
    return found


def get_pipeline_context() -> PipelineContext:
    """The pipeline whose function is executing; raises `WrongUsageError` elsewhere."""
    found = _pipeline.get()
    if found is None:
        where = "Inside a step" if find_step_context() is not None else "No active pipeline"
        raise NoContextError(
            f"{where}: get_pipeline_context() works while a pipeline's function is executing",
            hint="in a step use get_step_context().pipeline_run",
        )
    return found


@contextmanager
def running(found: StepContext) -> Iterator[StepContext]:
    """Make `found` the step that runs, during the block."""
    token = _step.set(found)
    _running.append(found)
    try:
        with context.executing(found.scope):
            yield found
    finally:
        _running.remove(found)
        _step.reset(token)


@contextmanager
def composing(found: PipelineContext) -> Iterator[None]:
    """Make `found` the pipeline whose function is executing, during the block."""
    token = _pipeline.set(found)
    try:
        yield
    finally:
        _pipeline.reset(token)
