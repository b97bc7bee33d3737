"""`zenml.pipelines.pipeline_context`."""

from artifactctl.pipelines.python.step_context import PipelineContext as PipelineContext
from artifactctl.pipelines.python.step_context import get_pipeline_context as get_pipeline_context
