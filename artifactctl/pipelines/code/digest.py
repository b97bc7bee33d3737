"""The digest of a function, class or module and of all project code that it uses."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from inspect import getattr_static
from types import FunctionType, MethodType, ModuleType
from typing import Any

from artifactctl.digests import digest_of
from artifactctl.pipelines.code.names import Chain, Import, Uses
from artifactctl.pipelines.code.project import files_of, is_project_module
from artifactctl.pipelines.code.reading import (
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
from artifactctl.pipelines.code.sources import Source, source_of
from artifactctl.pipelines.code.values import content_of, members_of, name_of, statements_of

# These names have other values when a module is executed as a script.
_OF_MODULES = frozenset(
    {"__name__", "__file__", "__package__", "__spec__", "__doc__", "__loader__", "__cached__"}
)


def code_digest(thing: object) -> str:
    """The digest of the code of a function, class or module and of the project code it uses.

    Used code is: the functions and classes that it names, in its own module and in others, and
    those that these use in turn; constants, where numbers and texts count by value, and lists and
    the like by their source text, or by value when they are computed. A module that a function
    imports when it runs counts as a whole. Comments, blank lines, the decorator `@step`, the names
    of modules and installed packages do not count.
    """
    walk = _Walk()
    walk.start(thing)
    return digest_of("\0".join(walk.parts).encode("utf-8", "surrogatepass"))


@dataclass
class _Walk:
    """The parts collected on a walk from a piece of code to everything that it uses.

    Parts refer to each other by numbers in the order of the walk, so that names and line numbers do
    not count.
    """

    parts: list[str] = field(default_factory=list)
    _numbers: dict[Any, int] = field(default_factory=dict)
    _alive: list[Any] = field(default_factory=list)
    _later: deque[Callable[[], None]] = field(default_factory=deque)

    def start(self, thing: object) -> None:
        """Add an object of any kind and everything that it uses."""
        self.parts.append(self._as_text("", thing, (), Scope({}), Uses(), is_root=True))
        while self._later:
            self._later.popleft()()

    def _number(self, key: object, thing: object, note: Callable[[int], None]) -> int:
        """The number of an object; for a new object, a call of `note` is queued that adds it."""
        if key not in self._numbers:
            self._numbers[key] = number = len(self._numbers)
            self._alive.append(thing)  # a freed object's ID may be given to another object
            self._later.append(lambda: note(number))
        return self._numbers[key]

    def _note_code(self, thing: FunctionType | type, number: int) -> None:
        """Add a function or class."""
        scope = scope_of(thing)
        text, uses = read(thing, scope)
        self.parts.append(f"{number} {text}")
        self._follow(uses, scope, number)
        if isinstance(thing, type):
            # The text of the class lacks methods added later, and its bases if it has no source.
            added = [f for f in functions_of(thing) if not is_written_in(thing, f)]
            for part in (*thing.__bases__, *added):
                self.parts.append(f"{number} has {self._as_text('', part, (), scope, Uses())}")

    def _note_text(self, source: Source | None, name: str, number: int) -> None:
        """Add the whole text of a module, and the project modules that it imports."""
        self.parts.append(f"{number} {name if source is None else source.normal}")
        if source is not None:
            self._follow_imports(source.uses.imports, source.package, number)

    def _follow(self, uses: Uses, scope: Scope, number: int) -> None:
        """Add the values of the names in a piece of code."""
        self._follow_imports(uses.imports, str(scope.names.get("__package__") or ""), number)
        for name in sorted(uses.names.keys() - _OF_MODULES):
            if name in scope.enclosed:
                value, inner = scope.enclosed[name], Scope({})
            elif name in scope.names:
                value, inner = scope.names[name], scope
            else:  # a builtin, or not assigned yet
                continue
            for chain in sorted(uses.names[name]) if isinstance(value, ModuleType) else [()]:
                text = self._as_text(name, value, chain, inner, uses)
                self.parts.append(f"{number} {'.'.join((name, *chain))} {text}")

    def _follow_imports(self, imports: set[Import], package: str, number: int) -> None:
        """Add the whole text of the project modules that are imported."""
        for imported in sorted(imports):
            for path, inner_package in files_of(imported, package):
                source = source_of({"__package__": inner_package}, path)
                other = self._number(path, None, partial(self._note_text, source, ""))
                self.parts.append(f"{number} imports {other}")

    def _as_text(
        self,
        name: str,
        value: object,
        chain: Chain,
        scope: Scope,
        uses: Uses,
        *,
        is_root: bool = False,
    ) -> str:
        """The value of a name as text; `uses` tells which names the code assigns or mutates."""
        if isinstance(value, ModuleType):
            return self._module_as_text(name, value, chain, uses, is_root=is_root)
        thing = unwrapped(value)
        if isinstance(thing, FunctionType | type):
            if not (is_root or is_project_code(thing) or _is_of(thing, scope)):
                return name_of(thing)
            # The functions registered with a `singledispatch` function are part of its code.
            others = getattr_static(value, "register", None) if thing is not value else None
            more = self._number_of_value(name, value, scope, is_altered=True) if others else ""
            return f"-> {self._number(id(thing), thing, partial(self._note_code, thing))} {more}"
        of_functions = scope.source.of_functions if scope.source is not None else Uses()
        own = (name,)
        if is_plain(value) and own not in uses.rebound and own not in of_functions.rebound:
            return repr(value)
        is_altered = own in uses.altered or own in of_functions.altered
        return f"-> {self._number_of_value(name, value, scope, is_altered=is_altered)}"

    def _module_as_text(
        self, name: str, module: ModuleType, chain: Chain, uses: Uses, *, is_root: bool
    ) -> str:
        if not (is_root or is_project_module(module)):
            return name_of(module)
        if not chain or (chain[0] not in vars(module) and chain[0] not in _OF_MODULES):
            # The code may use any part of the module, or an attribute that its `__getattr__` makes.
            source = scope_of_module(module).source
            note = partial(self._note_text, source, name_of(module))
            return f"-> {self._number(getattr(module, '__file__', id(module)), module, note)}"
        first, *rest = chain
        if first in _OF_MODULES:
            return first
        value, scope = vars(module)[first], scope_of_module(module)
        return self._as_text(first, value, tuple(rest), scope, uses.below(name))

    def _number_of_value(self, name: str, value: object, scope: Scope, *, is_altered: bool) -> int:
        note = partial(self._note_value, name, value, scope, is_altered)
        return self._number((id(scope.names), name), scope.names, note)

    def _note_value(
        self, name: str, value: object, scope: Scope, is_altered: bool, number: int
    ) -> None:
        """Add an object of another kind: the statements that make it, and its content if plain."""
        statements = list(statements_of(name, scope))
        for statement in statements:
            self.parts.append(f"{number} {statement.text}")
            self._follow(statement.uses, statement.scope, number)
        if not statements:
            self._follow_object(value, number)
        for member in members_of(value):
            self.parts.append(f"{number} has {self._as_text('', member, (), scope, Uses())}")
        is_written = statements and all(statement.is_literal for statement in statements)
        if not is_altered and not is_written:
            self.parts.append(f"{number} {content_of(value, is_given=not statements)}")

    def _follow_object(self, value: object, number: int) -> None:
        """Add the known parts of an object that no statement assigns."""
        if isinstance(value, partial):
            inner = {"func": value.func, "args": value.args, "keywords": value.keywords}
        elif isinstance(value, MethodType):
            inner = {"func": value.__func__, "self": value.__self__}
        else:
            inner = {"type": type(value)}
            if callable(value) and not isinstance(value, type):
                self.parts.append(f"{number} {name_of(value)}")
        self._follow(Uses({name: {()} for name in inner}), Scope(inner), number)


def _is_of(thing: FunctionType | type, scope: Scope) -> bool:
    """Whether a function or class belongs to the module of the scope."""
    if isinstance(thing, FunctionType):
        return thing.__globals__ is scope.names
    return thing.__module__ == scope.names.get("__name__")
