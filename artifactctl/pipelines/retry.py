"""`StepRetryConfig`: how often a failed step is tried again, and after how long."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from artifactctl.errors import InvalidInputError


@dataclass(frozen=True)
class StepRetryConfig:
    """The retries of a step that fails.

    The first retry comes after `delay` seconds; each further delay is `backoff` times as long.
    """

    max_retries: int = 1
    delay: float = 0
    backoff: float = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            kinds = (int,) if field.name == "max_retries" else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds) or not value >= 0:
                raise InvalidInputError(
                    f"{field.name} of a step's retries is {value!r}", hint="give a number from 0 on"
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
    known = [field.name for field in fields(StepRetryConfig)]
    if isinstance(value, Mapping) and set(value) <= set(known):
        return StepRetryConfig(**value)
    raise InvalidInputError(
        f"retry={value!r} does not say how a step is retried",
        hint=f"give a StepRetryConfig with {', '.join(known)}",
    )
