"""The names in a piece of code: globals, imports, and assigned or mutated names."""

import ast
import dis
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from types import CodeType

Chain = tuple[str, ...]
"""Attributes of a name: `("sub", "clean")` of `helpers.sub.clean`."""

_MUTATING_METHODS = frozenset(
    {
        "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem",
        "remove", "reverse", "setdefault", "sort", "update",
    }
)  # fmt: skip
_READ_NODES = frozenset(
    {
        ast.Attribute, ast.Subscript, ast.Call, ast.Import, ast.ImportFrom, ast.Global,
        ast.Nonlocal,
    }
)  # fmt: skip
_IMPORT_FUNCTIONS = frozenset({"import_module", "__import__"})


@dataclass(frozen=True, order=True)
class Import:
    """An import; `level` counts the dots before the module, `names` are imported from it."""

    module: str
    level: int = 0
    names: tuple[str, ...] = ()


@dataclass
class Uses:
    """The names that code uses, with the attributes it reads of each, and its imports.

    `rebound` are names and attributes that it assigns, `altered` those that it may assign or
    mutate.
    """

    names: dict[str, set[Chain]] = field(default_factory=dict)
    imports: set[Import] = field(default_factory=set)
    rebound: set[Chain] = field(default_factory=set)
    altered: set[Chain] = field(default_factory=set)

    def note(self, name: str, chain: Chain = ()) -> None:
        """Add the use of a name."""
        self.names.setdefault(name, set()).add(chain)

    def add(self, other: "Uses", leave_out: Collection[str] = ()) -> None:
        """Add the names of other code, except those in `leave_out`."""
        for name, chains in other.names.items():
            if name not in leave_out:
                self.names.setdefault(name, set()).update(chains)
        self.imports |= other.imports
        self.rebound |= other.rebound
        self.altered |= other.altered

    def below(self, name: str) -> "Uses":
        """The attributes of a name that are assigned and mutated."""
        return Uses(
            rebound={chain[1:] for chain in self.rebound if chain[0] == name and chain[1:]},
            altered={chain[1:] for chain in self.altered if chain[0] == name and chain[1:]},
        )


def uses_of_tree(tree: ast.AST) -> Uses:
    """The names in a syntax tree, including local ones."""
    found, inner = Uses(), set[int]()
    for node in ast.walk(tree):
        kind = type(node)
        if kind is ast.Name and id(node) not in inner:
            found.note(node.id)  # type: ignore[attr-defined]
        elif kind in _READ_NODES:
            if isinstance(node, ast.Attribute) and id(node) not in inner:
                _note_chain(node, found, inner)
            _note_import(node, found)
            found.rebound.update(_rebound_by(node))
            found.altered.update(_altered_by(node))
    found.altered |= found.rebound
    return found


def uses_of_code(code: CodeType) -> Uses:
    """The globals and enclosed names that compiled code uses."""
    found, before = Uses(), list[dis.Instruction]()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") or (
            step.opname in ("LOAD_DEREF", "LOAD_CLASSDEREF") and step.argval in code.co_freevars
        ):
            found.note(step.argval)
            for attribute in code.co_names:  # byte code does not tell whose attributes they are
                found.note(step.argval, (attribute,))
        elif step.opname == "STORE_SUBSCR" or step.argval in _MUTATING_METHODS:
            # `x[key] = …` loads x and then the key, `x.append` loads x just before its attribute.
            container = before[-2 if step.opname == "STORE_SUBSCR" else -1]
            found.altered.add((str(container.argval),))
        elif step.opname in ("STORE_GLOBAL", "STORE_DEREF"):
            found.rebound.add((step.argval,))
            found.altered.add((step.argval,))
        elif step.opname == "IMPORT_NAME":
            # An import loads its level and its names as constants just before.
            level, names = before[-2].argval, before[-1].argval
            found.imports.add(Import(step.argval, level, tuple(names or ())))
        before.append(step)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found.add(uses_of_code(constant))
    return found


def _note_chain(node: ast.expr, found: Uses, inner: set[int]) -> None:
    chain: list[str] = []
    while isinstance(node, ast.Attribute):
        inner.add(id(node))
        chain.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        inner.add(id(node))
        found.note(node.id, tuple(chain))


def _note_import(node: ast.AST, found: Uses) -> None:
    if isinstance(node, ast.Import):
        found.imports.update(Import(alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        names = tuple(sorted(alias.name for alias in node.names))
        found.imports.add(Import(node.module or "", node.level, names))
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func
        name = getattr(called, "attr", getattr(called, "id", None))
        if name in _IMPORT_FUNCTIONS and isinstance(node.args[0].value, str):
            found.imports.add(Import(node.args[0].value))


def _rebound_by(node: ast.AST) -> Iterator[Chain]:
    """The names, and attributes of names, that a node may assign."""
    if isinstance(node, ast.Global | ast.Nonlocal):
        yield from ((name,) for name in node.names)
    elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        yield from list(_chains_to(node))[-1:]


def _altered_by(node: ast.AST) -> Iterator[Chain]:
    """The names, and attributes of names, that a node may mutate."""
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        yield from _chains_to(node)
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _MUTATING_METHODS
    ):
        yield from _chains_to(node.func)


def _chains_to(node: ast.expr) -> Iterator[Chain]:
    """All prefixes of an attribute chain, up to its first index, the whole chain included."""
    chain: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        chain = [node.attr, *chain] if isinstance(node, ast.Attribute) else []
        node = node.value
    if isinstance(node, ast.Name):
        for length in range(len(chain) + 1):
            yield (node.id, *chain[:length])
