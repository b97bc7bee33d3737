"""Run files in YAML, read and checked into one model: `RunConfig`."""

from artifactctl.pipelines.files.model import OutputConfig, RunConfig, StepConfig
from artifactctl.pipelines.files.reading import read_run_file, run_config_of, survey_run_file
from artifactctl.pipelines.files.relations import makers_of_inputs, needed_steps
from artifactctl.pipelines.files.schema import json_schema

__all__ = [
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
