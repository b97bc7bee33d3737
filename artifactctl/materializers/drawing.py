"""Visualizations that a materializer writes, apart from the files of the data."""

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifactctl.enums import VisualizationType
from artifactctl.errors import (
    ArtifactctlError,
    InvalidInputError,
    NotFoundError,
    one_line,
    warn_caller,
)
from artifactctl.manifest import MAX_VISUALIZATIONS
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.class_names import find_class
from artifactctl.materializers.registry import is_built_in, materializer_named
from artifactctl.member_paths import check_member_path
from artifactctl.visuals import Visual

_SMALL_BYTES = 64 << 20
_Stamps = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A visualization in a folder: its `path` there, with `/`, and its format.

    With `is_data` it is one of the files of the data; otherwise it is kept apart from these.
    """

    path: str
    type: VisualizationType
    is_data: bool = False


def draw(instance: BaseMaterializer, data: Any) -> tuple[Drawing, ...]:
    """Let a materializer write its visualizations into its folder.

    Raises `InvalidInputError` for a path outside of that folder, one without a file, and an unknown
    format; and whatever the materializer raises.
    """
    made = instance.save_visualizations(data) or {}
    if len(made) > MAX_VISUALIZATIONS:
        raise InvalidInputError(f"{len(made)} visualizations are more than {MAX_VISUALIZATIONS}")
    root = Path(os.path.abspath(instance.uri))
    return tuple(_checked(root, str(path), kind) for path, kind in made.items())


def write_visuals(folder: str, visuals: Iterable[Visual]) -> dict[str, VisualizationType]:
    """Write visualizations into a materializer's folder; returns what `save_visualizations` does.

    Those without content are files of the data, which are there already.
    """
    found = {}
    for visual in visuals:
        path = Path(folder, visual.name)
        if visual.content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            # A file of the data may be a link into the store: it must not be written to.
            with path.open("xb") as file:
                file.write(visual.content)
        found[str(path)] = visual.type
    return found


def has_small_files(folder: Path) -> bool:
    """Whether the files of an object are so small that it can be loaded in order to show it."""
    return sum(item.stat().st_size for item in folder.iterdir()) <= _SMALL_BYTES


def draw_kept(instance: BaseMaterializer, data: Any, drawn: Path) -> tuple[Drawing, ...] | None:
    """Let a materializer draw beside the data that it saved; move the new files into `drawn`.

    Whatever goes wrong is a warning, and nothing is drawn. None means that the files of the data
    are not what they were, and have to be written again.
    """
    folder = Path(instance.uri)
    before = _stamps(folder)
    try:
        found = draw(instance, data)
        _check_no_links(folder, found)
    except Exception as error:  # a user's code, or a library's
        _warn(data, f"{type(error).__name__}: {one_line(error)}")
        found = ()
    after = _stamps(folder)
    if any(after.get(path) != stamp for path, stamp in before.items()):
        _warn(data, "save_visualizations() changed the files of the data, which are written again")
        return None
    new = [path for path in after if path not in before]
    for path in new:
        if (folder / path).is_symlink():  # what it leads to is not the version's
            os.unlink(folder / path)
            continue
        target = drawn / path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder / path, target)
    return tuple(Drawing(item.path, item.type, item.path in before) for item in found)


def draw_saved(
    folder: Path, materializer_id: str, data_type: str, *, allow_pickle: bool
) -> tuple[Drawing, ...]:
    """Write visualizations into `folder`, which has the files of an object; returns all of them.

    Nothing is unpickled, and no module is imported because the data names it. Only visualizations
    of built-in materializers can be made so. Raises `InvalidInputError` for data that these do not
    write, and `UnsafeError` for a part that may run code, without `allow_pickle`.
    """
    try:
        chosen = materializer_named(materializer_id)
    except NotFoundError:
        return ()
    if chosen.RUNS_CODE or not is_built_in(chosen):
        return ()
    instance = chosen(str(folder))
    instance.allow_pickle, instance.recorded_type = allow_pickle, data_type
    try:
        kind = find_class(data_type) or object
        data = None if chosen.DRAWN_FROM_FILES else instance.load_sample(kind)
        return draw(instance, data)
    except ArtifactctlError:
        raise
    except Exception as error:  # of the library that reads the data
        raise InvalidInputError(
            f"an object of {data_type!r} cannot be shown: {type(error).__name__}: {one_line(error)}"
        ) from error


def _checked(root: Path, given: str, kind: object) -> Drawing:
    path = Path(os.path.normpath(root / given))
    if not path.is_relative_to(root) or not path.is_file():
        raise InvalidInputError(
            f"visualization {given!r} is not a file in the materializer's folder"
        )
    try:
        return Drawing(check_member_path(path.relative_to(root).as_posix()), _type_of(kind))
    except ArtifactctlError as error:
        raise error.about(f"visualization {given!r}") from error


def _check_no_links(folder: Path, drawings: Iterable[Drawing]) -> None:
    """Raise `InvalidInputError` for a file that a link leads to, which may be anywhere."""
    root = os.path.realpath(folder)
    for item in drawings:
        if os.path.realpath(folder / item.path) != os.path.join(root, item.path):
            raise InvalidInputError(
                f"visualization {item.path!r} is not a file in the materializer's folder"
            )


def _type_of(kind: Any) -> VisualizationType:
    """The format that is meant, also by a member of another enumeration with the same value."""
    try:
        return VisualizationType(getattr(kind, "value", kind))
    except ValueError:
        known = ", ".join(VisualizationType)
        raise InvalidInputError(f"format {kind!r} is not known", hint=f"use {known}") from None


def _stamps(folder: Path) -> _Stamps:
    """Inode, size and times of each file, by path, which differ once it was changed."""
    found = {}
    for inside, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = os.path.join(inside, name)
            status = os.lstat(path)
            if not stat.S_ISDIR(status.st_mode):
                stamp = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                found[Path(path).relative_to(folder).as_posix()] = stamp
    return found


def _warn(data: Any, problem: str) -> None:
    warn_caller(f"no visualizations of {type(data).__name__}: {problem}")
