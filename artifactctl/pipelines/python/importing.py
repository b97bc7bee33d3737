"""Import of pipelines, functions and other objects that are given by name."""

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artifactctl.errors import ArtifactctlError, InvalidInputError, NotFoundError
from artifactctl.pipelines.python.definitions import PipelineDefinition


def import_pipeline(source: str, folder: Path) -> PipelineDefinition[...]:
    """Import a Python pipeline; modules are searched for in `folder` first.

    Raises `NotFoundError` when there is no such module or function, and `InvalidInputError` when it
    is not a pipeline or its module cannot be loaded.
    """
    module_name, _, path = source.rpartition(":")
    # It is left there: functions import modules when they are called, too.
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    found: Any = _import(module_name)
    for name in path.split("."):
        if not hasattr(found, name):
            known = [
                key for key, value in vars(found).items() if isinstance(value, PipelineDefinition)
            ]
            raise NotFoundError(
                f"module {module_name!r} has no {path!r}",
                hint=f"it has the pipelines {', '.join(known)}" if known else "",
            )
        found = getattr(found, name)
    if not isinstance(found, PipelineDefinition):
        raise InvalidInputError(f"{source} is not a pipeline", hint="decorate it: @pipeline")
    return found


def _import(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # The module or a package above it is missing, and not a module that it imports.
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            hint = "it is looked for beside the file, then as Python does"
            raise NotFoundError(f"there is no module {name!r}", hint=hint) from None
        raise InvalidInputError(f"module {name!r} cannot be loaded: {error}") from error
    except ArtifactctlError:
        raise
    except (Exception, SystemExit) as error:  # raised by the module's own code
        reason = f"{type(error).__name__}: {error}"
        raise InvalidInputError(f"module {name!r} cannot be loaded: {reason}") from error


def imported_object(owner: str, option: str, given: Any) -> Any:
    """The object of `module.name`, or of `module` and `attribute`; other values are returned.

    Raises `NotFoundError` when there is no such object.
    """
    if isinstance(given, Mapping):
        given = ".".join(str(given[key]) for key in ("module", "attribute") if given.get(key))
    if not isinstance(given, str):
        return given
    module, _, name = given.replace(":", ".").rpartition(".")
    try:
        return _attribute(module, name) if module else _module(name)
    except (ImportError, AttributeError) as error:
        try:
            return _module(given)
        except ImportError:
            raise NotFoundError(
                f"{option} of {owner}: there is no {given!r}",
                hint="write module.name, as it is imported",
            ) from error


def _attribute(module: str, name: str) -> object:
    return getattr(_module(module), name)


def _module(name: str) -> object:
    """An imported module; the running script is not imported a second time."""
    script = getattr(sys.modules["__main__"], "__file__", None)
    if name not in sys.modules and script and os.path.basename(script) == f"{name}.py":
        return sys.modules["__main__"]
    return importlib.import_module(name)
