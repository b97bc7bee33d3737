"""`${name}`, `${env:NAME}` and `${env:NAME:-text}` in the texts of a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from artifactctl.json_text import MAX_DEPTH, too_deep
from artifactctl.pipelines.files.report import Keys, Report, or_meant, quoted
from artifactctl.pipelines.files.tree import (
    Items,
    Node,
    Outside,
    Pairs,
    Scalar,
    parse_tree,
    plain_scalar,
)
from artifactctl.pipelines.ordering import arranged
from artifactctl.pipelines.secrets import HIDDEN

MAX_FILLED = 1 << 20  # characters that all uses of variables may add up to
_VALUE_SIZE = 8  # what a value counts besides its characters

_USE = re.compile(r"\$\$(?=\{)|\$\{(?P<name>[^{}]*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)


@dataclass
class _Variables:
    """What can be filled in: the file's `vars` and the environment.

    `used` are names asked for. With `as_zenml` `${NAME}` may also be the environment's. `filled`
    counts what was filled in: variables made of variables could otherwise grow a small file to
    gigabytes.
    """

    nodes: dict[str, Node]
    environ: Mapping[str, str]
    report: Report
    as_zenml: bool = False
    used: set[str] = field(default_factory=set)
    filled: int = 0


class _Spot(NamedTuple):
    """Where a text stands."""

    scalar: Scalar
    keys: Keys


def fill_in(
    root: Node,
    overrides: Mapping[str, str],
    environ: Mapping[str, str],
    report: Report,
    *,
    as_zenml: bool = False,
) -> Node:
    """The tree with variables filled in everywhere but in keys, and `vars` as they came to be.

    Variables may use each other in any order. `overrides` win over the file's; they are read as
    the file's values are, and nothing is filled in in them. With `as_zenml` a name that is no
    variable is the environment's.
    """
    if not isinstance(root, Pairs):
        return root
    variables = _Variables({}, environ, report, as_zenml)
    declared = next((value for key, value in root.pairs if _is_vars(key)), None)
    variables.nodes.update({name: _override(text) for name, text in overrides.items()})
    filled_vars = _fill_vars(declared, overrides, variables)
    pairs = tuple(
        (key, filled_vars if value is declared else _fill(value, variables, _below((), key)))
        for key, value in root.pairs
    )
    _note_unused(overrides, declared, variables)
    if declared is None and overrides:
        pairs = (*pairs, (Scalar("vars"), filled_vars))
    return replace(root, pairs=pairs)


def _is_vars(key: Node) -> bool:
    return isinstance(key, Scalar) and key.text == "vars"


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.kind == "null"


def _override(text: str) -> Node:
    if text[:1] in '[{"':
        trial = Report("")
        node = parse_tree(text, trial)
        if node is not None and not trial.mistakes:
            return _without_places(node)
    return plain_scalar(text) if text else Scalar("")


def _without_places(node: Node) -> Node:
    """The places of a word of the command line are none of the file's."""
    if isinstance(node, Items):
        return Items(tuple(_without_places(item) for item in node.items))
    if isinstance(node, Pairs):
        pairs = ((_without_places(key), _without_places(value)) for key, value in node.pairs)
        return Pairs(tuple(pairs))
    return replace(node, place=None)


def _fill_vars(declared: Node | None, overrides: Mapping[str, str], variables: _Variables) -> Node:
    """The `vars` of the file with the overrides; what is not right with them is found later."""
    if declared is not None and not isinstance(declared, Pairs) and not _is_null(declared):
        return declared
    given = declared.pairs if isinstance(declared, Pairs) else ()
    own = {_name_of(key): (key, value) for key, value in given if _name_of(key) not in overrides}
    order, circles = arranged({name: set(_uses(value)) for name, (_, value) in own.items()})
    for circle in circles:
        path = " -> ".join(quoted(name, bare=True) for name in [*circle, circle[0]])
        place = own[circle[0]][0].place
        variables.report.add(
            place, ("vars", circle[0]), f"variables are made of each other: {path}"
        )
    missing = {name: Scalar("", "missing", value.place) for name, (_, value) in own.items()}
    variables.nodes.update(missing)
    for name in order:
        variables.nodes[name] = _variable(own[name][1], variables, ("vars", name))
    pairs = [(key, _undecided(variables.nodes[_name_of(key)])) for key, _ in given]
    known = {_name_of(key) for key, _ in given}
    added = [(Scalar(name), variables.nodes[name]) for name in overrides if name not in known]
    return Pairs((*pairs, *added), declared.place if declared else None)


def _name_of(key: Node) -> str:
    return key.text if isinstance(key, Scalar) else ""


def _uses(node: Node) -> Iterator[str]:
    """The names that stand in `${}` in a node's values."""
    if isinstance(node, Scalar):
        yield from (use["name"] for use in _USE.finditer(node.text) if use["name"])
    elif isinstance(node, Items):
        for item in node.items:
            yield from _uses(item)
    elif isinstance(node, Pairs):
        for _, value in node.pairs:
            yield from _uses(value)


def _undecided(node: Node) -> Node:
    """A variable 0123 is a mistake only where a number is made of it."""
    if isinstance(node, Scalar) and node.kind == "unclear":
        return replace(node, kind="text")
    return node


def _variable(value: Node, variables: _Variables, keys: Keys) -> Node:
    filled = _fill(value, variables, keys)
    if _size(filled)[1] <= MAX_DEPTH:
        return filled
    variables.report.add(value.place, keys, too_deep())
    return Scalar("", "missing", value.place)


def _note_unused(
    overrides: Mapping[str, str], declared: Node | None, variables: _Variables
) -> None:
    pairs = declared.pairs if isinstance(declared, Pairs) else ()
    names = [_name_of(key) for key, _ in pairs]
    for name in overrides:
        if name not in names and name not in variables.used:
            problem = f"there is no variable {quoted(name)} to set{or_meant(name, names)}"
            variables.report.add(None, (), problem)


def _fill(node: Node, variables: _Variables, keys: Keys) -> Node:
    if isinstance(node, Scalar):
        return _fill_text(_Spot(node, keys), variables) if "${" in node.text else node
    if isinstance(node, Items):
        items = (
            _fill(item, variables, (*keys, f"[{index}]")) for index, item in enumerate(node.items)
        )
        return replace(node, items=tuple(items))
    if isinstance(node, Pairs):
        pairs = ((key, _fill(value, variables, _below(keys, key))) for key, value in node.pairs)
        return replace(node, pairs=tuple(pairs))
    return node


def _below(keys: Keys, key: Node) -> Keys:
    return (*keys, key.text if isinstance(key, Scalar) else "?")


def _fill_text(spot: _Spot, variables: _Variables) -> Node:
    scalar = spot.scalar
    whole = _USE.fullmatch(scalar.text)
    if whole and whole["name"] is not None:
        found = _find(whole["name"], spot, variables)
        return _moved(found, scalar) if found else _missing(scalar)
    parts = [_part(use, spot, variables) for use in _USE.finditer(scalar.text)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return _missing(scalar)
    text = _joined(scalar.text, [part.text for part in known])
    uses = [part.outside.use for part in known if part.outside]
    safe = _joined(
        scalar.text, [part.outside.safe if part.outside else part.text for part in known]
    )
    outside = Outside(uses[0], safe) if uses else None
    return Scalar(text, "text", scalar.place, scalar.written, outside=outside)


def _joined(text: str, parts: Sequence[str]) -> str:
    filled = iter(parts)
    return _USE.sub(lambda _: next(filled), text)


def _missing(scalar: Scalar) -> Scalar:
    return replace(scalar, kind="missing")


def _moved(found: Node, scalar: Scalar) -> Node:
    """The variable's value where it is used, so that mistakes are shown there."""
    if isinstance(found, Scalar):
        return replace(found, place=scalar.place, written=scalar.written)
    return replace(found, place=scalar.place)


def _part(use: re.Match[str], spot: _Spot, variables: _Variables) -> Scalar | None:
    """What stands there instead, None when that is a mistake."""
    name = use["name"]
    if name is None and use[0] == "$$":
        return Scalar("$")
    if name is None:
        problem = "'${' is not closed; write '$${' for these characters"
        _note(problem, spot, variables)
        return None
    found = _find(name, spot, variables)
    if found is None or isinstance(found, Scalar):
        return found if found and found.kind != "missing" else None
    _note(f"${{{name}}} is no text, so it can only stand alone", spot, variables)
    return None


def _find(name: str, spot: _Spot, variables: _Variables) -> Node | None:
    if name.startswith("env:") and len(name) > len("env:"):
        found = _from_environment(name, spot, variables)
    else:
        variables.used.add(name)
        found = variables.nodes.get(name)
        if found is None and variables.as_zenml and name in variables.environ:
            found = _from_environment(f"env:{name}", spot, variables)
        elif found is None:
            _note(_not_there(name, spot, variables), spot, variables)
            return None
        if isinstance(found, Scalar) and found.outside:
            found = replace(found, outside=found.outside._replace(use=name))
    variables.filled += _size(found)[0] if found else 0
    if variables.filled > MAX_FILLED:
        variables.report.add(None, (), f"variables fill in more than {MAX_FILLED >> 20} MiB")
        return None
    return found


def _from_environment(use: str, spot: _Spot, variables: _Variables) -> Node | None:
    """The value of `env:NAME`; in `env:NAME:-text` the text stands for none and an empty one."""
    name, has_default, default = use.removeprefix("env:").partition(":-")
    value = variables.environ.get(name)
    if not value and has_default:
        return Scalar(default, outside=Outside(use, default))
    if value is None:
        _note(f"environment variable {quoted(name)} is not set", spot, variables)
        return None
    if value:
        variables.report.secrets.add(value)
    return Scalar(value, outside=Outside(use, HIDDEN))


def _not_there(name: str, spot: _Spot, variables: _Variables) -> str:
    use = quoted(f"${{{name}}}", bare=True)
    if not _NAME.fullmatch(name):
        own = name.partition(":-")[0]
        other = f"; {quoted(f'${{env:{name}}}', bare=True)} is the environment's"
        is_default = own != name and _NAME.fullmatch(own)
        return f"{use} is no variable; write ${use} to leave it as it is{other * bool(is_default)}"
    shell = f"the shell's own is ${name} or ${use}" if spot.keys[0] == "steps" else ""
    if name in variables.environ:
        hints = [f"the environment's is ${{env:{name}}}", shell]
        return "; ".join([f"variable {use} is not in vars", *filter(None, hints)])
    near = or_meant(name, variables.nodes)
    nor = " nor in the environment" * variables.as_zenml
    return f"variable {use} is not in vars{nor}{near or (shell and f'; {shell}')}"


def _note(problem: str, spot: _Spot, variables: _Variables) -> None:
    variables.report.add(spot.scalar.place, spot.keys, problem)


def _size(node: Node) -> tuple[int, int]:
    """What it counts in characters, and how many levels it has."""
    if isinstance(node, Scalar):
        return len(node.text) + _VALUE_SIZE, 0
    if isinstance(node, Items):
        inner = [_size(item) for item in node.items]
    elif isinstance(node, Pairs):
        inner = [_size(part) for pair in node.pairs for part in pair]
    else:
        inner = []
    return _VALUE_SIZE + sum(size for size, _ in inner), 1 + max(
        (depth for _, depth in inner), default=0
    )
