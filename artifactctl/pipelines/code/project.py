"""The user's project: whether code belongs to it, and the files of its modules."""

import contextlib
import glob
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from artifactctl.pipelines.code.names import Import

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_OWN = str(Path(os.path.abspath(__file__)).parents[2])


def is_project(module: str, filename: str | None) -> bool:
    """Whether code belongs to the project: not to Python, a package or artifactctl."""
    known = sys.modules.get(module)
    if filename is None or filename.startswith("<"):
        if filename is not None and filename.startswith("<frozen"):
            return False
        if module in sys.builtin_module_names:
            return False
        filename = getattr(known, "__file__", None)
    return filename is None or not _is_installed(os.path.abspath(filename))


@lru_cache(maxsize=4096)
def _is_installed(path: str) -> bool:
    if _INSTALLED.intersection(path.split(os.sep)):
        return True
    if any(path.startswith(f"{folder}{os.sep}") for folder in (_OWN, *_library_folders())):
        return True
    # `pip install --target` can put packages into any folder, even beside project modules.
    for folder in sys.path:
        place = f"{os.path.abspath(folder)}{os.sep}"
        if path.startswith(place) and path[len(place) :].split(os.sep)[0] in _unpacked(place):
            return True
    return False


@lru_cache(maxsize=256)
def _unpacked(folder: str) -> frozenset[str]:
    """The files and folders of installed packages in a folder, from their RECORD files."""
    found: set[str] = set()
    for record in glob.glob(os.path.join(glob.escape(folder), "*.dist-info", "RECORD")):
        with contextlib.suppress(OSError), open(record, encoding="utf-8", errors="replace") as file:
            found.update(line.split(",")[0].split("/")[0] for line in file)
    return frozenset(found)


@lru_cache(maxsize=1)
def _library_folders() -> tuple[str, ...]:
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
    folders = [*paths, os.path.dirname(os.__file__)]
    return tuple(dict.fromkeys(os.path.abspath(folder) for folder in folders if folder))


def is_project_module(module: ModuleType) -> bool:
    """Whether a module belongs to the project."""
    name, filename = module.__name__, getattr(module, "__file__", None)
    if filename is None and name != "__main__":  # a namespace package or a builtin module
        paths = [str(path) for path in getattr(module, "__path__", ())]
        return bool(paths) and not any(_is_installed(os.path.abspath(path)) for path in paths)
    return is_project(name, filename)


def absolute_name(imported: Import, package: str) -> str | None:
    """The absolute name of an imported module; None if the dots lead above the top package."""
    try:
        return importlib.util.resolve_name("." * imported.level + imported.module, package)
    except ImportError:
        return None


def files_of(imported: Import, package: str) -> Iterator[tuple[str, str]]:
    """The project files that an import executes, each with its package.

    Nothing is imported to find them.
    """
    module = absolute_name(imported, package)
    if module is None:
        return
    for name in (module, *(f"{module}.{part}" for part in imported.names)):
        yield from _files_to(name)


def _files_to(name: str) -> Iterator[tuple[str, str]]:
    path: Sequence[str] | None = None
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        spec = _spec(".".join(parts[:count]), path)
        if spec is None:
            return
        path = spec.submodule_search_locations
        if spec.origin and spec.has_location and is_project(spec.name, spec.origin):
            yield spec.origin, spec.name if path is not None else spec.parent or ""
        if path is None:
            return


def _spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    try:
        if path is not None:
            return PathFinder.find_spec(name, path)
        return importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):  # a module without a spec, such as a script
        return PathFinder.find_spec(name, path)
