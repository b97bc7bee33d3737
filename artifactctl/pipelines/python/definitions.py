"""The definitions that `@step` and `@pipeline` make of functions: data without code to run them."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from artifactctl.pipelines.python.options import PipelineOptions, StepOptions, with_environment
from artifactctl.pipelines.python.signatures import Signature, needed_in
from artifactctl.pipelines.step_options import FLAGS, MAPPINGS, VALUES

if TYPE_CHECKING:
    from artifactctl.pipelines.files import RunConfig

_OF_RUNS = ("run_name", "metadata", "parameters", "on_init", "on_init_kwargs", "on_cleanup")

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(eq=False)
class Definition(Generic[P, R]):
    """A user's function with a name."""

    entrypoint: Callable[P, R]
    name: str

    @property
    def source_code(self) -> str:
        """The code of the function; empty when it cannot be found, as for typed-in code."""
        try:
            return inspect.getsource(self.entrypoint)
        except (OSError, TypeError):
            return ""

    @property
    def docstring(self) -> str | None:
        """The docstring of the function."""
        return self.entrypoint.__doc__


@dataclass(eq=False)
class StepDefinition(Definition[P, R]):
    """A function that is a step, with its options, parameters and outputs."""

    options: StepOptions
    signature: Signature = field(repr=False)


@dataclass(eq=False)
class PipelineDefinition(Definition[P, Any]):
    """A function that puts steps together; `decorated` are the options of its decorator.

    `direct` are the options given to `with_options`, `config` is the file that they name, `late`
    are options set after the file.
    """

    decorated: PipelineOptions
    config: "RunConfig | None" = None
    direct: PipelineOptions = field(default_factory=PipelineOptions)
    late: PipelineOptions = field(default_factory=PipelineOptions)

    @property
    def needed(self) -> list[str]:
        """The names of the function's parameters without defaults."""
        return needed_in(inspect.signature(self.entrypoint).parameters)

    @property
    def options(self) -> PipelineOptions:
        """The options in force: `with_options` before the file before the decorator.

        Environment variables in those that the code sets have their values.
        """
        config, direct = self.config, with_environment(self.direct)
        if config is None:
            return with_environment(self.decorated).under(direct)
        given = {name: getattr(config, name) for name in (*FLAGS, *VALUES, *MAPPINGS, *_OF_RUNS)}
        configured = PipelineOptions(**given, tags=config.own_tags)
        return with_environment(self.decorated.under(self.late)).under(configured).under(direct)
