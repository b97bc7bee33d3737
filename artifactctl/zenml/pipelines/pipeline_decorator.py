"""`zenml.pipelines.pipeline_decorator`."""

from artifactctl.pipelines.python.decorators import pipeline as pipeline
