"""The source text of a function or class, and the scope of the names in it."""

import ast
import copy
import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from artifactctl.pipelines.code.names import Uses, uses_of_code, uses_of_tree
from artifactctl.pipelines.code.project import is_project
from artifactctl.pipelines.code.sources import Source, code_text, source_of, text_of

Code = FunctionType | type
_PLAIN = (str, bytes, int, float, complex, bool, type(None))
_PACKAGE = "artifactctl"
# The functions in a property, and in a cached_property.
_ACCESSORS = ("fget", "fset", "fdel", "func")


@dataclass(frozen=True)
class Scope:
    """The values of names in a piece of code; `source` is the text of its module."""

    names: Mapping[str, Any]
    source: Source | None = None
    enclosed: Mapping[str, Any] = field(default_factory=dict)


def is_plain(value: object) -> bool:
    """Whether a value is a number, a text or the like, whose `repr` shows all of it."""
    return isinstance(value, _PLAIN)


def scope_of(thing: Code) -> Scope:
    """The scope of a function or class."""
    functions = [thing] if isinstance(thing, FunctionType) else list(functions_of(thing))
    enclosed: dict[str, Any] = {}
    for function in functions:
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        for name, cell in cells:
            try:
                enclosed[name] = cell.cell_contents
            except ValueError:  # the enclosing function has not assigned the variable yet
                continue
    module = sys.modules.get(thing.__module__)
    names = functions[0].__globals__ if functions else vars(module) if module else {}
    return Scope(names, source_of(names, _filename_of(thing)), enclosed)


def scope_of_module(module: ModuleType) -> Scope:
    """The scope of the functions of a module."""
    return Scope(vars(module), source_of(vars(module), getattr(module, "__file__", None)))


def unwrapped(value: object) -> Any:
    """The project function inside a step, a cache or another wrapper; else the value itself."""
    while not (isinstance(value, FunctionType) and is_project_code(value)):
        if isinstance(value, type | ModuleType):
            return value
        is_step = type(value).__module__.partition(".")[0] == _PACKAGE
        attribute = "entrypoint" if is_step else "__wrapped__"
        inner = inspect.getattr_static(value, attribute, None)
        if not callable(inner) or inner is value:
            return value
        value = inner
    return value


def is_project_code(thing: Code) -> bool:
    """Whether a function or class is written in the project."""
    return is_project(thing.__module__ or "", _filename_of(thing))


def _filename_of(thing: Code) -> str | None:
    """The file that a function or class was compiled from; for a notebook, the cell's name."""
    if isinstance(thing, FunctionType):
        return thing.__code__.co_filename
    found = getattr(sys.modules.get(thing.__module__), "__file__", None)
    if found is None:
        found = next((f.__code__.co_filename for f in functions_of(thing)), None)
    return found


def functions_of(thing: type) -> Iterator[FunctionType]:
    """The functions of a class, without generated ones such as a dataclass's `__init__`."""
    is_in_file = hasattr(sys.modules.get(thing.__module__), "__file__")
    for member in vars(thing).values():
        for part in (member, *(inspect.getattr_static(member, name, None) for name in _ACCESSORS)):
            function = inspect.getattr_static(part, "__func__", part)
            if isinstance(part, staticmethod | classmethod):
                function = part.__func__
            if isinstance(function, FunctionType):
                is_generated = function.__code__.co_filename.startswith("<")
                if not (is_generated and is_in_file):
                    yield function


def read(thing: Code, scope: Scope) -> tuple[str, Uses]:
    """The code as text, without artifactctl's decorators, and the names that it uses."""
    source = scope.source
    node = _node_of(thing, source)
    if node is None or source is None:
        return _compiled(thing)
    if id(node) not in source.known:
        source.known[id(node)] = _read(thing, node, scope)
    return source.known[id(node)]


def _read(thing: Code, node: ast.AST, scope: Scope) -> tuple[str, Uses]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        node = copy.copy(node)
        node.decorator_list = [d for d in node.decorator_list if not _is_own_decorator(d, scope)]
    if isinstance(thing, FunctionType):
        return text_of(node), _uses_of_function(node, thing)
    return text_of(node), uses_of_tree(node)


def _node_of(thing: Code, source: Source | None) -> ast.AST | None:
    if source is None:
        return None
    if isinstance(thing, FunctionType):
        return source.node_of(thing.__code__)
    own = [function for function in functions_of(thing) if is_written_in(thing, function)]
    if any(source.node_of(function.__code__) is None for function in own):
        return None
    return source.class_node(thing.__qualname__, {f.__code__.co_firstlineno for f in own})


def is_written_in(thing: type, function: FunctionType) -> bool:
    """Whether a function is defined in the body of the class, and not added later."""
    return function.__code__.co_qualname.startswith(f"{thing.__qualname__}.")


def _is_own_decorator(decorator: ast.expr, scope: Scope) -> bool:
    """Whether a decorator is artifactctl's, such as `@step`."""
    node: ast.AST = decorator
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    if not isinstance(node, ast.Name):
        return False
    value = {**scope.names, **scope.enclosed}.get(node.id)
    module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    return str(module).partition(".")[0] == _PACKAGE


def _uses_of_function(node: ast.AST, function: FunctionType) -> Uses:
    """The names in a function that are not its local variables."""
    if isinstance(node, ast.Lambda):
        outside: list[ast.AST] = [node.args]
        inside: list[ast.AST] = [node.body]
    else:
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        outside = [node.args, *node.decorator_list, *filter(None, [node.returns])]
        inside = list(node.body)
    found = Uses()
    for part in outside:
        found.add(uses_of_tree(part))
    code = function.__code__
    body = uses_of_tree(ast.Module(inside, []))  # type: ignore[arg-type]
    found.add(body, {*code.co_varnames, *code.co_cellvars})
    return found


def _compiled(thing: Code) -> tuple[str, Uses]:
    """The byte code of code without source, and its names; it differs between Python versions."""
    if isinstance(thing, FunctionType):
        defaults: dict[Any, Any] = {
            **dict(enumerate(thing.__defaults__ or ())),
            **(thing.__kwdefaults__ or {}),
        }
        shown = [f"{name}={value!r}" for name, value in defaults.items() if is_plain(value)]
        return "\0".join([code_text(thing.__code__), *shown]), uses_of_code(thing.__code__)
    uses, texts = Uses(), []
    for function in functions_of(thing):
        texts.append(code_text(function.__code__))
        uses.add(uses_of_code(function.__code__))
    plain_members = [
        f"{name}={value!r}"
        for name, value in sorted(vars(thing).items())
        if not name.startswith("__") and is_plain(value)
    ]
    return "\0".join([thing.__qualname__, *plain_members, *texts]), uses
