"""`@step` and `@pipeline`, which make functions steps and pipelines that can be called."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, overload

from artifactctl import client as clients
from artifactctl import context
from artifactctl.errors import InvalidInputError, StepInterfaceError
from artifactctl.pipelines.python.coercion import coerced
from artifactctl.pipelines.python.composing import Invocation, current_composition
from artifactctl.pipelines.python.configuration import (
    template_of,
    warn_of_file,
    with_file,
    with_steps,
)
from artifactctl.pipelines.python.definitions import PipelineDefinition, StepDefinition
from artifactctl.pipelines.python.options import PipelineOptions, StepOptions
from artifactctl.pipelines.python.running import (
    compose_configured,
    compose_pipeline,
    run_alone,
    run_pipeline,
)
from artifactctl.pipelines.python.signatures import needed_in, read_signature
from artifactctl.refs import check_name
from artifactctl.results.pipelines import Pipeline as RecordedPipeline
from artifactctl.results.runs import PipelineRun

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(eq=False)
class Step(StepDefinition[P, R]):
    """A step of pipelines.

    A call within a pipeline's function is noted, and gives handles that other steps take. A call
    within another step executes the plain function. Any other call runs the step as a pipeline of
    its own.

    A subclass with a method `entrypoint`, ZenML's older form, makes the same: `Mine(name=…)` is
    the step of that method, with the options of `step`.
    """

    def __new__(cls, *_fields: Any, **given: Any) -> "Step[P, R]":  # noqa: D102 (a magic method)
        made = super().__new__(cls)
        if cls is Step:
            return made
        name = given.pop("name", None) or cls.__name__
        function: Callable[P, R] = made.entrypoint  # of the subclass
        return step(name=name, **given)(function)

    def __post_init__(self) -> None:
        self._check_materializers(self.options)
        # updated=(): attributes of the function could overwrite the fields of this object.
        functools.update_wrapper(self, self.entrypoint, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the step; `id` names this call, `after` are steps that it waits for."""
        composition = current_composition()
        if composition is None and context.current_step() is not None:
            return self.call_entrypoint(*args, **kwargs)
        invocation_id, after = kwargs.pop("id", None), kwargs.pop("after", None)
        arguments = self._bind(args, kwargs)
        if composition is not None:
            return composition.add(self, arguments, invocation_id, after)
        return run_alone(self, arguments)

    @property
    def configuration(self) -> StepOptions:
        """The options of the step."""
        return self.options

    @property
    def enable_cache(self) -> bool | None:
        """The option `enable_cache`; None when it is not set."""
        return self.options.enable_cache

    def copy(self) -> "Step[P, R]":
        """The same step as an object of its own."""
        return replace(self)

    def configure(self, *, merge: bool = True, **given: Any) -> "Step[P, R]":
        """Change the options of this step, in every pipeline that uses it; return the step.

        Without `merge`, mappings such as `extra` are replaced.
        """
        options = self.options.over(given, "a step", merge=merge)
        self._check_materializers(options)
        self.options = options
        return self

    def with_options(self, *, merge: bool = True, **given: Any) -> "Step[P, R]":
        """The same step with other options: those of `step`, and `parameters`."""
        return replace(self, options=self.options.over(given, "a step", merge=merge))

    def call_entrypoint(self, *args: Any, **kwargs: Any) -> R:
        """Call the step's function alone, with converted arguments; nothing is recorded.

        Raises `StepInterfaceError` (a `TypeError`) for missing, unknown and wrong arguments.
        """
        bound = self._bind(args, kwargs)
        for name in needed_in(self.signature.parameters):
            if name not in bound:
                raise StepInterfaceError(
                    f"step {self.name!r} lacks the input {name!r}", hint="pass it to the call"
                )
        function: Callable[..., R] = self.entrypoint
        return function(**coerced(f"step {self.name!r}", self.signature.types, bound))

    def _check_materializers(self, options: StepOptions) -> None:
        """Raise `StepInterfaceError` for materializers of outputs that do not exist."""
        given, known = options.output_materializers, [o.key for o in self.signature.outputs]
        for name in given if isinstance(given, Mapping) else ():
            if name not in known:
                raise StepInterfaceError(
                    f"step {self.name!r} has no output {name!r} for a materializer",
                    hint=f"it has {', '.join(known) or 'none'}",
                )

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        names = list(self.signature.parameters)
        if len(args) > len(names):
            raise StepInterfaceError(
                f"step {self.name!r} takes {len(names)} inputs, got {len(args)}"
            )
        bound = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name in bound:
                raise StepInterfaceError(f"step {self.name!r} got input {name!r} twice")
            if name not in names and not self.signature.is_open:
                known = f"it takes {', '.join(names)}" if names else "it takes none"
                raise StepInterfaceError(f"step {self.name!r} has no input {name!r}", hint=known)
            bound[name] = value
        return bound


@dataclass(eq=False)
class Pipeline(PipelineDefinition[P]):
    """A pipeline; calling it runs it and returns the run.

    `invocations` are the calls of steps that its function made last, by their names in the run, in
    the order in which they can run; empty before it was called.
    """

    invocations: Mapping[str, Invocation] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.entrypoint, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> PipelineRun:
        """Run the pipeline: its function, which puts the steps together, and then the steps.

        Errors of a step are raised, and the run is recorded as failed.
        """
        if current_composition() is not None:  # its steps join those of the outer pipeline
            inner: PipelineRun = self.entrypoint(*args, **kwargs)
            return inner
        self.prepare(*args, **kwargs)
        run_id = run_pipeline(self, list(self.invocations.values()), args, kwargs)
        return clients.current().get_pipeline_run(run_id)

    def prepare(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call the pipeline's function, which fills `invocations`; no step runs."""
        self.invocations = {call.id: call for call in compose_pipeline(self, args, kwargs)}

    @property
    def is_prepared(self) -> bool:
        """Whether the pipeline's function was called and has called steps."""
        return bool(self.invocations)

    @property
    def model(self) -> RecordedPipeline:
        """The pipeline as the catalog records it, with its runs."""
        return clients.current().get_pipeline(self.name)

    @property
    def configuration(self) -> PipelineOptions:
        """The options of the pipeline; a run of it puts those of a file before `configure`."""
        return self.options.under(self.late)

    @property
    def enable_cache(self) -> bool | None:
        """The option `enable_cache`; None when it is not set."""
        return self.configuration.enable_cache

    def copy(self) -> "Pipeline[P]":
        """The same pipeline as an object of its own."""
        return replace(self)

    def configure(self, *, merge: bool = True, **given: Any) -> "Pipeline[P]":
        """Change the options of this pipeline; return the pipeline.

        Without `merge`, mappings such as `extra` and tags are replaced. An option that the
        pipeline's file sets too keeps the file's value in a run, as in ZenML; a warning tells.
        """
        if self.config is None:
            options = self.decorated.under(self.direct)
            self.decorated = options.over(given, "a pipeline", merge=merge)
            self.direct = PipelineOptions()
            return self
        self.late = self.late.over(given, "a pipeline", merge=merge)
        warn_of_file(self.config, given)
        return self

    def write_run_configuration_template(self, path: str | Path, stack: object = None) -> None:  # noqa: ARG002 (ZenML has it)
        """Write a run file for this pipeline in which every key is a comment with its meaning.

        Raises `MissingParametersError` (a `RuntimeError`) when the pipeline's function needs
        arguments that are not configured.
        """
        text = template_of(compose_configured(self))
        Path(path).write_text(text, encoding="utf-8")

    def with_options(
        self,
        *,
        config_path: str | Path | None = None,
        steps: Mapping[str, Any] | None = None,
        step_configurations: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> "Pipeline[P]":
        """The same pipeline with other options; see `pipeline`.

        `config_path` is a YAML file that sets names, versions, tags, parameters and the cache for
        the run and its steps; `steps` has the same form as this key of the file, and
        `step_configurations` is another name for it. Options given here override the file, and the
        file overrides decorators and annotations. `jobs` is how many steps may run at the same
        time, each in a thread of its own.
        """
        config = self.config
        if config_path is not None:
            config = with_file(self.name, Path(config_path))
        configured = step_configurations or steps
        if configured is not None:
            config = with_steps(config, configured)
        return replace(self, direct=self.direct.over(given, "a pipeline"), config=config)


@overload
def step(_function: Callable[P, R], /) -> Step[P, R]: ...
@overload
def step(
    _function: None = None, /, *, name: str | None = None, **options: Any
) -> Callable[[Callable[P, R]], Step[P, R]]: ...
def step(
    _function: Callable[P, R] | None = None, /, *, name: str | None = None, **options: Any
) -> Step[P, R] | Callable[[Callable[P, R]], Step[P, R]]:
    """Make a function a step: `@step`, or `@step(enable_cache=False, …)`.

    Options are `name`, `enable_cache`, `cache_policy`, `enable_artifact_metadata`,
    `enable_artifact_visualization`, `output_materializers`, `substitutions`, `extra`, `on_failure`
    and `on_success`; ZenML's other options are accepted, with a warning, and have no effect.
    """

    def make(function: Callable[P, R]) -> Step[P, R]:
        if isinstance(function, Step):
            raise InvalidInputError(f"{function.name!r} is a step already")
        own_name = check_name(name or function.__name__)
        return Step(
            function, own_name, StepOptions().over(options, "a step"), read_signature(function)
        )

    return make if _function is None else make(_function)


@overload
def pipeline(_function: Callable[P, Any], /) -> Pipeline[P]: ...
@overload
def pipeline(
    _function: None = None, /, *, name: str | None = None, **options: Any
) -> Callable[[Callable[P, Any]], Pipeline[P]]: ...
def pipeline(
    _function: Callable[P, Any] | None = None, /, *, name: str | None = None, **options: Any
) -> Pipeline[P] | Callable[[Callable[P, Any]], Pipeline[P]]:
    """Make a function a pipeline: `@pipeline`, or `@pipeline(enable_cache=False, …)`.

    Options are `name`, `run_name`, `enable_cache`, `cache_policy`, `enable_artifact_metadata`,
    `enable_artifact_visualization`, `jobs`, `tags`, `metadata`, `parameters`, `substitutions`,
    `extra`, `on_failure` and `on_success`; ZenML's other options are accepted, with a warning, and
    have no effect. `jobs` is how many steps may run at the same time, each in a thread of its own;
    without it they run one after the other.
    """

    def make(function: Callable[P, Any]) -> Pipeline[P]:
        own_name = check_name(name or function.__name__)
        return Pipeline(function, own_name, PipelineOptions().over(options, "a pipeline"))

    return make if _function is None else make(_function)
