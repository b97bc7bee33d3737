"""Whole files and folders under the names of ZenML's `io_utils`, by the rules of `fileio`."""

import os
from collections.abc import Iterator
from fnmatch import fnmatch

from artifactctl.client import fileio
from artifactctl.errors import PathNotFoundError, WrongUsageError


def read_file_contents_as_string(file_path: fileio.PathType) -> str:
    """The text of a file; raises `PathNotFoundError` (a `FileNotFoundError`) without one."""
    if not fileio.exists(file_path):
        raise PathNotFoundError(f"there is no file {fileio.convert_to_str(file_path)!r}")
    with fileio.open(file_path) as file:
        return str(file.read())


def write_file_contents_as_string(file_path: fileio.PathType, content: str) -> None:
    """Write a text into a file; raises `WrongUsageError` (a `ValueError`) for anything else."""
    if not isinstance(content, str):
        raise WrongUsageError(f"the content is of type {type(content).__name__}, not a text")
    with fileio.open(file_path, "w") as file:
        file.write(content)


def create_file_if_not_exists(file_path: fileio.PathType, file_contents: str = "{}") -> None:
    """Make a file, and the folders above it, unless it exists."""
    if not fileio.exists(file_path):
        fileio.makedirs(os.path.dirname(os.path.abspath(fileio.convert_to_str(file_path))))
        write_file_contents_as_string(file_path, file_contents)


def create_dir_if_not_exists(dir_path: fileio.PathType) -> None:
    """Make a folder in one that exists, unless it exists."""
    if not fileio.isdir(dir_path):
        fileio.mkdir(dir_path)


def create_dir_recursive_if_not_exists(dir_path: fileio.PathType) -> None:
    """Make a folder and those above it, unless it exists."""
    if not fileio.isdir(dir_path):
        fileio.makedirs(dir_path)


def copy_dir(
    source_dir: fileio.PathType, destination_dir: fileio.PathType, overwrite: bool = False
) -> None:
    """Copy a folder with all that is in it.

    Raises `PathTakenError` (a `FileExistsError`) for a file that exists, unless it may `overwrite`.
    """
    source, destination = map(fileio.convert_to_str, (source_dir, destination_dir))
    for folder, _, names in fileio.walk(source):
        target = os.path.join(destination, os.path.relpath(folder, source))
        fileio.makedirs(target)
        for name in names:
            fileio.copy(os.path.join(folder, name), os.path.join(target, name), overwrite)


def find_files(dir_path: fileio.PathType, pattern: str) -> Iterator[str]:
    """The files at any depth of a folder whose names match a pattern such as `*.png`."""
    for folder, _, names in fileio.walk(dir_path):
        yield from (os.path.join(folder, name) for name in names if fnmatch(name, pattern))


def move(source: fileio.PathType, destination: fileio.PathType, overwrite: bool = False) -> None:
    """Rename a file; raises `PathTakenError` (a `FileExistsError`) unless it may `overwrite`."""
    fileio.rename(source, destination, overwrite)
