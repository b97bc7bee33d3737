"""The configuration that `with_options` takes from a YAML file and from `steps`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.python.plan import first_said

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


def _merged(old: "StepConfig", new: "StepConfig") -> "StepConfig":
    return replace(
        old,
        enable_cache=first_said(new.enable_cache, old.enable_cache),
        enable_artifact_metadata=first_said(
            new.enable_artifact_metadata, old.enable_artifact_metadata
        ),
        enable_artifact_visualization=first_said(
            new.enable_artifact_visualization, old.enable_artifact_visualization
        ),
        cache_policy=first_said(new.cache_policy, old.cache_policy),
        extra={**old.extra, **new.extra},
        settings={**old.settings, **new.settings},
        parameters={**old.parameters, **new.parameters},
        substitutions={**old.substitutions, **new.substitutions},
        outputs={**old.outputs, **new.outputs},
    )
