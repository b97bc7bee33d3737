"""The options of `@step`, `@pipeline` and `with_options`, and those that are in force in a run."""

import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from artifactctl.pipelines.step_options import (
    FLAGS,
    Hook,
    SharedOptions,
    layered,
    policy_of,
    retry_of,
)
from artifactctl.tags import Tag

if TYPE_CHECKING:
    from artifactctl.pipelines.files import RunConfig, StepConfig

# ZenML's options about the place where code runs and about its dashboard.
_WITHOUT_EFFECT = frozenset(
    {
        "model", "experiment_tracker", "step_operator", "enable_pipeline_logs", "secrets",
        "schedule", "build", "unlisted", "prevent_build_reuse", "runtime", "group",
        "execution_mode", "heartbeat_healthy_threshold", "enable_heartbeat", "depends_on",
    }
)  # fmt: skip

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}", re.ASCII)

Options = TypeVar("Options", "StepOptions", "PipelineOptions")


@dataclass(frozen=True)
class _OptionsInCode(SharedOptions):
    """The options that code can give."""

    def over(self, given: Mapping[str, object], what: str, *, merge: bool = True) -> Self:
        """The options with `given` ones instead; with `merge`, mappings and tags are merged.

        `what` names their owner in messages.
        """
        known = {name: value for name, value in given.items() if name not in _WITHOUT_EFFECT}
        for name in known:
            if name not in self.__dataclass_fields__:
                raise WrongUsageError(
                    f"{what} has no option {name!r}",
                    hint=f"there are {', '.join(self.__dataclass_fields__)}",
                )
        for name, value in given.items():
            if value is not None and (name == "settings" or name in _WITHOUT_EFFECT):
                recorded = " but is recorded" * (name == "settings")
                warnings.warn(f"{name!r} of {what} has no effect here{recorded}", stacklevel=3)
        return replace(self, **_changes(self, known, merge=merge))


@dataclass(frozen=True)
class StepOptions(_OptionsInCode):
    """The options of a step; None means that the pipeline's option counts.

    `output_materializers` is a materializer for all outputs, or a mapping by the outputs' names.
    """

    output_materializers: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PipelineOptions(_OptionsInCode):
    """The options of a pipeline, without its `steps` and other parts of a run file.

    `run_name` may contain placeholders; `jobs` is how many steps may run at the same time. Tags are
    the run's; those that cascade are also given to all versions that the run makes or reuses.
    `on_init` is called with `on_init_kwargs` before the first step, `on_cleanup` after the last
    one. The other options are those of all steps that do not set them.
    """

    run_name: str | None = None
    tags: tuple[str | Tag, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    on_init: Hook | None = None
    on_init_kwargs: Mapping[str, Any] = field(default_factory=dict)
    on_cleanup: Hook | None = None
    jobs: int | None = None

    def __post_init__(self) -> None:
        is_number = isinstance(self.jobs, int) and not isinstance(self.jobs, bool)
        if self.jobs is not None and not (is_number and self.jobs >= 1):
            raise InvalidInputError(
                f"jobs of a pipeline is {self.jobs!r}", hint="give a whole number from 1 on"
            )

    def under(self, other: "PipelineOptions") -> "PipelineOptions":
        """The options with those that `other` sets instead; mappings and tags are merged."""
        given = {field.name: getattr(other, field.name) for field in fields(other)}
        return replace(self, **_changes(self, given, merge=True))


_READ: Mapping[str, Callable[[Any], Any]] = {"cache_policy": policy_of, "retry": retry_of}


def _changes(options: object, given: Mapping[str, Any], *, merge: bool) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in given.items():
        if value is not None:
            converted = _READ[name](value) if name in _READ else value
            changes[name] = _merged(getattr(options, name), converted, merge=merge)
    return changes


def _merged(old: Any, new: Any, *, merge: bool) -> Any:
    if isinstance(old, tuple):
        several = (new,) if isinstance(new, str | Tag) else tuple(new)
        return (*old, *several) if merge else several
    if merge and isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **new}
    return new


def forced_flags(options: PipelineOptions, config: "RunConfig | None") -> dict[str, bool]:
    """The flags that a run file sets for all steps, also for those whose code sets them."""
    return {
        name: getattr(options, name)
        for name in FLAGS
        if config is not None and getattr(config, name) is not None
    }


def in_force(
    own: StepOptions,
    configured: "StepConfig | None",
    pipeline: PipelineOptions,
    forced: Mapping[str, bool],
) -> StepOptions:
    """The options of a step: the step in the file, then its code, then the pipeline.

    Flags in `forced` come before the step's code. Mappings are merged.
    """
    given = (configured, own, pipeline)
    layers: list[SharedOptions] = [layer for layer in given if layer is not None]
    found = layered(layers)
    for name, flag in forced.items():
        own_flag = None if configured is None else getattr(configured, name)
        found[name] = flag if own_flag is None else own_flag
    parameters = {} if configured is None else configured.parameters
    return StepOptions(
        output_materializers=own.output_materializers,
        parameters={**own.parameters, **parameters},
        **found,
    )


def flags_of(options: StepOptions | PipelineOptions) -> dict[str, bool]:
    """The flags that are set."""
    return {name: getattr(options, name) for name in FLAGS if getattr(options, name) is not None}


class FromEnvironment(str):
    """A text with values from the environment, which no record may contain."""

    # A text with an attribute, not a class around one: it goes unchanged through merging.
    secrets: frozenset[str] = frozenset()


def with_environment(options: Options) -> Options:
    """The options with the values of environment variables.

    Raises `NotFoundError` (a `KeyError`) for a variable that is not set.
    """
    if not options.extra and not options.settings:
        return options
    return replace(options, extra=_filled(options.extra), settings=_filled(options.settings))


def secrets_in(options: StepOptions | PipelineOptions) -> set[str]:
    """The values from the environment in the options."""
    texts = (*_texts(options.extra), *_texts(options.settings))
    return {value for text in texts for value in text.secrets}


def _filled(value: Any) -> Any:
    if type(value) is str and _VARIABLE.search(value):
        made = FromEnvironment(_VARIABLE.sub(lambda found: _value_of(found[1]), value))
        made.secrets = frozenset(_value_of(name) for name in _VARIABLE.findall(value))
        return made
    if isinstance(value, Mapping):
        return {key: _filled(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_filled, value))
    return value


def _value_of(name: str) -> str:
    if name not in os.environ:
        raise NotFoundError(
            f"environment variable {name!r} is not set", hint=f"set it, or remove ${{{name}}}"
        )
    return os.environ[name]


def _texts(value: Any) -> Iterator[FromEnvironment]:
    if isinstance(value, FromEnvironment):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif type(value) in (list, tuple):
        for item in value:
            yield from _texts(item)
