"""Run files in YAML, read and checked into one model: `RunConfig`.

The names are imported on first use (PEP 562): most Python pipelines have no run file, and so do
without YAML.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifactctl.pipelines.files.keys import OUTPUT, RUN, STEP
    from artifactctl.pipelines.files.model import OutputConfig, RunConfig, StepConfig
    from artifactctl.pipelines.files.reading import read_run_file, run_config_of, survey_run_file
    from artifactctl.pipelines.files.relations import makers_of_inputs, needed_steps
    from artifactctl.pipelines.files.schema import json_schema
    from artifactctl.pipelines.files.shapes import Key

__all__ = [
    "OUTPUT",
    "RUN",
    "STEP",
    "Key",
    "OutputConfig",
    "RunConfig",
    "StepConfig",
    "json_schema",
    "makers_of_inputs",
    "needed_steps",
    "read_run_file",
    "run_config_of",
    "survey_run_file",
]

_MODULES = {
    "OUTPUT": "keys",
    "RUN": "keys",
    "STEP": "keys",
    "Key": "shapes",
    "OutputConfig": "model",
    "RunConfig": "model",
    "StepConfig": "model",
    "json_schema": "schema",
    "makers_of_inputs": "relations",
    "needed_steps": "relations",
    "read_run_file": "reading",
    "run_config_of": "reading",
    "survey_run_file": "reading",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
