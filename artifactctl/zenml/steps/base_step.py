"""`zenml.steps.base_step`."""

from artifactctl.pipelines.python.decorators import Step as BaseStep

__all__ = ["BaseStep"]
