"""The configuration that `with_options` takes from a YAML file and from `steps`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl.errors import InvalidInputError, warn_caller
from artifactctl.pipelines.python.precedence import FLAGS, MAPPINGS, VALUES, first_of

if TYPE_CHECKING:
    from artifactctl.pipelines.files import RunConfig, StepConfig


def with_file(pipeline: str, path: Path) -> "RunConfig":
    """The configuration in a file; raises `InvalidInputError` if it names another pipeline."""
    # Imported here: only pipelines with a file need YAML.
    from artifactctl.pipelines.files import read_run_file  # noqa: PLC0415

    config = read_run_file(path, for_python=True)
    said = None if config.pipeline is None else config.pipeline.rpartition(":")[2]
    if said not in (None, pipeline):
        raise InvalidInputError(f"{path} is for pipeline {said!r}, not for {pipeline!r}")
    return config


def with_steps(config: "RunConfig | None", steps: Mapping[str, Any]) -> "RunConfig":
    """The configuration of a file, overridden by that of `steps`."""
    from artifactctl.pipelines.files import run_config_of  # noqa: PLC0415 (as above)

    plain = {name: dict(value) for name, value in steps.items()}
    direct = run_config_of({"steps": plain}, "with_options()")
    if config is None:
        return direct
    merged = dict(config.steps)
    for name, step in direct.steps.items():
        old = merged.get(name)
        merged[name] = step if old is None else _merged(old, step)
    return replace(config, steps=merged)


def warn_of_file(config: "RunConfig", given: Mapping[str, Any]) -> None:
    """Warn of options that a file sets too, with another value."""
    known = [name for name in given if hasattr(config, name)]
    other = [name for name in known if getattr(config, name) not in (None, {}, (), given[name])]
    if other:
        warn_caller(
            f"the run file sets {', '.join(map(repr, other))} too: its value counts when the"
            " pipeline runs"
        )


def _merged(old: "StepConfig", new: "StepConfig") -> "StepConfig":
    changes: dict[str, Any] = {}
    for name in (*FLAGS, *VALUES):
        changes[name] = first_of([new, old], name)
    for name in (*MAPPINGS, "parameters", "outputs"):
        changes[name] = {**getattr(old, name), **getattr(new, name)}
    return replace(old, **changes)
