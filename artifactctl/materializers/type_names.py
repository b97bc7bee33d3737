"""Types as text that a person can read, and back: without importing what data names."""

import sys
from importlib import import_module
from typing import Any
from weakref import WeakValueDictionary

from artifactctl.errors import NotFoundError

# Classes made inside of functions are in no module's namespace: those seen here are found again.
_seen: WeakValueDictionary[str, type] = WeakValueDictionary()


def type_name(kind: type) -> str:
    """The shortest import path that leads to `kind`, such as `pandas.DataFrame`."""
    parts = kind.__module__.split(".")
    for length in range(1, len(parts)):
        module = ".".join(parts[:length])
        if _attribute(module, kind.__qualname__) is kind:
            return f"{module}.{kind.__qualname__}"
    return f"{kind.__module__}.{kind.__qualname__}"


def remember(kind: type) -> str:
    """Have `find_class` find `kind` in this process wherever it was defined; its name."""
    name = type_name(kind)
    _seen[name] = kind
    return name


def find_class(name: str, *, importing: bool = False) -> type | None:
    """The class of that `type_name`, if its module is imported; else None.

    `importing` is the consent to run the code of the module that data names.
    """
    module, found = name, None
    while found is None and "." in module:
        module = module.rpartition(".")[0]
        if importing and module not in sys.modules:
            _try_import(module)
        found = _attribute(module, name[len(module) + 1 :])
    if isinstance(found, type) and type_name(found) == name:
        return found
    return _seen.get(name)


def required_class(name: str, *, importing: bool) -> type:
    """The class of that name; raises `NotFoundError` when nothing has imported it."""
    found = find_class(name, importing=importing)
    if found is None:
        raise NotFoundError(
            f"the data is an object of {name!r}, a class that is not imported here",
            hint="import the module that defines it before loading, or give the class",
        )
    return found


def _attribute(module: str, qualname: str) -> Any:
    """What `qualname` is there; namespaces are read directly, so that no code of theirs runs."""
    found: Any = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found


def _try_import(module: str) -> None:
    try:
        import_module(module)
    except ImportError:
        return
