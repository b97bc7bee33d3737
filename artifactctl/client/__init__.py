"""The client, and the classes that its methods take and give."""

from importlib import import_module
from typing import TYPE_CHECKING

from artifactctl.client.client import Client, current

if TYPE_CHECKING:
    from artifactctl.client.arguments import Filter, Named
    from artifactctl.compare import Comparison
    from artifactctl.diff import Difference
    from artifactctl.enums import MetadataResourceTypes
    from artifactctl.home import Home
    from artifactctl.home.trusting import Survey
    from artifactctl.results.artifacts import Artifact
    from artifactctl.results.descriptions import Lineage, RunDescription
    from artifactctl.results.pages import Page
    from artifactctl.results.pipelines import Pipeline
    from artifactctl.results.recorded import ArtifactVersion, PipelineRun, StepRun
    from artifactctl.results.reports import (
        Backup,
        Description,
        Download,
        Progress,
        Pruning,
        Rebuilding,
        Registration,
        Tagging,
        Verification,
    )
    from artifactctl.settings import Settings
    from artifactctl.tags import Tag, Tags
    from artifactctl.upkeep import Garbage, Problem
    from artifactctl.verbs.labelling import Resource, RunMetadataResource

__all__ = [
    "Artifact",
    "ArtifactVersion",
    "Backup",
    "Client",
    "Comparison",
    "Description",
    "Difference",
    "Download",
    "Filter",
    "Garbage",
    "Home",
    "Lineage",
    "MetadataResourceTypes",
    "Named",
    "Page",
    "Pipeline",
    "PipelineRun",
    "Problem",
    "Progress",
    "Pruning",
    "Rebuilding",
    "Registration",
    "Resource",
    "RunDescription",
    "RunMetadataResource",
    "Settings",
    "StepRun",
    "Survey",
    "Tag",
    "Tagging",
    "Tags",
    "Verification",
    "current",
]

# Loaded on first use: a listing needs few of them.
_MODULES = {
    "Artifact": "results.artifacts",
    "ArtifactVersion": "results.recorded",
    "Backup": "results.reports",
    "Comparison": "compare",
    "Description": "results.reports",
    "Difference": "diff",
    "Download": "results.reports",
    "Filter": "client.arguments",
    "Garbage": "upkeep",
    "Home": "home",
    "Lineage": "results.descriptions",
    "MetadataResourceTypes": "enums",
    "Named": "client.arguments",
    "Page": "results.pages",
    "Pipeline": "results.pipelines",
    "PipelineRun": "results.recorded",
    "Problem": "upkeep",
    "Progress": "results.reports",
    "Pruning": "results.reports",
    "Rebuilding": "results.reports",
    "Registration": "results.reports",
    "Resource": "verbs.labelling",
    "RunDescription": "results.descriptions",
    "RunMetadataResource": "verbs.labelling",
    "Settings": "settings",
    "StepRun": "results.recorded",
    "Survey": "home.trusting",
    "Tag": "tags",
    "Tagging": "results.reports",
    "Tags": "tags",
    "Verification": "results.reports",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"artifactctl.{_MODULES[name]}"), name)
