"""`zenml.steps.step_context`."""

from artifactctl.pipelines.python.step_context import StepContext as StepContext
from artifactctl.pipelines.python.step_context import get_step_context as get_step_context
