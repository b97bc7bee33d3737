"""Objects to files."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.messages import one_line
from artifactctl.materializers.own_data import leaving_out
from artifactctl.materializers.registry import (
    MaterializerSpec,
    id_of,
    materializer_for,
    resolve_materializer,
)
from artifactctl.materializers.type_names import remember
from artifactctl.metadata import plain_metadata
from artifactctl.warning import warn_caller

MAX_NESTING = 100
"""How deep objects may lie in each other's folders."""

_outer: ContextVar[tuple[int, ...]] = ContextVar("artifactctl_saving", default=())


@dataclass(frozen=True)
class Saved:
    """What there is to know of an object that was saved, so that it can be loaded.

    `data_type` is the import path of its class, `metadata` what the materializer says of it.
    """

    materializer: str
    data_type: str
    type: ArtifactType
    metadata: dict[str, Any]


def save(
    data: Any,
    folder: Path,
    materializer: MaterializerSpec | None = None,
    *,
    extract_metadata: bool = True,
    leave_out: Collection[str] = (),
) -> Saved:
    """Write `data` as files into `folder`, which exists and is empty.

    The files and folders `leave_out` become a part of no path that is saved. Raises
    `InvalidInputError` for what its format cannot hold, or holds itself.
    """
    if materializer is None:
        chosen = materializer_for(data)
    else:
        chosen = resolve_materializer(materializer, data)
    if chosen.save is BaseMaterializer.save:
        raise InvalidInputError(f"materializer {id_of(chosen)!r} does not define save()")
    instance = chosen(str(folder))
    with _inside(data), leaving_out(leave_out):
        instance.save(data)
    if not any(files for _, _, files in os.walk(folder)):
        raise InvalidInputError(
            f"materializer {id_of(chosen)!r} wrote nothing",
            hint="its save() has to write a file into the folder self.uri",
        )
    return Saved(
        id_of(chosen),
        remember(type(data)),
        ArtifactType(chosen.ASSOCIATED_ARTIFACT_TYPE),
        _metadata(instance, data) if extract_metadata else {},
    )


@contextmanager
def _inside(data: Any) -> Iterator[None]:
    outer = _outer.get()
    if id(data) in outer:
        raise InvalidInputError(f"the {type(data).__name__} to save contains itself")
    if len(outer) >= MAX_NESTING:
        raise InvalidInputError(f"the object to save is nested deeper than {MAX_NESTING} levels")
    token = _outer.set((*outer, id(data)))
    try:
        yield
    finally:
        _outer.reset(token)


def _metadata(instance: BaseMaterializer, data: Any) -> dict[str, Any]:
    """What the materializer says; an object is not lost because nothing can be said of it."""
    try:
        return plain_metadata(instance.extract_metadata(data))
    except Exception as error:  # a stranger's code, or a strange object
        warn_caller(
            f"no metadata of {type(data).__name__}: {type(error).__name__}: {one_line(error)}"
        )
        return {}
