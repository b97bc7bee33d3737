"""Classes by name: the import path that is recorded with data, and the class that it leads to.

Nothing is imported because data names it, unless the caller has consented to that.
"""

import sys
from collections.abc import Callable, Mapping
from functools import reduce
from importlib import import_module
from operator import or_
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin
from weakref import WeakValueDictionary

from artifactctl.errors import CannotHoldError, InvalidInputError, NotFoundError

ClassNamed: TypeAlias = Callable[[str], Any]
"""Gives the class of a name, or raises `NotFoundError`."""

_IN_A_MODULE = "define it in a module, and not inside of a function"
_MAIN = ("__main__", "__mp_main__")
_CONTAINERS = (list, dict, tuple, set, frozenset)
# `int | None` and `Optional[int]` are different objects before Python 3.14.
_UNIONS: Mapping[str, Callable[[Any], Any]] = {
    "|": lambda inner: reduce(or_, inner),
    "Union": lambda inner: Union[inner],  # noqa: UP007
}
# A class that a function makes is in no module's namespace: those saved here are found again.
_remembered: WeakValueDictionary[str, type] = WeakValueDictionary()


def module_name(module: str) -> str:
    """The name to import a module by; for the running script, the one other programs know."""
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
    """The `type_name` of `kind`, by which `find_class` finds it in this process from now on."""
    name = type_name(kind)
    _remembered[name] = kind
    return name


def is_importable(kind: type) -> bool:
    """Whether other programs find it by its name: not if it is made inside of a function."""
    return _attribute(kind.__module__, kind.__qualname__) is kind


def find_class(name: str, *, importing: bool = False) -> type | None:
    """The class of that `type_name`, if its module is imported; else None.

    `importing` is the consent to import the module that the data names, which runs its code.
    """
    module, found = name, None
    # A name does not say where its module ends: `a.b.C.D` may be the class `C.D` of `a.b`.
    while found is None and "." in module:
        module = module.rpartition(".")[0]
        found = _found(module, name[len(module) + 1 :], importing=importing)
    if isinstance(found, type) and name in (type_name(found), _path_of(found)):
        return found
    return _remembered.get(name)


def required_class(name: str, *, importing: bool) -> type:
    """The class of that name; raises `NotFoundError` when its module is not imported."""
    found = find_class(name, importing=importing)
    if found is None:
        raise NotFoundError(
            f"the data is an object of {name!r}, a class that is not imported here",
            hint="import the module that defines it before loading, or give the class",
        )
    return found


def imported(module: str, qualname: str) -> object:
    """The object `qualname` of a module, or None; imports the module, which runs its code."""
    return _found(module, qualname, importing=True)


def class_as_json(kind: type) -> Any:
    """Its name; or for a generic pydantic model its origin and arguments.

    `Page[int]` is `["app.Page", ["builtins.int"]]`: no module holds a class of the name
    `Page[int]` before code uses that. Raises `CannotHoldError` for a class that other
    programs do not find.
    """
    content = _as_json(kind)
    if not isinstance(content, str) and class_from_json(content, find_class) is not kind:
        raise CannotHoldError(
            f"other programs cannot import the class {kind.__qualname__!r}", hint=_IN_A_MODULE
        )
    return content


def class_from_json(content: Any, class_named: ClassNamed) -> Any:
    """The class that `class_as_json` wrote."""
    if content is None:
        return NoneType
    if isinstance(content, str):
        return class_named(content)
    origin, args = content
    inner = tuple(class_from_json(arg, class_named) for arg in args)
    if isinstance(origin, str) and origin in _UNIONS:
        return _UNIONS[origin](inner)
    found = class_from_json(origin, class_named)
    if found not in _CONTAINERS and not hasattr(found, "__pydantic_generic_metadata__"):
        raise InvalidInputError(f"{origin!r} is not a generic class")
    return found[inner]


def _as_json(kind: Any) -> Any:
    if kind is NoneType or kind is None:
        return None
    generic = getattr(kind, "__pydantic_generic_metadata__", None)
    if generic is not None and generic["origin"] is not None:
        return [_as_json(generic["origin"]), [_as_json(arg) for arg in generic["args"]]]
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        union = "Union" if origin is Union else "|"
        return [union, [_as_json(arg) for arg in get_args(kind)]]
    if origin in _CONTAINERS:
        return [_as_json(origin), [_as_json(arg) for arg in get_args(kind)]]
    if isinstance(kind, type) and is_importable(kind):
        return remember(kind)
    raise CannotHoldError(f"other programs cannot import the class {kind!r:.80}", hint=_IN_A_MODULE)


def _path_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _name_of_main() -> str | None:
    """The module given to `python -m`, or the script's file name if it can be imported by it."""
    main = sys.modules.get("__main__")
    spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    if spec is not None:
        return str(spec.name)
    script = PurePath(file or "")
    return script.stem if script.suffix == ".py" and script.stem.isidentifier() else None


def _found(module: str, qualname: str, *, importing: bool) -> object:
    if _is_main(module):  # importing it under its name would run the script once more
        found = _attribute("__main__", qualname)
        if found is not None:
            return found
    elif importing and module not in sys.modules:
        _try_import(module)
    return _attribute(module, qualname)


def _is_main(module: str) -> bool:
    """Whether it is the running script, or below it, where nothing can be: it is no package."""
    main = _name_of_main()
    return main is not None and (module == main or module.startswith(f"{main}."))


def _attribute(module: str, qualname: str) -> object:
    """The object `qualname` of a module; namespaces are read directly, so that no code runs."""
    found: object = sys.modules.get(module)
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
