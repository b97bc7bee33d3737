"""The verbs: one module per group, with functions over a `Home`.

A module is imported on first access (PEP 562), so that a listing imports only what it uses. Type
checkers see ordinary imports, and check every call.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifactctl.verbs import (
        asking,
        caching,
        comparing,
        configuring,
        copying_catalogs,
        curving,
        deleting,
        describing,
        details,
        diffing,
        downloading,
        finding,
        finding_runs,
        finding_starts,
        history,
        inside,
        labelling,
        labelling_runs,
        listing,
        listing_runs,
        loading,
        maintaining,
        measuring,
        moving,
        planning,
        points,
        previewing,
        receiving,
        recording,
        registering,
        restoring,
        saving,
        searching,
        series,
        tagging,
        viewing,
        visualizing,
    )

__all__ = [
    "asking",
    "caching",
    "comparing",
    "configuring",
    "copying_catalogs",
    "curving",
    "deleting",
    "describing",
    "details",
    "diffing",
    "downloading",
    "finding",
    "finding_runs",
    "finding_starts",
    "history",
    "inside",
    "labelling",
    "labelling_runs",
    "listing",
    "listing_runs",
    "loading",
    "maintaining",
    "measuring",
    "moving",
    "planning",
    "points",
    "previewing",
    "receiving",
    "recording",
    "registering",
    "restoring",
    "saving",
    "searching",
    "series",
    "tagging",
    "viewing",
    "visualizing",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> ModuleType:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")
