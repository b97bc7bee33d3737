"""Objects to files: the materializer is chosen, writes, and a pickle is the last resort.

Objects are saved inside of each other: a list has a part that JSON cannot hold, which is an array
of objects, and so on. `_outer` is the stack of those that are being saved.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifactctl.enums import ArtifactType
from artifactctl.errors import (
    ArtifactctlError,
    CannotHoldError,
    InvalidInputError,
    UnsafeError,
    one_line,
    warn_caller,
)
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.class_names import remember
from artifactctl.materializers.drawing import Drawing, draw_kept
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
from artifactctl.metadata import plain_metadata

# How many objects may be saved inside of each other.
_MAX_NESTING = 100

_NOTHING = "nothing.txt"
"""The file of an object whose materializer wrote none: a version has at least one file."""


@dataclass(frozen=True)
class Saved:
    """The facts about a saved object that have to be recorded, so that it can be loaded.

    `data_type` is the import path of its class, `metadata` what the materializer extracted.
    `drawings` are the visualizations that the materializer of a user made, or None where they can
    be made of the files later.
    """

    materializer: str
    data_type: str
    type: ArtifactType
    metadata: dict[str, Any]
    drawings: tuple[Drawing, ...] | None = None


@dataclass(eq=False, slots=True)
class _Saving:
    """An object that is being saved, by its identity.

    `left_out` are files and folders that belong to no object; `is_pickled` becomes true as soon as
    it or a part of it is pickled.
    """

    data_id: int
    left_out: frozenset[Path]
    is_pickled: bool = False


_outer: ContextVar[tuple[_Saving, ...]] = ContextVar("artifactctl_saving", default=())


def save(
    data: Any,
    folder: Path,
    materializer: MaterializerSpec | None = None,
    *,
    extract_metadata: bool = True,
    leave_out: Collection[str] = (),
    drawn: Path | None = None,
) -> Saved:
    """Write `data` as files into `folder`, which exists and is empty.

    With `drawn`, another such folder, the visualizations of a user's materializer are made and
    moved there; one that fails is a warning. The files and folders `leave_out` are skipped when a
    path is saved. An object that the materializer found by its type cannot hold is pickled, with a
    warning; one that is given as `materializer` is used or fails. Raises `CannotHoldError` when
    that one cannot hold it, `InvalidInputError` for an object that nothing can hold. The metadata
    have `pickled: True` when loading it, or a part of it, runs code.
    """
    chosen = (
        materializer_for(data) if materializer is None else resolve_materializer(materializer, data)
    )
    with _inside(data, leave_out) as saving:
        used = _write_or_pickle(chosen, data, folder, is_given=materializer is not None)
        if used.RUNS_CODE:
            for one in _outer.get():
                one.is_pickled = True
    metadata = _metadata(chosen(str(folder)), data) if extract_metadata else {}
    drawings = None if drawn is None else _draw(chosen, used, data, folder, drawn)
    if extract_metadata and saving.is_pickled:
        metadata["pickled"] = True
    artifact_type = ArtifactType(chosen.ASSOCIATED_ARTIFACT_TYPE)
    return Saved(id_of(used), remember(type(data)), artifact_type, metadata, drawings)


def is_left_out(path: Path) -> bool:
    """Whether a path, links resolved, is one of those that the save in progress leaves out."""
    return path in _left_out()


def check_not_left_out(path: Path) -> None:
    """Raise `UnsafeError` for a path at or below those left out: it changes with every version."""
    resolved = path.resolve()
    if any(resolved.is_relative_to(own) for own in _left_out()):
        raise UnsafeError(
            f"{str(path)!r} is among artifactctl's own data", hint="save what it was made from"
        )


def _left_out() -> frozenset[Path]:
    outer = _outer.get()
    return outer[-1].left_out if outer else frozenset()


@contextmanager
def _inside(data: Any, leave_out: Collection[str]) -> Iterator[_Saving]:
    outer = _outer.get()
    if any(one.data_id == id(data) for one in outer):
        raise CannotHoldError(f"the {type(data).__name__} to save contains itself", whole=True)
    if len(outer) >= _MAX_NESTING:
        raise CannotHoldError(
            f"the object to save is nested deeper than {_MAX_NESTING} levels", whole=True
        )
    more = {Path(path).resolve() for path in leave_out}
    saving = _Saving(id(data), _left_out() | more)
    token = _outer.set((*outer, saving))
    try:
        yield saving
    finally:
        _outer.reset(token)


def _write_or_pickle(
    chosen: Materializer, data: Any, folder: Path, *, is_given: bool
) -> Materializer:
    """Save with `chosen`, or with the last resort when that cannot hold it; the one that did."""
    used, reason = chosen, "no other format can hold it"
    try:
        _write(chosen, data, folder)
    except CannotHoldError as error:
        is_part = len(_outer.get()) > 1
        if is_given or chosen.RUNS_CODE or (error.whole and is_part):
            raise
        used, reason = materializer_named(LAST_RESORT), error.message
        _empty(folder)  # of what was written before it failed
        _write(used, data, folder)
    if used.RUNS_CODE and not is_given:
        warn_caller(
            f"an object of {type(data).__qualname__!r} is saved as a pickle, which runs code when"
            f" it is loaded: {reason}"
        )
    return used


def _write(chosen: Materializer, data: Any, folder: Path) -> None:
    """Save with one materializer; an error of a library means that it cannot hold the object."""
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
        warn_caller(
            f"materializer {id_of(chosen)!r} wrote nothing into the folder self.uri: an empty file"
            f" {_NOTHING!r} is stored"
        )
        Path(folder, _NOTHING).touch()


def _draw(
    chosen: Materializer, used: Materializer, data: Any, folder: Path, drawn: Path
) -> tuple[Drawing, ...] | None:
    """Make the visualizations of `chosen`; those of built-in materializers are made on request."""
    if is_built_in(chosen) or chosen.save_visualizations is BaseMaterializer.save_visualizations:
        return None
    drawings = draw_kept(chosen(str(folder)), data, drawn)
    if drawings is None:  # it changed the data
        _empty(folder)
        _write(used, data, folder)
    return drawings or ()


def _empty(folder: Path) -> None:
    for item in list(folder.iterdir()):
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item)
        else:
            item.unlink()


def _is_of_machine(error: Exception) -> bool:
    """Whether it is about the disk or memory; an `OSError` about data has no error number."""
    return isinstance(error, MemoryError) or (
        isinstance(error, OSError) and error.errno is not None
    )


def _metadata(instance: BaseMaterializer, data: Any) -> dict[str, Any]:
    """The metadata that the materializer extracts; when that fails, a warning is given.

    The object is saved all the same.
    """
    try:
        return plain_metadata({**_counted(instance, data), **instance.extract_metadata(data)})
    except Exception as error:  # a user's code, or an object that the library stumbles over
        warn_caller(
            f"no metadata of {type(data).__name__}: {type(error).__name__}: {one_line(error)}"
        )
        return {}


def _counted(instance: BaseMaterializer, data: Any) -> dict[str, int]:
    """The `item_count` that a user's materializer gives; ours give a `length` or a `shape`."""
    count = instance.get_item_count(data)
    return {} if count is None else {"item_count": count}
