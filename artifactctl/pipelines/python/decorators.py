"""`@step`: a function whose results become versions when a pipeline calls it."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, ParamSpec, TypeVar, overload

from artifactctl import context
from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.pipelines.python.coercion import coerced
from artifactctl.pipelines.python.composing import current_composition
from artifactctl.pipelines.python.options import StepOptions
from artifactctl.pipelines.python.signatures import Signature, read_signature
from artifactctl.refs import check_name

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(eq=False)
class Step(Generic[P, R]):
    """A step of pipelines.

    Called in a pipeline's function it is noted, and gives handles that other steps take; called
    in another step it is the plain function; called anywhere else it runs as a pipeline of its
    own.
    """

    entrypoint: Callable[P, R]
    name: str
    options: StepOptions
    signature: Signature = field(repr=False)

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.entrypoint, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the step; `id` names this call, `after` steps that it has to wait for."""
        composition = current_composition()
        if composition is None and context.current_step() is not None:
            function: Callable[..., R] = self.entrypoint
            return function(**self._coerced(self._bind(args, kwargs)))
        invocation_id, after = kwargs.pop("id", None), kwargs.pop("after", None)
        arguments = self._bind(args, kwargs)
        if composition is not None:
            return composition.add(self, arguments, invocation_id, after)
        # What runs pipelines is loaded when one runs, not when a step is defined.
        from artifactctl.pipelines.python.pipeline import run_alone  # noqa: PLC0415

        return run_alone(self, arguments)

    def with_options(self, **given: Any) -> "Step[P, R]":
        """The same step with other options; those of `step`, and `parameters`."""
        return Step(self.entrypoint, self.name, self.options.over(given, "a step"), self.signature)

    def _coerced(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return coerced(f"step {self.name!r}", self.signature.types, arguments)

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        names = list(self.signature.parameters)
        if len(args) > len(names):
            raise TypeError(f"step {self.name!r} takes {len(names)} inputs, got {len(args)}")
        bound = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name in bound:
                raise TypeError(f"step {self.name!r} got input {name!r} twice")
            if name not in names and not self.signature.is_open:
                known = f"it takes {', '.join(names)}" if names else "it takes none"
                raise WrongUsageError(f"step {self.name!r} has no input {name!r}", hint=known)
            bound[name] = value
        return bound


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
    `output_materializers`, `substitutions`, `extra`, `on_failure` and `on_success`; ZenML's others
    are taken and mean nothing here.
    """

    def make(function: Callable[P, R]) -> Step[P, R]:
        if isinstance(function, Step):
            raise InvalidInputError(f"{function.name!r} is a step already")
        own_name = check_name(name or function.__name__)
        return Step(
            function, own_name, StepOptions().over(options, "a step"), read_signature(function)
        )

    return make if _function is None else make(_function)
