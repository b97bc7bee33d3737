"""Lineage: a tree for people, an object or rows for programs, and diagrams of two kinds."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from artifactctl.json_text import JsonObject
from artifactctl.plain_text import escape
from artifactctl.results.descriptions import Edge, Lineage, Node

COLUMNS = ["from", "to", "step", "run"]

_SECTIONS = {"upstream": "made from", "downstream": "used for"}
_UNICODE = ("├── ", "└── ", "│   ", "    ")
_ASCII = ("|-- ", "`-- ", "|   ", "    ")
# Characters with a meaning in Mermaid, now or later; a character code shows the same character.
_SPECIAL = re.compile(r"[^\w .,:/+-]")
_DOT_SHAPES = {"version": "box", "run": "oval", "step": "oval"}
_SHAPES = {"version": '["{}"]', "run": '(["{}"])', "step": '("{}")'}


def as_json(lineage: Lineage) -> JsonObject:
    """The object that JSON and YAML show."""
    return {
        "root": lineage.root,
        "nodes": [asdict(node) for node in lineage.nodes],
        "edges": [
            {
                "from": edge.source,
                "to": edge.target,
                "step": edge.step,
                "run": edge.run,
                "run_id": edge.run_id,
            }
            for edge in lineage.edges
        ],
    }


def refs(lineage: Lineage) -> list[str]:
    """The versions of the graph as `NAME:VERSION`, without the root."""
    others = (node for node in lineage.nodes if node.id != lineage.root)
    return [node.ref for node in others if node.kind == "version"]


def rows(lineage: Lineage) -> list[JsonObject]:
    """A row for each edge, with `COLUMNS`."""
    refs_of = {node.id: node.ref for node in lineage.nodes}
    return [
        {
            "from": refs_of[edge.source],
            "to": refs_of[edge.target],
            "step": edge.step,
            "run": edge.run,
        }
        for edge in lineage.edges
    ]


def lines(lineage: Lineage, *, is_unicode: bool) -> Iterator[str]:
    """A tree: the root, what it was made from, and what it was used for."""
    nodes = {node.id: node for node in lineage.nodes}
    yield _named(nodes[lineage.root])
    marks = _UNICODE if is_unicode else _ASCII
    for direction, title in _SECTIONS.items():
        branches: dict[str, list[tuple[str, Edge]]] = {}
        for edge in getattr(lineage, direction):
            near, far = edge.target, edge.source
            if direction == "downstream":
                near, far = far, near
            branches.setdefault(near, []).append((far, edge))
        if branches:
            yield title
            yield from _Tree(nodes, branches, marks).lines(lineage.root)


def mermaid(lineage: Lineage) -> Iterator[str]:
    """A flow chart in Mermaid's language; names are escaped, so that they are text only."""
    names = {node.id: f"n{position}" for position, node in enumerate(lineage.nodes)}
    yield "flowchart LR"
    for node in lineage.nodes:
        yield f"    {names[node.id]}{_SHAPES[node.kind].format(_quoted(_named(node)))}"
    for edge in lineage.edges:
        label = _quoted(_how(edge))
        yield f'    {names[edge.source]} -->|"{label}"| {names[edge.target]}'
    yield f"    style {names[lineage.root]} stroke-width:3px"


def dot(lineage: Lineage) -> Iterator[str]:
    """A digraph in Graphviz's language; names are quoted, so that they are text only."""
    names = {node.id: f"n{position}" for position, node in enumerate(lineage.nodes)}
    yield "digraph lineage {"
    yield '    rankdir=LR; node [fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];'
    for node in lineage.nodes:
        about = [f"shape={_DOT_SHAPES[node.kind]}", f"label={_in_dot(_named(node))}"]
        about += ['style="dashed"'] if node.deleted else []
        about += ["penwidth=3"] if node.id == lineage.root else []
        yield f"    {names[node.id]} [{', '.join(about)}];"
    for edge in lineage.edges:
        label = _in_dot(_how(edge))
        yield f"    {names[edge.source]} -> {names[edge.target]} [label={label}];"
    yield "}"


@dataclass(frozen=True, slots=True)
class _Tree:
    """The lines below a root; a node that was shown before is marked, and not expanded again."""

    nodes: Mapping[str, Node]
    branches: Mapping[str, Sequence[tuple[str, Edge]]]
    marks: tuple[str, str, str, str]

    def lines(self, root: str) -> Iterator[str]:
        # A stack, not recursion: a chain of versions may be longer than Python's recursion limit.
        middle, last, beside, below = self.marks
        shown = {root}
        pending = self._below(root, "")
        while pending:
            key, edge, indent, is_last = pending.pop()
            is_again = key in shown
            shown.add(key)
            again = "  (shown above)" if is_again else ""
            how = f"  [{_how(edge)}]"
            yield f"{indent}{last if is_last else middle}{self._named(key, edge)}{how}{again}"
            if not is_again:
                pending += self._below(key, indent + (below if is_last else beside))

    def _named(self, key: str, edge: Edge) -> str:
        node = self.nodes[key]
        if node.kind != "step":
            return _named(node)
        return "(no inputs)" if edge.source == key else "(no outputs)"

    def _below(self, key: str, indent: str) -> list[tuple[str, Edge, str, bool]]:
        """The children of a node, in reverse order for the stack."""
        found = self.branches.get(key, ())
        count = len(found)
        return [(far, edge, indent, i == count - 1) for i, (far, edge) in enumerate(found)][::-1]


def _named(node: Node) -> str:
    return f"{node.ref}{' (deleted)' if node.deleted else ''}"


def _how(edge: Edge) -> str:
    return "register" if edge.step is None else f"{edge.step}, run {edge.run}"


def _quoted(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"#{ord(found.group())};", escape(text))


def _in_dot(text: str) -> str:
    """A quoted string of Graphviz, in which a backslash begins an escape, and `&` an entity."""
    shown = escape(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'
