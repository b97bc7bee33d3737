"""The options of `@step`, `@pipeline` and `with_options`."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.pipelines.cache_policy import CachePolicy, policy_of
from artifactctl.pipelines.retry import StepRetryConfig, retry_of
from artifactctl.tags import Tag

# ZenML's options about the place where code runs and about its dashboard.
_MEANINGLESS = frozenset(
    {
        "model", "experiment_tracker", "step_operator", "enable_pipeline_logs", "secrets",
        "schedule", "build", "unlisted", "prevent_build_reuse", "runtime", "group",
        "execution_mode", "heartbeat_healthy_threshold", "enable_heartbeat", "depends_on",
    }
)  # fmt: skip

Hook = Callable[..., Any] | str | Mapping[str, str]
"""A function, its name as `module.function`, or its `module` and `attribute`."""

_Options = TypeVar("_Options", "StepOptions", "PipelineOptions")


@dataclass(frozen=True)
class StepOptions:
    """The options of a step; None means that the pipeline's option counts.

    `output_materializers` is a materializer for all outputs, or a mapping by the outputs' names.
    `extra` is for the step's code, `settings` are only recorded. `environment` are variables that
    are set while the step's function is executing.
    """

    enable_cache: bool | None = None
    cache_policy: CachePolicy | None = None
    enable_artifact_metadata: bool | None = None
    enable_artifact_visualization: bool | None = None
    enable_step_logs: bool | None = None
    output_materializers: Any = None
    substitutions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    retry: StepRetryConfig | None = None
    on_failure: Hook | None = None
    on_success: Hook | None = None

    def over(self, given: Mapping[str, object], what: str, *, merge: bool = True) -> "StepOptions":
        """The options with `given` ones instead; with `merge`, mappings are merged."""
        return _over(self, given, what, merge=merge)


@dataclass(frozen=True)
class PipelineOptions:
    """The options of a pipeline, without its `steps` and other parts of a run file.

    `run_name` may contain placeholders; `jobs` is how many steps may run at the same time. Tags are
    the run's; those that cascade are also given to all versions that the run makes or reuses.
    `on_init` is called with `on_init_kwargs` before the first step, `on_cleanup` after the last
    one. The other options are those of all steps that do not set them.
    """

    enable_cache: bool | None = None
    cache_policy: CachePolicy | None = None
    enable_artifact_metadata: bool | None = None
    enable_artifact_visualization: bool | None = None
    enable_step_logs: bool | None = None
    run_name: str | None = None
    tags: tuple[str | Tag, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    substitutions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    retry: StepRetryConfig | None = None
    on_failure: Hook | None = None
    on_success: Hook | None = None
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

    def over(
        self, given: Mapping[str, object], what: str, *, merge: bool = True
    ) -> "PipelineOptions":
        """The options with `given` ones instead; with `merge`, mappings and tags are merged."""
        return _over(self, given, what, merge=merge)

    def under(self, other: "PipelineOptions") -> "PipelineOptions":
        """The options with those that `other` sets instead; mappings and tags are merged."""
        given = {field.name: getattr(other, field.name) for field in fields(other)}
        return replace(self, **_changes(self, given, merge=True))


_READ: Mapping[str, Callable[[Any], Any]] = {"cache_policy": policy_of, "retry": retry_of}


def _over(options: _Options, given: Mapping[str, object], what: str, *, merge: bool) -> _Options:
    known = {name: value for name, value in given.items() if name not in _MEANINGLESS}
    for name in known:
        if name not in options.__dataclass_fields__:
            raise WrongUsageError(
                f"{what} has no option {name!r}",
                hint=f"there are {', '.join(options.__dataclass_fields__)}",
            )
    for name, value in given.items():
        if value is not None and (name == "settings" or name in _MEANINGLESS):
            recorded = " but is recorded" * (name == "settings")
            warnings.warn(f"{name!r} of {what} means nothing here{recorded}", stacklevel=4)
    return replace(options, **_changes(options, known, merge=merge))


def _changes(options: object, given: Mapping[str, Any], *, merge: bool) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in given.items():
        if value is not None:
            said = _READ[name](value) if name in _READ else value
            changes[name] = _merged(getattr(options, name), said, merge=merge)
    return changes


def _merged(old: Any, new: Any, *, merge: bool) -> Any:
    if isinstance(old, tuple):
        several = (new,) if isinstance(new, str | Tag) else tuple(new)
        return (*old, *several) if merge else several
    if merge and isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **new}
    return new
