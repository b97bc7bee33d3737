"""`@pipeline`: a function that puts steps together, and runs them when it is called."""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, overload

from artifactctl import client as clients
from artifactctl.errors import InvalidInputError
from artifactctl.pipelines import provenance
from artifactctl.pipelines.python import step_context
from artifactctl.pipelines.python.coercion import coerced
from artifactctl.pipelines.python.composing import Invocation, compose, current_composition
from artifactctl.pipelines.python.executing import execute
from artifactctl.pipelines.python.fitting import pipeline_misfits, raise_misfits
from artifactctl.pipelines.python.inputs import is_known
from artifactctl.pipelines.python.options import PipelineOptions
from artifactctl.pipelines.python.plan import Plan, first_said, make_plan
from artifactctl.pipelines.python.signatures import types_of
from artifactctl.pipelines.python.telling import telling
from artifactctl.refs import check_name
from artifactctl.results.pipelines import Pipeline as RecordedPipeline
from artifactctl.results.recorded import PipelineRun

if TYPE_CHECKING:
    from artifactctl.pipelines.files import RunConfig, StepConfig
    from artifactctl.pipelines.python.decorators import Step

P = ParamSpec("P")

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(eq=False)
class Pipeline(Generic[P]):
    """A pipeline; calling it runs it and returns the run."""

    entrypoint: Callable[P, Any]
    name: str
    decorated: PipelineOptions
    config: "RunConfig | None" = None
    direct: PipelineOptions = field(default_factory=PipelineOptions)

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.entrypoint, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> PipelineRun:
        """Run it: first its function, which puts the steps together, then the steps.

        Raises what a step raises; the run is then recorded as failed.
        """
        if current_composition() is not None:  # its steps become those of the outer pipeline
            inner: PipelineRun = self.entrypoint(*args, **kwargs)
            return inner
        client = clients.current()
        plan = self.planned(*args, **kwargs)
        watch = telling(plan.pipeline, plan.run_name)
        run_id, _ = execute(client, plan, self.details(), watch)
        return client.get_pipeline_run(run_id)

    def planned(self, *args: P.args, **kwargs: P.kwargs) -> Plan:
        """What calling it would run: its function puts the steps together, none of them runs."""
        calls = self.composed(*args, **kwargs)
        return make_plan(self.name, self.options, calls, self.config, datetime.now(UTC))

    def composed(self, *args: P.args, **kwargs: P.kwargs) -> list[Invocation]:
        """The calls of steps that its function makes, in order."""
        options = self.options
        with step_context.composing(step_context.PipelineContext(self.name, options)):
            parameters = self._parameters(args, kwargs, options.parameters)
            with compose() as composition:
                self.entrypoint(*parameters.args, **parameters.kwargs)
        return composition.in_order()

    def details(self) -> dict[str, Any]:
        """What is recorded of where it runs and of its code."""
        source = inspect.getsourcefile(inspect.unwrap(self.entrypoint))
        return {
            **provenance.run_facts(provenance.folder_of(source)),
            "source": f"{self.entrypoint.__module__}:{self.entrypoint.__qualname__}",
        }

    @property
    def model(self) -> RecordedPipeline:
        """The pipeline as the catalog knows it, with its runs."""
        return clients.current().get_pipeline(self.name)

    def with_options(
        self,
        *,
        config_path: str | Path | None = None,
        steps: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> "Pipeline[P]":
        """The same pipeline with other options; see `pipeline`.

        `config_path` is a YAML file that sets names, versions, tags, parameters and the cache for
        the run and its steps; `steps` is what it says under that key. What stands here directly
        wins over the file, the file over what decorators and annotations say.
        """
        from artifactctl.pipelines.files import read_run_file, run_config_of  # noqa: PLC0415

        config = self.config
        if config_path is not None:
            config = read_run_file(Path(config_path), for_python=True)
            _check_is_for(config, self.name, config_path)
        if steps is not None:
            direct = run_config_of({"steps": _plain_steps(steps)}, "with_options()")
            config = direct if config is None else _with_steps(config, direct)
        return replace(self, direct=self.direct.over(given, "a pipeline"), config=config)

    @property
    def options(self) -> PipelineOptions:
        """What is in force: `with_options` before the file before the decorator."""
        config = self.config
        if config is None:
            return self.decorated.under(self.direct)
        said = PipelineOptions(
            run_name=config.run_name,
            enable_cache=config.enable_cache,
            enable_artifact_metadata=config.enable_artifact_metadata,
            cache_policy=config.cache_policy,
            tags=config.own_tags,
            metadata=config.metadata,
            substitutions=config.substitutions,
            parameters=config.parameters,
            extra=config.extra,
        )
        return self.decorated.under(said).under(self.direct)

    def _parameters(
        self, args: Any, kwargs: Any, configured: Mapping[str, Any]
    ) -> inspect.BoundArguments:
        """What the function is called with, of the annotated types: arguments, else configured.

        One that is both, with different values, is an error.
        """
        signature = inspect.signature(self.entrypoint)
        bound = signature.bind_partial(*args, **kwargs)
        given = bound.arguments
        raise_misfits(self.name, pipeline_misfits(self, configured, given), self.config)
        variadic = {p.name for p in signature.parameters.values() if p.kind in _VARIADIC}
        known = {k: v for k, v in given.items() if k not in variadic and is_known(v)}
        types = types_of(self.entrypoint)
        given |= coerced(f"pipeline {self.name!r}", types, {**configured, **known})
        return signature.bind(*bound.args, **bound.kwargs)


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
    `tags`, `metadata`, `parameters`, `substitutions`, `extra`, `on_failure` and `on_success`;
    ZenML's others are taken and mean nothing here.
    """

    def make(function: Callable[P, Any]) -> Pipeline[P]:
        own_name = check_name(name or function.__name__)
        return Pipeline(function, own_name, PipelineOptions().over(options, "a pipeline"))

    return make if _function is None else make(_function)


def run_alone(step: "Step[Any, Any]", arguments: Mapping[str, Any]) -> Any:
    """Run a step as the only one of a pipeline of its name; return what it gave."""
    client = clients.current()
    with compose() as composition:
        composition.add(step, arguments, None, None)
    options = PipelineOptions()
    plan = make_plan(step.name, options, composition.in_order(), None, datetime.now(UTC))
    watch = telling(plan.pipeline, plan.run_name)
    _, published = execute(client, plan, provenance.run_facts(None), watch)
    values = [version.load(allow_pickle=True) for version in published[step.name].values()]
    if step.signature.returns_several:
        return tuple(values)
    return values[0] if values else None


def _check_is_for(config: "RunConfig", name: str, path: str | Path) -> None:
    said = None if config.pipeline is None else config.pipeline.rpartition(":")[2]
    if said not in (None, name):
        raise InvalidInputError(f"{path} is for pipeline {said!r}, not for {name!r}")


def _plain_steps(steps: Mapping[str, Any]) -> dict[str, Any]:
    return {name: dict(value) for name, value in steps.items()}


def _with_steps(config: "RunConfig", direct: "RunConfig") -> "RunConfig":
    """What a file says of steps, and on top of it what is said directly."""
    merged = dict(config.steps)
    for name, step in direct.steps.items():
        old = merged.get(name)
        merged[name] = step if old is None else _merged(old, step)
    return replace(config, steps=merged)


def _merged(old: "StepConfig", new: "StepConfig") -> "StepConfig":
    return replace(
        old,
        enable_cache=first_said(new.enable_cache, old.enable_cache),
        enable_artifact_metadata=first_said(
            new.enable_artifact_metadata, old.enable_artifact_metadata
        ),
        cache_policy=first_said(new.cache_policy, old.cache_policy),
        extra={**old.extra, **new.extra},
        settings={**old.settings, **new.settings},
        parameters={**old.parameters, **new.parameters},
        substitutions={**old.substitutions, **new.substitutions},
        outputs={**old.outputs, **new.outputs},
    )
