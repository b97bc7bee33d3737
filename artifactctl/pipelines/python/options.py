"""The options of `@step`, `@pipeline` and `with_options`."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.pipelines.cache_policy import CachePolicy, policy_of
from artifactctl.tags import Tag

# ZenML's options about the place where code runs and about its dashboard.
_MEANINGLESS = frozenset(
    {
        "settings", "model", "experiment_tracker", "step_operator", "retry",
        "enable_step_logs", "enable_pipeline_logs", "environment",
        "secrets", "schedule", "build", "unlisted", "prevent_build_reuse", "runtime", "group",
        "execution_mode", "heartbeat_healthy_threshold", "enable_heartbeat", "depends_on",
    }
)  # fmt: skip

Hook = Callable[..., Any]

_Options = TypeVar("_Options", "StepOptions", "PipelineOptions")


@dataclass(frozen=True)
class StepOptions:
    """The options of a step; None means that the pipeline's option counts.

    `output_materializers` is a materializer for all outputs, or a mapping by the outputs' names.
    """

    enable_cache: bool | None = None
    cache_policy: CachePolicy | None = None
    enable_artifact_metadata: bool | None = None
    enable_artifact_visualization: bool | None = None
    output_materializers: Any = None
    substitutions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    on_failure: Hook | None = None
    on_success: Hook | None = None

    def over(self, given: Mapping[str, object], what: str) -> "StepOptions":
        """The options with `given` ones instead; mappings are merged."""
        return _over(self, given, what)


@dataclass(frozen=True)
class PipelineOptions:
    """The options of a pipeline, without its `steps` and other parts of a run file.

    `run_name` may contain placeholders; `jobs` is how many steps may run at the same time. Tags are
    the run's; those that cascade are also given to all versions that the run makes or reuses.
    """

    enable_cache: bool | None = None
    cache_policy: CachePolicy | None = None
    enable_artifact_metadata: bool | None = None
    enable_artifact_visualization: bool | None = None
    run_name: str | None = None
    tags: tuple[str | Tag, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    substitutions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    on_failure: Hook | None = None
    on_success: Hook | None = None
    jobs: int | None = None

    def __post_init__(self) -> None:
        is_number = isinstance(self.jobs, int) and not isinstance(self.jobs, bool)
        if self.jobs is not None and not (is_number and self.jobs >= 1):
            raise InvalidInputError(
                f"jobs of a pipeline is {self.jobs!r}", hint="give a whole number from 1 on"
            )

    def over(self, given: Mapping[str, object], what: str) -> "PipelineOptions":
        """The options with `given` ones instead; mappings and tags are merged."""
        return _over(self, given, what)

    def under(self, other: "PipelineOptions") -> "PipelineOptions":
        """The options with those that `other` sets instead; mappings and tags are merged."""
        return _over(self, {field.name: getattr(other, field.name) for field in fields(other)}, "")


def _over(options: _Options, given: Mapping[str, object], what: str) -> _Options:
    changes: dict[str, Any] = {}
    for name, value in given.items():
        if name in _MEANINGLESS:
            if value is not None:
                warnings.warn(f"{name!r} of {what} means nothing here", stacklevel=4)
            continue
        if name not in options.__dataclass_fields__:
            raise WrongUsageError(
                f"{what} has no option {name!r}",
                hint=f"there are {', '.join(options.__dataclass_fields__)}",
            )
        said = policy_of(value) if name == "cache_policy" else value
        changes[name] = _merged(getattr(options, name), said)
    return replace(options, **changes)


def _merged(old: Any, new: Any) -> Any:
    if new is None:
        return old
    if isinstance(old, tuple):
        several = (new,) if isinstance(new, str | Tag) else tuple(new)
        return (*old, *several)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **new}
    return new
