"""`zenml.models`: the responses are artifactctl's results."""

from artifactctl.client.identifiers import (
    ArtifactVersionIdentifier,
    PipelineRunIdentifier,
    StepRunIdentifier,
)
from artifactctl.results.artifacts import Artifact as ArtifactResponse
from artifactctl.results.pages import Page
from artifactctl.results.pipelines import Pipeline as PipelineResponse
from artifactctl.results.runs import PipelineRun as PipelineRunResponse
from artifactctl.results.steps import StepRun as StepRunResponse
from artifactctl.results.tags import TagDetails as TagResponse
from artifactctl.results.versions import ArtifactVersion as ArtifactVersionResponse
from artifactctl.results.visualizations import LoadedVisualization
from artifactctl.results.visualizations import Visualization as ArtifactVisualizationResponse
from artifactctl.verbs.labelling_runs import RunMetadataResource
from artifactctl.verbs.tagging import TagResource

__all__ = [
    "ArtifactResponse",
    "ArtifactVersionIdentifier",
    "ArtifactVersionResponse",
    "ArtifactVisualizationResponse",
    "LoadedVisualization",
    "Page",
    "PipelineResponse",
    "PipelineRunIdentifier",
    "PipelineRunResponse",
    "RunMetadataResource",
    "StepRunIdentifier",
    "StepRunResponse",
    "TagResource",
    "TagResponse",
]
