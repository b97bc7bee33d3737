"""File operations under ZenML's names, which leave the artifact store's own files alone.

Paths are local; `file://` in front is accepted. Everything may be read. What a store keeps itself
(`blobs`, `manifests`, `records` …) is not changed; folders beside these belong to the user.
"""

import builtins
import glob as patterns
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from artifactctl.errors import PathNotFoundError, PathTakenError, UnsafeError

PathType = str | bytes | os.PathLike[str]

_OWN = frozenset(
    {"blobs", "manifests", "records", "owners", "quarantine", "tmp", "format.json", "catalog.db"}
)
"""The names in a store that the store itself uses."""

_PARTS_OF_WORK = 3  # tmp, the folder of the work, and something in it


def convert_to_str(path: PathType) -> str:
    """The path as text, without `file://`; raises `UnsafeError` for another kind of URL."""
    text = os.fsdecode(path).removeprefix("file://")
    if "://" in text:
        raise UnsafeError(f"{text!r} is not a local path", hint="give the path of a local file")
    return text


def open(path: PathType, mode: str = "r") -> IO[Any]:  # noqa: A001 (ZenML's name)
    """Open a file; text is UTF-8."""
    text = convert_to_str(path) if set(mode) <= set("rbt") else _changeable(path)
    return builtins.open(text, mode, encoding=None if "b" in mode else "utf-8")


def copy(src: PathType, dst: PathType, overwrite: bool = False) -> None:
    """Copy a file; raises `PathTakenError` (a `FileExistsError`) unless it may `overwrite`."""
    shutil.copyfile(_existing(src), _free(dst, overwrite=overwrite))


def exists(path: PathType) -> bool:
    """Whether there is a file or folder."""
    return os.path.exists(convert_to_str(path))


def glob(pattern: PathType) -> list[str]:
    """The paths that match a pattern, sorted."""
    return sorted(patterns.glob(convert_to_str(pattern)))


def isdir(path: PathType) -> bool:
    """Whether there is a folder."""
    return os.path.isdir(convert_to_str(path))


def listdir(path: PathType, only_file_names: bool = True) -> list[str]:
    """The names in a folder, sorted, or with `only_file_names=False` their paths."""
    folder = convert_to_str(path)
    names = sorted(os.listdir(folder))
    return names if only_file_names else [os.path.join(folder, name) for name in names]


def makedirs(path: PathType) -> None:
    """Make a folder and those above it; one that exists is fine."""
    os.makedirs(_changeable(path), exist_ok=True)


def mkdir(path: PathType) -> None:
    """Make a folder in one that exists."""
    os.makedirs(_parent_exists(_changeable(path)), exist_ok=True)


def remove(path: PathType) -> None:
    """Remove a file; raises `PathNotFoundError` (a `FileNotFoundError`) when there is none."""
    os.remove(_existing(_changeable(path)))


def rename(src: PathType, dst: PathType, overwrite: bool = False) -> None:
    """Rename a file; raises `PathTakenError` (a `FileExistsError`) unless it may `overwrite`."""
    os.replace(_existing(_changeable(src)), _free(dst, overwrite=overwrite))


def rmtree(dir_path: PathType) -> None:
    """Delete a folder with all that is in it; a link to a folder is refused."""
    text = _changeable(dir_path)
    if not os.path.isdir(text):
        raise TypeError(f"Path '{text}' is not a directory.")
    shutil.rmtree(text)


def stat(path: PathType) -> os.stat_result:
    """The size, times and mode of a file or folder."""
    return os.stat(convert_to_str(path))


def size(path: PathType) -> int:
    """The size in bytes of a file, or of all files in a folder."""
    text = convert_to_str(path)
    if not os.path.isdir(text):
        return os.path.getsize(text)
    return sum(
        os.path.getsize(os.path.join(folder, name))
        for folder, _, names in os.walk(text)
        for name in names
    )


def walk(
    top: PathType, topdown: bool = True, onerror: Callable[..., None] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each folder below `top` with the names of its folders and of its files."""
    return os.walk(convert_to_str(top), topdown, onerror)


def _changeable(path: PathType) -> str:
    """The path; raises `UnsafeError` for a store, and for what belongs to one."""
    text = convert_to_str(path)
    place = Path(os.path.realpath(text))
    for folder in (place, *place.parents):
        is_store = (folder / "format.json").is_file() and (folder / "blobs").is_dir()
        if is_store and _is_own(place.relative_to(folder).parts):
            raise UnsafeError(
                f"{text!r} belongs to the artifact store, which changes it by itself",
                hint=f"use another folder below {folder}",
            )
    return text


def _is_own(parts: tuple[str, ...]) -> bool:
    """Whether a path in a store is the store's; `tmp/NAME/…` is the user's work in progress."""
    if not parts or parts[0] not in _OWN:
        return not parts
    return parts[0] != "tmp" or len(parts) < _PARTS_OF_WORK


def _existing(path: PathType) -> str:
    text = convert_to_str(path)
    if not os.path.isfile(text):
        raise PathNotFoundError(f"there is no file {text!r}")
    return text


def _free(path: PathType, *, overwrite: bool) -> str:
    text = _changeable(path)
    if not overwrite and os.path.exists(text):
        raise PathTakenError(f"{text!r} exists", hint="give overwrite=True to replace it")
    return text


def _parent_exists(path: str) -> str:
    if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise PathNotFoundError(f"there is no folder to make {path!r} in")
    return path
