"""The code of a step, as far as a change of it changes what the step does."""

import ast
import dataclasses
import enum
import importlib.util
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import partial
from inspect import getattr_static
from pathlib import PurePath
from types import FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple
from uuid import UUID

from artifactctl.digests import digest_of
from artifactctl.json_text import canonical_json
from artifactctl.pipelines.code_names import Chain, Import, Uses, uses_of_tree
from artifactctl.pipelines.code_reading import (
    Scope,
    functions_of,
    is_plain,
    is_project_code,
    is_written_in,
    read,
    scope_of,
    scope_of_module,
    unwrapped,
)
from artifactctl.pipelines.code_sources import Source, source_of, text_of
from artifactctl.pipelines.inputs import described
from artifactctl.pipelines.project_code import files_of, is_project_module

# What a module knows of itself is other when it is executed as a script.
_OF_MODULES = frozenset(
    {"__name__", "__file__", "__package__", "__spec__", "__doc__", "__loader__", "__cached__"}
)
_HOLDING = (list, tuple, dict, set, frozenset, enum.Enum)
# They differ from one copy of a project, or one moment, to the next where they are computed.
_PASSING = (PurePath, UUID, date, time, timedelta)


def code_digest(thing: Any) -> str:
    """A digest of the code of a function, class or module, and of what it uses of the project.

    Those are functions and classes that it names, in its own module and in others, and so on from
    there, and constants: numbers and texts as they are, lists and the like as they are written,
    and as they are where they are computed. Of modules that a function imports when it runs all
    counts. Comments, blank lines and what makes a step of a function do not count, nor does what
    a module is called; what is installed is not looked at.
    """
    walk = _Walk()
    walk.start(thing)
    return digest_of("\0".join(walk.parts).encode("utf-8", "surrogatepass"))


class _Statement(NamedTuple):
    """What gives a name its value: as text, what it names, and where that gets its values."""

    text: str
    uses: Uses
    scope: Scope
    is_literal: bool = False


@dataclass
class _Walk:
    """What was gathered on the way from a piece of code to all that it uses.

    Each part is told by a number, in the order in which they are come to: what they are called,
    and where they are, is no matter.
    """

    parts: list[str] = field(default_factory=list)
    _numbers: dict[Any, int] = field(default_factory=dict)
    _alive: list[Any] = field(default_factory=list)
    _later: deque[Callable[[], None]] = field(default_factory=deque)

    def start(self, thing: Any) -> None:
        """Note an object of any kind and all that it uses."""
        self.parts.append(self._said("", thing, (), Scope({}), Uses(), is_root=True))
        while self._later:
            self._later.popleft()()

    def _number(self, key: Any, thing: Any, note: Callable[[int], None]) -> int:
        """The number of a thing; at its first mention what there is to `note` of it is queued."""
        if key not in self._numbers:
            self._numbers[key] = number = len(self._numbers)
            self._alive.append(thing)  # else another object may get its ID
            self._later.append(lambda: note(number))
        return self._numbers[key]

    def _note_code(self, thing: FunctionType | type, number: int) -> None:
        """Note a function or class."""
        scope = scope_of(thing)
        text, uses = read(thing, scope)
        self.parts.append(f"{number} {text}")
        self._follow(uses, scope, number)
        if isinstance(thing, type):
            # The bases of a class without source, and what was put there later, have no names.
            strange = [f for f in functions_of(thing) if not is_written_in(thing, f)]
            for part in (*thing.__bases__, *strange):
                self.parts.append(f"{number} has {self._said('', part, (), scope, Uses())}")

    def _note_text(self, source: Source | None, name: str, number: int) -> None:
        """Note all that is written in a module, and that it imports."""
        self.parts.append(f"{number} {name if source is None else source.normal}")
        if source is not None:
            self._follow_imports(source.uses.imports, source.package, number)

    def _follow(self, uses: Uses, scope: Scope, number: int) -> None:
        """Note what the names in a piece of code stand for."""
        self._follow_imports(uses.imports, str(scope.names.get("__package__") or ""), number)
        for name in sorted(uses.names.keys() - _OF_MODULES):
            if name in scope.enclosed:
                value, inner = scope.enclosed[name], Scope({})
            elif name in scope.names:
                value, inner = scope.names[name], scope
            else:  # built in, or not there yet
                continue
            for chain in sorted(uses.names[name]) if isinstance(value, ModuleType) else [()]:
                said = self._said(name, value, chain, inner, uses)
                self.parts.append(f"{number} {'.'.join((name, *chain))} {said}")

    def _follow_imports(self, imports: set[Import], package: str, number: int) -> None:
        """Note all that is written in the modules of the project that are imported."""
        for wanted in sorted(imports):
            for path, inner_package in files_of(wanted, package):
                source = source_of({"__package__": inner_package}, path)
                other = self._number(path, None, partial(self._note_text, source, ""))
                self.parts.append(f"{number} imports {other}")

    def _said(
        self,
        name: str,
        value: Any,
        chain: Chain,
        scope: Scope,
        uses: Uses,
        *,
        is_root: bool = False,
    ) -> str:
        """What a name stands for, where `uses` says what is done to it."""
        if isinstance(value, ModuleType):
            return self._said_of_module(name, value, chain, uses, is_root=is_root)
        thing = unwrapped(value)
        if isinstance(thing, FunctionType | type):
            if not (is_root or is_project_code(thing) or _is_of(thing, scope)):
                return _called(thing)
            # What is registered with a function, as implementations for types, is a part of it.
            others = getattr_static(value, "register", None) if thing is not value else None
            more = self._number_of_value(name, value, scope, is_altered=True) if others else ""
            return f"-> {self._number(id(thing), thing, partial(self._note_code, thing))} {more}"
        of_functions = scope.source.of_functions if scope.source is not None else Uses()
        if is_plain(value) and not {(name,)} & (uses.rebound | of_functions.rebound):
            return repr(value)
        is_altered = bool({(name,)} & (uses.altered | of_functions.altered))
        return f"-> {self._number_of_value(name, value, scope, is_altered=is_altered)}"

    def _said_of_module(
        self, name: str, module: ModuleType, chain: Chain, uses: Uses, *, is_root: bool
    ) -> str:
        if not (is_root or is_project_module(module)):
            return _called(module)
        if not chain or (chain[0] not in vars(module) and chain[0] not in _OF_MODULES):
            # Any of it may be meant, or what is made when it is asked for.
            source = scope_of_module(module).source
            note = partial(self._note_text, source, _called(module))
            return f"-> {self._number(getattr(module, '__file__', id(module)), module, note)}"
        first, *rest = chain
        if first in _OF_MODULES:
            return first
        value, scope = vars(module)[first], scope_of_module(module)
        return self._said(first, value, tuple(rest), scope, uses.below(name))

    def _number_of_value(self, name: str, value: Any, scope: Scope, *, is_altered: bool) -> int:
        note = partial(self._note_value, name, value, scope, is_altered)
        return self._number((id(scope.names), name), scope.names, note)

    def _note_value(
        self, name: str, value: Any, scope: Scope, is_altered: bool, number: int
    ) -> None:
        """Note another object: how it is made, and what it holds where that is plain."""
        statements = list(_statements(name, scope))
        for statement in statements:
            self.parts.append(f"{number} {statement.text}")
            self._follow(statement.uses, statement.scope, number)
        if not statements:
            self._follow_object(value, number)
        for member in _members(value):
            self.parts.append(f"{number} has {self._said('', member, (), scope, Uses())}")
        is_written = statements and all(statement.is_literal for statement in statements)
        if not is_altered and not is_written:
            is_given = not statements and isinstance(value, _PASSING)
            self.parts.append(f"{number} {value if is_given else _content(value)}")

    def _follow_object(self, value: Any, number: int) -> None:
        """Note what is known of an object of which nothing says how it is made."""
        if isinstance(value, partial):
            inner = {"func": value.func, "args": value.args, "keywords": value.keywords}
        elif isinstance(value, MethodType):
            inner = {"func": value.__func__, "self": value.__self__}
        else:
            inner = {"type": type(value)}
            if callable(value) and not isinstance(value, type):
                self.parts.append(f"{number} {_called(value)}")
        self._follow(Uses({name: {()} for name in inner}), Scope(inner), number)


def _members(value: Any) -> list[Any]:
    """The functions and classes of the project that a list or dict holds, as a registry does."""
    several = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(several, list | tuple):
        return []
    found = [item for item in several if isinstance(unwrapped(item), FunctionType | type)]
    return [item for item in found if is_project_code(unwrapped(item))]


def _called(thing: Any) -> str:
    """What something is called that is not looked into, wherever it is in its library."""
    if isinstance(thing, ModuleType):
        return f"module {thing.__name__}"
    library = str(getattr(thing, "__module__", "")).partition(".")[0]
    return f"{library}:{getattr(thing, '__qualname__', getattr(thing, '__name__', ''))}"


def _is_of(thing: FunctionType | type, scope: Scope) -> bool:
    """Whether a function or class is of the module whose names those of the scope are."""
    if isinstance(thing, FunctionType):
        return thing.__globals__ is scope.names
    return thing.__module__ == scope.names.get("__name__")


def _statements(name: str, scope: Scope) -> Iterator[_Statement]:
    """What gives a name its value, in its own module or in the one that it is imported from."""
    if scope.source is None:
        return
    found = scope.source.bindings.get(name, [])
    for node in found:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    wanted = Import(node.module or "", node.level)
                    yield from _imported(wanted, alias.name, scope)
        else:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            is_literal = value is not None and _is_literal(value)
            yield _Statement(text_of(node), uses_of_tree(node), scope, is_literal)
    if not found:
        for wanted in scope.source.stars:
            yield from _imported(wanted, name, scope)


def _imported(wanted: Import, name: str, scope: Scope) -> Iterator[_Statement]:
    module_name = wanted.module
    if wanted.level:
        package = str(scope.names.get("__package__") or "")
        module_name = importlib.util.resolve_name("." * wanted.level + wanted.module, package)
    module = sys.modules.get(module_name)
    if module is not None and is_project_module(module) and name in vars(module):
        yield from _statements(name, scope_of_module(module))
    else:
        yield _Statement(f"from {module_name} import {name}", Uses(), scope)


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _content(value: Any) -> str:
    """What an object holds, as far as that is plain."""
    is_data = dataclasses.is_dataclass(value) or isinstance(value, _HOLDING)
    if not is_data and not hasattr(type(value), "model_fields"):
        return ""
    try:
        return canonical_json(described("", {"": value}, lambda version: version.id)).decode()
    except (ValueError, TypeError, RecursionError):  # it holds what is not plain
        return ""
