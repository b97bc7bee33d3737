"""`Client`, and the classes that its methods take and return."""

from importlib import import_module
from typing import TYPE_CHECKING

from artifactctl.client.client import Client, current

if TYPE_CHECKING:
    from artifactctl.catalog.views import View
    from artifactctl.client.arguments import Filter, Named
    from artifactctl.client.zenml import ArtifactStore, Stack
    from artifactctl.compare import ComparedDetails, Comparison
    from artifactctl.diff import Difference, FileChanges
    from artifactctl.enums import ColorVariants, MetadataResourceTypes
    from artifactctl.home import Home
    from artifactctl.home.trusting import Survey
    from artifactctl.moving.planning import PlannedMove
    from artifactctl.previews import Grid, Preview
    from artifactctl.results.answers import Answer
    from artifactctl.results.artifacts import Artifact, Versions
    from artifactctl.results.configuration import Configuration
    from artifactctl.results.descriptions import (
        Edge,
        Lineage,
        Node,
        RunDescription,
        StepDescription,
        StepUse,
        Visualizations,
    )
    from artifactctl.results.files import Contents, Item
    from artifactctl.results.findings import Finding, Findings
    from artifactctl.results.history import (
        DeletedVersion,
        History,
        Restoration,
        VersionChange,
    )
    from artifactctl.results.maintenance import (
        Backup,
        CacheState,
        CacheTrimming,
        Configuring,
        ConfigValue,
        Pruning,
        Rebuilding,
        Verification,
    )
    from artifactctl.results.moving import CatalogCopy, Exported, Moving
    from artifactctl.results.names import ArtifactName, Name, TagName
    from artifactctl.results.overview import CatalogPage
    from artifactctl.results.pages import Page
    from artifactctl.results.pipelines import Pipeline
    from artifactctl.results.previews import Showing, ShownFile
    from artifactctl.results.reports import (
        Description,
        Download,
        File,
        PlannedRegistration,
        Progress,
        Registration,
    )
    from artifactctl.results.runs import PipelineRun
    from artifactctl.results.series import Series
    from artifactctl.results.step_versions import NamedVersions, StepVersions
    from artifactctl.results.steps import StepRun
    from artifactctl.results.tags import TagDetails
    from artifactctl.results.usage import Proposal, Proposed, RoomOf, Usage
    from artifactctl.results.versions import ArtifactVersion, Tagging
    from artifactctl.results.visualizations import LoadedVisualization, Visualization
    from artifactctl.series import Points
    from artifactctl.serving.server import UiServer
    from artifactctl.settings import Settings
    from artifactctl.tags import Tag, Tags
    from artifactctl.upkeep.pruning import PruneDecision, PruneRules
    from artifactctl.upkeep.sweeping import Garbage
    from artifactctl.upkeep.verifying import Problem
    from artifactctl.verbs.labelling_runs import Resource, RunMetadataResource
    from artifactctl.verbs.points import Steps
    from artifactctl.verbs.tagging import TagResource

__all__ = [
    "Answer",
    "Artifact",
    "ArtifactName",
    "ArtifactStore",
    "ArtifactVersion",
    "Backup",
    "CacheState",
    "CacheTrimming",
    "CatalogCopy",
    "CatalogPage",
    "Client",
    "ColorVariants",
    "ComparedDetails",
    "Comparison",
    "ConfigValue",
    "Configuration",
    "Configuring",
    "Contents",
    "DeletedVersion",
    "Description",
    "Difference",
    "Download",
    "Edge",
    "Exported",
    "File",
    "FileChanges",
    "Filter",
    "Finding",
    "Findings",
    "Garbage",
    "Grid",
    "History",
    "Home",
    "Item",
    "Lineage",
    "LoadedVisualization",
    "MetadataResourceTypes",
    "Moving",
    "Name",
    "Named",
    "NamedVersions",
    "Node",
    "Page",
    "Pipeline",
    "PipelineRun",
    "PlannedMove",
    "PlannedRegistration",
    "Points",
    "Preview",
    "Problem",
    "Progress",
    "Proposal",
    "Proposed",
    "PruneDecision",
    "PruneRules",
    "Pruning",
    "Rebuilding",
    "Registration",
    "Resource",
    "Restoration",
    "RoomOf",
    "RunDescription",
    "RunMetadataResource",
    "Series",
    "Settings",
    "Showing",
    "ShownFile",
    "Stack",
    "StepDescription",
    "StepRun",
    "StepUse",
    "StepVersions",
    "Steps",
    "Survey",
    "Tag",
    "TagDetails",
    "TagName",
    "TagResource",
    "Tagging",
    "Tags",
    "UiServer",
    "Usage",
    "Verification",
    "VersionChange",
    "Versions",
    "View",
    "Visualization",
    "Visualizations",
    "current",
]

# Imported on first use: a listing needs few of them.
_MODULES = {
    "Answer": "results.answers",
    "Artifact": "results.artifacts",
    "ArtifactName": "results.names",
    "ArtifactStore": "client.zenml",
    "ArtifactVersion": "results.versions",
    "Backup": "results.maintenance",
    "CacheState": "results.maintenance",
    "CacheTrimming": "results.maintenance",
    "CatalogCopy": "results.moving",
    "CatalogPage": "results.overview",
    "UiServer": "serving.server",
    "ColorVariants": "enums",
    "ComparedDetails": "compare",
    "Comparison": "compare",
    "ConfigValue": "results.maintenance",
    "Configuring": "results.maintenance",
    "Configuration": "results.configuration",
    "Contents": "results.files",
    "Description": "results.reports",
    "Difference": "diff",
    "FileChanges": "diff",
    "Download": "results.reports",
    "Edge": "results.descriptions",
    "Finding": "results.findings",
    "Findings": "results.findings",
    "Exported": "results.moving",
    "File": "results.reports",
    "Filter": "client.arguments",
    "Garbage": "upkeep.sweeping",
    "Grid": "previews",
    "Home": "home",
    "Item": "results.files",
    "Lineage": "results.descriptions",
    "MetadataResourceTypes": "enums",
    "Moving": "results.moving",
    "Name": "results.names",
    "Named": "client.arguments",
    "NamedVersions": "results.step_versions",
    "Node": "results.descriptions",
    "Page": "results.pages",
    "Pipeline": "results.pipelines",
    "PipelineRun": "results.runs",
    "PlannedMove": "moving.planning",
    "PlannedRegistration": "results.reports",
    "Points": "series",
    "Preview": "previews",
    "Problem": "upkeep.verifying",
    "Progress": "results.reports",
    "Proposal": "results.usage",
    "Proposed": "results.usage",
    "PruneDecision": "upkeep.pruning",
    "PruneRules": "upkeep.pruning",
    "RoomOf": "results.usage",
    "Usage": "results.usage",
    "Pruning": "results.maintenance",
    "Rebuilding": "results.maintenance",
    "Registration": "results.reports",
    "Resource": "verbs.labelling_runs",
    "DeletedVersion": "results.history",
    "History": "results.history",
    "Restoration": "results.history",
    "RunDescription": "results.descriptions",
    "VersionChange": "results.history",
    "RunMetadataResource": "verbs.labelling_runs",
    "Series": "results.series",
    "Settings": "settings",
    "Showing": "results.previews",
    "ShownFile": "results.previews",
    "Stack": "client.zenml",
    "StepDescription": "results.descriptions",
    "StepRun": "results.steps",
    "StepUse": "results.descriptions",
    "StepVersions": "results.step_versions",
    "Steps": "verbs.points",
    "Survey": "home.trusting",
    "Tag": "tags",
    "TagDetails": "results.tags",
    "TagName": "results.names",
    "TagResource": "verbs.tagging",
    "Tagging": "results.versions",
    "Tags": "tags",
    "Verification": "results.maintenance",
    "Versions": "results.artifacts",
    "LoadedVisualization": "results.visualizations",
    "Visualization": "results.visualizations",
    "View": "catalog.views",
    "Visualizations": "results.descriptions",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"artifactctl.{_MODULES[name]}"), name)
