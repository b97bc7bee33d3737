"""The catalog: a relational database of artifacts, versions and runs, and the only place with SQL.

The classes of its tables, for queries through `Client.session()`, are loaded on first use, since
loading SQLModel takes longer than most commands.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifactctl.catalog.tables import (
        ArtifactRow,
        ArtifactTagRow,
        CatalogRow,
        DeletedRunRow,
        DeletedVersionRow,
        PipelineRow,
        PipelineTagRow,
        RunMetadataLeafRow,
        RunMetadataRow,
        RunRow,
        RunTagRow,
        StepMetadataLeafRow,
        StepMetadataRow,
        StepRow,
        StepVersionRow,
        TagRow,
        VersionInputRow,
        VersionMetadataLeafRow,
        VersionMetadataRow,
        VersionRow,
        VersionTagRow,
    )

__all__ = [
    "ArtifactRow",
    "ArtifactTagRow",
    "CatalogRow",
    "DeletedRunRow",
    "DeletedVersionRow",
    "PipelineRow",
    "PipelineTagRow",
    "RunMetadataLeafRow",
    "RunMetadataRow",
    "RunRow",
    "RunTagRow",
    "StepMetadataLeafRow",
    "StepMetadataRow",
    "StepRow",
    "StepVersionRow",
    "TagRow",
    "VersionInputRow",
    "VersionMetadataLeafRow",
    "VersionMetadataRow",
    "VersionRow",
    "VersionTagRow",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("artifactctl.catalog.tables"), name)
