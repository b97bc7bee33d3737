"""The definitions that `@step` and `@pipeline` make of functions: data without code to run them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from artifactctl.pipelines.python.options import PipelineOptions, StepOptions
from artifactctl.pipelines.python.signatures import Signature

if TYPE_CHECKING:
    from artifactctl.pipelines.files import RunConfig

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(eq=False)
class StepDefinition(Generic[P, R]):
    """A function that is a step, with its options, parameters and outputs."""

    entrypoint: Callable[P, R]
    name: str
    options: StepOptions
    signature: Signature = field(repr=False)


@dataclass(eq=False)
class PipelineDefinition(Generic[P]):
    """A function that puts steps together; `decorated` are the options of its decorator.

    `direct` are the options given to `with_options`, `config` is the file that they name.
    """

    entrypoint: Callable[P, Any]
    name: str
    decorated: PipelineOptions
    config: "RunConfig | None" = None
    direct: PipelineOptions = field(default_factory=PipelineOptions)

    @property
    def options(self) -> PipelineOptions:
        """The options in force: `with_options` before the file before the decorator."""
        config = self.config
        if config is None:
            return self.decorated.under(self.direct)
        said = PipelineOptions(
            run_name=config.run_name,
            enable_cache=config.enable_cache,
            enable_artifact_metadata=config.enable_artifact_metadata,
            enable_artifact_visualization=config.enable_artifact_visualization,
            cache_policy=config.cache_policy,
            tags=config.own_tags,
            metadata=config.metadata,
            substitutions=config.substitutions,
            parameters=config.parameters,
            extra=config.extra,
        )
        return self.decorated.under(said).under(self.direct)
