"""Python objects to files and back.

A materializer is found by the type of the object that turns up, and imported only then: importing
this package costs nothing. On loading it is found by an ID from a list of known ones, never by a
path that stands in the data.
"""

from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.loading import load
from artifactctl.materializers.registry import (
    id_of,
    materializer_declared,
    materializer_for,
    materializer_named,
    resolve_materializer,
)
from artifactctl.materializers.saving import Saved, save

__all__ = [
    "BaseMaterializer",
    "Saved",
    "id_of",
    "load",
    "materializer_declared",
    "materializer_for",
    "materializer_named",
    "resolve_materializer",
    "save",
]
