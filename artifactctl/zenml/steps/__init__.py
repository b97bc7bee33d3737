"""`zenml.steps`."""

from artifactctl.pipelines.python.decorators import Step as BaseStep
from artifactctl.pipelines.python.decorators import step
from artifactctl.pipelines.python.step_context import StepContext, get_step_context

__all__ = ["BaseStep", "StepContext", "get_step_context", "step"]
