"""The values of global names: the statements that assign them, and their contents."""

import ast
import dataclasses
import enum
import sys
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import PurePath
from types import FunctionType, ModuleType
from typing import NamedTuple
from uuid import UUID

from artifactctl.json_text import canonical_json
from artifactctl.pipelines.code.names import Import, Uses, uses_of_tree
from artifactctl.pipelines.code.project import absolute_name, is_project_module
from artifactctl.pipelines.code.reading import (
    Scope,
    is_project_code,
    scope_of_module,
    unwrapped,
)
from artifactctl.pipelines.code.sources import text_of
from artifactctl.pipelines.plain import as_json

_HOLDING = (list, tuple, dict, set, frozenset, enum.Enum)
# Computed paths and times differ between copies of a project, and between moments.
_CHANGING = (PurePath, UUID, date, time, timedelta)


class Statement(NamedTuple):
    """A statement that assigns a name: its text, the names in it, and their scope."""

    text: str
    uses: Uses
    scope: Scope
    is_literal: bool = False


def statements_of(
    name: str, scope: Scope, seen: frozenset[tuple[int, str]] = frozenset()
) -> Iterator[Statement]:
    """The statements that assign a name, in its own module or in that of its import."""
    here = (id(scope.names), name)
    if scope.source is None or here in seen:
        return
    seen, found = seen | {here}, scope.source.bindings.get(name, [])
    for node in found:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    imported = Import(node.module or "", node.level)
                    yield from _imported(imported, alias.name, scope, seen)
        else:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            is_literal = value is not None and _is_literal(value)
            yield Statement(text_of(node), uses_of_tree(node), scope, is_literal)
    if not found:
        for imported in scope.source.stars:
            yield from _imported(imported, name, scope, seen)


def _imported(
    imported: Import, name: str, scope: Scope, seen: frozenset[tuple[int, str]]
) -> Iterator[Statement]:
    module_name = absolute_name(imported, str(scope.names.get("__package__") or "")) or ""
    module = sys.modules.get(module_name)
    if module is not None and is_project_module(module) and name in vars(module):
        yield from statements_of(name, scope_of_module(module), seen)
    else:
        yield Statement(f"from {module_name} import {name}", Uses(), scope)


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def content_of(value: object, *, is_given: bool) -> str:
    """The content of an object as text; empty unless it is plain data.

    With `is_given`, for an object that no statement of the module makes, dates, paths and the
    attributes of project objects count as well.
    """
    if is_given and isinstance(value, _CHANGING):
        return str(value)
    is_data = dataclasses.is_dataclass(value) or hasattr(type(value), "model_fields")
    if not is_data and not isinstance(value, _HOLDING):
        is_ours = is_given and is_project_code(type(value)) and hasattr(value, "__dict__")
        return content_of(dict(vars(value)), is_given=False) if is_ours else ""
    try:
        return canonical_json(as_json("", value, lambda version: version.id_text)).decode()
    except Exception:  # not plain data, or the object's own code raises
        return ""


def members_of(value: object) -> list[object]:
    """The project functions and classes in a list or dict, such as a registry."""
    several = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(several, list | tuple):
        return []
    found = [item for item in several if isinstance(unwrapped(item), FunctionType | type)]
    return [item for item in found if is_project_code(unwrapped(item))]


def name_of(thing: object) -> str:
    """The name of an object whose code does not count, with that of its library.

    The module within the library is left out.
    """
    if isinstance(thing, ModuleType):
        return f"module {thing.__name__}"
    library = str(getattr(thing, "__module__", "")).partition(".")[0]
    return f"{library}:{getattr(thing, '__qualname__', getattr(thing, '__name__', ''))}"
