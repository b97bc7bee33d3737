"""Name, version, tag, find, save and load ML artifacts; run pipelines with versioned results.

The names below are imported on first use, so that importing this package takes little time.
"""

from importlib import import_module

from artifactctl._version import __version__

# Defined as in `typing`: importing that module would take longer than everything else here.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from artifactctl.client import Client
    from artifactctl.enums import ArtifactType
    from artifactctl.errors import ArtifactctlError
    from artifactctl.pipelines.artifact_config import ArtifactConfig
    from artifactctl.pipelines.python.artifacts import (
        load_artifact,
        register_artifact,
        save_artifact,
    )
    from artifactctl.pipelines.python.decorators import pipeline, step
    from artifactctl.pipelines.python.input_artifacts import ExternalArtifact
    from artifactctl.pipelines.python.labels import (
        add_tags,
        bulk_log_metadata,
        log_artifact_metadata,
        log_metadata,
        log_step_metadata,
        remove_tags,
    )
    from artifactctl.pipelines.python.step_context import get_pipeline_context, get_step_context
    from artifactctl.pipelines.step_options import CachePolicy
    from artifactctl.tags import Tag

__all__ = [
    "ArtifactConfig",
    "ArtifactType",
    "ArtifactctlError",
    "CachePolicy",
    "Client",
    "ExternalArtifact",
    "Tag",
    "__version__",
    "add_tags",
    "bulk_log_metadata",
    "get_pipeline_context",
    "get_step_context",
    "load_artifact",
    "log_artifact_metadata",
    "log_metadata",
    "log_step_metadata",
    "pipeline",
    "register_artifact",
    "remove_tags",
    "save_artifact",
    "step",
]

_HOMES = {
    "ArtifactConfig": "artifactctl.pipelines.artifact_config",
    "ArtifactType": "artifactctl.enums",
    "ArtifactctlError": "artifactctl.errors",
    "CachePolicy": "artifactctl.pipelines.step_options",
    "Client": "artifactctl.client",
    "ExternalArtifact": "artifactctl.pipelines.python.input_artifacts",
    "Tag": "artifactctl.tags",
    "add_tags": "artifactctl.pipelines.python.labels",
    "bulk_log_metadata": "artifactctl.pipelines.python.labels",
    "get_pipeline_context": "artifactctl.pipelines.python.step_context",
    "get_step_context": "artifactctl.pipelines.python.step_context",
    "load_artifact": "artifactctl.pipelines.python.artifacts",
    "log_artifact_metadata": "artifactctl.pipelines.python.labels",
    "log_metadata": "artifactctl.pipelines.python.labels",
    "log_step_metadata": "artifactctl.pipelines.python.labels",
    "pipeline": "artifactctl.pipelines.python.decorators",
    "register_artifact": "artifactctl.pipelines.python.artifacts",
    "remove_tags": "artifactctl.pipelines.python.labels",
    "save_artifact": "artifactctl.pipelines.python.artifacts",
    "step": "artifactctl.pipelines.python.decorators",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'artifactctl' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
