"""`zenml.pipelines.pipeline_definition`."""

from artifactctl.pipelines.python.decorators import Pipeline as Pipeline
