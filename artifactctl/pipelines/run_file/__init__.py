"""YAML-configured versioning runs: the one model of what such a file says, read and checked."""

from artifactctl.pipelines.run_file.model import OutputConfig, RunConfig, StepConfig
from artifactctl.pipelines.run_file.reading import read_run_file, run_config_of, survey_run_file
from artifactctl.pipelines.run_file.relations import makers_of_inputs, needed_steps
from artifactctl.pipelines.run_file.schema import json_schema

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
