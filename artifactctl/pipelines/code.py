"""The code of a step, as far as a change of it changes what the step does."""

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from artifactctl.digests import digest_of

_PLAIN = (str, bytes, int, float, complex, bool, type(None))


def code_digest(function: Callable[..., Any]) -> str:
    """A digest of a function's code, and of what it uses of its own module.

    Those are functions and classes that it names, and so on from there, and constants: numbers and
    texts as they are, lists and the like as they are written. Comments, blank lines and decorators
    do not count. What other modules do is not looked at.
    """
    texts: dict[str, str] = {}
    first = inspect.unwrap(function)
    _gather(first, texts)
    parts = [first.__qualname__, *(f"{name}\0{texts[name]}" for name in sorted(texts))]
    return digest_of("\0".join(parts).encode())


def _gather(thing: Any, texts: dict[str, str]) -> None:
    """Note the code of a function or class, and of what it refers to."""
    key = f"{thing.__module__}.{thing.__qualname__}"
    if key in texts:
        return
    texts[key] = _text_of(thing)
    for function in _functions_of(thing):
        for name, value in _references(function):
            _note(function, name, value, texts)


def _note(function: FunctionType, name: str, value: Any, texts: dict[str, str]) -> None:
    value = getattr(value, "entrypoint", value)  # a step that is called as a function
    key = f"{function.__module__}:{name}"
    if isinstance(value, _PLAIN):
        texts[key] = repr(value)
    elif isinstance(value, tuple | list | dict | set | frozenset):
        # As it is written: what it holds by now may be what earlier steps have put there.
        literal = _literals(_module_source(function)).get(name)
        if literal is not None:
            texts[key] = literal
    elif isinstance(value, FunctionType | type) and value.__module__ == function.__module__:
        _gather(value, texts)


def _module_source(function: FunctionType) -> str:
    try:
        return "".join(inspect.findsource(function)[0])
    except (OSError, TypeError):
        return ""


@lru_cache(maxsize=32)
def _literals(source: str) -> dict[str, str]:
    """The names that a module's top level gives to literals, with these as text."""
    try:
        nodes = ast.parse(source).body
    except SyntaxError:
        return {}
    found: dict[str, str] = {}
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and value is not None
            and _is_literal(value)
        ):
            found |= {t.id: ast.unparse(value) for t in targets if isinstance(t, ast.Name)}
    return found


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _functions_of(thing: Any) -> list[FunctionType]:
    if isinstance(thing, FunctionType):
        return [thing]
    members = [getattr(member, "__func__", member) for member in vars(thing).values()]
    return [member for member in members if isinstance(member, FunctionType)]


def _references(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function names: globals, what it encloses, and its defaults."""
    for name in sorted(_names(function.__code__)):
        if name in function.__globals__:
            yield name, function.__globals__[name]
    variables = function.__code__.co_freevars
    for name, cell in zip(variables, function.__closure__ or (), strict=True):
        try:
            yield f"{function.__qualname__}.{name}", cell.cell_contents
        except ValueError:  # not filled yet
            continue


def _names(code: CodeType) -> set[str]:
    found = {name for name in code.co_names if not hasattr(builtins, name)}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found


def _text_of(thing: Any) -> str:
    """The code without comments and decorators; byte code where there is no source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    except (OSError, TypeError, SyntaxError):
        return _compiled(thing)
    node = tree.body[0]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        node.decorator_list = []
        return ast.unparse(node)
    return ast.unparse(tree)


def _compiled(thing: Any) -> str:
    return "\0".join(_code_text(function.__code__) for function in _functions_of(thing))


def _code_text(code: CodeType) -> str:
    constants = [_code_text(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {constants}"
