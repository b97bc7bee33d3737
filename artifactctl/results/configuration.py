"""The configuration of runs and steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from artifactctl.results.values import copied


@dataclass(frozen=True)
class Configuration:
    """The configuration of a run or a step, from its code and its files.

    `extra` is for the user's code, `settings` are only recorded, `parameters` are the arguments of
    a step, and `substitutions` the values of placeholders in names. What is None was not set.
    """

    extra: Mapping[str, Any]
    settings: Mapping[str, Any]
    parameters: Mapping[str, Any]
    name: str = ""
    substitutions: Mapping[str, Any] | None = None
    enable_cache: bool | None = None
    enable_artifact_metadata: bool | None = None
    enable_artifact_visualization: bool | None = None
    enable_step_logs: bool | None = None


_SWITCHES = (
    *("enable_cache", "enable_artifact_metadata"),
    *("enable_artifact_visualization", "enable_step_logs"),
)


def configuration_in(details: Mapping[str, Any], name: str) -> Configuration:
    """Return the configuration of the run or step `name` that its details contain."""
    options = object_in(details, "options")
    switches = {key: options[key] for key in _SWITCHES if isinstance(options.get(key), bool)}
    return Configuration(
        object_in(details, "extra"),
        object_in(details, "settings"),
        object_in(details, "parameters"),
        name,
        object_in(details, "substitutions"),
        **switches,
    )


def object_in(details: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a copy of the object that details have under `key`; empty when there is none."""
    value = details.get(key)
    found: dict[str, Any] = copied(value) if isinstance(value, Mapping) else {}
    return found


def text_in(details: Mapping[str, Any], key: str) -> str | None:
    """Return the text that details have under `key`, or None."""
    value = details.get(key)
    return value if isinstance(value, str) else None
