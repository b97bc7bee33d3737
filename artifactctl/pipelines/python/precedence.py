"""The options of one step in force: those of its file, its code and its pipeline combined."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from artifactctl.pipelines.python.options import PipelineOptions, StepOptions

if TYPE_CHECKING:
    from artifactctl.pipelines.files import RunConfig, StepConfig

FLAGS = (
    *("enable_cache", "enable_artifact_metadata", "enable_artifact_visualization"),
    "enable_step_logs",
)
VALUES = ("cache_policy", "retry", "on_failure", "on_success")
MAPPINGS = ("extra", "settings", "environment", "substitutions")


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
    layers = [layer for layer in (configured, own, pipeline) if layer is not None]
    found: dict[str, Any] = {name: first_of(layers, name) for name in (*FLAGS, *VALUES)}
    for name, flag in forced.items():
        said = None if configured is None else getattr(configured, name)
        found[name] = flag if said is None else said
    for name in MAPPINGS:
        found[name] = {k: v for layer in layers[::-1] for k, v in getattr(layer, name).items()}
    parameters = {} if configured is None else configured.parameters
    return StepOptions(
        output_materializers=own.output_materializers,
        parameters={**own.parameters, **parameters},
        **found,
    )


def flags_of(options: StepOptions | PipelineOptions) -> dict[str, bool]:
    """The flags that are set."""
    return {name: getattr(options, name) for name in FLAGS if getattr(options, name) is not None}


def first_of(layers: list[Any], name: str) -> Any:
    """The first value of an option that is not None."""
    values = (getattr(layer, name) for layer in layers)
    return next((value for value in values if value is not None), None)
