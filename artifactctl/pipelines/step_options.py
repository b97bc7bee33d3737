"""The options that a step can have, and that can also be set for all steps of a run.

They are the same in code (`@step`, `@pipeline`) and in a run file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from artifactctl.errors import InvalidInputError

Hook: TypeAlias = Callable[..., Any] | str | Mapping[str, str]
"""A function, its name as `module.function`, or its `module` and `attribute`."""


@dataclass(frozen=True, kw_only=True)
class CachePolicy:
    """The parts of the cache key, for a step or for all steps of a pipeline.

    The step's code includes the project code that it uses; parameters are arguments that are not
    versions. An input that is a version counts by its content, or, where its content has no digest,
    by its ID if `include_artifact_ids` is set. `ignored_inputs` are inputs and parameters that do
    not count. `file_dependencies` are files whose content counts. `source_dependencies` are
    modules, classes and functions whose code counts, given as objects, as `module.name` or as
    `module` and `attribute`. `cache_func` is a function without parameters whose text counts.
    Outputs are reused for `expires_after` seconds.
    """

    include_step_code: bool = True
    include_step_parameters: bool = True
    include_artifact_values: bool = True
    include_artifact_ids: bool = True
    ignored_inputs: Sequence[str] | None = None
    file_dependencies: Sequence[str] | None = None
    source_dependencies: Sequence[Any] | None = None
    cache_func: Callable[[], str] | str | Mapping[str, str] | None = None
    expires_after: float | None = None

    def __post_init__(self) -> None:
        for name in ("ignored_inputs", "file_dependencies", "source_dependencies"):
            if isinstance(getattr(self, name), str):
                raise InvalidInputError(f"{name} of a cache policy is a list", hint="write [ … ]")
        function, seconds = self.cache_func, self.expires_after
        if function is not None and not (isinstance(function, str | Mapping) or callable(function)):
            raise InvalidInputError(
                f"cache_func of a cache policy is a function, not {function!r}",
                hint="give it without calling it, or as 'module.name'",
            )
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if seconds is not None and not (is_number and seconds >= 0):
            raise InvalidInputError(
                f"expires_after of a cache policy is {seconds!r}", hint="give seconds"
            )

    @classmethod
    def default(cls) -> "CachePolicy":
        """The policy of steps for which none is configured."""
        return cls()

    @classmethod
    def from_string(cls, value: str) -> "CachePolicy":
        """The policy of a name, which can only be `default`; raises `InvalidInputError`."""
        if value.lower() != "default":
            raise InvalidInputError(
                "there is no cache policy {}",
                given=value,
                hint="write 'default', or a CachePolicy",
            )
        return cls()


def policy_of(value: object) -> CachePolicy | None:
    """The policy of a `cache_policy=` option: a policy, its name, or its options by name."""
    if value is None or isinstance(value, CachePolicy):
        return value
    if isinstance(value, str):
        return CachePolicy.from_string(value)
    known = [one.name for one in fields(CachePolicy)]
    if not isinstance(value, Mapping):
        raise InvalidInputError(
            f"cache_policy is a {type(value).__qualname__}", hint="give a CachePolicy"
        )
    for name in value:
        if name not in known:
            raise InvalidInputError(
                f"a cache policy has no {name!r}", hint=f"it has {', '.join(known)}"
            )
    return CachePolicy(**value)


@dataclass(frozen=True)
class StepRetryConfig:
    """The retries of a step that fails.

    The first retry comes after `delay` seconds; each further delay is `backoff` times as long.
    """

    max_retries: int = 1
    delay: float = 0
    backoff: float = 0

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            kinds = (int,) if one.name == "max_retries" else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds) or not value >= 0:
                raise InvalidInputError(
                    f"{one.name} of a step's retries is {value!r}", hint="give a number from 0 on"
                )

    @property
    def delays_s(self) -> Iterator[float]:
        """The seconds to wait before each retry."""
        delay = float(self.delay)
        for _ in range(self.max_retries):
            yield delay
            delay *= self.backoff or 1


def retry_of(value: object) -> StepRetryConfig | None:
    """The retries of a `retry=` option: a `StepRetryConfig`, its options by name, or None."""
    if value is None or isinstance(value, StepRetryConfig):
        return value
    known = [one.name for one in fields(StepRetryConfig)]
    if isinstance(value, Mapping) and set(value) <= set(known):
        return StepRetryConfig(**value)
    raise InvalidInputError(
        f"retry={value!r} is no configuration of retries",
        hint=f"give a StepRetryConfig with {', '.join(known)}",
    )


@dataclass(frozen=True)
class SharedOptions:
    """The options that a step and a whole run have in common; None means that one is not set.

    `extra` is for the code, `settings` are only recorded. `environment` are variables that are set
    while a step's function is executing, `substitutions` texts for placeholders in names.
    """

    enable_cache: bool | None = None
    cache_policy: CachePolicy | None = None
    enable_artifact_metadata: bool | None = None
    enable_artifact_visualization: bool | None = None
    enable_step_logs: bool | None = None
    substitutions: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    retry: StepRetryConfig | None = None
    on_failure: Hook | None = None
    on_success: Hook | None = None

    @property
    def configured(self) -> Mapping[str, Any]:
        """The `extra` and `settings` that are set, which the code of steps can ask for."""
        found = {"extra": self.extra, "settings": self.settings}
        return {key: value for key, value in found.items() if value}


_FIELDS = fields(SharedOptions)
FLAGS = tuple(one.name for one in _FIELDS if one.name.startswith("enable_"))
"""The options that are true, false or not set."""
MAPPINGS = tuple(one.name for one in _FIELDS if one.default_factory is dict)
"""The options that are merged: the file's keys over those of the code."""
VALUES = tuple(one.name for one in _FIELDS if one.name not in (*FLAGS, *MAPPINGS))
"""The options of which the first value that is set counts."""


def layered(layers: Sequence[SharedOptions]) -> dict[str, Any]:
    """The options in force, by name; earlier layers come before later ones."""
    found = {name: _first(getattr(layer, name) for layer in layers) for name in (*FLAGS, *VALUES)}
    for name in MAPPINGS:
        found[name] = {k: v for layer in layers[::-1] for k, v in getattr(layer, name).items()}
    return found


def _first(values: Iterable[object]) -> object:
    return next((value for value in values if value is not None), None)
