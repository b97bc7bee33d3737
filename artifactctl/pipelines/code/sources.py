"""The source texts of modules, and their syntax trees."""

import ast
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import CodeType

from artifactctl.pipelines.code.names import Import, Uses, uses_of_tree

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Source:
    """The text of a module or notebook cell; `package` is the package of relative imports."""

    text: str
    package: str = field(default="", compare=False)
    known: dict[int, tuple[str, Uses]] = field(default_factory=dict, compare=False, repr=False)
    """The texts and names of its nodes, by the nodes' `id()`: a cache for `reading.read`."""

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; empty when the text is not Python."""
        try:
            return ast.parse(self.text)
        except _UNREADABLE:
            return ast.Module([], [])

    @cached_property
    def normal(self) -> str:
        """The text without comments and blank lines."""
        return text_of(self.tree)

    @cached_property
    def uses(self) -> Uses:
        """The names in the whole text."""
        return uses_of_tree(self.tree)

    @cached_property
    def of_functions(self) -> Uses:
        """The names in the functions of the text."""
        parts = [node for node in ast.walk(self.tree) if isinstance(node, _FUNCTIONS)]
        return uses_of_tree(ast.Module(parts, []))  # type: ignore[arg-type]

    @cached_property
    def bindings(self) -> Mapping[str, list[ast.stmt]]:
        """The top-level statements that assign or mutate a name, by that name."""
        found: dict[str, list[ast.stmt]] = {}
        for node in _statements(self.tree.body):
            for name in _bound_by(node):
                found.setdefault(name, []).append(node)
        return found

    @cached_property
    def stars(self) -> list[Import]:
        """The modules that the text imports with `*`."""
        nodes = [node for node in _statements(self.tree.body) if isinstance(node, ast.ImportFrom)]
        return [Import(n.module or "", n.level) for n in nodes if n.names[0].name == "*"]

    def node_of(self, code: CodeType) -> ast.AST | None:
        """The syntax node of compiled code; None when the text was changed after compiling."""
        compiled = self._compiled.get(_at(code), ())
        if not any(code_text(code) == code_text(other) for other in compiled):
            return None
        # Several are found for lambdas on one line, which cannot be told apart.
        found = self._nodes.get((code.co_name, code.co_firstlineno), [])
        return found[0] if len(found) == 1 else None

    def class_node(self, qualname: str, lines: set[int]) -> ast.AST | None:
        """The class of that name; of several, the one with functions on those lines."""
        found = [node for name, node in self._classes if name == qualname]
        around = [n for n in found if all(n.lineno <= at <= (n.end_lineno or 0) for at in lines)]
        return around[0] if len(around) == 1 or (around and not lines) else None

    @cached_property
    def _nodes(self) -> dict[tuple[str, int], list[ast.AST]]:
        found: dict[tuple[str, int], list[ast.AST]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                found.setdefault((node.name, first), []).append(node)
            elif isinstance(node, ast.Lambda):
                found.setdefault(("<lambda>", node.lineno), []).append(node)
        return found

    @cached_property
    def _classes(self) -> list[tuple[str, ast.ClassDef]]:
        return list(_classes_in(self.tree, ""))

    @cached_property
    def _compiled(self) -> dict[tuple[str, int], list[CodeType]]:
        found: dict[tuple[str, int], list[CodeType]] = {}
        try:
            pending = [compile(self.text, "", "exec", dont_inherit=True)]
        except _UNREADABLE:
            return {}
        while pending:
            code = pending.pop()
            found.setdefault(_at(code), []).append(code)
            pending += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        return found


def source_of(names: Mapping[str, object], filename: str | None) -> Source | None:
    """The source of a file or notebook cell; `names` are the globals of its module."""
    if not filename:
        return None
    linecache.checkcache(filename)  # drops the cached text of a file that has changed
    text = "".join(linecache.getlines(filename, dict(names)))
    return _source(text, str(names.get("__package__") or "")) if text else None


@lru_cache(maxsize=256)
def _source(text: str, package: str) -> Source:
    return Source(text, package)


def text_of(node: ast.AST) -> str:
    """A node as text, without comments and blank lines."""
    try:
        return ast.unparse(node)
    except RecursionError:  # nested too deeply for `ast.unparse`
        nodes = (n for n in ast.walk(node) if isinstance(n, ast.Name | ast.Constant))
        return " ".join(n.id if isinstance(n, ast.Name) else repr(n.value) for n in nodes)


def code_text(code: CodeType) -> str:
    """Compiled code as text, the same in every process."""
    constants = [_constant(constant) for constant in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {constants}"


def _constant(value: object) -> str:
    if isinstance(value, CodeType):
        return code_text(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(_constant, value))})"
    if isinstance(value, frozenset):  # its order depends on the process's hash seed
        return f"{{{', '.join(sorted(map(_constant, value)))}}}"
    return repr(value)


def _at(code: CodeType) -> tuple[str, int]:
    return code.co_name, code.co_firstlineno


def _classes_in(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield f"{prefix}{child.name}", child
            yield from _classes_in(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _classes_in(child, f"{prefix}{child.name}.<locals>.")
        else:
            yield from _classes_in(child, prefix)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The top-level statements of a module, including those in `if`, `try`, `with` and loops."""
    for node in body:
        yield node
        if not isinstance(node, Definition):
            for field_name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, field_name, []))
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


def _registered_with(node: Definition) -> set[str]:
    """The names in decorators such as `@name.register` of a definition."""
    called = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    attributes = [one.value for one in called if isinstance(one, ast.Attribute)]
    return {one.id for one in attributes if isinstance(one, ast.Name)}


def _bound_by(node: ast.stmt) -> set[str]:
    if isinstance(node, Definition):
        return {node.name, *_registered_with(node)}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete | ast.Expr):
        stored = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        named = {n.id for n in stored if not isinstance(n.ctx, ast.Load)}
        return named | {chain[0] for chain in uses_of_tree(node).altered}
    if isinstance(node, ast.For | ast.With):
        target = (
            [node.target] if isinstance(node, ast.For) else [i.optional_vars for i in node.items]
        )
        nodes = [n for part in target if part is not None for n in ast.walk(part)]
        return {n.id for n in nodes if isinstance(n, ast.Name)}
    return set()
