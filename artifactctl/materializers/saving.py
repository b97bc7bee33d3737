"""Objects to files."""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifactctl.enums import ArtifactType
from artifactctl.errors import ArtifactctlError, CannotHoldError, InvalidInputError, warn_caller
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.messages import one_line
from artifactctl.materializers.own_data import leaving_out
from artifactctl.materializers.registry import (
    LAST_RESORT,
    Materializer,
    MaterializerSpec,
    id_of,
    is_built_in,
    materializer_for,
    materializer_named,
    resolve_materializer,
)
from artifactctl.materializers.type_names import remember
from artifactctl.metadata import plain_metadata

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

    The files and folders `leave_out` become a part of no path that is saved. What the format found
    by its type cannot hold is pickled as a last resort, with a warning; `materializer` is taken at
    its word. Raises `CannotHoldError` when that one cannot, `InvalidInputError` for what nothing
    holds.
    """
    chosen = (
        materializer_for(data) if materializer is None else resolve_materializer(materializer, data)
    )
    with _inside(data), leaving_out(leave_out):
        try:
            _write(chosen, data, folder)
        except CannotHoldError as error:
            if materializer is not None or chosen.RUNS_CODE or (error.whole and _is_part()):
                raise
            used, reason = _pickled(data, folder), error.message
        else:
            used, reason = chosen, "no other format is for it"
    if used.RUNS_CODE and materializer is None:
        _warn_of_pickle(data, reason)
    return Saved(
        id_of(used),
        remember(type(data)),
        ArtifactType(chosen.ASSOCIATED_ARTIFACT_TYPE),
        _facts(chosen, used, data, folder) if extract_metadata else {},
    )


def _write(chosen: Materializer, data: Any, folder: Path) -> None:
    """Have one materializer write; what its library raises means that it cannot."""
    if chosen.save is BaseMaterializer.save:
        raise InvalidInputError(f"materializer {id_of(chosen)!r} does not define save()")
    try:
        chosen(str(folder)).save(data)
    except ArtifactctlError:
        raise
    except Exception as error:
        if not is_built_in(chosen) or _is_of_machine(error):
            raise
        raise CannotHoldError(
            f"materializer {id_of(chosen)!r} cannot hold this {type(data).__qualname__}:"
            f" {type(error).__name__}: {one_line(error)}",
            hint="give another materializer=, or convert it first",
        ) from error
    if not any(files for _, _, files in os.walk(folder)):
        raise InvalidInputError(
            f"materializer {id_of(chosen)!r} wrote nothing",
            hint="its save() has to write a file into the folder self.uri",
        )


def _pickled(data: Any, folder: Path) -> Materializer:
    """Have the last resort write in the place of a format that gave up half-way."""
    _empty(folder)
    pickles = materializer_named(LAST_RESORT)
    _write(pickles, data, folder)
    return pickles


def _warn_of_pickle(data: Any, reason: str) -> None:
    warn_caller(
        f"a {type(data).__qualname__} is kept as a pickle, which runs code when it is loaded:"
        f" {reason}"
    )


def _empty(folder: Path) -> None:
    for item in list(folder.iterdir()):
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item)
        else:
            item.unlink()


def _is_part() -> bool:
    """Whether what is being saved is a part of something that is being saved."""
    return len(_outer.get()) > 1


def _is_of_machine(error: Exception) -> bool:
    """Whether it is the disk or the memory; libraries' `OSError`s about data have no number."""
    return isinstance(error, MemoryError) or (
        isinstance(error, OSError) and error.errno is not None
    )


@contextmanager
def _inside(data: Any) -> Iterator[None]:
    outer = _outer.get()
    if id(data) in outer:
        raise CannotHoldError(f"the {type(data).__name__} to save contains itself", whole=True)
    if len(outer) >= MAX_NESTING:
        raise CannotHoldError(
            f"the object to save is nested deeper than {MAX_NESTING} levels", whole=True
        )
    token = _outer.set((*outer, id(data)))
    try:
        yield
    finally:
        _outer.reset(token)


def _facts(chosen: Materializer, used: Materializer, data: Any, folder: Path) -> dict[str, Any]:
    """What is said of the object: by its own materializer, whichever holds it."""
    facts = _metadata(chosen(str(folder)), data)
    return facts if used is chosen else {**facts, **_metadata(used(str(folder)), data)}


def _metadata(instance: BaseMaterializer, data: Any) -> dict[str, Any]:
    """What the materializer says; an object is not lost because nothing can be said of it."""
    try:
        return plain_metadata(instance.extract_metadata(data))
    except Exception as error:  # a stranger's code, or a strange object
        warn_caller(
            f"no metadata of {type(data).__name__}: {type(error).__name__}: {one_line(error)}"
        )
        return {}
