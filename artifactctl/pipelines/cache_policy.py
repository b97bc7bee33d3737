"""`CachePolicy`: which properties of a step are part of its cache key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from artifactctl.errors import InvalidInputError


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
    known = [field.name for field in fields(CachePolicy)]
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
