"""What is known of an object that code uses: how its name gets it, and what it holds."""

import ast
import dataclasses
import enum
import sys
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import PurePath
from types import FunctionType, ModuleType
from typing import Any, NamedTuple
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
# Where these are computed they differ from one copy of a project, or one moment, to the next.
_PASSING = (PurePath, UUID, date, time, timedelta)


class Statement(NamedTuple):
    """What gives a name its value: as text, what it names, and where that gets its values."""

    text: str
    uses: Uses
    scope: Scope
    is_literal: bool = False


def statements_of(
    name: str, scope: Scope, seen: frozenset[tuple[int, str]] = frozenset()
) -> Iterator[Statement]:
    """What gives a name its value, in its own module or in the one that it is imported from."""
    here = (id(scope.names), name)
    if scope.source is None or here in seen:
        return
    seen, found = seen | {here}, scope.source.bindings.get(name, [])
    for node in found:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    wanted = Import(node.module or "", node.level)
                    yield from _imported(wanted, alias.name, scope, seen)
        else:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            is_literal = value is not None and _is_literal(value)
            yield Statement(text_of(node), uses_of_tree(node), scope, is_literal)
    if not found:
        for wanted in scope.source.stars:
            yield from _imported(wanted, name, scope, seen)


def _imported(
    wanted: Import, name: str, scope: Scope, seen: frozenset[tuple[int, str]]
) -> Iterator[Statement]:
    module_name = absolute_name(wanted, str(scope.names.get("__package__") or "")) or ""
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


def content_of(value: Any, *, is_given: bool) -> str:
    """What an object holds, as far as that is plain.

    Of what was not computed by its module, but `is_given`, more counts.
    """
    if is_given and isinstance(value, _PASSING):
        return str(value)
    is_data = dataclasses.is_dataclass(value) or hasattr(type(value), "model_fields")
    if not is_data and not isinstance(value, _HOLDING):
        is_ours = is_given and is_project_code(type(value)) and hasattr(value, "__dict__")
        return content_of(dict(vars(value)), is_given=False) if is_ours else ""
    try:
        return canonical_json(as_json("", value, lambda version: version.id)).decode()
    except Exception:  # it holds what is not plain, or a stranger's code has no answer
        return ""


def members_of(value: Any) -> list[Any]:
    """The functions and classes of the project that a list or dict holds, as a registry does."""
    several = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(several, list | tuple):
        return []
    found = [item for item in several if isinstance(unwrapped(item), FunctionType | type)]
    return [item for item in found if is_project_code(unwrapped(item))]


def name_of(thing: Any) -> str:
    """What something is called that is not looked into, wherever it is in its library."""
    if isinstance(thing, ModuleType):
        return f"module {thing.__name__}"
    library = str(getattr(thing, "__module__", "")).partition(".")[0]
    return f"{library}:{getattr(thing, '__qualname__', getattr(thing, '__name__', ''))}"
