"""A document as a tree with the place and the written text of each value.

YAML reads `version: 1.10` as the number 1.1. Here it stays the text `1.10`; `typed` makes it a
number where a number is needed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import yaml

from artifactctl.pipelines.files.report import Keys, Place, Report
from artifactctl.yaml_text import ScalarKind, kind_of, parse_events, refusal_of, value_of

Kind = ScalarKind | Literal["missing"]
"""The kind of a scalar; `missing` stands for a value whose mistake is reported already."""


@dataclass(frozen=True)
class Given:
    """The Python object from which a node was made."""

    value: Any


class Outside(NamedTuple):
    """The `${use}` that filled in a value of the environment, and the text with `***` for it."""

    use: str
    safe: str


@dataclass(frozen=True)
class Scalar:
    """One scalar; `written` is its text before variables are filled in."""

    what: ClassVar = "a text"

    text: str
    kind: Kind = "text"
    place: Place | None = None
    written: str = ""
    given: Given | None = None
    outside: Outside | None = None


@dataclass(frozen=True)
class Items:
    """A list."""

    what: ClassVar = "a list"

    items: tuple["Node", ...]
    place: Place | None = None
    given: Given | None = None


@dataclass(frozen=True)
class Pairs:
    """Keys and values in their order, unchecked: a key may be wrong or given twice."""

    what: ClassVar = "keys and values"

    pairs: tuple[tuple["Node", "Node"], ...]
    place: Place | None = None
    given: Given | None = None


@dataclass(frozen=True)
class Opaque:
    """Any other Python object."""

    given: Given
    place: Place | None = None

    @property
    def what(self) -> str:
        """The name of the node in messages."""
        return f"an object of type {type(self.given.value).__name__}"


Node: TypeAlias = Scalar | Items | Pairs | Opaque


def plain_scalar(text: str, place: Place | None = None) -> Scalar:
    """The scalar of a text that is written without quotes."""
    return Scalar(text, kind_of(text), place, text)


def typed(scalar: Scalar) -> object:
    """The value as YAML and JSON type it; raises the errors of `value_of`."""
    return None if scalar.kind == "missing" else value_of(scalar.kind, scalar.text)


def is_null(node: Node) -> bool:
    """Whether a node is YAML's null."""
    return isinstance(node, Scalar) and node.kind == "null"


def parse_tree(text: str, report: Report) -> Node | None:
    """Parse a YAML document; None when it is empty or cannot be read.

    Reported mistakes are: invalid syntax, aliases, anchors, tags, merge keys, a second document,
    more than 32 levels.
    """
    events = parse_events(text)
    try:
        found = [_node(one, events, report) for one in events if isinstance(one, yaml.NodeEvent)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        report.add(_place_of(mark), (), _problem(error, text, mark))
        return None
    except UnicodeError:
        report.add(None, (), "text is not valid Unicode")
        return None
    if len(found) > 1:
        report.add(found[1].place, (), "there is a second document; one is allowed")
    return found[0] if found else None


def _node(event: Any, events: Iterator[yaml.Event], report: Report) -> Node:
    place = _place_of(event.start_mark)
    problem = refusal_of(event)
    if problem is not None:
        report.add(place, (), problem)
    if isinstance(event, yaml.AliasEvent):
        return Scalar("", "null", place)
    if isinstance(event, yaml.ScalarEvent):
        is_quoted = not event.implicit[0]
        text = event.value
        return Scalar(text, "text", place, text) if is_quoted else plain_scalar(text, place)
    children = []
    while not isinstance(inner := next(events), yaml.CollectionEndEvent):
        children.append(_node(inner, events, report))
    if isinstance(event, yaml.SequenceStartEvent):
        return Items(tuple(children), place)
    return Pairs(tuple(zip(children[::2], children[1::2], strict=True)), place)


def _place_of(mark: yaml.Mark | None) -> Place | None:
    return None if mark is None else Place(mark.line + 1, mark.column + 1)


def _problem(error: yaml.YAMLError, text: str, mark: yaml.Mark | None) -> str:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    line = text.split("\n")[mark.line : mark.line + 1] if mark else []
    # YAML reads [${a}] as a list that begins with a mapping.
    in_braces = "${" in "".join(line)
    return f"{problem}; put a text with '${{' in quotes here" if in_braces else problem


def scalars_of(node: Node, *, with_keys: bool = False) -> Iterator[Scalar]:
    """All scalars in a node."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Items):
        for item in node.items:
            yield from scalars_of(item, with_keys=with_keys)
    elif isinstance(node, Pairs):
        for key, value in node.pairs:
            if with_keys:
                yield from scalars_of(key, with_keys=True)
            yield from scalars_of(value, with_keys=with_keys)


def changed(node: Node, change: Callable[[Scalar, Keys], Node], keys: Keys = ()) -> Node:
    """A copy in which `change` has replaced every scalar; keys stay."""
    if isinstance(node, Scalar):
        return change(node, keys)
    if isinstance(node, Items):
        items = (
            changed(item, change, (*keys, f"[{index}]")) for index, item in enumerate(node.items)
        )
        return Items(tuple(items), node.place, node.given)
    if isinstance(node, Pairs):
        pairs = (
            (key, changed(value, change, (*keys, text_of(key) or "?"))) for key, value in node.pairs
        )
        return Pairs(tuple(pairs), node.place, node.given)
    return node


def text_of(key: Node) -> str:
    """The text of a key; empty when the key is not a scalar."""
    return key.text if isinstance(key, Scalar) else ""


def without_places(node: Node) -> Node:
    """A copy without places, for values that do not come from the file."""
    if isinstance(node, Items):
        return Items(tuple(map(without_places, node.items)))
    if isinstance(node, Pairs):
        return Pairs(tuple((without_places(key), without_places(one)) for key, one in node.pairs))
    return replace(node, place=None)


def tree_of(value: object) -> Node:
    """The tree of a value given in Python, one level deep: deeper values stay objects.

    This takes the same time for a parameter of a million numbers as for one.
    """
    given = Given(value)
    if isinstance(value, Mapping):
        pairs = ((_scalar_of(key), _scalar_of(item)) for key, item in value.items())
        return Pairs(tuple(pairs), given=given)
    if isinstance(value, list | tuple):
        return Items(tuple(map(_scalar_of, value)), given=given)
    return _scalar_of(value)


def _scalar_of(value: object) -> Scalar | Opaque:
    kind: Kind
    match value:
        case None:
            text, kind = "null", "null"
        case bool():
            text, kind = str(value).lower(), "flag"
        case str():
            text, kind = str.__str__(value), "text"
        # Not repr(value): numpy.float64 is a subclass of float whose repr is np.float64(1.0).
        case int():
            text, kind = int.__repr__(value), "whole"
        case float():
            text, kind = float.__repr__(value), "number"
        case _:
            return Opaque(Given(value))
    return Scalar(text, kind, written=text, given=Given(value))
