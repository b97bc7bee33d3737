"""Graphs as people see them, and no name that becomes more than text."""

import re

import pytest

from artifactctl.render import lineage as shown
from artifactctl.results.descriptions import Edge, Lineage, Node

HOSTILE = [
    'a"]; click n0 "javascript:alert(1)"',
    "<script>alert(1)</script>",
    "a|b",
    "]-->x",
    "`**bold**`",
    "%%{init: {}}%%",
    "#quot;",
    "end",
    "\x1b[31mred",
    "two\nlines",
    "früh日本",
    "subgraph x; end",
]


def node(ref: str, kind: str = "version", *, deleted: bool = False) -> Node:
    return Node(f"id of {ref}", kind, ref, None if deleted else "DataArtifact", deleted)


def edge(source: Node, target: Node, step: str | None = "fit", run: str | None = "r") -> Edge:
    return Edge(source.id, target.id, step, run, run)


def graph(root: Node, up: list[Edge], down: list[Edge], *nodes: Node) -> Lineage:
    return Lineage(root.id, (root, *nodes), tuple(up), tuple(down))


A, B, C, D = map(node, ("a:1", "b:1", "c:1", "d:1"))
GONE = node("e:1", deleted=True)
LOAD = node("r/load", "step")
CHECK = node("r/check", "step")


def lines(found: Lineage, *, is_unicode: bool = True) -> str:
    return "\n".join(shown.lines(found, is_unicode=is_unicode))


def test_a_tree_shows_both_directions_and_each_node_once() -> None:
    up = [edge(B, A), edge(C, A, "join"), edge(D, B), edge(D, C), edge(LOAD, D, "load")]
    up.append(edge(GONE, C, None, None))
    down = [edge(A, CHECK, "check")]
    found = graph(A, up, down, B, C, D, GONE, LOAD, CHECK)
    assert lines(found) == (
        "a:1\n"
        "made from\n"
        "├── b:1  [fit, run r]\n"
        "│   └── d:1  [fit, run r]\n"
        "│       └── (no inputs)  [load, run r]\n"
        "└── c:1  [join, run r]\n"
        "    ├── d:1  [fit, run r]  (shown above)\n"
        "    └── e:1 (deleted)  [register]\n"
        "used for\n"
        "└── (no outputs)  [check, run r]"
    )
    assert lines(found, is_unicode=False).isascii()
    assert "|   `-- d:1  [fit, run r]" in lines(found, is_unicode=False)


def test_a_cycle_is_shown_once() -> None:
    found = graph(A, [edge(B, A), edge(A, B)], [], B)
    assert lines(found).splitlines()[2:] == [
        "└── b:1  [fit, run r]",
        "    └── a:1  [fit, run r]  (shown above)",
    ]


def test_a_chain_may_be_longer_than_python_calls_deep() -> None:
    nodes = [node(f"n:{i}") for i in range(3000)]
    chain = [edge(nodes[i + 1], nodes[i]) for i in range(2999)]
    found = graph(nodes[0], chain, [], *nodes[1:])
    assert len(lines(found).splitlines()) == 3001


def test_a_root_alone_is_only_named() -> None:
    assert lines(graph(A, [], [])) == "a:1"
    assert list(shown.mermaid(graph(A, [], []))) == [
        "flowchart LR",
        '    n0["a:1"]',
        "    style n0 stroke-width:3px",
    ]


def test_a_diagram_has_a_line_for_each_node_and_edge() -> None:
    run = node("run:r", "run")
    found = graph(run, [edge(A, run)], [edge(run, B), edge(B, CHECK, None, None)], A, B, CHECK)
    assert list(shown.mermaid(found)) == [
        "flowchart LR",
        '    n0(["run:r"])',
        '    n1["a:1"]',
        '    n2["b:1"]',
        '    n3("r/check")',
        '    n1 -->|"fit, run r"| n0',
        '    n0 -->|"fit, run r"| n2',
        '    n2 -->|"register"| n3',
        "    style n0 stroke-width:3px",
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_in_a_diagram_no_name_is_more_than_text(name: str) -> None:
    bad = node(name)
    found = list(shown.mermaid(graph(A, [edge(bad, A, name, name)], [], bad)))
    assert len(found) == 5
    text = r"[\w .,:/+#;-]*"
    assert re.fullmatch(rf'    n1\["{text}"\]', found[2])
    assert re.fullmatch(rf'    n1 -->\|"{text}"\| n0', found[3])
    unquoted = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), found[2][8:-2])
    assert unquoted == name.replace("\x1b", r"\x1b").replace("\n", r"\n")


def test_rows_and_objects_name_what_they_are_about() -> None:
    found = graph(A, [edge(B, A), edge(GONE, A, None, None)], [edge(A, CHECK)], B, GONE, CHECK)
    assert shown.rows(found)[:2] == [
        {"from": "b:1", "to": "a:1", "step": "fit", "run": "r"},
        {"from": "e:1", "to": "a:1", "step": None, "run": None},
    ]
    assert shown.refs(found) == ["b:1", "e:1"]
    value = shown.as_json(found)
    assert list(value) == ["root", "nodes", "edges"]
    assert list(value["nodes"][0]) == ["id", "kind", "ref", "type", "deleted"]
    assert list(value["edges"][0]) == ["from", "to", "step", "run", "run_id"]
    ids = {item["id"] for item in value["nodes"]}
    assert value["root"] in ids
    assert all({item["from"], item["to"]} <= ids for item in value["edges"])


@pytest.mark.parametrize("name", [*HOSTILE, 'a\\"]; evil [label="', "&lt;", "back\\", "\\N"])
def test_in_graphviz_a_name_is_one_quoted_string(name: str) -> None:
    bad = node(name)
    found = list(shown.dot(graph(A, [edge(bad, A, name, name)], [], bad)))
    assert len(found) == 6
    quoted = r'"(?:[^"\\]|\\["\\])*"'
    assert re.fullmatch(rf"    n1 \[shape=box, label={quoted}\];", found[3])
    assert re.fullmatch(rf"    n1 -> n0 \[label={quoted}\];", found[4])


def test_a_graph_for_graphviz_marks_root_and_deleted() -> None:
    found = "\n".join(shown.dot(graph(A, [edge(GONE, A, "fit")], [], GONE)))
    assert 'n0 [shape=box, label="a:1", penwidth=3];' in found
    assert 'n1 [shape=box, label="e:1 (deleted)", style="dashed"];' in found
    assert 'n1 -> n0 [label="fit, run r"];' in found
