"""`zenml.steps.step_decorator`."""

from artifactctl.pipelines.python.decorators import step as step
