"""Name, version, tag, find and download ML artifacts.

The names below are loaded on first use, so that importing this package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from artifactctl._version import __version__

if TYPE_CHECKING:
    from artifactctl.client import Client
    from artifactctl.enums import ArtifactType
    from artifactctl.errors import ArtifactctlError
    from artifactctl.tags import Tag

__all__ = ["ArtifactType", "ArtifactctlError", "Client", "Tag", "__version__"]

_HOMES = {
    "ArtifactType": "artifactctl.enums",
    "ArtifactctlError": "artifactctl.errors",
    "Client": "artifactctl.client",
    "Tag": "artifactctl.tags",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'artifactctl' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
