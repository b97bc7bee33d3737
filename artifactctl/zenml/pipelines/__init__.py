"""`zenml.pipelines`."""

from artifactctl.pipelines.python.decorators import Pipeline as Pipeline
from artifactctl.pipelines.python.decorators import pipeline as pipeline
from artifactctl.pipelines.python.step_context import PipelineContext as PipelineContext
from artifactctl.pipelines.python.step_context import get_pipeline_context as get_pipeline_context
