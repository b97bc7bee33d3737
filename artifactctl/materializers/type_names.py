"""Types as text that a person can read, and back: without importing what data names."""

import sys
from importlib import import_module
from pathlib import PurePath
from typing import Any
from weakref import WeakValueDictionary

from artifactctl.errors import NotFoundError

_MAIN = ("__main__", "__mp_main__")
# Classes made inside of functions are in no module's namespace: those seen here are found again.
_seen: WeakValueDictionary[str, type] = WeakValueDictionary()


def module_name(module: str) -> str:
    """The name to import a module by: of the script that runs, the one that others know it by."""
    return (_name_of_main() or module) if module in _MAIN else module


def type_name(kind: type) -> str:
    """The shortest import path that leads to `kind`, such as `pandas.DataFrame`."""
    whole = module_name(kind.__module__)
    parts = whole.split(".")
    for length in range(1, len(parts)):
        module = ".".join(parts[:length])
        if _attribute(module, kind.__qualname__) is kind:
            return f"{module}.{kind.__qualname__}"
    return f"{whole}.{kind.__qualname__}"


def remember(kind: type) -> str:
    """Have `find_class` find `kind` in this process wherever it was defined; its name."""
    name = type_name(kind)
    _seen[name] = kind
    return name


def is_importable(kind: type) -> bool:
    """Whether its name leads to it, in other programs too: not of one made inside of a function."""
    return _attribute(kind.__module__, kind.__qualname__) is kind


def find_class(name: str, *, importing: bool = False) -> type | None:
    """The class of that `type_name`, if its module is imported; else None.

    `importing` is the consent to run the code of the module that data names.
    """
    module, found = name, None
    while found is None and "." in module:
        module = module.rpartition(".")[0]
        found = _found(module, name[len(module) + 1 :], importing=importing)
    if isinstance(found, type) and name in (type_name(found), _path_of(found)):
        return found
    return _seen.get(name)


def imported(module: str, qualname: str) -> Any:
    """What `module` calls so, or None; the module is imported for it, which runs its code."""
    return _found(module, qualname, importing=True)


def required_class(name: str, *, importing: bool) -> type:
    """The class of that name; raises `NotFoundError` when nothing has imported it."""
    found = find_class(name, importing=importing)
    if found is None:
        raise NotFoundError(
            f"the data is an object of {name!r}, a class that is not imported here",
            hint="import the module that defines it before loading, or give the class",
        )
    return found


def _path_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _name_of_main() -> str | None:
    """What `python -m` was given, or else what the script is called, if it can be imported so."""
    main = sys.modules.get("__main__")
    spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    if spec is not None:
        return str(spec.name)
    script = PurePath(file or "")
    return script.stem if script.suffix == ".py" and script.stem.isidentifier() else None


def _found(module: str, qualname: str, *, importing: bool) -> Any:
    if _is_main(module):  # imported under its name it would run once more
        found = _attribute("__main__", qualname)
        if found is not None:
            return found
    elif importing and module not in sys.modules:
        _try_import(module)
    return _attribute(module, qualname)


def _is_main(module: str) -> bool:
    """Whether it is the script that runs, or what cannot be in it since it is no package."""
    main = _name_of_main()
    return main is not None and (module == main or module.startswith(f"{main}."))


def _attribute(module: str, qualname: str) -> Any:
    """What `qualname` is there; namespaces are read directly, so that no code of theirs runs."""
    found: Any = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found


def _try_import(module: str) -> None:
    if not all(part.isidentifier() for part in module.split(".")):
        return
    try:
        import_module(module)
    except ImportError:
        return
